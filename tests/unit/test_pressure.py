"""How fast to go, decided from what was read of the servers."""

from __future__ import annotations

import pytest

from airlift.databases import Disk, Slot, Standby
from airlift.phases import pressure
from airlift.phases.pressure import FULL, SLOW, UNKNOWN, Filling, Telling, Verdict

GB = 1 << 30
REMEDY = 'Grant the role "x"'


def standby(*, seconds: float | None = None, behind: int | None = 0, is_hidden: bool = False) -> Standby:
    return Standby("replica", is_hidden, seconds, behind)


@pytest.mark.parametrize(
    ("found", "pace"),
    [
        ([], FULL),
        ([standby()], FULL),
        ([standby(seconds=4.9, behind=GB - 1)], FULL),
        ([standby(), standby(seconds=5)], SLOW),
        ([standby(behind=GB)], SLOW),
        ([standby(behind=None, is_hidden=True)], UNKNOWN),
        ([standby(behind=None, is_hidden=True), standby(seconds=60)], SLOW),
    ],
)
def test_a_standby_that_falls_behind_slows(found: list[Standby], pace: float) -> None:
    verdict = pressure.standbys(found, about="standbys of the source", remedy=REMEDY)
    assert verdict.pace == pace
    assert bool(verdict.words) == (pace < FULL)
    assert (REMEDY in verdict.words) == (pace == UNKNOWN)


def test_a_queue_for_locks_slows_and_is_named() -> None:
    assert pressure.lock_waits([1, 2], about="lock waits").pace == FULL
    assert pressure.lock_waits([1, 2, 3], about="lock waits") == Verdict(
        "lock waits", SLOW, "lock waits: 3 sessions wait for locks (processes 1, 2, 3)"
    )
    assert pressure.lock_waits(list(range(9)), about="x").words.endswith("(processes 0, 1, 2, 3, 4, ...)")


@pytest.mark.parametrize(("seconds", "pace"), [(None, FULL), (0.001, FULL), (0.25, SLOW)])
def test_a_slow_commit_slows(seconds: float | None, pace: float) -> None:
    assert pressure.commits(seconds, about="commits").pace == pace


@pytest.mark.parametrize(
    ("slot", "pace"), [(None, FULL), (Slot("s", False, 4 * GB - 1), FULL), (Slot("s", False, 4 * GB), SLOW), (Slot("s", True, 1), SLOW)]
)
def test_a_slot_that_keeps_wal_slows(slot: Slot | None, pace: float) -> None:
    assert pressure.slots(slot, about="WAL").pace == pace


def test_what_cant_be_read_slows_less_than_what_is_bad() -> None:
    unknown, bad, good = pressure.unreadable("a", "timed out"), Verdict("b", SLOW, "bad"), Verdict("c")
    assert pressure.slowest([good, unknown, bad]) is bad
    assert pressure.slowest([good, unknown]) is unknown
    assert pressure.slowest([good]) is None
    assert SLOW < UNKNOWN < FULL


def test_the_slower_of_pace_and_pressure_counts_and_each_has_its_share() -> None:
    bad = Verdict("locks", SLOW, "bad")
    assert pressure.owed(2, pace=1, verdict=None) == {"the pace": 0}
    assert pressure.owed(2, pace=0.5, verdict=None) == {"the pace": 2}
    assert pressure.owed(2, pace=0.5, verdict=bad) == {"the pace": 2, "locks": 4}
    assert pressure.owed(2, pace=0.1, verdict=bad) == {"the pace": pytest.approx(18)}


def test_a_rest_is_charged_to_one_cause_after_the_other() -> None:
    owing = {"the pace": 2.0, "locks": 4.0}
    found = [pressure.charged(owing, rested) for rested in (-0.2, 0, 1.9, 2, 5.9, 6, 7)]
    assert found == [None, "the pace", "the pace", "locks", "locks", None, None]


