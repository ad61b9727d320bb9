"""The cutover: catch up, fence the writers, carry the last window, prove both sides equal, hand the name over.

Who owns the old name on the source owns the service. An attempt that can't be brought to its end in time is given up, the writers
go on where they were, and it is tried again.
"""

import random
import time
from typing import Any

from airlift import faults
from airlift.errors import Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.cutover.attempt import Attempt, GivenUp
from airlift.phases.cutover.deciding import recover, settle, take_over
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier, carrier
from airlift.phases.sync.delta_windows import say
from airlift.phases.sync.premises import broken, premises

CAUGHT_UP = 0.2
"""Seconds of lag at which the fence may go up."""


def rename(m: Migration, approval: dict[str, Any]) -> dict[str, Any]:
    """Switch the service to the new tables. `approval` is the answer of `cutover.approve`.

    May run again: what an earlier try decided is looked up in the catalogs and brought to its end.
    """
    if list(approval.get("chosen_options") or ()) != ["Approve"]:
        raise Refused("The cutover needs the answer Approve of the gate cutover.approve itself; a task state is no approval.")
    standing = m.standing(Stage.VIEWS_CREATED)
    if standing.stage < Stage.SWITCHED:
        take_over(m)
        standing = m.standing(Stage.VIEWS_CREATED)
    if standing.stage == Stage.OPENING:
        recover(m)
        faults.reached("cutover.recovered")
        standing = m.standing(Stage.VIEWS_CREATED)
    return settle(m, _try_often(m) if standing.stage < Stage.SWITCHED else None)


def _try_often(m: Migration) -> float | None:
    """Make attempts until the name is handed over. Returns since when the services could be moved, None where they were not yet."""
    for number in range(1, m.settings.attempts + 1):
        stage = m.standing(Stage.VIEWS_CREATED).stage
        if stage >= Stage.SWITCHED:
            return None
        if stage == Stage.OPENING:
            raise Interrupted("Another try of this task is about to decide. This one decides nothing, and looks again later.")
        # new sessions for each attempt: one that was given up may have lost its own to the server's lease
        with carrier(m) as sessions:
            _must_be_proved(m)
            _compare_anew_if_broken(m, sessions)
            _catch_up(m, sessions)
            try:
                return Attempt(m, sessions).make()
            except GivenUp as given_up:
                m.log.warning("Attempt %s of %s was given up after %.0f ms: %s The writers go on.", number, m.settings.attempts,
                              given_up.pause * 1000, given_up)  # fmt: skip
        time.sleep(min(0.2 * number, 3.0) * random.uniform(0.5, 1.0))
    raise Interrupted(
        f"{m.settings.attempts} attempts were given up; the service runs on the old tables as before. The log names what stood in the "
        "way each time. This task tries again by itself; end those sessions, or allow a longer `max_pause`."
    )


def _catch_up(m: Migration, sessions: Carrier) -> None:
    while window := sessions.carry(Stage.VIEWS_CREATED):
        say(m, window)
        if window.lag < CAUGHT_UP:
            return


def _must_be_proved(m: Migration) -> None:
    """Refuse what no attempt could prove: no comparison, one that is too old, keys that differ."""
    with m.ledger_session() as ledger:
        last = passes.newest(m, ledger)
        layouts = m.layouts(ledger)
        verdicts = m.target.windows.unverified(ledger, m.name, layouts)
    if last is None:
        raise Refused("No comparison of all rows was made. Clear sync.validate.")
    if last["finished_at"] is None:
        passes.run_through(m, last["no"])
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
    with sessions.source.transaction(snapshot=True) as source, sessions.target.transaction() as target:
        last, now = passes.newest(m, target), premises(m, source, target, sessions.layouts)
    failed = broken(last["premises"], now) if last else []
    if not failed:
        return
    m.log.warning("The last comparison does not hold any more: %s. All rows are compared anew.", "; ".join(failed))
    passes.run_through(m, passes.begin(m))
    for _ in range(3):
        sessions.carry(Stage.VIEWS_CREATED)
