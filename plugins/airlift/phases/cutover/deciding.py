"""After the decision, or after a crash beside it: find out from the catalogs who owns the name, and bring it to its end."""

import time
from typing import Any

from airlift import faults
from airlift.databases import Lock, Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Ambiguous, Interrupted
from airlift.ledger import Stage, attempts, objects
from airlift.phases.cutover.create_views import early_names
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.phases.sync import passes

FIRST_WRITE_WITHIN = 10.0
"""Seconds to look for the first write on the target; a quiet service writes later."""
TRIES_TO_SWITCH = 20
TRIES_TO_CALL_BACK = 3


def attempt_id(m: Migration, number: int) -> str:
    """An attempt's id, as `cutover.switch` is told it."""
    return f"{m.name}-{number}"


def call_back(m: Migration, attempt: str) -> None:
    """Tell `cutover.switch` that the services go on at the source. Raises Interrupted when it does not work."""
    for number in range(1, TRIES_TO_CALL_BACK + 1):
        try:
            if m.switch:
                m.switch.call("source", attempt)
            return
        except Interrupted as error:
            m.log.critical("THE SERVICES MAY STILL BE HELD (try %s): %s They have to go on at %s.", number, error, m.source.where)
            if number == TRIES_TO_CALL_BACK:
                raise
            time.sleep(0.2 * number)


def take_over(m: Migration) -> None:
    """End the attempts that an earlier try of this task left under way: the services that they held go on.

    An attempt that was ended so can't be announced any more, should its process come to life again.
    """
    with m.ledger_session() as ledger:
        left = [int(row["no"]) for row in m.ledger.rows(ledger, attempts, state="begun")]
        in_place = m.ledger.must_stand(ledger, Stage.VIEWS_CREATED).in_place
    for number in left:
        m.log.warning("Attempt %s was under way when its process died. Nothing was decided.", number)
        if not in_place:
            call_back(m, attempt_id(m, number))
        with m.ledger_session() as ledger:
            ended = {"state": "given up", "detail": "its process died before anything was decided."}
            m.ledger.change(ledger, attempts, {"no": number, "state": "begun"}, **ended)


def is_switched(m: Migration, source: Session, layouts: list[Layout]) -> bool:
    """Whether the old tables gave up their names: by oid, for a name alone proves nothing. Ambiguous when only some did."""
    with m.ledger_session() as ledger:
        last = passes.newest(m, ledger)
    heaps = last["premises"]["heaps"] if last else {}
    owners = []
    for layout in layouts:
        old = heaps.get(str(layout.source), {}).get("oid")
        kept, given = m.source.fence.owner_of(source, layout.source), m.source.fence.owner_of(source, layout.obsolete)
        if kept and kept[0] == old:
            owners.append(False)
        elif given and given[0] == old:
            owners.append(True)
        else:
            raise Ambiguous(
                f'On {m.source.where} neither "{layout.source}" nor "{layout.obsolete}" is the table that was copied (oid {old}). '
                f"Nothing more was touched. Look at: SELECT oid, relname, relkind FROM pg_class WHERE oid = {old}"
            )
    if len(set(owners)) != 1:
        raise Ambiguous(f"On {m.source.where} only some of the tables were renamed, which no commit of ours does. Nothing was touched.")
    return owners[0]


def recover(m: Migration) -> bool:
    """An attempt died between announcing and deciding, or its commit's answer was lost: look, and go on from what is there.

    Returns whether the name was handed over. If not, the target is shut again and the attempt is given up.
    """
    layouts = m.all_layouts()
    with m.ledger_session() as ledger:
        last = m.ledger.rows(ledger, attempts, state="deciding")[-1]
        standing = m.ledger.must_stand(ledger, Stage.OPENING)
    with m.source.session() as source:
        _wait_until_over(m, source, int(last["pid"]))
        with source.transaction():
            switched = is_switched(m, source, layouts)
    if switched:
        m.log.info("The last attempt was decided: the name was handed over.")
        with m.ledger_session() as ledger:
            m.ledger.change(ledger, attempts, {"no": last["no"]}, state="switched")
            m.ledger.reach(ledger, Stage.SWITCHED)
        return True
    m.log.warning("The last attempt was not decided: the service runs on the old tables.")
    if not standing.in_place:
        try:
            call_back(m, attempt_id(m, int(last["no"])))
        finally:
            _shut(m, layouts)
    with m.target.session() as target, target.transaction():
        m.ledger.fall_back(target, Stage.OPENING, to=Stage.VIEWS_CREATED)
        m.ledger.change(target, attempts, {"no": last["no"]}, state="given up")
    return False


def _wait_until_over(m: Migration, source: Session, pid: int) -> None:
    """Wait for the end of the transaction that was to decide: before it, what the catalogs say may still change."""
    deadline = time.monotonic() + m.settings.max_pause + 10
    while True:
        with source.transaction():
            if not m.source.fence.may_still_decide(source, pid):
                return
        if time.monotonic() > deadline:
            raise Interrupted(f"The session with process {pid} on {m.source.where}, which may still decide, is not at its end yet.")
        time.sleep(0.05)