@pytest.mark.parametrize(
    ("tables", "given", "room"),
    [(0, None, GB), (40 * GB, None, 10 * GB), (4000 * GB, None, 64 * GB), (0, 5, 5), (4000 * GB, 500 * GB, 500 * GB)],
)
def test_the_log_may_take_a_quarter_of_the_tables_or_what_a_person_says(tables: int, given: int | None, room: int) -> None:
    assert pressure.room_for_log(tables, given) == room


def test_a_log_tells_when_it_will_be_full() -> None:
    assert str(Filling("The change log on the source", 600_000_000, 1_000_000_000, rate=1_000_000)) == (
        "The change log on the source takes 600 MB of the 1.0 GB that it may take (60%), and grows by 1 MB/s: full in about 400 s."
    )
    full = Filling("The change log on the source", 1_000_000_000, 1_000_000_000, rate=1)
    assert full.is_full
    assert str(full).endswith("(100%).")


def test_a_log_takes_no_more_than_its_disk_has_left_unless_a_person_says_so() -> None:
    assert pressure.room_for_log(40 * GB, None, most=3 * GB) == 3 * GB
    assert pressure.room_for_log(40 * GB, None, most=30 * GB) == 10 * GB
    assert pressure.room_for_log(40 * GB, 5 * GB, most=3 * GB) == 5 * GB
    assert pressure.room_for_log(0, None, most=0) > 0


def test_some_of_a_disk_stays_free_and_what_a_person_says_of_it_counts() -> None:
    disk = Disk(total=100 * GB, free=20 * GB)
    assert pressure.left_on(disk) == 15 * GB
    assert pressure.left_on(Disk(total=10_000 * GB, free=20 * GB)) == 10 * GB
    assert pressure.left_on(Disk(total=100 * GB, free=GB)) == 0
    assert pressure.room_on(7 * GB, None, disk) == 22 * GB
    assert pressure.room_on(7 * GB, 9 * GB, disk) == 9 * GB
    assert pressure.room_on(7 * GB, None, None) is None


def test_a_room_that_nobody_knows_is_never_full() -> None:
    unknown = Filling("What was made", 5 * GB, None)
    assert (unknown.part, unknown.is_full, unknown.left) == (0.0, False, None)
    assert unknown.has_room_for(1 << 60)
    assert str(unknown) == "What was made takes 5.4 GB."


def test_a_room_has_to_hold_what_is_ahead() -> None:
    filling = Filling("It", 5, 10)
    assert filling.has_room_for(4)
    assert not filling.has_room_for(5)
    assert filling.left == 5


def test_a_room_that_fills_is_spoken_of_again_with_every_tenth() -> None:
    telling = Telling(0.75)
    assert [telling.is_due(Filling("It", taken, 100)) for taken in (10, 74, 76, 80, 87, 88, 99)] == [
        False,
        False,
        True,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("before", "lag", "log", "is_catching_up"),
    [
        (None, 0.5, None, False),
        (None, 10, None, False),
        (None, 10.1, None, True),
        ("why", 9, None, True),
        ("why", 0.9, None, False),
        (None, 0, Filling("It", 5, 10, rate=1), True),
        (None, 0, Filling("It", 5, 10), False),
        (None, 0, Filling("It", 4, 10, rate=1), False),
    ],
)
def test_catching_up_comes_before_any_rest(before: str | None, lag: float, log: Filling | None, is_catching_up: bool) -> None:
    assert bool(pressure.catching_up(before, lag=lag, log=log)) == is_catching_up


def test_lost_time_is_told_by_cause_the_worst_first() -> None:
    assert pressure.lost_words({"the pace": 4, "lock waits on the source": 8.04, "x": 0.01}, 80) == (
        "Rested 12 s of 80 s: 8.0 s for lock waits on the source, 4.0 s for the pace."
    )
    assert pressure.lost_words({"the pace": 0}, 80) is None


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (2.5e6, "2 MB"), (4e9, "4.0 GB"), (5e12, "5,000.0 GB")]
)
def test_sizes_are_for_people(number: float, words: str) -> None:
    assert pressure.size(number) == words
