"""The DAG of the way back: its tasks, its gate, and what runs after which answer."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airlift.errors import Refused
from airlift.operators.phase import PhaseOperator
from airlift.operators.roll_back import RollBackOperator, action_of
from tests.dags.stubs import answers
from tests.dags.test_shape import SHOP

pytestmark = [pytest.mark.usefixtures("metadata_database"), pytest.mark.filterwarnings("default")]
FOUND = {"action": "roll back", "markdown": "### Migration shop: roll back"}


@pytest.fixture
def dag(dags_of: Callable[..., dict[str, DAG]]) -> DAG:
    return dags_of(shop=SHOP)["roll_back_shop"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The phases' calls; the phases themselves do nothing."""
    made: list[tuple[str, tuple[Any, ...]]] = []

    def phase(name: str, result: Any) -> Callable[..., Any]:
        def call(migration: Any, *arguments: Any) -> Any:
            assert migration.is_roll_back
            made.append((name, arguments))
            return result

        return call

    for name, result in {"preflight": FOUND, "rename_back": {"pause_ms": 12}, "validate": {"tables": 3}}.items():
        module = types.ModuleType(f"airlift.phases.roll_back.{name}")
        setattr(module, name, phase(name, result))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(
        PhaseOperator, "_build", lambda operator, context: SimpleNamespace(cancel=lambda: None, is_roll_back=operator.is_roll_back)
    )
    return made


def states(run: Any) -> dict[str, str]:
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def test_tasks_and_edges_are_those_of_the_design(dag: DAG) -> None:
    edges = {task.task_id: task.downstream_task_ids for task in dag.tasks}
    assert edges == {"preflight": {"approve"}, "approve": {"rename_back"}, "rename_back": {"validate"}, "validate": set()}
    assert all(isinstance(task, RollBackOperator) for task in dag.tasks if task.task_id != "approve")
    assert dag.get_task("approve").assigned_users == [{"id": "alice", "name": "alice"}]
    assert {task.retries for task in dag.tasks} == {50}
    assert dag.schedule is None
    assert "s3cr3t" not in (dag.doc_md or "")


def test_an_approval_does_what_preflight_found(dag: DAG, calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, approve="Approve")
    assert dag.test().state == "success"
    assert [name for name, _ in calls] == ["preflight", "rename_back", "validate"]
    approval, action = calls[1][1]
    assert (approval["chosen_options"], action) == (["Approve"], "roll back")


def test_a_reject_changes_nothing(dag: DAG, calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, approve="Reject")
    run = dag.test()
    assert run.state == "success"
    assert [name for name, _ in calls] == ["preflight"]
    assert states(run)["rename_back"] == states(run)["validate"] == "skipped"


def test_a_gate_marked_success_by_hand_rolls_nothing_back(dag: DAG, calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch)
    run = dag.test()
    assert run.state == "failed"
    assert [name for name, _ in calls] == ["preflight"]
    assert states(run)["rename_back"] == "failed"


def test_without_what_preflight_found_nobody_knows_what_was_approved() -> None:
    with pytest.raises(Refused, match='Clear "preflight"'):
        action_of({"ti": SimpleNamespace(xcom_pull=lambda task_ids: None)})
