"""What befalls servers, connections and tables in mid-run. Each mishap is told the round, and says whether it happened."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from testbed.dialects import FAILURES
from testbed.serving import Database
from torture.ground import of

if TYPE_CHECKING:
    from torture.rounds import Round


def terminate(place: Round) -> bool:
    """Somebody ends all our sessions on one of the servers."""
    database: Database = place.chance.choice((place.source, place.target))
    ground = of(database)
    with contextlib.closing(database.connect(admin=True)) as session, session.cursor() as cursor:
        cursor.execute(ground.terminate)
        found = list(cursor.fetchall())
        for (number,) in found if ground.kill else ():
            with contextlib.suppress(*FAILURES):  # it went by itself
                cursor.execute(str(ground.kill).format(number))
        return bool(found)


def crash_source(place: Round) -> bool:
    """The source crashes, and comes back."""
    return place.crash(place.source)


def crash_target(place: Round) -> bool:
    """The target crashes, and comes back."""
    return place.crash(place.target)


def drop(place: Round) -> bool:
    """Every session of ours to one of the servers ends."""
    place.one_proxy().order("drop")
    return True


def half_close(place: Round) -> bool:
    """The same, and the server hears nothing of it."""
    place.one_proxy().order("half_close")
    return True


def lose_answer(place: Round) -> bool:
    """The answer to a COMMIT is lost."""
    place.one_proxy().order("lose_answer")
    return True


def lose_commit(place: Round) -> bool:
    """A COMMIT is lost."""
    place.one_proxy().order("lose_commit")
    return True


def delay(place: Round) -> bool:
    """A round trip takes 100 ms more for a second."""
    proxy = place.one_proxy()
    proxy.order("delay", "0.1")
    place.later(1.0, lambda: proxy.order("delay", "0"))
    return True


def truncate(place: Round) -> bool:
    """A table is truncated."""
    return place.diary.truncate()


def rewrite(place: Round) -> bool:
    """Every row of a table gets another place."""
    return place.diary.rewrite()


def linger(place: Round) -> bool:
    """A transaction stays open for some seconds, and commits late."""
    if not place.diary.linger():
        return False
    place.later(place.chance.uniform(0.5, 3.0), place.diary.commit)
    return True


def freeze(place: Round) -> bool:
    """A process of ours freezes wherever it is."""
    return place.one_task("freeze")


def kill(place: Round) -> bool:
    """A process of ours is killed wherever it is."""
    return place.one_task("kill")


MISHAPS = {
    "sessions terminated": (terminate, 3),
    "source crashed": (crash_source, 2),
    "target crashed": (crash_target, 2),
    "connections dropped": (drop, 3),
    "connections half-closed": (half_close, 3),
    "answer to COMMIT lost": (lose_answer, 4),
    "COMMIT lost": (lose_commit, 3),
    "100 ms delay": (delay, 2),
    "TRUNCATE": (truncate, 2),
    "table rewritten": (rewrite, 2),
    "long transaction": (linger, 2),
    "process frozen": (freeze, 3),
    "process killed": (kill, 3),
}
"""Each with how often it is drawn, in relation to the others."""
