"""Who has the names on both sides, and who should have them. Pure: asks no server."""

from collections.abc import Iterator

from airlift.databases.examined import Occupant
from airlift.ledger import Stage
from airlift.phases.doctor.expected import Expected, Names, Should
from airlift.phases.doctor.facts import Facts, Table
from airlift.phases.doctor.finding import Finding
from airlift.phases.doctor.places import Owners, owners, service, way_out


def names(facts: Facts, should: Expected) -> Iterator[Finding]:
    """Names that belong to something else than they should."""
    if should.names is Names.ANY:
        return
    found = owners(facts)
    for each in found:
        if each.is_handed_over is None:
            yield _dropped(each.table) if _is_dropped(facts, each.table) else _lost(facts, each.table)
        elif not _fits(facts, each):
            yield _astray(facts, each)
    if len({each.is_handed_over for each in found} - {None}) > 1:
        fact = "are handed over only in part, which no commit of ours does"
        yield Finding("the old names on the source", fact, _look(facts, found))
    for table in facts.tables:
        yield from _other_names(facts, should, table)


def _fits(facts: Facts, each: Owners) -> bool:
    """Whether a name is where who has the service wants it. An undecided roll back gives the old tables their names before it decides."""
    if facts.stage == Stage.OPENING:
        return True
    has = service(facts)
    if facts.stage == Stage.ROLLING_BACK and not facts.in_place and has is Names.NEW:
        return True
    return has is Names.UNDECIDED or each.is_handed_over == (has is Names.NEW)


def _is_dropped(facts: Facts, table: Table) -> bool:
    return service(facts) is Names.NEW and table.obsolete is None and (table.old is None or table.old.kind != "table")


def _dropped(table: Table) -> Finding:
    fact = "is gone on the source: there is no way back any more"
    remedy = "Restore it with all its rows if you may want to go back; else answer contract.approve when all servers run the new code"
    return Finding(f'the old table "{table.layout.obsolete}"', fact, remedy)


def _look(facts: Facts, found: list[Owners]) -> str:
    look = f" at: {facts.source.advice.numbered(each.table.old_oid for each in found if each.table.old_oid)}" if facts.source else ""
    return f"Touch nothing more and look on the source{look}"


def _lost(facts: Facts, table: Table) -> Finding:
    layout = table.layout
    thing = f'name "{layout.source}" on the source'
    if table.old_oid is None:
        look = f": {facts.source.advice.named(layout.source.name)}" if facts.source else ""
        remedy = f"Look on the source for what became of it{look}"
        return Finding(thing, f"belongs to {_kind(table.old)} where the table to be moved should be", remedy)
    fact = f'belongs to {_kind(table.old)} and "{layout.obsolete}" to {_kind(table.obsolete)}; neither is the table that was copied'
    return Finding(thing, f"{fact} (oid {table.old_oid})", _look(facts, [Owners(table, None)]))


def _astray(facts: Facts, each: Owners) -> Finding:
    where = "the new table" if each.is_handed_over else "the old table"
    stage = facts.stage.words if facts.stage else ""
    fact = f'stands for {where}, which does not fit the stage "{stage}": somebody renamed it, or the ledger is older than the source'
    return Finding(f'name "{each.table.layout.source}" on the source', fact, _look(facts, [each]))


def _other_names(facts: Facts, should: Expected, table: Table) -> Iterator[Finding]:
    layout = table.layout
    if should.tables is Should.MUST and (table.new is None or table.new.kind != "table"):
        fact = f"should be the new table on the target and is {_kind(table.new)}"
        yield Finding(f'name "{layout.target}"', fact, "Find out who dropped or renamed it; the migration can't go on without it")
    if table.view and should.views is Should.MUST and (table.viewed is None or table.viewed.kind != "view"):
        fact = f"should be the compatibility view on the target and is {_kind(table.viewed)}"
        yield Finding(f'name "{table.view}"', fact, _view_remedy(facts))
    if table.view and should.views is Should.NOT and table.viewed and table.viewed.kind == "view":
        fact = "is a view on the target, where none should be at this stage"
        yield Finding(f'name "{table.view}"', fact, "See whether old code still reads it before anybody drops it; contract.drop_views does")
    if should.names is Names.NEW and not facts.in_place and table.old:
        fact = f"stands for {_kind(table.old)} on the source, though the service was handed over: writers that were not moved may use it"
        yield Finding(f'name "{layout.source}"', fact, "Find out who made it, and point its users to the target")


def _view_remedy(facts: Facts) -> str:
    if service(facts) is Names.NEW:
        return "Old code fails without it. Make it again with the columns of the report, or point the old code to the new table"
    return f"No step makes it a second time. {way_out(facts)}"


def _kind(owner: Occupant | None) -> str:
    return f"a {owner.kind} (oid {owner.oid})" if owner else "nothing"
