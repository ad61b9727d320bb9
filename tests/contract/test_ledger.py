"""The ledger is the same on every engine: stages, claims, positions, instants, what a page reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airlift.databases import Session, connect
from airlift.ledger import NOW, Ledger, Stage, attempts, batches, metadata, migrations, objects, progress, ranges, tables, windows
from tests.fix_servers import Pair

LEDGER = Ledger("shop")
RANGE = {"batch": 1, "table_no": 1, "filenode": 7, "bytes": 5}


@contextmanager
def session(pair: Pair) -> Iterator[Session]:
    """A session of ours on the target."""
    with connect(pair.target.engine, pair.target.dsn, where="new", search_path_schema=None).session() as made:
        yield made


@pytest.fixture
def ledger(pair: Pair) -> Iterator[Session]:
    """A session on a server with a ledger in which a migration has begun."""
    with session(pair) as made:
        with made.transaction():
            connect(pair.target.engine, pair.target.dsn, where="new", search_path_schema=None).examination.create_schema(made)
        with made.transaction():
            assert not LEDGER.exists(made)
            LEDGER.create(made)
        with made.transaction():
            assert LEDGER.exists(made)
            begin(made)
        yield made


def begin(made: Session) -> None:
    """Begin the migration, or anew."""
    LEDGER.begin(made, spec={"name": "shop", "é": None}, dag_id="d", run_id="r", in_place=False, source_server={}, target_server={"n": [1]})


def test_what_is_noted_is_read_as_it_was(ledger: Session) -> None:
    with ledger.transaction():
        standing = LEDGER.standing(ledger)
    assert standing is not None
    assert (standing.stage, standing.spec, standing.in_place, standing.target_server) == (
        Stage.PREPARED, {"name": "shop", "é": None}, False, {"n": [1]},
    )  # fmt: skip


def test_names_of_migrations_are_compared_letter_by_letter(ledger: Session) -> None:
    with ledger.transaction():
        assert Ledger("Shop").standing(ledger) is None


def test_a_stage_is_never_moved_back_and_left_only_from_where_it_is(ledger: Session) -> None:
    with ledger.transaction():
        LEDGER.reach(ledger, Stage.PLANNED)
        LEDGER.reach(ledger, Stage.CAPTURING)
        assert LEDGER.hold(ledger) == Stage.PLANNED
        LEDGER.leave(ledger, Stage.COPIED, to=Stage.INDEXED)
        assert LEDGER.hold(ledger) == Stage.PLANNED
        LEDGER.leave(ledger, Stage.PLANNED, to=Stage.COPIED)
        assert LEDGER.hold(ledger) == Stage.COPIED


def test_a_position_moves_once(ledger: Session) -> None:
    long = "p" * 100_000
    with ledger.transaction():
        LEDGER.note_watermark(ledger, at="a", position="x")
        LEDGER.note_watermark(ledger, at="b", position="y")
        assert LEDGER.move_position(ledger, start="x", end=long, at="c")
        assert not LEDGER.move_position(ledger, start="x", end="z", at="c")
        assert LEDGER.move_position(ledger, start=long, end=long, at="c"), "a row that matches counts also when nothing of it changes"
        standing = LEDGER.standing(ledger)
    assert standing is not None
    assert (standing.watermark, standing.position) == ("x", long)


def test_who_came_second_to_a_position_is_told_so(pair: Pair, ledger: Session) -> None:
    with ledger.transaction():
        LEDGER.note_watermark(ledger, at="a", position="x")
    moved: list[bool] = []

    def other() -> None:
        with session(pair) as late, late.transaction():
            moved.append(LEDGER.move_position(late, start="x", end="late", at="b"))

    thread = threading.Thread(target=other)
    with ledger.transaction():
        assert LEDGER.move_position(ledger, start="x", end="first", at="b")
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it has to wait for the first"
    thread.join()
    assert moved == [False]


def test_a_claimed_row_is_nobody_elses_and_free_when_its_session_dies(pair: Pair, ledger: Session) -> None:
    with ledger.transaction():
        LEDGER.add_all(ledger, batches, [{"no": no} for no in (1, 2)])
    with session(pair) as other:
        with ledger.transaction():
            assert claimed(ledger) == 1
            with other.transaction():
                assert claimed(other) == 2
                assert claimed(ledger) == 1
        with ledger.transaction():
            LEDGER.change(ledger, batches, {"no": 1}, done_at=NOW)
            assert claimed(ledger) == 2


def claimed(made: Session) -> int:
    """The number of the batch that is to be had."""
    found = LEDGER.claim(made, batches)
    assert found is not None
    return int(found["no"])


def test_rows_of_a_batch_are_counted_to_their_ranges_and_tables(ledger: Session) -> None:
    with ledger.transaction():
        for no in (1, 2):
            LEDGER.add(ledger, tables, no=no, layout={"source": ["a", f"t{no}"], "target": ["b", "c"]}, bytes=9)
        LEDGER.add(ledger, batches, no=1)
        LEDGER.add_all(ledger, ranges, [
            {**RANGE, "no": 1, "bounds": {"lower": None, "upper": ["5"]}},
            {**RANGE, "no": 2, "bounds": {"lower": ["5"], "upper": None}},
            {**RANGE, "no": 3, "bounds": {}, "table_no": 2},
        ])  # fmt: skip
        LEDGER.note_copied(ledger, 1, {1: 10, 2: 20, 3: 5})
        LEDGER.change(ledger, batches, {"no": 1}, done_at=NOW, stream="s")
        assert [(row["no"], row["rows_copied"]) for row in LEDGER.rows(ledger, tables)] == [(1, 30), (2, 5)]
        assert [row["bounds"] for row in LEDGER.rows(ledger, ranges, table_no=1)] == [
            {"lower": None, "upper": ["5"]}, {"lower": ["5"], "upper": None},
        ]  # fmt: skip
        assert LEDGER.total(ledger, ranges.c.bytes, table_no=1) == 10
        assert LEDGER.next_no(ledger, ranges, "no", batch=1) == 4
        page = page_of(ledger)
    assert [(each["rows"], each["bytes_done"], each["ranges_done"]) for each in page["tables"]] == [(30, 10, 2), (5, 5, 1)]
    assert page["tables"][1]["source"] == ["a", "t2"]


def test_change_takes_one_value_or_any_of_a_list_and_counts_what_matched(ledger: Session) -> None:
    with ledger.transaction():
        for no, state in enumerate(("begun", "deciding", "switched"), 1):
            LEDGER.add(ledger, attempts, no=no, state=state)
        assert LEDGER.change(ledger, attempts, {"state": ["begun", "deciding"]}, state="given up") == 2
        assert LEDGER.change(ledger, attempts, {"no": 3, "settled_at": None}, settled_at=NOW) == 1
        assert LEDGER.change(ledger, attempts, {"no": 3, "settled_at": None}, settled_at=NOW) == 0
        assert LEDGER.change(ledger, attempts, {"no": 1}, state="given up") == 1


def test_an_instant_has_its_zone_and_its_microseconds(ledger: Session) -> None:
    with ledger.transaction():
        before, now = LEDGER.rows(ledger, migrations)[0]["started_at"], LEDGER.now(ledger)
    for each in (before, now):
        assert each.tzinfo is not None
        assert abs(datetime.now(UTC) - each) < timedelta(minutes=1)
    assert timedelta() < now - before < timedelta(minutes=1)


def test_a_roll_back_that_holds_the_way_back_is_seen_until_it_lets_go(ledger: Session) -> None:
    with ledger.transaction():
        assert not LEDGER.is_rolling_back(ledger)
        LEDGER.hold_way_back(ledger)
        assert LEDGER.is_rolling_back(ledger)
        LEDGER.release_way_back(ledger)
        assert not LEDGER.is_rolling_back(ledger)


def test_a_transaction_that_fails_leaves_nothing(ledger: Session) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(ledger)
    with ledger.transaction():
        assert LEDGER.report(ledger, "t") is None
        LEDGER.keep_report(ledger, "t", {"markdown": "première"})
        LEDGER.keep_report(ledger, "t", {"markdown": "Ω 🚀"})
        assert page_of(ledger)["report"]["markdown"] == "Ω 🚀"


def fail_after_writing(ledger: Session) -> None:
    """A transaction that does not come to its end."""
    with ledger.transaction():
        LEDGER.keep_report(ledger, "t", {"markdown": "x"})
        raise ZeroDivisionError


def test_beginning_anew_removes_what_was(ledger: Session) -> None:
    with ledger.transaction():
        LEDGER.add(ledger, objects, table_no=1, no=1, kind="index", name="i", definition={"tail": "x"})
        Ledger("other").add(ledger, objects, table_no=1, no=1, kind="index", name="i", definition={})
        begin(ledger)
        assert LEDGER.rows(ledger, objects) == []
        assert len(Ledger("other").rows(ledger, objects)) == 1


def test_a_page_sees_windows_both_ways(ledger: Session) -> None:
    own: dict[str, Any] = {"at": "", "keys": 1, "compared": 1, "differing": 0, "seconds": 0.5, "lag_seconds": 0.25}
    with ledger.transaction():
        for no in (1, 2, 3):
            LEDGER.add(ledger, windows, no=no, changes=no, is_back=no == 3, **own)
        page = page_of(ledger)
    assert [window["no"] for window in page["windows"]] == [2, 3]
    assert (page["way_back"]["windows"], page["way_back"]["changes"]) == (1, 3)
    assert page["windows"][-1]["is_back"]


def page_of(made: Session) -> dict[str, Any]:
    """What a page reads."""
    found = progress.read(made, "shop", newest_windows=2, newest_attempts=2)
    assert found is not None
    return found


def test_all_tables_are_made_once(ledger: Session) -> None:
    with ledger.transaction():
        LEDGER.create(ledger)
    assert len(metadata.tables) > 10
