"""What a page says of a migration, from the ledger's records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airlift.ledger import Stage
from airlift.ui.progress import as_html, carried, comparison, copied, difference, progress, speed, stages

NOW = datetime(2026, 1, 31, 3, tzinfo=UTC)


def table(**values: Any) -> dict[str, Any]:
    return {
        "source": ["public", "orders"], "target": ["public", "orders_v2"], "ranges": 4, "ranges_done": 2, "bytes": 400,
        "bytes_done": 100, "rows": 10, "checks": 0, "checks_done": 0, "rows_compared": 0, "suspects": 0, **values,
    }  # fmt: skip


def window(no: int, **values: Any) -> dict[str, Any]:
    return {"no": no, "committed_at": NOW, "changes": 10, "seconds": 0.1, "lag_seconds": 0.2, **values}


def records(stage: Stage, **values: Any) -> dict[str, Any]:
    migration = {
        "stage": int(stage), "dag_id": "migrate_shop", "run_id": "first", "in_place": False, "now": NOW,
        "started_at": NOW - timedelta(hours=1), "stage_at": NOW - timedelta(seconds=10),
    }  # fmt: skip
    nothing: dict[str, Any] = {
        "tables": [], "windows": [], "attempts": [], "differences": [], "pass": None, "report": None, "control": None, "rests": [],
        "way_back": None,
    }  # fmt: skip
    return {"migration": migration, **nothing, **values}


STORY = [stage for stage in Stage if stage != Stage.ROLLING_BACK]


@pytest.mark.parametrize("reached", STORY)
def test_one_stage_is_under_way_until_all_are_done(reached: Stage) -> None:
    states = [stage["state"] for stage in stages(reached)]
    under_way = [] if reached == Stage.CLEANED_UP else ["now"]
    assert states == ["done"] * (STORY.index(reached) + 1) + under_way + ["next"] * (len(states) - states.count("done") - 1)


def test_the_speed_of_a_copy_is_known_while_it_runs() -> None:
    found = copied([table(), table(bytes=600, bytes_done=300)], stage=Stage.PLANNED, seconds=10)
    assert (found["bytes"], found["bytes_done"], found["rows"]) == (1000, 400, 20)
    assert (found["bytes_per_second"], found["seconds_left"]) == (40, 15)


@pytest.mark.parametrize(("stage", "done"), [(Stage.PLANNED, 0), (Stage.COPIED, 400)])
def test_no_speed_is_made_up(stage: Stage, done: int) -> None:
    found = copied([table(bytes_done=done)], stage=stage, seconds=10)
    assert (found["bytes_per_second"], found["seconds_left"]) == (None, None)


def test_only_columns_that_differ_are_shown_of_two_rows() -> None:
    source, target = {"id": "1", "note": None, "price": "1.0"}, {"id": "1", "note": "", "price": "1.00"}
    found = difference({"table": ["public", "orders"], "key": {"id": "1"}, "source": source, "target": target})
    assert found == {
        "table": "public.orders",
        "key": "id = 1",
        "only_on": None,
        "columns": [{"name": "note", "source": None, "target": ""}, {"name": "price", "source": "1.0", "target": "1.00"}],
    }


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_row_that_only_one_side_has_is_called_so(side: str) -> None:
    rows = {"source": None, "target": None, side: {"id": "1"}}
    assert difference({"table": ["public", "orders"], "key": {"id": "1"}, **rows})["only_on"] == side


def test_the_newest_windows_are_summed_up() -> None:
    found = carried([window(7, changes=5), window(8, lag_seconds=0.5)], now=NOW + timedelta(seconds=3))
    assert found == {"windows": 8, "newest": 2, "changes": 15, "lag_seconds": 0.5, "seconds_ago": 3}
    assert carried([], now=NOW) is None


def rest(task: str, **values: Any) -> dict[str, Any]:
    return {
        "task": task, "stream": "", "seconds": 10.0, "lost": {}, "now": None, "log_bytes": None, "log_room": None, "target_bytes": None,
        "target_room": None, "at": NOW, **values,
    }  # fmt: skip


def test_time_lost_is_summed_over_streams_the_worst_cause_first() -> None:
    streams = [
        rest("copy.dump_and_import", stream="1", lost={"the pace": 2.0, "lock waits": 1.5}, now="slowed to 25%: locks"),
        rest("copy.dump_and_import", stream="2", lost={"lock waits": 1.5, "standbys": 0.0}, at=NOW - timedelta(hours=1), now="gone"),
    ]
    found = speed(None, streams, stage=Stage.PLANNED, now=NOW)
    causes = [{"cause": "lock waits", "seconds": 3.0}, {"cause": "the pace", "seconds": 2.0}]
    assert found["lost"] == [{"task": "copy.dump_and_import", "seconds": 20.0, "causes": causes}]
    assert found["slowed"] == [{"task": "copy.dump_and_import", "stream": "1", "now": "slowed to 25%: locks"}]
    assert found["log"] is None


def test_the_newest_measure_of_the_log_is_shown() -> None:
    old, new = rest("a", log_bytes=1, log_room=10, at=NOW - timedelta(seconds=9)), rest("b", log_bytes=5, log_room=20)
    assert speed(None, [new, old], stage=Stage.IN_SYNC, now=NOW)["log"] == {"bytes": 5, "room": 20}


def test_the_newest_measure_of_the_targets_disk_is_shown_whether_or_not_anybody_knows_its_room() -> None:
    old, new = rest("a", target_bytes=1, target_room=10, at=NOW - timedelta(seconds=9)), rest("b", target_bytes=5)
    assert speed(None, [new, old], stage=Stage.IN_SYNC, now=NOW)["disk"] == {"bytes": 5, "room": None}
    assert speed(None, [rest("a")], stage=Stage.IN_SYNC, now=NOW)["disk"] is None


@pytest.mark.parametrize(
    ("stage", "is_back", "size"),
    [(Stage.OPENING, False, 5), (Stage.SWITCHED, True, 1), (Stage.SETTLED, True, 1), (Stage.CONTRACTING, False, 5)],
)
def test_the_log_that_is_shown_is_that_of_the_side_with_the_service(stage: Stage, is_back: bool, size: int) -> None:
    back, forward = rest("contract.sync_back", log_bytes=1, log_room=10), rest("sync.keep_in_sync", log_bytes=5, log_room=20)
    found = speed(None, [back, forward], stage=stage, now=NOW)
    assert found["is_back"] == is_back
    assert found["log"]["bytes"] == size


@pytest.mark.parametrize(
    ("stage", "is_open"), [(Stage.PREPARED, True), (Stage.OPENING, True), (Stage.SETTLED, True), (Stage.CONTRACTING, False)]
)
def test_who_paused_is_told_and_nothing_is_slowed_after_the_contract(stage: Stage, is_open: bool) -> None:
    asked = {"paused_at": NOW, "paused_by": "dba", "reason": "the sale", "pace": None}
    found = speed(asked, [], stage=stage, now=NOW)
    assert found["asked"] == {**asked, "paused_at": NOW.isoformat()}
    assert found["is_open"] == is_open


def test_a_comparison_is_the_sum_of_its_tables() -> None:
    tables = [table(checks=3, checks_done=2, rows_compared=50, suspects=1), table(checks=1, checks_done=1, rows_compared=5)]
    found = comparison(tables, {"no": 2, "started_at": NOW, "finished_at": None})
    assert found is not None
    assert (found["checks"], found["checks_done"], found["rows_compared"], found["suspects"]) == (4, 3, 55, 1)
    assert comparison(tables, None) is None


def test_a_rejected_migration_is_not_shown_as_switched() -> None:
    given_up = {"no": 1, "started_at": NOW, "state": "given up", "is_back": False}
    found = progress(records(Stage.CLEANED_UP, attempts=[given_up]), run_id=None)
    assert [stage["words"] for stage in found["stages"]] == ["abandoned and cleaned up: the source is as it was"]
    switched = progress(records(Stage.CLEANED_UP, attempts=[given_up, {**given_up, "state": "switched"}]), run_id=None)
    assert [stage["words"] for stage in switched["stages"]] == [stage.words for stage in STORY]
    decided = [{**given_up, "state": "switched"}, {**given_up, "no": 2, "state": "switched", "is_back": True}]
    back = progress(records(Stage.CLEANED_UP, attempts=decided), run_id=None)
    assert [stage["words"] for stage in back["stages"]] == ["abandoned and cleaned up: the source is as it was"]


def test_a_roll_back_under_way_is_shown_as_one() -> None:
    found = progress(records(Stage.ROLLING_BACK), run_id=None)["stages"]
    assert found[-1] == {"words": "rolling back: who has the service is just being decided", "state": "now"}
    assert {stage["state"] for stage in found[:-1]} == {"done"}


@pytest.mark.parametrize(("run_id", "is_this"), [(None, True), ("first", True), ("second", False)])
def test_another_runs_ledger_is_named(run_id: str | None, is_this: bool) -> None:
    assert progress(records(Stage.PLANNED), run_id=run_id)["run"] == {"dag_id": "migrate_shop", "run_id": "first", "is_this": is_this}


def test_many_tables_are_cut_to_the_largest_and_still_counted() -> None:
    found = progress(records(Stage.COPIED, tables=[table(bytes=number) for number in range(500)]), run_id=None)
    assert len(found["tables"]) == 200
    assert found["more_tables"] == 300
    assert found["tables"][0]["bytes"] == 499
    assert found["copy"]["rows"] == 5000


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("a <b onclick=x>b</b>", "a &lt;b onclick=x&gt;b&lt;/b&gt;"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,y)", "[x](data:text/html,y)"),
        ("![x](http://evil/y.png)", '!<a href="http://evil/y.png">x</a>'),
    ],
)
def test_a_report_brings_no_markup_of_its_own(markdown: str, html: str) -> None:
    assert as_html(markdown).strip() == f"<p>{html}</p>"


def test_a_reports_table_needs_no_style_attribute() -> None:
    html = as_html("| a | b |\n|---|--:|\n| 1 | 2 |\n")
    assert "style=" not in html
    assert '<td class="right">2</td>' in html
