"""Work out how an old table maps to a new one, in PostgreSQL's words. No connection."""

import re

from airlift.databases.postgres.quoting import quoted
from airlift.databases.postgres.values import can_pass_binary, compared
from airlift.databases.shapes import Carried, Column, Layout, OldColumn
from airlift.errors import Refused
from airlift.spec import Column as ColumnSpec
from airlift.spec import Table, TableName


def layout(
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
            carried.append(_carried(column, f"({how.using})", None, is_cast=True))
        elif origin is None:
            added.append(column.name)
        else:
            carried.append(_carried(column, quoted(origin.name), origin.name, is_cast=origin.type != column.type))
    _every_old_column_has_a_place(source, old, carried, spec)
    new_names = {each.old: each.column for each in carried if each.old}
    missing = [name for name in key if name not in new_names]
    if missing:
        raise Refused(
            f'Key column "{missing[0]}" of table "{source}" is not carried to "{target}" as it is. Choose another key in the spec.'
        )
    return Layout(
        no=no,
        source=source,
        target=target,
        source_key=key,
        key=[new_names[name] for name in key],
        carried=carried,
        added=added,
        old_columns=[_old_column(column, carried, new, spec) for column in old],
        is_binary=all(can_pass_binary(column) for column in new if column.name not in added),
        is_created=is_created,
    )


def _origin(column: Column, how: ColumnSpec | None, old: dict[str, Column]) -> Column | None:
    if how is not None and how.add is not None:
        return None
    return old.get((how.from_ if how is not None and how.from_ else None) or column.name)


def _carried(column: Column, expression: str, old: str | None, *, is_cast: bool) -> Carried:
    if is_cast:
        expression = f"({expression})::{column.type}"
    return Carried(column=column.name, type=column.type, expression=expression, old=old, compared=compared(column))


def _every_old_column_has_a_place(source: TableName, old: list[Column], carried: list[Carried], spec: Table) -> None:
    taken = {each.old for each in carried} | set(spec.drop) | set(inverses(spec, old))
    lost = [column.name for column in old if column.name not in taken and not column.generated]
    if lost:
        raise Refused(f'Column "{lost[0]}" of table "{source}" has no place in the new table. Give it one, or name it under `drop`.')


def inverses(spec: Table, old: list[Column]) -> dict[str, tuple[str, ColumnSpec]]:
    """The old columns that a `using` reads alone, each with the new column that takes its place and that column's spec."""
    names = {column.name for column in old}
    found = {}
    for new_name, how in spec.columns.items():
        if how.using is None:
            continue
        read = {name for name in names if re.search(rf'(?<![\w"$]){re.escape(name)}(?![\w"$])|"{re.escape(name)}"', how.using)}
        if how.from_ is not None:
            read = {how.from_}
        if len(read) == 1:
            found[read.pop()] = (new_name, how)
    return found


def _old_column(column: Column, carried: list[Carried], new: list[Column], spec: Table) -> OldColumn:
    """How the compatibility view shows an old column: always with exactly its old type."""
    types = {each.name: each.type for each in new}
    for each in carried:
        if each.old == column.name and each.type == column.type:
            return OldColumn(name=column.name, type=column.type, expression=quoted(each.column), column=each.column)
        if each.old == column.name:
            return OldColumn(name=column.name, type=column.type, expression=f"{quoted(each.column)}::{column.type}", column=None)
    if column.generated and types.get(column.name) == column.type:
        return OldColumn(name=column.name, type=column.type, expression=quoted(column.name), column=column.name)
    inverse = inverses(spec, [column]).get(column.name)
    if inverse and inverse[1].back is not None:
        return OldColumn(name=column.name, type=column.type, expression=f"({inverse[1].back})::{column.type}", column=None)
    return OldColumn(name=column.name, type=column.type, expression=f"NULL::{column.type}", column=None)
