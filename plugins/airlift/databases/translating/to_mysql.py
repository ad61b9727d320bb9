"""A table of PostgreSQL's as MySQL or MariaDB would have it."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.examined import Unfit
from airlift.databases.postgres.expressions import tokens
from airlift.databases.shapes import Column, ForeignKey, Index
from airlift.databases.translating import defaults, forms, indexes_to_mysql, limits, types_to_mysql, types_to_postgres, unfit_postgres
from airlift.databases.translating.mysql_columns import LONGEST_COMMENT, is_json, options
from airlift.databases.translating.mysql_columns import parsed as parsed_there
from airlift.databases.translating.postgres_columns import is_domain, parsed
from airlift.databases.translating.terms import Note, Shape, Translated, Translator
from airlift.databases.translating.to_postgres import MAKE_IT_YOURSELF, RENAME_IT
from airlift.databases.translating.types_to_mysql import ALONE, Place, is_numbered_there

LAST_LETTER = 0xFFFF
"""Of the basic plane: a name there has no others."""
ROW_BYTES = 65_000
"""Of a row without what lies outside of it; the servers take a little more."""
_FIXED_BYTES = 40
"""More than any column takes up in a row that is neither text nor bytes with a length."""
_ACTIONS = re.compile(r"ON (?:DELETE|UPDATE) (?:CASCADE|RESTRICT|NO ACTION|SET NULL)")
_SET_DEFAULT = re.compile(r"ON (?:DELETE|UPDATE) SET DEFAULT")
_KEYED = Place(types_to_mysql.KEY_CHARACTERS)


class ToMySQL(Translator):
    """To MySQL or MariaDB, whose `product` says which."""

    has_names_once = True

    def __init__(self, product: str) -> None:
        self._product = product

    def shape(self, shape: Shape) -> Translated:
        columns = self._columns(shape)
        indexes, told = indexes_to_mysql.translated(shape, columns)
        notes = [
            note
            for pair in zip(shape.columns, columns, strict=True)
            for note in _notes(*pair, self._product, is_given=pair[0].name in shape.types)
        ]
        return Translated(columns, indexes, [], options(self._product), [*notes, *told, *_table_notes(shape)])

    def _columns(self, shape: Shape) -> list[Column]:
        rooms, numbered = self._rooms(shape), _numbered(shape)
        places = {
            each.name: Place(rooms.get(each.name), is_numbered=each.name == numbered, given=shape.types.get(each.name))
            for each in shape.columns
        }
        made = self._placed(shape, places)
        free = [column for column in made if column.name not in {*rooms, *shape.types}]
        for name in _too_long_for_a_row(free, sum(map(_row_bytes, made))):
            places[name] = Place(is_outside=True)
        return self._placed(shape, places)

    def _placed(self, shape: Shape, places: Mapping[str, Place]) -> list[Column]:
        return [
            types_to_mysql.translated(column, self._product, place=places[column.name], labels=shape.labels.get(column.name, ()))
            for column in shape.columns
        ]

    def _rooms(self, shape: Shape) -> dict[str, int]:
        """How many characters each column has that is in an index or a foreign key."""
        indexes = indexes_to_mysql.kept(shape.indexes)
        long = {column.name for column in self._placed(shape, defaultdict(lambda: _KEYED)) if _row_bytes(column) > _FIXED_BYTES}
        found = {name: indexes_to_mysql.room(name, indexes, long) for name in long}
        rooms = {name: room for name, room in found.items() if room is not None}
        # both ends of a foreign key are to take the same texts, whatever other indexes they are in
        most = types_to_mysql.KEY_CHARACTERS
        return {**rooms, **{name: min(most, rooms.get(name, most)) for name in shape.keyed}}

    def there(self, column: Column, *, is_keyed: bool = False, labels: Sequence[str] = (), given: str | None = None) -> Column:
        return types_to_mysql.translated(column, self._product, place=replace(_KEYED if is_keyed else ALONE, given=given), labels=labels)

    def back(self, column: Column) -> Column:
        return types_to_postgres.translated(column)

    def kind(self, source: Column, target: Column) -> str:
        return forms.kind(target, source, receives_mysql=True)

    def is_written_alike(self, source: Column, target: Column) -> bool:
        scales = limits.scale_of_postgres(parsed(source)), limits.scale_of_mysql(parsed_there(target.type))
        return forms.is_written_alike(forms.of_postgres(source), self.kind(source, target), scales)

    def actions(self, text: str) -> str:
        return " ".join(match.group() for match in _ACTIONS.finditer(text))

    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:  # noqa: ARG002
        return list(_lost_actions(key.actions))

    def unfit(self, source: Column, target: Column) -> list[Unfit]:
        return list(unfit_postgres.found(source, target))


def _lost_actions(actions: str) -> Iterator[Note]:
    remedy = "Make it RESTRICT or CASCADE before you begin, or drop the foreign key"
    for action in _SET_DEFAULT.findall(actions):
        yield Note(None, f"is {action}, which there is none of there", remedy, is_refused=True)
    if "MATCH FULL" in actions:
        yield Note(None, "is MATCH FULL; there a row with NULL in some of its columns passes", "Add a CHECK to the new table")
    if "DEFERRABLE" in actions:
        yield Note(None, "is deferrable; there each statement is checked at once", "Change statements that rely on it")


def _numbered(shape: Shape) -> str | None:
    """The one column that the new table can number: the first that an index begins with, the primary key's before others."""
    wanted = {column.name for column in shape.columns if is_numbered_there(column)}
    first = [index.columns[0] for index in indexes_to_mysql.kept(shape.indexes) if index.columns]
    return next((name for name in first if name in wanted), None)


