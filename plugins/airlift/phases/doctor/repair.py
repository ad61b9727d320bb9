"""Mend what is safe: what no row can be lost by, and what a task would do anyway when it is cleared. Only when somebody asks for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from airlift.databases import Database, Lock, Session
from airlift.databases.examined import TABLE, Installed, Kept
from airlift.databases.shapes import Layout, Server
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.cutover import deciding
from airlift.phases.cutover.hand_over import HandOver
from airlift.phases.cutover.rename import noted
from airlift.phases.doctor.doctor import Diagnosis, doctor
from airlift.phases.doctor.expected import HEARTBEAT, HEARTBEAT_BACK, Expected, Should, expected
from airlift.phases.doctor.facts import Facts, Side
from airlift.phases.doctor.finding import Deed, Repair
from airlift.phases.doctor.judging.attempts import may_give_up
from airlift.phases.doctor.judging.leftovers import is_droppable
from airlift.phases.doctor.judging.way_back import may_capture
from airlift.phases.doctor.places import unguarded, unshut
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration, RunInfo
from airlift.phases.roll_back.handing_back import noted as noted_back
from airlift.phases.ways import Way
from airlift.spec import TableName


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
    """What the next try of the task does first: look who has the service, and shut the other side where that was opened."""
    is_back = facts.stage == Stage.ROLLING_BACK
    task = f"rename_back in roll_back_{m.name}" if is_back else "cutover.rename"
    hand_over: HandOver = noted_back(replace(m, is_roll_back=True)) if is_back else noted(m)
    if deciding.recover(hand_over):
        yield f"The last attempt was decided, which is noted now. Clear {task}: it moves the services and goes on"
        return
    opened, has = ("the old tables are shut", "new") if is_back else ("the target is shut", "old")
    shut = "" if facts.in_place else f"{opened} again and "
    yield f"The last attempt was not decided: {shut}it is given up. The service runs on the {has} tables. Clear {task} to go on"


def _attempts(m: Migration, facts: Facts) -> Iterator[str]:
    for is_back in (False, True):
        left = [str(each["no"]) for each in facts.attempts if each["state"] == "begun" and each["is_back"] == is_back]
        if left and may_give_up(facts, is_back=is_back):
            way = Way(replace(m, is_roll_back=is_back), is_back=is_back)
            deciding.take_over(way)
            yield f"Attempt {', '.join(left)} is given up, and services that it held were told to go on at the {way.owner}"


def _guard(m: Migration, facts: Facts) -> Iterator[str]:
    """Of the side that the service is not on: the new tables before the cutover, the obsolete ones after it."""
    if facts.should.guard is Should.MUST:
        names, what = [table.layout.target for table in unguarded(facts)], "the cutover"
        _shut(m, m.target, names, lambda should: should.guard)
    else:
        names, what = [table.layout.obsolete for table in unshut(facts)], "a roll back"
        _shut(m, m.source, names, lambda should: should.shut)
    for name in names:
        yield f'Table "{name}" is shut again to all others; its rows are compared anew before {what}'


def _shut(m: Migration, database: Database, names: list[TableName], guard: Callable[[Expected], Should]) -> None:
    def shut(session: Session) -> None:
        # An attempt notes in the ledger that it opens the tables, and opens them under these locks: in one commit, or on the way back
        # the note first. So it is seen here, or it comes later and takes the guard away.
        with m.ledger_session() as ledger:
            standing = m.ledger.standing(ledger)
        if standing is None or standing.abandoned_by or guard(expected(standing.stage)) is not Should.MUST:
            raise Interrupted("The migration went on meanwhile, and these tables are not to be shut any more. Look again.")
        database.definitions.create_guard(session, m.name, names)

    under_locks(m, database, [Lock(name, database.fence.writers_out) for name in names], shut)


def _capture_back(m: Migration, facts: Facts) -> Iterator[str]:
    """A hole is not hidden by it: the triggers are other ones than at the cutover, so that a roll back compares all rows first."""
    for table in facts.tables:
        if may_capture(facts, table):
            under_locks(m, m.target, [Lock(table.layout.target, m.target.fence.writers_out)], _capturing(m, table.layout))
            yield f'Changes of table "{table.layout.target}" are noted again; all rows are compared before a roll back'


def _capturing(m: Migration, layout: Layout) -> Callable[[Session], None]:
    def capture(session: Session) -> None:
        with m.ledger_session() as ledger:
            standing = m.ledger.standing(ledger)
        if standing is None or standing.stage not in (Stage.SWITCHED, Stage.SETTLED):
            raise Interrupted("The migration went on meanwhile, and the new tables are not to be captured any more. Look again.")
        m.target.capture.create_triggers(session, m.capture_names(layout.mirrored()), layout.target)

    return capture


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
        yield f'{kept.form.capitalize()} "airlift.{kept.name}" on {side.where} is dropped'


def _in_order(kept: Iterable[Kept]) -> list[Kept]:
    """Functions and views, then logs, the heartbeat last."""
    return sorted(kept, key=lambda each: (each.form == TABLE, each.kind in (HEARTBEAT, HEARTBEAT_BACK)))


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
    Repair.CAPTURE_BACK: _capture_back,
    Repair.LEFTOVERS: _leftovers,
}
