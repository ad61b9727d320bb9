"""Where things are: who owns a name, who has the service, what of ours is on a table. Pure: answers from the facts, judges nothing."""

from dataclasses import dataclass

from airlift.databases.examined import TABLE, Installed, Kept, Occupant
from airlift.ledger import Stage
from airlift.phases.doctor.expected import BACK, CAPTURE, GUARD, Names
from airlift.phases.doctor.facts import Facts, Side, Table

MOST_NAMES = 5
"""So many tables are named where all have the same trouble."""


@dataclass(frozen=True)
class Owners:
    """Who owns the old name of one table: True for the new table, False for the old one, None where it can't be told."""

    table: Table
    is_handed_over: bool | None


def owners(facts: Facts) -> list[Owners]:
    """Who owns each old name, by oid where a comparison has read it: a name alone proves nothing."""
    return [Owners(table, _is_handed_over(table)) for table in facts.tables]


def _is_handed_over(table: Table) -> bool | None:
    if table.old_oid is None:
        return False if table.old and table.old.kind == "table" and table.obsolete is None else None
    if table.old and table.old.oid == table.old_oid:
        return False
    return True if table.obsolete and table.obsolete.oid == table.old_oid else None


def service(facts: Facts) -> Names:
    """Which tables have the service. Beside an undecided cutover the old names say it, beside a roll back the guards on the new tables.

    UNDECIDED is what a person has to look at.
    """
    names = facts.should.names
    if names is not Names.UNDECIDED:
        return names
    if facts.stage == Stage.ROLLING_BACK:
        shut = {bool(on_new(facts, table, GUARD)) for table in facts.tables}
        return Names.UNDECIDED if len(shut) != 1 else Names.OLD if True in shut else Names.NEW
    handed = {each.is_handed_over for each in owners(facts)}
    return Names.NEW if handed == {True} else Names.OLD if handed == {False} else Names.UNDECIDED


def on_old(facts: Facts, table: Table, kind: str) -> list[Installed]:
    """Our triggers of a kind on the old table, whatever its name is."""
    return _on(facts.source, {each.oid for each in (table.old, table.obsolete) if each}, kind)


def on_new(facts: Facts, table: Table, kind: str) -> list[Installed]:
    """Our triggers of a kind on the new table."""
    return _on(facts.target, {table.new.oid} if table.new else set(), kind)


def _on(side: Side | None, oids: set[int], kind: str) -> list[Installed]:
    return [each for each in (side.triggers if side else ()) if each.kind == kind and each.oid in oids]


def log_of(facts: Facts, table: Table, kind: str = CAPTURE) -> Kept | None:
    """The change log of a table, if it is there: that of the old one, or of the new one for BACK."""
    side = facts.target if kind == BACK else facts.source
    name = f"{facts.migration}_{kind}_{table.layout.no}"
    return next((each for each in (side.kept if side else ()) if each.name == name and each.form == TABLE), None)


def unguarded(facts: Facts) -> list[Table]:
    """The new tables that are there and that no guard shuts."""
    return [table for table in facts.tables if _is_table(table.new) and not _is_shut(on_new(facts, table, GUARD))]


def unshut(facts: Facts) -> list[Table]:
    """The obsolete tables that are there and that no guard shuts."""
    return [table for table in facts.tables if _is_table(table.obsolete) and not _is_shut(on_old(facts, table, GUARD))]


def _is_table(owner: Occupant | None) -> bool:
    return owner is not None and owner.kind == "table"


def _is_shut(guards: list[Installed]) -> bool:
    return any(each.is_always for each in guards)


def roll_back(facts: Facts) -> str:
    """The DAG of the way back."""
    return f"roll_back_{facts.migration}"


def way_out(facts: Facts) -> str:
    """What helps where the migration can't go on to its cutover as it is."""
    if service(facts) is not Names.OLD:
        return f"To start over, trigger {roll_back(facts)} twice: the first goes back to the old tables, the second abandons"
    gate = "" if facts.is_returned else "Reject the gate cutover.approve; where it is not open, "
    begin = f"{gate}{'t' if gate else 'T'}rigger {roll_back(facts)}"
    return f"{begin}, which leaves the source as it was. Then start over"


def or_way_out(facts: Facts) -> str:
    """The same, to go on a sentence with."""
    words = way_out(facts)
    return words[:1].lower() + words[1:]


def some(names: list[str]) -> str:
    """Tables by name, as many as a person reads."""
    shown = ", ".join(f'"{name}"' for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"table{'s' if len(names) > 1 else ''} {shown}{more}" if names else ""