def _row_bytes(column: Column) -> int:
    """How much a column takes up in its row at most."""
    match parsed_there(column.type):
        case mysql.CHAR(length=length) | mysql.VARCHAR(length=length):
            return 4 * (length or 1) + 2
        case types.VARBINARY(length=length):
            return (length or 1) + 2
    return _FIXED_BYTES


def _too_long_for_a_row(columns: list[Column], row_bytes: int) -> Iterator[str]:
    """The columns that have to lie outside of the row for it to have room, the longest first."""
    for column in sorted(columns, key=_row_bytes, reverse=True):
        if row_bytes <= ROW_BYTES or _row_bytes(column) <= _FIXED_BYTES:
            return
        row_bytes -= _row_bytes(column) - _FIXED_BYTES
        yield column.name


def _notes(source: Column, target: Column, product: str, *, is_given: bool) -> Iterator[Note]:
    """What a DBA has to know of one column; of a type that the spec has given he knows."""
    if source.name.endswith(" ") or any(ord(letter) > LAST_LETTER for letter in source.name):
        fact = "has a name that ends with a blank or has a character from outside of the basic plane, which no name there may"
        yield _refused(source, fact, RENAME_IT)
    if source.generated:
        yield _refused(source, f"is computed by {source.default_expression}, which is not translated", MAKE_IT_YOURSELF)
    elif is_numbered_there(source):
        yield from _of_number(source, target)
    elif source.default_expression not in (None, "NULL") and not _is_null(source) and target.default_expression is None:
        yield _refused(source, f"has the default {source.default_expression}, which is not translated", MAKE_IT_YOURSELF)
    told = chain(_of_definition(source, target), [] if is_given else _of_type(source, target, product))
    yield from (Note(source.name, fact, remedy) for fact, remedy in told)


def _is_null(column: Column) -> bool:
    return (column.default_expression or "").upper().startswith("NULL::")


def _of_number(source: Column, target: Column) -> Iterator[Note]:
    if not target.identity:
        words = "gets numbers here; there only one column of a table can, and only one that an index begins with"
        yield _refused(source, words, MAKE_IT_YOURSELF)
    if source.identity == "a":
        yield Note(source.name, "is GENERATED ALWAYS; there a row may bring its own number", "Let the service bring none")
    said = [match.group() for match in tokens(source.definition)]
    if "INCREMENT" in said and said[said.index("INCREMENT") + 2] != "1":
        yield Note(source.name, "counts in steps; there the server's auto_increment_increment says how", "Set that where the steps matter")


def _of_definition(source: Column, target: Column) -> Iterator[tuple[str, str]]:
    if target.default_expression == defaults.UUID_IN_MYSQL:
        yield "gets a random uuid; there it gets one that tells the time and the server", "Let the service make them if that matters"
    if source.comment and len(source.comment) > LONGEST_COMMENT:
        yield f"has a comment longer than {LONGEST_COMMENT} characters, which is cut", "Set a shorter one on the new table"


def _of_type(source: Column, target: Column, product: str) -> Iterator[tuple[str, str]]:
    own, other = parsed(source), parsed_there(target.type)
    if is_domain(source):
        yield f"is of domain {source.type}; there it is {target.type}, and what the domain asks of values is left out", "Add a CHECK"
    if isinstance(own, postgresql.TIMESTAMP) and own.timezone:
        yield (
            f"tells instants; there it is {target.type} and shows them in UTC, whatever zone a session is in",
            "Let the service read and write UTC, or give it `type: timestamp(6)`, which takes 1970 to 2038 only",
        )
    if isinstance(own, types.Float):
        yield "tells -0 from 0; there both are 0", "Give it a varchar as its `type` if that matters"
    if isinstance(own, types.Numeric) and own.precision is None:
        yield (
            f"shows as many digits as were written; there it is {target.type} and always shows as many",
            "Give it a `type` that says how many",
        )
    if isinstance(own, types.VARCHAR) and own.length and isinstance(other, mysql.LONGTEXT):
        yield f"takes {own.length} characters at most; there it takes any number, for the row has no room for it", "Add a CHECK"
    if isinstance(own, postgresql.JSONB | postgresql.JSON) and product == "MySQL":
        yield (
            "is a document; there it is its text, because MySQL would keep it in a form of its own, which can't be proven equal",
            "Change the column's type after the switch, or read it with CAST(... AS JSON)",
        )
    if isinstance(own, postgresql.JSONB) and product != "MySQL" and is_json(target):
        yield (
            "is jsonb; on the way back a document that is written otherwise than jsonb shows it differs, and holds a roll back up",
            "Make it json before you begin, which keeps documents as they are written, if you count on a roll back",
        )
    if not source.is_deterministic or source.type_name == "citext":
        yield "takes texts that differ in case for the same; there they are two", "Give it a `type` with a COLLATE of your choice"
    if isinstance(other, mysql.LONGTEXT | mysql.VARCHAR) and not isinstance(own, types.String | types.JSON) and source.type_kind != "e":
        yield (
            f"is {source.type}; there it is the text that PostgreSQL shows for it",
            "Read it so in the service, or convert it by `using`",
        )
    if source.type_kind == "e" and target.type_name != "enum":
        yield "is an enum; there it is a text whose values nobody checks", "Add a CHECK"


def _table_notes(shape: Shape) -> Iterator[Note]:
    for check in shape.checks:
        yield Note(None, f'check "{check["name"]}" ({check["definition"]}) is left out', "Add it to the new table in MySQL's words")
    alike = Counter(column.name.casefold() for column in shape.columns)
    for column in shape.columns:
        if alike[column.name.casefold()] > 1:
            yield _refused(column, "has a name that differs from another one's in case only", RENAME_IT)


def _refused(column: Column, fact: str, remedy: str) -> Note:
    return Note(column.name, fact, remedy, is_refused=True)
