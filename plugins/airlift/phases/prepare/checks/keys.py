"""The keys that rows are matched by."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.phases.prepare.checks.situation import Moved, Situation
from airlift.phases.prepare.checks.tables import LEAVE_OUT

OURS = "airlift "
"""How the names of our own columns begin that stand beside a key's."""


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the tables whose rows can't be told apart, and those where that is slow or delicate."""
    keyed = {moved.oid: key for moved in situation.fit if (key := moved.key) is not None}
    for moved in situation.fit:
        if moved.oid not in keyed:
            yield _missing(moved)
        else:
            yield from _ours(moved, keyed[moved.oid])
            yield from _delicate(moved, keyed[moved.oid])
    with situation.source.asking():
        unhashable = situation.source.database.examination.unhashable(situation.source.session, keyed)
    for oid, name, type_name in unhashable:
        fact = f"is of type {type_name}, which has no hash: windows take longer"
        yield warning(f'key column "{name}" of {situation.by_oid(oid)}', fact, "Name another unique key with `key`, if there is one")


def _missing(moved: Moved) -> Finding:
    wanted = moved.old.choice.table.key
    if wanted is None:
        fact = "has neither a primary key nor a unique key whose columns are all NOT NULL"
        return refused(str(moved), fact, f"Add a primary key. {LEAVE_OUT} if it is not needed")
    unknown = [name for name in wanted if name not in {column.name for column in moved.old.columns}]
    if unknown:
        return refused(f'key column "{unknown[0]}" of {moved}', "does not exist", "Correct `key`, or leave it out")
    listed = ", ".join(f'"{name}"' for name in wanted)
    fact = f"has no unique index on exactly {listed} with all columns NOT NULL, neither partial nor deferrable"
    return refused(str(moved), fact, "Create such an index, or leave `key` out to use the primary key")


def _ours(moved: Moved, key: list[str]) -> Iterator[Finding]:
    for name in key:
        if name.lower().startswith(OURS):
            fact = f'has a name that begins with "{OURS}", as those of our own columns do that stand beside a key'
            yield refused(f'key column "{name}" of {moved}', fact, "Rename it, or name another unique key with `key`")


def _delicate(moved: Moved, key: list[str]) -> Iterator[Finding]:
    for column in moved.old.columns:
        if column.name in key and not column.is_deterministic:
            fact = "has a collation under which different texts are equal; rows are matched by that equality"
            yield warning(f'key column "{column.name}" of {moved}', fact, "Name another unique key with `key`, if there is one")
    yield from _retyped(moved, key)


def _retyped(moved: Moved, key: list[str]) -> Iterator[Finding]:
    if moved.draft is None or moved.draft.layout is None:
        return
    old_types = {column.name: column.type for column in moved.old.made.columns}
    for carried in moved.draft.layout.carried:
        if carried.old in key and carried.type != old_types[carried.old]:
            fact = f"becomes {carried.type}: two keys that become equal stop the copy"
            yield warning(f'key column "{carried.old}" of {moved}', fact, "See that no two values become equal")
