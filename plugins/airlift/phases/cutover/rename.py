"""The cutover: catch up, fence the writers, carry the last window, prove both sides equal, hand the name over.

Who owns the old name on the source owns the service. An attempt that can't be brought to its end in time is given up, the writers
go on where they were, and it is tried again.
"""

from typing import Any

from airlift import faults
from airlift.errors import Interrupted, Refused
from airlift.ledger import NOW, Stage, attempts
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
from airlift.phases.cutover.handing_over import ToTarget, to_target, written_since_opened
from airlift.phases.cutover.noted_keys import NEW_KEYS, OLD_KEY, noted_keys
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier, carrier
from airlift.phases.sync.delta_windows import catch_up
from airlift.phases.sync.premises import broken, premises
from airlift.phases.ways import Way


def rename(m: Migration, approval: dict[str, Any]) -> dict[str, Any]:
    """Switch the service to the new tables. `approval` is the answer of `cutover.approve`.

    May run again: what an earlier try decided is looked up in the catalogs and brought to its end.
    """
    if list(approval.get("chosen_options") or ()) != ["Approve"]:
        raise Refused("The cutover needs the answer Approve of the gate cutover.approve itself; a task state is no approval.")
    standing, since = m.standing(Stage.VIEWS_CREATED), last_decided(m)
    if standing.stage < Stage.SWITCHED:
        take_over(Way(m))
        standing = m.standing(Stage.VIEWS_CREATED)
    if standing.stage == Stage.OPENING:
        recover(noted(m))
        faults.reached("cutover.recovered")
        standing = m.standing(Stage.VIEWS_CREATED)
    return settle(m, _try_often(m, since) if standing.stage < Stage.SWITCHED else None)


def noted(m: Migration) -> ToTarget:
    """The cutover as the ledger has it: what an earlier try was about."""
    with m.ledger_session() as ledger:
        new, old = noted_keys(m, ledger, *NEW_KEYS), noted_keys(m, ledger, OLD_KEY)
        in_place = m.ledger.must_stand(ledger, Stage.VIEWS_CREATED).in_place
        return ToTarget(Way(m), m.layouts(ledger), in_place, new_keys=[each.key for each in new], old_keys=[each.key for each in old])


def _try_often(m: Migration, since: int) -> float | None:
    """Make attempts until the name is handed over. Returns since when the services could be moved, None where they were not yet."""

    def attempt(insists: bool) -> float | None:
        stage = m.standing(Stage.VIEWS_CREATED).stage
        if stage >= Stage.SWITCHED:
            return None
        if stage == Stage.OPENING:
            raise Interrupted("Another try of this task is about to decide. This one decides nothing, and looks again later.")
        # new sessions for each attempt: one that was given up may have lost its own to the server's lease
        with carrier(m) as sessions:
            _must_be_proved(m)
            _compare_anew_if_broken(m, sessions)
            passes.log_waiting(sessions.way, sessions.sending, sessions.receiving, sessions.layouts)
            catch_up(m, sessions, Stage.VIEWS_CREATED)
            return Attempt(to_target(sessions), sessions, since, insists).make()

    return try_often(m, attempt, since=since, otherwise="the service runs on the old tables as before")


def settle(m: Migration, moved_since: float | None = None) -> dict[str, Any]:
    """The name was handed over: move the services, measure the outage, and note what came out of it. May run again.

    `moved_since` is when the name was handed over, where the services were moved right after it.
    """
    standing = m.standing(Stage.SWITCHED)
    with m.ledger_session() as ledger:
        layouts, made = m.layouts(ledger), of_this_round(m.ledger.rows(ledger, attempts), is_back=False)
    last = made[-1]
    if standing.stage < Stage.SETTLED:
        away: float | None = 0.0
        if not standing.in_place:
            since = moved_since or move_services(Way(m), int(last["no"]), tries=TRIES_TO_SWITCH)
            away = outage(since, lambda: bool(written_since_opened(m, layouts)))
        clear_away(Way(m))
        faults.reached("cutover.settling")
        with m.ledger_session() as ledger:
            # once: who comes late may find that the service went back since
            if m.ledger.change(ledger, attempts, {"no": last["no"], "settled_at": None}, outage_ms=away, settled_at=NOW):
                m.ledger.leave(ledger, Stage.SWITCHED, to=Stage.SETTLED)
                if not standing.in_place:
                    m.ledger.forget_log_room(ledger)
            made = of_this_round(m.ledger.rows(ledger, attempts), is_back=False)
    pause, away = pause_and_outage(made)
    m.log.info("The service runs on the new tables. Longest pause under the fence %s, outage %s.",
               "not measured" if pause is None else f"{pause} ms", "none was seen" if away is None else f"{away} ms")  # fmt: skip
    return {
        "watermark": {"at": standing.position_at, "position": standing.position},
        "pause_ms": pause,
        "outage_ms": away,
        "attempts": len(made),
    }


def _must_be_proved(m: Migration) -> None:
    """Refuse what no attempt could prove: no comparison, one that is too old, keys that differ."""
    with m.ledger_session() as ledger:
        last = passes.newest(m, ledger)
        layouts = m.layouts(ledger)
        verdicts = m.target.windows.unverified(ledger, m.name, layouts)
    if last is None:
        raise Refused("No comparison of all rows was made. Clear sync.validate.")
    if last["finished_at"] is None:
        passes.run_through(Way(m), last["no"])
    elif passes.age(last) > m.spec.validation_age:
        raise Refused(
            f"The comparison of all rows is {passes.age(last):,.0f} s old; `validation_age` allows {m.spec.validation_age:,.0f} s. "
            "Clear sync.validate and what comes after it."
        )
    differing = {layout.target: each.differing for layout in layouts for each in verdicts if each.no == layout.no and each.differing}
    if differing:
        words = ", ".join(f'{count} keys of "{name}"' for name, count in differing.items())
        raise Refused(
            f"Both sides are not equal: {words}. The keys are in the tables airlift.{m.name}_unverified_<n> on the target. The service "
            "runs on the old tables as before. Reject and start over, or find out who wrote them, mend the rows and clear sync.validate."
        )


def _compare_anew_if_broken(m: Migration, sessions: Carrier) -> None:
    """Where a premise broke since the last comparison, what it proved is void: all rows are compared again, before any writer waits."""
    way = sessions.way
    with sessions.sending.transaction(snapshot=True) as source, sessions.receiving.transaction() as target:
        last, now = passes.newest(m, target), premises(way, source, target, sessions.layouts)
    failed = broken(way, last["premises"], now) if last else []
    if not failed:
        return
    m.log.warning("The last comparison does not hold any more: %s. All rows are compared anew.", "; ".join(failed))
    passes.run_through(way, passes.begin(way))
    for _ in range(3):
        sessions.carry(Stage.VIEWS_CREATED)
