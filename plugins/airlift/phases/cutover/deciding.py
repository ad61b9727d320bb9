"""After a decision, or after a crash beside it: find out who has the service, and bring the hand-over to its end. Knows no direction."""

import time
from collections.abc import Callable
from typing import Any

from airlift import faults
from airlift.databases import Session
from airlift.errors import Interrupted
from airlift.ledger import attempts
from airlift.phases.cutover.hand_over import BROUGHT_TO_ITS_END, HandOver
from airlift.phases.migration import Migration
from airlift.phases.ways import Way

FIRST_WRITE_WITHIN = 10.0
"""Seconds to look for the first write on the side that has the service now; a quiet service writes later."""
UNDER_WAY = ("begun", "deciding")
"""The states of an attempt that has not come to its end."""
TRIES_TO_SWITCH = 20
TRIES_TO_CALL_BACK = 3


def attempt_id(m: Migration, number: int) -> str:
    """An attempt's id, as `cutover.switch` is told it."""
    return f"{m.name}-{number}"


def last_decided(m: Migration, session: Session | None = None) -> int:
    """The number of the newest attempt that handed the service over, either way; 0 where none has.

    Looked up in a transaction of `session`, which is on the ledger's server; without one in a session of its own.
    """
    with session.transaction() if session else m.ledger_session() as ledger:
        return decided_in(m, ledger)


def decided_in(m: Migration, ledger: Session) -> int:
    """The same in the caller's transaction."""
    return max((int(row["no"]) for row in m.ledger.rows(ledger, attempts, state="switched")), default=0)


def must_be_newest(m: Migration, attempt: int, session: Session | None = None) -> None:
    """Interrupted when a later attempt handed the service over: what an earlier one has to tell the services is no longer true."""
    if last_decided(m, session) > attempt:
        raise Interrupted(f"The service was handed over since attempt {attempt}. This try tells nobody anything, and looks again.")


def note_decided(hand_over: HandOver, ledger: Session, attempt: int, **values: Any) -> bool:
    """Note that an attempt handed the service over, once; whether this was the time. Who comes late would move the ledger back.

    No attempt that began beside it can be announced any more.
    """
    m = hand_over.m
    if m.ledger.change(ledger, attempts, {"no": attempt, "state": "deciding"}, state="switched", **values) != 1:
        return False
    m.ledger.change(ledger, attempts, {"state": list(UNDER_WAY)}, state="given up", detail="another try handed the service over.")
    hand_over.note(ledger)
    return True


def clear_away(way: Way) -> None:
    """Take away what was made for the fences of a way that has come to its end: what it showed has other names by now."""
    with way.sender.session() as sending, sending.transaction():
        way.sender.fence.clear_away(sending, way.m.name, way.side)


def call_back(way: Way, attempt: str) -> None:
    """Tell `cutover.switch` that the services go on where they were. Raises Interrupted when it does not work."""
    m = way.m
    for number in range(1, TRIES_TO_CALL_BACK + 1):
        try:
            if m.switch:
                m.switch.call(way.owner, attempt)
            return
        except Interrupted as error:
            m.log.critical("THE SERVICES MAY STILL BE HELD (try %s): %s They have to go on at %s.", number, error, way.sender.where)
            if number == TRIES_TO_CALL_BACK:
                raise
            time.sleep(0.2 * number)


def take_over(way: Way) -> None:
    """End the attempts of this way that an earlier try left under way: the services that they held go on.

    An attempt that was ended so can't be announced any more, should its process come to life again.
    """
    m = way.m
    with m.ledger_session() as ledger:
        left = [int(row["no"]) for row in m.ledger.rows(ledger, attempts, state="begun", is_back=way.is_back)]
        standing = m.ledger.standing(ledger)
    for number in left:
        m.log.warning("Attempt %s was under way when its process died. Nothing was decided.", number)
        if standing and not standing.in_place and last_decided(m) < number:
            call_back(way, attempt_id(m, number))
        with m.ledger_session() as ledger:
            ended = {"state": "given up", "detail": "its process died before anything was decided."}
            m.ledger.change(ledger, attempts, {"no": number, "state": "begun"}, **ended)


