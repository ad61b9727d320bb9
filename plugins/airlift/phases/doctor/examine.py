"""Read what the doctor judges: the ledger, and what is really there on both servers. Reads only, and decides nothing.

Unlike a task it does not refuse to look where the run, the spec or the server is another one than before: that is what it is to find.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from airlift.databases import CaptureNames, Database, Session
from airlift.databases.examined import TABLE, Kept
from airlift.databases.shapes import Layout, Server
from airlift.errors import AirliftError
from airlift.ledger import Stage, Standing, attempts, migrations, windows
from airlift.phases.contract.sync_back import REPORT
from airlift.phases.cutover.create_views import final_view
from airlift.phases.doctor.expected import BACK, CAPTURE, HEARTBEAT, HEARTBEAT_BACK, UNRETURNED, WAY_BACK, Names, Should, expected
from airlift.phases.doctor.facts import Back, Comparison, Facts, Place, Side, Table
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.premises import WORDS, premises, words_of
from airlift.phases.ways import Way
from airlift.spec import Spec, TableName, differences

OLD_SECONDS = 300.0
"""How long a transaction may hold a lock on a migrated table before a person is told."""
BLOCKED_SECONDS = 1.0
"""How long a session may wait for a lock on a migrated table: ours give up long before."""
ATTEMPTS = 20
"""So many of the last attempts at the cutover are looked at."""


def examine(m: Migration, limits: Mapping[str, str], *, most: int) -> Facts:
    """Look at both servers. `limits` are settings of every transaction, `most` is the highest number that is counted to.

    Raises what the target answers where it can't be looked at; that the source can't be is a fact.
    """
    # ended before the source is looked at, which may take long: what was read of ours may be dropped by a cutover meanwhile
    with _reading(m.target, limits) as target:
        facts = _on_target(m, target)
    try:
        with _reading(m.source, limits) as source, _reading(m.target, limits) as target:
            return _on_source(m, facts, source, target, most=most)
    except AirliftError as error:
        return replace(facts, trouble=str(error))


def has_moved(m: Migration, facts: Facts, limits: Mapping[str, str]) -> bool:
    """Whether the migration went on while it was looked at: the two servers were not seen at one instant."""
    with _reading(m.target, limits) as target:
        now = m.ledger.standing(target) if m.ledger.exists(target) else None
        made = m.ledger.newest(target, attempts, ATTEMPTS) if now else []
        carried = m.ledger.next_no(target, windows) - 1 if now else 0
    return now != facts.standing or made != facts.attempts or carried != facts.windows


@contextmanager
def _reading(database: Database, limits: Mapping[str, str]) -> Iterator[Session]:
    """A session in a transaction that only reads, all of one instant."""
    with database.session() as session, session.transaction(snapshot=True, **{**limits, "transaction_read_only": "on"}):
        yield session


def _on_target(m: Migration, target: Session) -> Facts:
    has_ledger = m.ledger.exists(target)
    standing = m.ledger.standing(target) if has_ledger else None
    if standing is None:
        side = _side(m, m.target, target, server=None, oids=[])
        return Facts(
            migration=m.name, in_place=False, has_ledger=has_ledger, standing=None, started_at=None, stage_at=None, stage_seconds=0.0,
            edits=[], attempts=[], windows=0, comparison=None, validation_age=m.spec.validation_age,
            place=Place(None, None, None, None), tables=[], target=side, source=None,
        )  # fmt: skip
    row = m.ledger.rows(target, migrations)[0]
    tables = _tables(m, target, standing)
    now = m.ledger.now(target)
    oids = [table.new.oid for table in tables if table.new]
    last = passes.newest(m, target)
    switched = m.ledger.rows(target, attempts, state="switched")
    return Facts(
        migration=m.name, in_place=standing.in_place, has_ledger=True, standing=standing,
        started_at=row["started_at"], stage_at=row["stage_at"], stage_seconds=(now - row["stage_at"]).total_seconds(),
        edits=differences(Spec.from_json(standing.spec), m.spec),
        attempts=m.ledger.newest(target, attempts, ATTEMPTS), windows=m.ledger.next_no(target, windows) - 1,
        comparison=Comparison(last["no"], passes.age(last), last["finished_at"] is not None, False, last["started_at"]) if last else None,
        validation_age=m.spec.validation_age,
        place=Place(standing.watermark_at, standing.watermark, standing.position_at, standing.position),
        tables=tables, target=_side(m, m.target, target, server=Server(**standing.target_server), oids=oids), source=None,
        switched=switched[-1] if switched else None, stands_still=(m.ledger.report(target, REPORT) or {}).get("stands_still"),
    )  # fmt: skip


def _tables(m: Migration, target: Session, standing: Standing) -> list[Table]:
    """The tables with what is known of them on the target."""
    layouts = m.layouts(target)
    last = passes.newest(m, target)
    heaps = last["premises"].get("heaps", {}) if last else {}
    views = {layout.no: _view(layout, standing) for layout in layouts if layout.is_renamed}
    found = m.target.inspection.occupants(target, [*(layout.target for layout in layouts), *views.values()])
    kept = {each.name for each in m.target.inspection.kept(target, m.name)}
    compared = [layout for layout in layouts if f"{m.name}_unverified_{layout.no}" in kept]
    verdicts = {each.no: each for each in m.target.windows.unverified(target, m.name, compared)}
    return [
        Table(
            layout=layout,
            view=views.get(layout.no),
            old_oid=heaps.get(str(layout.source), {}).get("oid"),
            old=None,
            obsolete=None,
            new=found.get(layout.target),
            viewed=found.get(views[layout.no]) if layout.no in views else None,
            unverified=verdicts[layout.no].waiting if layout.no in verdicts else 0,
            differing=verdicts[layout.no].differing if layout.no in verdicts else 0,
        )
        for layout in layouts
    ]


def _view(layout: Layout, standing: Standing) -> TableName:
    is_over = standing.stage == Stage.ROLLING_BACK or expected(standing.stage).names in (Names.NEW, Names.ANY)
    return final_view(layout) if is_over else layout.compatibility_view(in_place=standing.in_place)


def _on_source(m: Migration, facts: Facts, source: Session, target: Session, *, most: int) -> Facts:
    standing = facts.standing
    if standing is None:
        in_place = m.source.catalog.server(source).is_same_as(m.target.catalog.server(target))
        return replace(facts, in_place=in_place, source=_side(m, m.source, source, server=None, oids=[]))
    layouts = [table.layout for table in facts.tables]
    found = m.source.inspection.occupants(source, [name for layout in layouts for name in (layout.source, layout.obsolete)])
    new = [table.new for table in facts.tables if table.new and facts.in_place]
    oids = [each.oid for each in (*found.values(), *new)]
    side = _side(m, m.source, source, server=Server(**standing.source_server), oids=oids)
    waiting = _waiting(m, source, facts, side, most=most)
    forward, early = _changes(m, facts, source, target), _written_early(m, facts, source, side)
    tables = [
        replace(
            table, old=found.get(table.layout.source), obsolete=found.get(table.layout.obsolete), waiting=waiting.get(table.layout.no),
            changed=forward.of(position, table.layout.source), is_written_early=table.layout.no in early,
        )
        for position, table in enumerate(facts.tables, start=1)
    ]  # fmt: skip
    facts = replace(
        facts,
        source=side,
        tables=tables,
        place=_place(m, facts, source, side),
        comparison=replace(facts.comparison, is_restarted_since=forward.is_restarted) if facts.comparison else None,
        may_decide=_may_decide(m, facts, source, target),
    )
    return _with_way_back(m, facts, source, target, most=most)


def _may_decide(m: Migration, facts: Facts, source: Session, target: Session) -> bool:
    """Whether a session that was to decide is at work: on the source, or on the way back on the target."""
    return any(
        way.sender.fence.may_still_decide(target if way.is_back else source, int(each["pid"]))
        for each in facts.attempts
        if each["state"] == "deciding" and (way := Way(m, is_back=each["is_back"]))
    )


def _written_early(m: Migration, facts: Facts, source: Session, side: Side) -> set[int]:
    """The old tables, by number, that somebody wrote since an undecided roll back opened them."""
    undecided = [each for each in facts.attempts if each["state"] == "deciding" and each["is_back"] and each["opened_at"]]
    if not undecided:
        return set()
    found = m.source.inspection.waiting(source, _logs(m, facts, side), undecided[-1]["opened_at"], most=1)
    return {no for no, number in found.items() if number}


def _logs(m: Migration, facts: Facts, side: Side, *, is_back: bool = False) -> list[CaptureNames]:
    """The names of the change logs of a way that are there."""
    there = {each.name for each in side.kept if each.form == TABLE}
    kind = BACK if is_back else CAPTURE
    layouts = [table.layout for table in facts.tables if f"{m.name}_{kind}_{table.layout.no}" in there]
    return [m.capture_names(layout.mirrored() if is_back else layout) for layout in layouts]


def _with_way_back(m: Migration, facts: Facts, source: Session, target: Session, *, most: int) -> Facts:
    """With what the way back has: its position, what waits, and what a roll back rests on."""
    side = facts.source
    is_there = side is not None and any(each.kind == WAY_BACK for each in side.kept)
    returning = m.source.inspection.returning(source, m.name) if is_there else None
    if side is None or returning is None or facts.should.is_over:
        return facts
    changes = _changes_back(m, facts, returning.premises, source, target)
    waiting = m.target.inspection.waiting(target, _logs(m, facts, facts.target, is_back=True), returning.position, most=most)
    there = {each.name for each in side.kept}
    compared = [t.layout.mirrored() for t in facts.tables if f"{m.name}_{UNRETURNED}_{t.layout.no}" in there]
    verdicts = {each.no: each for each in m.source.windows.unverified(source, m.name, compared)}
    pruned, is_beyond = None, False
    if any(each.kind == HEARTBEAT_BACK for each in facts.target.kept):
        pruned, is_beyond = m.target.inspection.pruned(target, m.name, CaptureNames.BACK, returning.position)
    return replace(
        facts,
        tables=[
            replace(
                table, waiting_back=waiting.get(table.layout.no), changed_back=changes.of(position, table.layout.target),
                unreturned=verdicts[table.layout.no].waiting if table.layout.no in verdicts else 0,
                differing_back=verdicts[table.layout.no].differing if table.layout.no in verdicts else 0,
            )
            for position, table in enumerate(facts.tables, start=1)
        ],
        back=Back(
            at=returning.at, position=returning.position, ahead=_ahead(m.target, target, returning.at),
            is_open=returning.premises is not None, pruned_to=pruned, is_pruned_beyond=is_beyond,
            is_restarted_since=changes.is_restarted, stands_still=facts.stands_still,
        ),
    )  # fmt: skip


def _ahead(database: Database, session: Session, at: str) -> float:
    """How many seconds a server's clock is past a position of it."""
    now = database.positions.now(session).at
    return (datetime.fromisoformat(now) - datetime.fromisoformat(at)).total_seconds()


