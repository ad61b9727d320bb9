"""Roll back: after the cutover the old tables take their names again, with every change since; before it the migration is abandoned."""

from typing import Any

from airlift import faults
from airlift.errors import Interrupted, Refused
from airlift.ledger import NOW, Stage, attempts
from airlift.phases.contract.clean_up import abandon
from airlift.phases.cutover.attempt import Attempt, try_often
from airlift.phases.cutover.deciding import (
    TRIES_TO_SWITCH,
    clear_away,
    last_decided,
    move_services,
    of_this_round,
    outage,
    pause_and_outage,
    recover,
    take_over,
)
from airlift.phases.cutover.rename import noted as noted_cutover
from airlift.phases.migration import Migration
from airlift.phases.roll_back.handing_back import noted, to_source
from airlift.phases.roll_back.preflight import ABANDON
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier, carrier
from airlift.phases.sync.delta_windows import catch_up
from airlift.phases.sync.premises import broken, premises
from airlift.phases.ways import Way


def rename_back(m: Migration, approval: dict[str, Any], action: str) -> dict[str, Any]:
    """Do what `preflight` said and a person approved: ABANDON, or roll back. May run again."""
    if list(approval.get("chosen_options") or ()) != ["Approve"]:
        raise Refused("A roll back needs the answer Approve of its gate itself; a task state is no approval.")
    if action == ABANDON:
        abandon(m)
        return {"action": ABANDON}
    return _roll_back(m)


def _roll_back(m: Migration) -> dict[str, Any]:
    way = Way(m, is_back=True)
    standing, since = m.standing(Stage.VIEWS_CREATED), last_decided(m)
    if standing.stage == Stage.OPENING:
        take_over(Way(m))
        recover(noted_cutover(m))
        standing, since = m.standing(Stage.VIEWS_CREATED), last_decided(m)
    if standing.stage >= Stage.CONTRACTING:
        raise Refused("The contract was approved meanwhile: the views are gone, and with them the way back. Nothing was changed.")
    if standing.stage > Stage.OPENING:
        take_over(way)
    if standing.stage == Stage.ROLLING_BACK:
        recover(noted(m))
        faults.reached("roll_back.recovered")
        standing = m.standing(Stage.VIEWS_CREATED)
    if standing.stage > Stage.OPENING:
        return _settle(m, _try_often(m, since))
    return _settle(m, None)


def _try_often(m: Migration, since: int) -> float | None:
    def attempt(insists: bool) -> float | None:
        with m.ledger_session() as ledger:
            m.ledger.hold_way_back(ledger)
        stage = m.standing(Stage.VIEWS_CREATED).stage
        if stage < Stage.SWITCHED:
            return None
        if stage == Stage.ROLLING_BACK:
            raise Interrupted("Another try of this task is about to decide. This one decides nothing, and looks again later.")
        with carrier(m, is_back=True) as sessions:
            _compare_if_broken(m, sessions)
            passes.log_waiting(sessions.way, sessions.sending, sessions.receiving, sessions.layouts)
            catch_up(m, sessions, Stage.SWITCHED)
            return Attempt(to_source(sessions), sessions, since, insists).make()

    return try_often(m, attempt, since=since, otherwise="the service runs on the new tables as before")


def _compare_if_broken(m: Migration, sessions: Carrier) -> None:
    """Where a premise broke since the cutover, all rows are compared before any writer waits, and those that differ are carried again."""
    way = sessions.way
    with sessions.sending.transaction(snapshot=True) as target, sessions.receiving.transaction() as source:
        now = premises(way, target, source, sessions.layouts)
    failed = broken(way, noted(m).proof(), now)
    if not failed:
        return
    m.log.warning("What the way back rests on does not hold any more: %s. All rows are compared, and mended.", "; ".join(failed))
    passes.run_through(way, passes.begin(way))


def _settle(m: Migration, moved_since: float | None) -> dict[str, Any]:
    """The old tables have their names: move the services, measure the outage, note what came out of it. May run again."""
    with m.ledger_session() as ledger:
        standing = m.ledger.must_stand(ledger, Stage.VIEWS_CREATED)
        made = m.ledger.rows(ledger, attempts)
    done = [attempt for attempt in made if attempt["state"] == "switched"]
    if not done or not done[-1]["is_back"]:
        raise Refused(
            "The last attempt at the cutover was not decided: the service never left the old tables. Start this DAG again to abandon the "
            "migration, or clear cutover.rename to go on with it."
        )
    last = done[-1]
    if last["settled_at"] is None:
        away: float | None = 0.0
        way = Way(m, is_back=True)
        if not standing.in_place:
            since = moved_since or move_services(way, int(last["no"]), tries=TRIES_TO_SWITCH)
            rolled = noted(m)
            away = outage(since, lambda: bool(rolled.written_since(str(last["opened_at"]))))
        clear_away(way)
        faults.reached("roll_back.settling")
        with m.ledger_session() as ledger:
            is_first = m.ledger.change(ledger, attempts, {"no": last["no"], "settled_at": None}, outage_ms=away, settled_at=NOW)
            if is_first and not standing.in_place:
                m.ledger.forget_log_room(ledger)
            m.ledger.release_way_back(ledger)
            made = m.ledger.rows(ledger, attempts)
    made = of_this_round(made, is_back=True)
    pause, away = pause_and_outage(made)
    m.log.info("The service runs on the old tables again. Longest pause under the fence %s, outage %s.",
               "not measured" if pause is None else f"{pause} ms", "none was seen" if away is None else f"{away} ms")  # fmt: skip
    return {"action": "roll back", "pause_ms": pause, "outage_ms": away, "attempts": len(made)}
