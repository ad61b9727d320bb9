"""Work out how an old table maps to a new one. No connection; in which words, an engine says."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace

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


class Mapping(ABC):
    """How columns of the old table become columns of the new one, and are shown as they were."""

    @property
    @abstractmethod
    def here(self) -> Words:
        """The words of the engine that has the old table."""

    @abstractmethod
    def quoted_there(self, name: str) -> str:
        """The name of a new column."""

    @abstractmethod
    def shown(self, home: Column, column: Column) -> str | None:
        """The target's SQL by which a view shows an old column where it may be the new one itself; None where it may not."""

    @abstractmethod
    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:
        """The target's SQL by which an expression has an old column's value; `of` is the new column where it is just that."""

    @abstractmethod
    def carried(self, origin: Column, column: Column) -> str:
        """The source's SQL for a new column that an old one becomes."""

    @abstractmethod
    def computed(self, expression: str, column: Column) -> str:
        """The source's SQL for a new column that an expression becomes."""

    @abstractmethod
    def compared(self, origin: Column | None, column: Column) -> str:
        """How a new column is compared; `origin` is the old one that it was, None where it is computed."""

    @abstractmethod
    def compared_back(self, home: Column | None, column: Column) -> str:
        """How an old column is compared with what comes back; `home` is the new column that it is, None where it is computed."""

    @abstractmethod
    def form(self, old: list[Column], new: list[Column]) -> tuple[str, str]:
        """The forms in which rows are sent, forward and back."""


class Alike(Mapping):
    """Between tables of one engine."""

    def __init__(self, words: Words) -> None:
        self._words = words

    @property
    def here(self) -> Words:
        return self._words

    def quoted_there(self, name: str) -> str:
        return self._words.quoted(name)

    def shown(self, home: Column, column: Column) -> str | None:
        if not self._words.shows(home, column):
            return None
        plain = self._words.quoted(home.name)
        return plain if home.type == column.type else self._words.given_back(plain, column, of=home)

    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:
        return self._words.given_back(expression, column, of=of)

    def carried(self, origin: Column, column: Column) -> str:
        plain = self._words.quoted(origin.name)
        return plain if origin.type == column.type else self._words.carried(plain, column, of=origin)

    def computed(self, expression: str, column: Column) -> str:
        return self._words.carried(expression, column, of=None)

    def compared(self, origin: Column | None, column: Column) -> str:  # noqa: ARG002
        return self._words.compared(column)

    def compared_back(self, home: Column | None, column: Column) -> str:  # noqa: ARG002
        return self._words.compared(column)

    def form(self, old: list[Column], new: list[Column]) -> tuple[str, str]:
        return self._words.form(new), self._words.form(old)


def layout(
    mapping: Mapping,
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
            reads = mapping.here.columns_read(how.using, by_old_name, table=source.name)
            carried.append(_carried(mapping, column, mapping.computed(f"({how.using})", column), None, reads=reads))
        elif origin is None:
            added.append(column.name)
        else:
            carried.append(_carried(mapping, column, mapping.carried(origin, column), origin, reads=[origin.name]))
    places = _places(source, carried, spec)
    _every_old_column_has_a_place(source, old, carried, {*spec.drop, *(each.old for each in places)})
    homes = {each.old: each.column for each in carried if each.old}
    missing = [name for name in key if name not in homes]
    if missing:
        raise Refused(
            f'Key column "{missing[0]}" of table "{source}" is not carried to "{target}" as it is. Choose another key in the spec.'
        )
    old_columns = [_old_column(mapping, column, carried, new, places) for column in old]
    form, form_back = mapping.form(old, [column for column in new if column.name not in added])
    return Layout(
        no=no,
        source=source,
        target=target,
        source_key=key,
        key=[homes[name] for name in key],
        carried=carried,
        added=added,
        old_columns=old_columns,
        form=form,
        form_back=form_back,
        is_created=is_created,
        needs_triggers=_needs_triggers(old, carried, old_columns),
    )


def _origin(column: Column, how: ColumnSpec | None, old: dict[str, Column]) -> Column | None:
    if how is not None and how.add is not None:
        return None
    return old.get((how.from_ if how is not None and how.from_ else None) or column.name)


def _carried(mapping: Mapping, column: Column, expression: str, origin: Column | None, *, reads: list[str]) -> Carried:
    old = origin.name if origin else None
    return Carried(column.name, column.type, expression, old, reads, mapping.compared(origin, column))


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


def _old_column(mapping: Mapping, column: Column, carried: list[Carried], new: list[Column], places: list[_Place]) -> OldColumn:
    """How the compatibility view shows an old column."""
    names = [each.column for each in carried if each.old == column.name]
    homes = [each for each in new if each.name in names or (each.generated and each.name == column.name and not names)]
    for home in homes:
        if (expression := mapping.shown(home, column)) is not None:
            return _shown(mapping, column, expression, home)
    backs = [place.back for place in places if place.old == column.name and place.back is not None]
    values = [*(mapping.quoted_there(home.name) for home in homes), *backs]
    expression = mapping.given_back(values[0] if values else "NULL", column, of=homes[0] if homes else None)
    return replace(_shown(mapping, column, expression, None), is_lost=not values)


def _shown(mapping: Mapping, column: Column, expression: str, home: Column | None) -> OldColumn:
    compared = mapping.compared_back(home, column)
    return OldColumn(column.name, column.type, expression, home.name if home else None, False, bool(column.generated), compared)


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