def _side(m: Migration, database: Database, session: Session, *, server: Server | None, oids: list[int]) -> Side:
    look = database.inspection
    kept = look.kept(session, m.name)
    now = database.catalog.server(session) if server else None
    ours = f"(airlift {m.name} "
    return Side(
        where=database.where,
        advice=database.advice,
        moved_to=f'system {now.system}, timeline {now.timeline}, database "{now.database}"'
        if server and now and not now.is_same_as(server)
        else None,
        capturing=len(database.capture.triggers(CaptureNames(m.name, 0))),
        triggers=look.triggers(session, m.name),
        kept=kept,
        filled=_filled(m, database, session, kept),
        sessions=[each for each in look.sessions(session, m.name) if each.task != m.run.task_id],
        blocked=look.blocked(session, oids, seconds=BLOCKED_SECONDS),
        prepared=database.examination.prepared(session),
        # what a task of ours does for long it does on purpose
        old_transactions=[
            each for each in database.examination.old_transactions(session, oids, seconds=OLD_SECONDS) if ours not in each.words
        ],
    )


def _filled(m: Migration, database: Database, session: Session, kept: list[Kept]) -> frozenset[str]:
    """Our tables that may hold the only record of something: of writes to the new tables, of keys that differ.

    Once the service was handed over, also how far the way back is, and what was written to the old tables beside its decision.
    """
    look, records = database.inspection, {BACK, UNRETURNED}
    if any(each.kind == WAY_BACK for each in kept):
        returning = look.returning(session, m.name)
        records |= {CAPTURE, WAY_BACK} if returning and returning.premises is not None else set()
    return frozenset(each.name for each in kept if each.kind in records and each.form == TABLE and look.has_rows(session, each))


