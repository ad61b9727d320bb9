"""Carry window after window, each shorter than the last, until the target is less than a second behind."""

from typing import Any

from airlift.errors import Interrupted
from airlift.ledger import Stage, windows
from airlift.phases.migration import Migration
from airlift.phases.pacing import THE_TARGET, pacing
from airlift.phases.sync.carrying import Carrier, Window, carrier
from airlift.phases.ways import Overtaken

SMALL_LAG = 1.0
CAUGHT_UP = 0.2
"""Seconds of lag at which a window is the last one that is worth carrying before a fence: under writers there is always something more."""
REST = 0.25
"""A window counts as so many seconds of work: at half the pace it is followed by as long a rest, whatever it took, so that rests don't
make windows grow that make rests grow.
"""
NOT_FALLING = 5
"""After so many windows in which the lag did not fall, the writers are too fast for us, and a person has to know."""


def delta_windows(m: Migration) -> dict[str, Any]:
    """Catch up. Raises Interrupted, with both rates, when the lag no longer falls."""
    standing = m.standing(Stage.INDEXED)
    carried: list[Window] = []
    lags: list[float] = []
    if standing.stage < Stage.IN_SYNC:
        with carrier(m) as sessions, pacing(m, sessions.sending, sessions.ledger, fills=THE_TARGET) as paced:
            while True:
                window = sessions.carry(Stage.INDEXED)
                if window is None:
                    break
                carried.append(window)
                lags.append(window.lag)
                say(m, window)
                if window.lag < SMALL_LAG:
                    break
                if does_not_converge(lags):
                    if not paced.catch_up("the lag does not fall"):
                        raise Interrupted(_diverging(carried))
                    lags.clear()
                if paced.rest(REST, lag=window.lag):
                    lags.clear()  # what came in a pause says nothing of the writers
        with m.ledger_session() as ledger:
            m.ledger.reach(ledger, Stage.IN_SYNC)
    with m.ledger_session() as ledger:
        number = m.ledger.next_no(ledger, windows) - 1
        changes = m.ledger.total(ledger, windows.c.changes)
    standing = m.standing(Stage.IN_SYNC)
    return {"watermark": {"at": standing.position_at, "position": standing.position}, "windows": number, "changes": changes}


def does_not_converge(lags: list[float]) -> bool:
    """Whether none of the last windows brought the lag below the best one before them."""
    return len(lags) > NOT_FALLING and min(lags[-NOT_FALLING:]) >= min(lags[:-NOT_FALLING])


def catch_up(m: Migration, sessions: Carrier, at_least: Stage) -> None:
    """Carry what is there by now, for who does so just before a fence or a last look. Another process may carry windows beside it.

    Where servers are slow or far away no window may ever be that short. It is enough, then, that the lag does not fall any more, and fits
    into half of the longest pause.
    """
    lags: list[float] = []
    while True:
        try:
            window = sessions.carry(at_least)
        except Overtaken:  # what that one carried is not ours any more
            continue
        if window:
            say(m, window)
        if window is None or window.lag < CAUGHT_UP:
            return
        lags.append(window.lag)
        if does_not_converge(lags) and window.lag < m.settings.max_pause / 2:
            m.log.info("The lag is as short as it gets here.")
            return


def say(m: Migration, window: Window) -> None:
    """Tell the person on duty what a window brought."""
    rate = window.changes / max(window.seconds, 0.001)
    m.log.info("Window %s: %s changes, %s keys in %.2f s (%s changes/s), lag %.2f s, %s", window.no, f"{window.changes:,}",
               f"{window.keys:,}", window.seconds, f"{rate:,.0f}", window.lag,
               f"{window.differing} KEYS DIFFER" if window.differing else "all equal")  # fmt: skip


def _diverging(carried: list[Window]) -> str:
    last = carried[-NOT_FALLING:]
    seconds = sum(each.seconds for each in last)
    changes = sum(each.changes for each in last)
    return (
        f"The lag does not converge: for {NOT_FALLING} windows it did not fall ({last[-1].lag:.1f} s now). The writers make about "
        f"{changes / max(seconds, 0.001):,.0f} changes/s and that is all that is carried. Wait for a quieter hour; "
        "this step goes on by itself."
    )