def _shut(m: Migration, layouts: list[Layout]) -> None:
    """Shut the target again, for good; then Ambiguous when somebody wrote it while it was open and the source kept the service."""
    with m.ledger_session() as ledger:
        noted = [ForeignKey.from_json(row["definition"]) for row in m.ledger.rows(ledger, objects, kind="foreign_key", made_at=None)]

    def shut(target: Session) -> None:
        m.target.definitions.create_guard(target, m.name, [layout.target for layout in layouts])
        for key in noted:
            m.target.definitions.drop_foreign_key(target, key.child, key.name)

    under_locks(m, m.target, [Lock(layout.target, m.target.fence.writers_out) for layout in layouts], shut)
    m.log.info("The target is shut again.")
    with m.target.session() as target, target.transaction():
        written = [layout.target for layout in layouts if m.target.fence.has_logged(target, early_names(m, layout).log)]
    if written:
        names = ", ".join(f'"{name}"' for name in written)
        raise Ambiguous(
            f"While the target was open and the source kept the service, somebody wrote {names}. Their keys are in the tables "
            f"airlift.{m.name}_back_<n> on the target, which is shut again. Nothing more was touched: decide which side's rows are right, "
            "make the target's equal to the source's, empty those tables, and clear cutover.rename."
        )


def settle(m: Migration, moved_since: float | None = None) -> dict[str, Any]:
    """The name was handed over: move the services, measure the outage, and note what came out of it. May run again.

    `moved_since` is when the name was handed over, where the services were moved right after it.
    """
    standing = m.standing(Stage.SWITCHED)
    with m.ledger_session() as ledger:
        layouts, made = m.layouts(ledger), m.ledger.rows(ledger, attempts)
    last = made[-1]
    if standing.stage < Stage.SETTLED:
        outage: float | None = 0.0
        if not standing.in_place:
            outage = _outage(m, layouts, moved_since or move_services(m, attempt_id(m, int(last["no"])), tries=TRIES_TO_SWITCH))
            _stop_watching(m, layouts)
        faults.reached("cutover.settling")
        with m.ledger_session() as ledger:
            for layout in layouts if not standing.in_place else ():
                # with the note that all is settled: until then a repeated step looks into the logs
                m.target.capture.drop_log(ledger, early_names(m, layout))
            m.ledger.change(ledger, attempts, {"no": last["no"]}, state="switched", outage_ms=outage)
            m.ledger.reach(ledger, Stage.SETTLED)
            made = m.ledger.rows(ledger, attempts)
    pause, outage = pause_and_outage(made)
    m.log.info("The service runs on the new tables. Longest pause under the fence %s, outage %s.",
               "not measured" if pause is None else f"{pause} ms", "none was seen" if outage is None else f"{outage} ms")  # fmt: skip
    return {
        "watermark": {"at": standing.position_at, "position": standing.position},
        "pause_ms": pause,
        "outage_ms": outage,
        "attempts": len(made),
    }


def pause_and_outage(made: list[dict[str, Any]]) -> tuple[int | None, int | None]:
    """Of all attempts the longest pause under the fence, and the last one's outage, in whole milliseconds.

    None where it is not known: where the process died between the decision and its note, or no write was seen.
    """
    last, outage = made[-1]["pause_ms"], made[-1]["outage_ms"]
    pause = None if last is None else round(max(attempt["pause_ms"] or 0 for attempt in made))
    return pause, None if outage is None else round(outage)

def move_services(m: Migration, attempt: str, *, tries: int) -> float:
    """Call `cutover.switch` with `target` until it works; when that began. The decision stands whatever it answers.

    Raises Interrupted when the last try failed.
    """
    began = time.monotonic()
    for number in range(1, tries + 1):
        if m.switch is None:
            m.log.warning("No cutover.switch is set. POINT THE SERVICES AT %s NOW.", m.target.where)
            break
        try:
            faults.reached("cutover.switching")
            m.switch.call("target", attempt)
            faults.reached("cutover.moved")
            break
        except Interrupted as error:
            m.log.critical(
                "THE SERVICES WERE NOT MOVED (try %s): %s The decision stands: they have to go to %s.",
                number,
                error,
                m.target.where,
            )
            if number == tries:
                raise
            time.sleep(min(0.5 * number, 5.0))
    return began


def _outage(m: Migration, layouts: list[Layout], since: float) -> float | None:
    """The milliseconds until the first write on the target, None when none was seen."""
    until = time.monotonic() + FIRST_WRITE_WITHIN
    with m.target.session() as target:
        while time.monotonic() < until:
            with target.transaction():
                if any(m.target.fence.has_logged(target, early_names(m, layout).log) for layout in layouts):
                    return (time.monotonic() - since) * 1000
            time.sleep(0.005)
    return None


def _stop_watching(m: Migration, layouts: list[Layout]) -> None:
    for layout in layouts:
        names = early_names(m, layout)

        def drop(session: Session, names: Any = names, layout: Layout = layout) -> None:
            m.target.capture.drop_triggers(session, names, layout.target)

        under_locks(m, m.target, [Lock(layout.target, m.target.fence.writers_out)], drop)
