"""Mend what is safe: what no row can be lost by, and what a task would do anyway when it is cleared. Only when somebody asks for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from airlift.databases import Database, Lock, Session
from airlift.databases.examined import Installed, Kept
from airlift.databases.shapes import Server
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.cutover import deciding
from airlift.phases.cutover.rename import noted
from airlift.phases.doctor.doctor import Diagnosis, doctor
from airlift.phases.doctor.examine import Facts, Side
from airlift.phases.doctor.expected import HEARTBEAT, Should, expected
from airlift.phases.doctor.finding import Deed, Repair
from airlift.phases.doctor.judge import is_droppable, unguarded
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration, RunInfo
from airlift.phases.ways import Way


def repair(m: Migration) -> Diagnosis:
    """Look, mend what was found and may be mended, and look again. What was not mended says why."""
    deeds: list[Deed] = []
    for kind, work in _WORKS.items():
        # each looks anew: what the one before did has changed what there is to do
        found = doctor(m)
        if any(finding.repair is kind for finding in found.findings):
            deeds += _tried(kind, work, _as_the_run(m, found.facts), found.facts)
    return replace(doctor(m), deeds=deeds)


def _tried(kind: Repair, work: Callable[[Migration, Facts], Iterator[str]], m: Migration, facts: Facts) -> list[Deed]:
    deeds: list[Deed] = []
    try:
        for words in work(m, facts):
            deeds.append(Deed(kind, is_done=True, words=words))  # noqa: PERF401 - what was done before a fault is told too
    except AirliftError as error:
        deeds.append(Deed(kind, is_done=False, words=str(error)))
    return deeds


def _as_the_run(m: Migration, facts: Facts) -> Migration:
    """The migration as the run that holds it sees it, on the servers that it began on; where none does, on those of now."""
    standing = facts.standing
    if standing is None:
        for database in (m.source, m.target):
            database.server = None
            with database.session() as session, session.transaction():
                database.server = database.catalog.server(session)
        return m
    m.source.server, m.target.server = Server(**standing.source_server), Server(**standing.target_server)
    return replace(m, run=RunInfo(standing.dag_id, standing.run_id, m.run.task_id, m.run.try_number))


def _undecided(m: Migration, facts: Facts) -> Iterator[str]:
    """What the next try of cutover.rename does first: look who owns the name, and shut the target where the source kept it."""
    if deciding.recover(noted(m)):
        yield "The last attempt was decided, which is noted now. Clear cutover.rename: it moves the services and goes on"
    else:
        shut = "" if facts.in_place else "the target is shut again and "
        yield f"The last attempt was not decided: {shut}it is given up. The service runs on the old tables. Clear cutover.rename to go on"


def _attempts(m: Migration, facts: Facts) -> Iterator[str]:
    left = [str(each["no"]) for each in facts.attempts if each["state"] == "begun"]
    deciding.take_over(Way(m))
    yield f"Attempt {', '.join(left)} is given up, and services that it held were told to go on at the source"


def _guard(m: Migration, facts: Facts) -> Iterator[str]:
    names = [table.layout.target for table in unguarded(facts)]

    def shut(target: Session) -> None:
        # an attempt opens the tables under these locks, in one commit with its note in the ledger: it is seen here, or it comes later
        standing = m.ledger.standing(target)
        if standing is None or expected(standing.stage).guard is not Should.MUST:
            raise Interrupted("The migration went on meanwhile, and the target is not to be shut any more. Look again.")
        m.target.definitions.create_guard(target, m.name, names)

    under_locks(m, m.target, [Lock(name, m.target.fence.writers_out) for name in names], shut)
    for name in names:
        yield f'Table "{name}" is shut again to all others; its rows are compared anew before the cutover'


def _leftovers(m: Migration, facts: Facts) -> Iterator[str]:
    """Triggers first, on both servers, and only when all of a kind are gone what they call and write: rule L1."""
    _must_be_over(m)
    sides = [(m.target if side is facts.target else m.source, side) for side in facts.sides]
    for database, side in sides:
        for trigger in side.triggers:
            if is_droppable(facts, side, trigger):
                under_locks(m, database, [Lock(trigger.table, database.fence.writers_out)], _dropping(database, trigger))
                yield f'Trigger "{trigger.name}" of table "{trigger.table}" on {side.where} is dropped'
    for database, side in sides:
        yield from _drop_kept(m, database, side, facts)


def _dropping(database: Database, trigger: Installed) -> Callable[[Session], None]:
    return lambda session: database.inspection.drop_trigger(session, trigger)


def _drop_kept(m: Migration, database: Database, side: Side, facts: Facts) -> Iterator[str]:
    going = [kept for kept in side.kept if is_droppable(facts, side, kept)]
    with database.session() as session, session.transaction():
        _must_be_over(m)
        left = {each.kind for each in database.inspection.triggers(session, m.name)}
        gone = [kept for kept in _in_order(going) if kept.kind not in left]
        for kept in gone:
            database.inspection.drop(session, kept)
        database.capture.leave_schema(session)
    for kept in gone:
        yield f'{"Function" if kept.is_function else "Table"} "airlift.{kept.name}" on {side.where} is dropped'


def _in_order(kept: Iterable[Kept]) -> list[Kept]:
    """Functions, then logs, the heartbeat last."""
    return sorted(kept, key=lambda each: (not each.is_function, each.kind == HEARTBEAT))


def _must_be_over(m: Migration) -> None:
    """Refuse to drop what a run needs that began meanwhile."""
    with m.ledger_session() as ledger:
        standing = m.ledger.standing(ledger) if m.ledger.exists(ledger) else None
    if standing is not None and standing.stage != Stage.CLEANED_UP:
        raise Refused(f'Run "{standing.run_id}" of "{standing.dag_id}" began meanwhile; nothing more is dropped.')


_WORKS: dict[Repair, Callable[[Migration, Facts], Iterator[str]]] = {
    Repair.UNDECIDED: _undecided,
    Repair.ATTEMPTS: _attempts,
    Repair.GUARD: _guard,
    Repair.LEFTOVERS: _leftovers,
}
