"""Work out how an old table maps to a new one. No connection; in which words, an engine says."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from airlift.databases.shapes import Carried, Column, Layout, OldColumn
from airlift.errors import Refused
from airlift.spec import Column as ColumnSpec
from airlift.spec import Table, TableName


class Words(ABC):
    """What a layout says in an engine's own SQL."""

    @abstractmethod
    def quoted(self, name: str) -> str:
        """A name."""

    @abstractmethod
    def columns_read(self, expression: str, columns: Iterable[str], *, table: str) -> list[str]:
        """Those of the columns that an expression reads."""

    @abstractmethod
    def carried(self, expression: str, column: Column, *, of: Column | None) -> str:
        """The value of an expression over the old table as the new column has it; `of` is the old column where it is just that."""

    @abstractmethod
    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:
        """The value of an expression over the new table as the old column has it; `of` is the new column where it is just that."""

    @abstractmethod
    def shows(self, home: Column, column: Column) -> bool:
        """Whether a view may show the new column itself where the old table had another one."""

    @abstractmethod
    def compared(self, column: Column) -> str:
        """How a column's values are compared."""

    @abstractmethod
    def form(self, columns: list[Column]) -> str:
        """The form in which values of such columns are sent."""


def layout(
    words: Words,
    no: int,
    *,
    source: TableName,
    target: TableName,
    old: list[Column],
    new: list[Column],
    spec: Table,
    key: list[str],
    is_created: bool,
) -> Layout:
    """The mapping from `source` with columns `old` to `target` with columns `new`, as the spec's table has it.

    `key` are the old table's key columns. Refused where a column has no place on the other side.
    """
    by_old_name = {column.name: column for column in old}
    carried, added = [], []
    for column in new:
        if column.generated:
            continue
        how = spec.columns.get(column.name)
        origin = _origin(column, how, by_old_name)
        if how is not None and how.using is not None:
            reads = words.columns_read(how.using, by_old_name, table=source.name)
            carried.append(_carried(words, column, words.carried(f"({how.using})", column, of=None), None, reads=reads))
        elif origin is None:
            added.append(column.name)
        else:
            plain = words.quoted(origin.name)
            expression = plain if origin.type == column.type else words.carried(plain, column, of=origin)
            carried.append(_carried(words, column, expression, origin.name, reads=[origin.name]))
    places = _places(source, carried, spec)
    _every_old_column_has_a_place(source, old, carried, {*spec.drop, *(each.old for each in places)})
    homes = {each.old: each.column for each in carried if each.old}
    missing = [name for name in key if name not in homes]
    if missing:
        raise Refused(
            f'Key column "{missing[0]}" of table "{source}" is not carried to "{target}" as it is. Choose another key in the spec.'
        )
    old_columns = [_old_column(words, column, carried, new, places) for column in old]
    return Layout(
        no=no,
        source=source,
        target=target,
        source_key=key,
        key=[homes[name] for name in key],
        carried=carried,
        added=added,
        old_columns=old_columns,
        form=words.form([column for column in new if column.name not in added]),
        form_back=words.form(old),
        is_created=is_created,
        needs_triggers=_needs_triggers(old, carried, old_columns),
    )


def _origin(column: Column, how: ColumnSpec | None, old: dict[str, Column]) -> Column | None:
    if how is not None and how.add is not None:
        return None
    return old.get((how.from_ if how is not None and how.from_ else None) or column.name)


def _carried(words: Words, column: Column, expression: str, old: str | None, *, reads: list[str]) -> Carried:
    return Carried(column=column.name, type=column.type, expression=expression, old=old, reads=reads, compared=words.compared(column))


def _every_old_column_has_a_place(source: TableName, old: list[Column], carried: list[Carried], others: set[str]) -> None:
    taken = {each.old for each in carried} | others
    lost = [column.name for column in old if column.name not in taken and not column.generated]
    if lost:
        raise Refused(f'Column "{lost[0]}" of table "{source}" has no place in the new table. Give it one, or name it under `drop`.')


@dataclass(frozen=True)
class _Place:
    """The new column that a `using` makes of an old one and nothing else has; `back` is the target's SQL for the old value."""

    old: str
    column: str
    back: str | None


def _places(source: TableName, carried: list[Carried], spec: Table) -> list[_Place]:
    """The old columns whose place is taken by a column with `using`, those with a `back` first."""
    kept = {each.old for each in carried}
    found = []
    for each in carried:
        how = spec.columns.get(each.column)
        if how is None or how.using is None:
            continue
        only_here = [name for name in each.reads if name not in kept]
        if len(only_here) > 1:
            only_here = [name for name in only_here if name not in spec.drop] or only_here
        if len(only_here) == 1:
            found.append(_Place(only_here[0], each.column, how.back))
        elif only_here and how.back is not None:
            listed = ", ".join(f'"{name}"' for name in only_here)
            raise Refused(
                f'`back` of column "{each.column}" can\'t tell which column of table "{source}" it gives: its `using` reads {listed}, and '
                "none of them is elsewhere in the new table. Leave `back` out, or name all of them but one under `drop`."
            )
    givers = [place for place in found if place.back is not None]
    twice = [(one, other) for one in givers for other in givers if one.old == other.old and one.back != other.back]
    if twice:
        one, other = twice[0]
        raise Refused(f'Columns "{one.column}" and "{other.column}" both give "{one.old}" of table "{source}" `back`. Keep one of them.')
    return sorted(found, key=lambda place: place.back is None)


def _old_column(words: Words, column: Column, carried: list[Carried], new: list[Column], places: list[_Place]) -> OldColumn:
    """How the compatibility view shows an old column."""
    names = [each.column for each in carried if each.old == column.name]
    homes = [each for each in new if each.name in names or (each.generated and each.name == column.name and not names)]
    for home in homes:
        if words.shows(home, column):
            plain = words.quoted(home.name)
            expression = plain if home.type == column.type else words.given_back(plain, column, of=home)
            return _shown(words, column, expression, home.name, is_lost=False)
    backs = [place.back for place in places if place.old == column.name and place.back is not None]
    values = [*(words.quoted(home.name) for home in homes), *backs]
    expression = words.given_back(values[0] if values else "NULL", column, of=homes[0] if homes else None)
    return _shown(words, column, expression, None, is_lost=not values)


def _shown(words: Words, column: Column, expression: str, home: str | None, *, is_lost: bool) -> OldColumn:
    return OldColumn(column.name, column.type, expression, home, is_lost, bool(column.generated), words.compared(column))


def _needs_triggers(old: list[Column], carried: list[Carried], old_columns: list[OldColumn]) -> bool:
    """The server itself only turns a plain column of the view into the one plain column that it shows."""
    generated = {column.name for column in old if column.generated}
    taken = [each.old for each in carried]
    is_plain = None not in taken and len(set(taken)) == len(taken) and generated.isdisjoint(taken)
    return not is_plain or any(column.column is None for column in old_columns)


def new_names(spec: Table, old: Iterable[Column]) -> dict[str, str]:
    """What the new table calls the old columns that it has, be it in another type."""
    renamed = {how.from_: name for name, how in spec.columns.items() if how.from_ is not None}
    return {column.name: renamed.get(column.name, column.name) for column in old if column.name not in spec.drop}