def recover(hand_over: HandOver) -> bool:
    """An attempt died between announcing and deciding, or its commit's answer was lost: look, and go on from what is there.

    Returns whether the service was handed over. If not, what was opened is shut again and the attempt is given up.
    """
    m, way = hand_over.m, hand_over.way
    with m.ledger_session() as ledger:
        found = m.ledger.rows(ledger, attempts, state="deciding", is_back=way.is_back)
        standing = m.ledger.standing(ledger)
    if not found or standing is None or standing.stage != hand_over.undecided:
        raise Interrupted(BROUGHT_TO_ITS_END)
    last = found[-1]
    with way.sender.session() as session:
        _wait_until_over(way, session, int(last["pid"]))
        with session.transaction():
            is_decided = hand_over.is_decided(session)
    if is_decided:
        m.log.info("The last attempt was decided: the service was handed over.")
        hand_over.complete()
        with m.ledger_session() as ledger:
            note_decided(hand_over, ledger, int(last["no"]))
        return True
    m.log.warning("The last attempt was not decided: the service is where it was, on %s.", way.sender.where)
    if hand_over.opens_first:
        must_be_newest(m, int(last["no"]))
        try:
            if not standing.in_place:
                call_back(way, attempt_id(m, int(last["no"])))
        finally:
            hand_over.shut(last)
    with m.ledger_session() as ledger:
        if m.ledger.change(ledger, attempts, {"no": last["no"], "state": "deciding"}, state="given up"):
            hand_over.take_back(ledger)
    return False


def _wait_until_over(way: Way, session: Session, pid: int) -> None:
    """Wait for the end of the transaction that was to decide: before it, what the catalogs say may still change."""
    deadline = time.monotonic() + way.m.settings.max_pause + 10
    while True:
        with session.transaction():
            if not way.sender.fence.may_still_decide(session, pid):
                return
        if time.monotonic() > deadline:
            raise Interrupted(f"The session with process {pid} on {way.sender.where}, which may still decide, is not at its end yet.")
        time.sleep(0.05)


def move_services(way: Way, attempt: int, *, tries: int, ledger: Session | None = None) -> float:
    """Call `cutover.switch` with the side that has the service now until it works; when that began. The decision stands whatever it says.

    `ledger` is a session that is there already, for writers wait. Raises Interrupted when a later attempt handed the service over, and
    when the last try failed.
    """
    m, began = way.m, time.monotonic()
    for number in range(1, tries + 1):
        if m.switch is None:
            m.log.warning("No cutover.switch is set. POINT THE SERVICES AT %s NOW.", way.receiver.where)
            break
        try:
            faults.reached("cutover.switching")
            must_be_newest(m, attempt, ledger)
            m.switch.call(way.other, attempt_id(m, attempt))
            faults.reached("cutover.moved")
            break
        except Interrupted as error:
            m.log.critical(
                "THE SERVICES WERE NOT MOVED (try %s): %s The decision stands: they have to go to %s.",
                number,
                error,
                way.receiver.where,
            )
            if number == tries:
                raise
            time.sleep(min(0.5 * number, 5.0))
    return began


def outage(since: float, is_written: Callable[[], bool]) -> float | None:
    """The milliseconds until the first write where the service is now, None when none was seen."""
    until = time.monotonic() + FIRST_WRITE_WITHIN
    while time.monotonic() < until:
        if is_written():
            return (time.monotonic() - since) * 1000
        time.sleep(0.005)
    return None


def of_this_round(made: list[dict[str, Any]], *, is_back: bool) -> list[dict[str, Any]]:
    """The attempts of one way since the service last went the other way, up to the one that handed it over."""
    since = max((each["no"] for each in made if each["state"] == "switched" and each["is_back"] != is_back), default=0)
    found = [each for each in made if each["is_back"] == is_back and each["no"] > since]
    decided = max((each["no"] for each in found if each["state"] == "switched"), default=None)
    return [each for each in found if decided is None or each["no"] <= decided]


def pause_and_outage(made: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    """Of all attempts the longest pause under the fence, and the last one's outage, in whole milliseconds.

    None where it is not known: where the process died between the decision and its note, or no write was seen.
    """
    last, outage = made[-1]["pause_ms"], made[-1]["outage_ms"]
    pause = None if last is None else round(max(attempt["pause_ms"] or 0 for attempt in made))
    return pause, None if outage is None else round(outage)
