"""What the demo decides by itself: its options, its line of progress, its spec."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from airlift.spec import load
from demo import options, progress
from demo.options import BadOption, Options
from demo.result import FEW, told_apart
from demo.stage import spec
from testbed.journal import Count, Error


def test_nothing_said_is_the_whole_demo() -> None:
    assert options.read({}) == Options(rows=300_000, approve=False, in_place=False, port=0)


def test_what_is_said_is_taken() -> None:
    said = {"ROWS": "20_000", "APPROVE": "yes", "IN_PLACE": "Yes", "PORT": "8081"}
    assert options.read(said) == Options(rows=20_000, approve=True, in_place=True, port=8081)


@pytest.mark.parametrize(
    "said", [{"ROWS": "many"}, {"ROWS": "5"}, {"ROWS": "-1"}, {"APPROVE": "perhaps"}, {"PORT": "x"}, {"IN_PLACE": "yes", "SOURCE": "mysql"}]
)
def test_nonsense_is_refused_by_name(said: dict[str, str]) -> None:
    with pytest.raises(BadOption, match=next(iter(said))):
        options.read(said)


@pytest.mark.parametrize("in_place", [True, False])
def test_its_spec_is_one(tmp_path: Path, in_place: bool) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump(spec(in_place=in_place, route=tmp_path / "route.json")))
    found = load(path)
    assert (found.source == found.target) == in_place
    assert (found.cutover.switch is None) == in_place


def task(task_id: str, state: str) -> dict[str, Any]:
    return {"task_id": task_id, "state": state}


def test_progress_is_a_line_for_a_person(tmp_path: Path) -> None:
    tasks = [task("copy.dump_and_import", "running")] * 2 + [task("copy.plan", "success")]
    standing = {"rows_copied": 12000, "ranges_done": 3, "ranges_total": 9, "windows": 0, "lag_seconds": None}
    assert progress.line(tasks, standing, count=Count(tmp_path)) == (
        "copy.dump_and_import x 2 · 12,000 rows copied · 3 of 9 ranges · 0 writes acknowledged"
    )


def test_progress_does_without_what_it_does_not_know(tmp_path: Path) -> None:
    assert progress.line([], {}, count=Count(tmp_path)) == "waiting for Airflow · 0 writes acknowledged"
    waiting = progress.line([task("cutover.approve", "awaiting_input")], {"lag_seconds": 0.25}, count=Count(tmp_path))
    assert waiting == "cutover.approve (waits for an answer) · lag 0.2 s · 0 writes acknowledged"


def test_errors_of_writers_are_shouted(tmp_path: Path) -> None:
    (tmp_path / "writer-0.jsonl").write_text('{"error":[1.0,"edit","no"]}\n')
    assert progress.line([], {}, count=Count(tmp_path).read()).endswith("1 ERRORS")


@pytest.mark.parametrize(
    ("source", "target"), [("mysql", "postgres"), ("postgres", "mysql"), ("mariadb", "mariadb"), ("postgres", "postgres")]
)
def test_only_mysql_may_tell_a_writer_of_a_deadlock(source: str, target: str) -> None:
    deadlock, gone = Error(1.0, "edit", "OperationalError 1213: Deadlock found"), Error(2.0, "edit", "OperationalError 1146: no such table")
    found = told_apart([deadlock, gone], Options(source=source, target=target))
    assert found == (([gone], [deadlock]) if "mysql" in (source, target) else ([deadlock, gone], []))


def test_many_deadlocks_are_errors() -> None:
    many = [Error(float(number), "edit", "OperationalError 1213: Deadlock found") for number in range(FEW + 1)]
    assert told_apart(many, Options(source="mysql", target="mysql")) == (many, [])
    assert told_apart(many[1:], Options(source="mysql", target="mysql")) == ([], many[1:])