def _waiting(m: Migration, source: Session, facts: Facts, side: Side, *, most: int) -> dict[int, int]:
    """Rows of the change logs that are there which the position has not seen, by the tables' numbers."""
    position = facts.place.position if facts.should.logs is not Should.NOT else None
    return m.source.inspection.waiting(source, _logs(m, facts, side), position, most=most) if position else {}


def _place(m: Migration, facts: Facts, source: Session, side: Side) -> Place:
    place = facts.place
    pruned, is_beyond = None, False
    if any(each.kind == HEARTBEAT for each in side.kept):
        pruned, is_beyond = m.source.inspection.pruned(source, m.name, CaptureNames.FORWARD, place.position)
    ahead = _ahead(m.source, source, place.position_at) if place.position_at else None
    return replace(place, ahead=ahead, pruned_to=pruned, is_pruned_beyond=is_beyond)


class _Changes:
    """What changed since premises were taken. Nothing is asked where there are none that count."""

    def __init__(self, way: Way, before: dict[str, Any] | None, now: dict[str, Any], names: list[str]) -> None:
        self._way, self._before, self._now, self._names = way, before, now, names
        self.is_restarted = before is not None and before["started"] != now["started"]

    def of(self, position: int, name: TableName) -> list[str]:
        """The premises of one table of the sender that don't hold any more, in words. `position` is its place among all."""
        before, now = self._before, self._now
        if before is None:
            return []
        return [
            words_of(self._way, each)
            for each in self._names
            if each != "started" and _part(before[each], position, str(name)) != _part(now[each], position, str(name))
        ]


