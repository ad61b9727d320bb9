"""A table of MySQL's or MariaDB's as PostgreSQL would have it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy.dialects import mysql

from airlift.databases.examined import Unfit
from airlift.databases.mysql.lines import members
from airlift.databases.postgres.quoting import LONGEST_NAME, quoted
from airlift.databases.shapes import Column, ForeignKey, Index
from airlift.databases.translating import (
    defaults,
    forms,
    indexes_to_postgres,
    limits,
    references,
    types_to_mysql,
    types_to_postgres,
    unfit_mysql,
)  # fmt: skip
from airlift.databases.translating.mysql_columns import clause, is_geometry, is_json_check, parsed, says
from airlift.databases.translating.postgres_columns import literal
from airlift.databases.translating.postgres_columns import parsed as parsed_there
from airlift.databases.translating.terms import Note, Shape, Translated, Translator

MAKE_IT_YOURSELF = "Make the new table yourself beforehand, as you want it: one that is there is used as it is"
RENAME_IT = "Make the new table yourself, with another name for it, and say so in the spec: `<new name>: {from: <this one>}`"
_ORDINARY = ("ENGINE=", "AUTO_INCREMENT=", "CHARSET=", "COLLATE=", "ROW_FORMAT=DYNAMIC")
_SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")


class ToPostgres(Translator):
    """From MySQL or MariaDB, whose `product` says which."""

    has_names_once = False

    def __init__(self, product: str) -> None:
        self._product = product

    def shape(self, shape: Shape) -> Translated:
        columns = [self.there(column, is_keyed=column.name in shape.keyed, given=shape.types.get(column.name)) for column in shape.columns]
        indexes, left_out = indexes_to_postgres.translated(shape, columns)
        notes = [note for pair in zip(shape.columns, columns, strict=True) for note in _notes(*pair, is_given=pair[0].name in shape.types)]
        checks = [check for column in shape.columns if column.name not in shape.types for check in _members_check(column)]
        return Translated(columns, indexes, checks, "", [*notes, *left_out, *_table_notes(shape)])

    def there(self, column: Column, *, is_keyed: bool = False, labels: Sequence[str] = (), given: str | None = None) -> Column:  # noqa: ARG002
        return types_to_postgres.translated(column, is_keyed=is_keyed, given=given)

    def back(self, column: Column) -> Column:
        return types_to_mysql.translated(column, self._product)

    def kind(self, source: Column, target: Column) -> str:
        return forms.kind(source, target, receives_mysql=False)

    def is_written_alike(self, source: Column, target: Column) -> bool:
        kind = parsed(source.type)
        if getattr(kind, "zerofill", False) or (isinstance(kind, mysql.FLOAT) and target.type != "real"):
            return False
        scales = limits.scale_of_mysql(parsed(source.type)), limits.scale_of_postgres(parsed_there(target))
        return forms.is_written_alike(forms.of_mysql(source), self.kind(source, target), scales)

    def actions(self, text: str) -> str:
        return text

    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
        return references.unique_parent(key, parent)

    def unfit(self, source: Column, target: Column) -> list[Unfit]:
        return list(unfit_mysql.found(source, target))


def _members_check(column: Column) -> Iterator[dict[str, Any]]:
    if column.type_name == "enum":
        name = f"{column.name}_check".encode()[:LONGEST_NAME].decode(errors="ignore")
        listed = ", ".join(literal(member) for member in members(column.type))
        yield {"name": name, "definition": f"CHECK ({quoted(column.name)} IN ({listed}))"}


def _notes(source: Column, target: Column, *, is_given: bool) -> Iterator[Note]:
    """What a DBA has to know of one column; of a type that the spec has given he knows."""
    if source.name in _SYSTEM_COLUMNS or len(source.name.encode()) > LONGEST_NAME:
        yield _refused(source, "has a name that PostgreSQL does not take", RENAME_IT)
    if source.generated:
        yield _refused(source, f"is computed by {clause(source).generation}, which is not translated", MAKE_IT_YOURSELF)
    elif source.default_expression is not None and target.default_expression is None and not source.identity:
        yield _refused(source, f"has the default {source.default_expression}, which is not translated", MAKE_IT_YOURSELF)
    told = chain(_of_definition(source, target), [] if is_given else _of_type(source))
    yield from (Note(source.name, fact, remedy) for fact, remedy in told)


def _of_definition(column: Column, target: Column) -> Iterator[tuple[str, str]]:
    check = clause(column).check
    if says(column, "UPDATE"):
        yield "is set to the present time by each update; PostgreSQL does not do that by itself", "Add a trigger to the new table"
    if (target.default_expression or "").startswith(defaults.UUID_IN_POSTGRES):
        yield "gets a uuid that tells the time and the server; there it gets a random one", "Let the service make them if that matters"
    if says(column, "INVISIBLE"):
        yield "is invisible; there SELECT * shows it", "Name the columns in the service's statements"
    if check is not None and not is_json_check(check):
        yield f"has the check {check}, which is left out", "Add it to the new table in PostgreSQL's words"


def _of_type(column: Column) -> Iterator[tuple[str, str]]:
    kind = parsed(column.type)
    if getattr(kind, "unsigned", False) and not column.identity:
        yield "is unsigned; there it takes negative numbers too", "Add a CHECK to the new table if the service relies on it"
    if getattr(kind, "zerofill", False):
        yield "is shown with leading zeros; there it is not", "Format it in the service"
    if isinstance(kind, mysql.ENUM):
        yield "is an ENUM; there it is a text with a check, sorted by its letters", "Sort by a CASE where the order of its members counts"
    if isinstance(kind, mysql.SET):
        yield "is a SET; there it is a text with commas, whose members nobody checks", "Add a CHECK, or a table for the members"
    if is_geometry(column):
        yield "keeps places as MySQL's own bytes: four of the SRID, then well-known binary", "Read them with PostGIS's ST_GeomFromWKB"


def _table_notes(shape: Shape) -> Iterator[Note]:
    options = [word for word in shape.options.partition("\n")[0].split() if "=" in word and not word.startswith(_ORDINARY)]
    if options:
        yield Note(None, f"has options of its engine ({', '.join(options)}), which are left out", "Set what you want on the new table")
    for check in shape.checks:
        yield Note(None, f'check "{check["name"]}" ({check["definition"]}) is left out', "Add it to the new table in PostgreSQL's words")
    if "PARTITION BY" in shape.options:
        yield Note(None, "is cut into partitions; the new table is in one piece", MAKE_IT_YOURSELF)


def _refused(column: Column, fact: str, remedy: str) -> Note:
    return Note(column.name, fact, remedy, is_refused=True)
