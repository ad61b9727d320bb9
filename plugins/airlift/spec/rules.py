"""What the values of a well-formed spec may not say together. Pure functions; nothing here needs the servers."""

from collections.abc import Iterator

from airlift.spec.model import Column, Spec, Switch, Table
from airlift.spec.names import Selector, selector, target_name
from airlift.spec.problems import KeyPath, Problem

_Place = tuple[str | None, str]


def contradictions(spec: Spec) -> Iterator[Problem]:
    """Yield every rule that the spec breaks."""
    if not spec.tables:
        yield Problem(("tables",), "is empty; expected at least one table, or leave the key out for all tables")
    for key, table in spec.tables.items():
        yield from _table(("tables", key), selector(key), table)
    yield from _places(spec)
    if spec.cutover.switch is not None:
        yield from _switch(("cutover", "switch"), spec.cutover.switch)
    if spec.rehearsal is not None and spec.rehearsal.target in (spec.source, spec.target):
        same = "source" if spec.rehearsal.target == spec.source else "target"
        yield Problem(("rehearsal", "target"), f"is the {same} itself; expected the connection of a scratch database")


def _table(path: KeyPath, key: Selector, table: Table) -> Iterator[Problem]:
    if table.skip and table != Table(skip=True):
        yield Problem((*path, "skip"), "is true, and yet there are other keys; keep `skip` or the others")
    if table.to is not None and not key.plain:
        one = "is one name, but the key is a pattern; write a key for each table that gets a new name"
        yield Problem((*path, "to"), one)
    for name, column in table.columns.items():
        yield from _column((*path, "columns", name), column)
    yield from _sources(path, table)


def _column(path: KeyPath, column: Column) -> Iterator[Problem]:
    given = [key for key in ("add", "from", "type", "using", "back") if getattr(column, key.replace("from", "from_"))]
    if not given:
        nothing = "says nothing; expected `add`, `from`, `type` or `using`; a column that stays as it is needs no entry"
        yield Problem(path, nothing)
    if "add" in given and len(given) > 1:
        others = ", ".join(f"`{key}`" for key in given if key != "add")
        yield Problem(path, f"has `add` with {others}; keep one: `add` holds the type, and there is no old column")
    elif {"from", "using"} <= set(given):
        yield Problem(path, "has `from` and `using`; keep one: `using` names the old columns itself")
    elif "back" in given and "using" not in given:
        yield Problem((*path, "back"), "needs `using`: it is the way back of that expression")


def _sources(path: KeyPath, table: Table) -> Iterator[Problem]:
    """Old columns that are claimed twice."""
    owners: dict[str, str] = {}
    for name, column in table.columns.items():
        old = column.from_ or (name if column.type and not column.using and not column.add else None)
        if old is None:
            continue
        if old in table.drop:
            yield Problem((*path, "drop"), f"holds `{old}`, which the column `{name}` is made from; keep one")
        if old in owners:
            claim = f"takes the old column `{old}`, and so does `{owners[old]}`; make one of them with `using`"
            yield Problem((*path, "columns", name), claim)
        owners[old] = name


def _places(spec: Spec) -> Iterator[Problem]:
    """Two keys for one table, two tables for one place, in-place tables that keep their name. Plain keys only."""
    names: dict[_Place, str] = {}
    targets: dict[_Place, str] = {}
    for key, table in spec.tables.items():
        read = selector(key)
        if not read.plain:
            continue
        own: _Place = (spec.schema_ if read.schema is None else read.schema.text, read.name.text)
        target = _target(own, table)
        if own in names:
            yield Problem(("tables", key), f"is the same table as `{names[own]}`; keep one")
        elif table.skip:
            continue
        elif target in targets:
            shared = f"would be the same new table as that of `{targets[target]}`; give each table a target of its own"
            yield Problem(("tables", key, "to"), shared)
        elif spec.source == spec.target and target == own:
            needed = "must be a new name: source and target are one database; give the new table one, or skip it"
            yield Problem(("tables", key, "to"), needed)
        names.setdefault(own, key)
        targets.setdefault(target, key)


def _target(own: _Place, table: Table) -> _Place:
    if table.to is None:
        return own
    schema, name = target_name(table.to)
    return own[0] if schema is None else schema, name


def _switch(path: KeyPath, switch: Switch) -> Iterator[Problem]:
    if (switch.command is None) == (switch.http is None):
        found = "neither `command` nor `http`" if switch.command is None else "both `command` and `http`"
        yield Problem(path, f"has {found}; expected one of them")
    elif switch.command is not None and "path" in switch.model_fields_set:
        yield Problem((*path, "path"), "belongs to `http`; a command has no path")
