"""The testbed's Airflow: it runs a DAG, its gates can be answered, and nothing of it outlives us."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from testbed import airflow as subject
from testbed.airflow import Airflow
from testbed.airflow_api import AirflowSays
from testbed.serving import free_port
from tests.fix_scheduler import Scheduler

DAG = """
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import dag, task

@dag(schedule=None)
def tiny():
    @task
    def say():
        print("a word from the task")
        return {"said": True}

    @task
    def fail():
        raise ValueError("on purpose")

    say() >> ApprovalOperator(task_id="gate", subject="May it fail?", retries=3) >> fail()

tiny()
"""


def left(home: Path) -> list[str]:
    """The processes that belong to an Airflow, by their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"AIRFLOW_HOME={home}".encode() in path.read_bytes():
                found.append((path.parent / "cmdline").read_text())
        except OSError:  # it has just ended
            continue
    return found


@pytest.mark.timeout(900)
def test_a_run_is_triggered_answered_and_read(scheduler: Scheduler) -> None:
    api = scheduler.api
    (scheduler.dags / "tiny.py").write_text(DAG)
    api.wait_for_dag("tiny")
    run = api.trigger("tiny")
    api.answer_gate("tiny", run, "gate")
    assert api.wait_for_run("tiny", run) == "failed"
    assert api.xcom("tiny", run, "say") == {"said": True}
    assert api.xcom("tiny", run, "gate")["chosen_options"] == ["Approve"]
    assert api.xcom("tiny", run, "fail") is None
    assert "a word from the task" in api.log("tiny", run, "say")
    assert "on purpose" in api.log("tiny", run, "fail")
    assert {task["task_id"]: task["state"] for task in api.tasks("tiny", run)} == {
        "say": "success",
        "gate": "success",
        "fail": "failed",
    }
    with pytest.raises(AirflowSays, match="is failed, not success"):
        api.wait_for_task("tiny", run, "fail", "success")
    with pytest.raises(AirflowSays, match="did not appear"):
        api.wait_for_dag("another", seconds=1)


@pytest.mark.timeout(900)
def test_nothing_of_it_outlives_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from testbed.airflow import Airflow;"
        "Airflow(Path(sys.argv[1]), dags=Path(sys.argv[1])).launch(); print('launched', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=subject.ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "launched\n"
        until = time.monotonic() + 60
        while len(left(tmp_path)) < 4 and time.monotonic() < until:
            time.sleep(0.2)
        assert len(left(tmp_path)) >= 4
        parent.kill()
    until = time.monotonic() + 40
    while left(tmp_path) and time.monotonic() < until:
        time.sleep(0.2)
    assert left(tmp_path) == []


def test_a_failing_start_shows_the_end_of_the_log(tmp_path: Path) -> None:
    broken = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "nonsense"}
    with pytest.raises(AirflowSays, match=r"(?s)did not start.*ValueError"), Airflow(tmp_path, environment=broken):
        pass
    assert left(tmp_path) == []


def test_a_port_in_use_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setattr(subject, "_is_taken", lambda _: True)
    assert subject.main() == 1
    assert f"Port {port} is in use" in capsys.readouterr().err


def test_the_password_is_made_once(tmp_path: Path) -> None:
    first, second = (Airflow(tmp_path).password for _ in range(2))
    assert first == second
    assert len(first) >= 16
    assert (tmp_path / "passwords.json").stat().st_mode & 0o077 == 0