def _changes(m: Migration, facts: Facts, source: Session, target: Session) -> _Changes:
    """Since the newest comparison, as long as a cutover rests on it."""
    way, last = Way(m), passes.newest(m, target)
    counts = facts.stage is not None and facts.stage <= Stage.OPENING and facts.is_going_on and not facts.is_void
    before = last["premises"] if last and counts else None
    now = premises(way, source, target, [table.layout for table in facts.tables]) if before else {}
    return _Changes(way, before, now, [name for name in WORDS if name != "guard" or facts.should.guard is Should.MUST])


def _changes_back(m: Migration, facts: Facts, noted: dict[str, Any] | None, source: Session, target: Session) -> _Changes:
    """Since the newest comparison on the way back or else the switch, as long as a roll back rests on it."""
    way, last = Way(m, is_back=True), passes.newest(m, target, is_back=True)
    proved = last["premises"] if last and last["finished_at"] else noted
    before = proved if facts.stage in (Stage.SWITCHED, Stage.SETTLED) else None
    now = premises(way, target, source, [table.layout.mirrored() for table in facts.tables]) if before else {}
    return _Changes(way, before, now, list(WORDS))


def _part(premise: Any, position: int, name: str) -> Any:
    """What a premise says of one table."""
    if isinstance(premise, dict):
        return premise.get(name)
    return [each for each in premise if each["position"] == position]
