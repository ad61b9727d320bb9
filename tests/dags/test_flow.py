"""What runs after which answer. The DAG is real and Airflow runs it; the phases only note that they were called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airflow.api.common.mark_tasks import set_dag_run_state_to_failed
from airflow.models.serialized_dag import SerializedDagModel
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException

from airlift.errors import Refused
from airlift.operators.gates import Gate
from tests.dags.stubs import PHASES, Phases, answers

pytestmark = [pytest.mark.usefixtures("metadata_database"), pytest.mark.filterwarnings("default")]
AFTER_THE_GATE = ("cutover.rename", "cutover.validate", "contract.approve", "contract.validate", "contract.drop_views")
Run = Callable[[], Any]


@pytest.fixture
def phases(monkeypatch: pytest.MonkeyPatch) -> Phases:
    return Phases(monkeypatch)


@pytest.fixture
def run(dags_of: Callable[..., dict[str, DAG]]) -> Run:
    """Run migrate_shop from end to end in this process; the run."""
    return dags_of(shop="name: shop\nsource: shop_old\ntarget: shop_new\n")["migrate_shop"].test


def states(run: Any) -> dict[str, str]:
    return {task.task_id: str(task.state) for task in run.get_task_instances()}


def test_two_approvals_run_everything_once_in_order(phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, cutover="Approve", contract="Approve")
    ended = run()
    assert ended.state == "success"
    assert set(states(ended).values()) == {"success"}
    mapped = ("copying.dump_and_import", "sync.validate")
    assert sorted(phases.names) == sorted([*PHASES, *mapped])
    assert phases.names[-1] == "contract.clean_up"
    streams = [arguments for name, arguments in phases.calls if name == "copying.dump_and_import"]
    assert sorted(streams) == [("stream 1 of 2",), ("stream 2 of 2",)]
    (approval,) = next(arguments for name, arguments in phases.calls if name == "cutover.rename")
    assert approval["chosen_options"] == ["Approve"]
    assert approval["responded_at"] == "2026-01-31T03:00:00+00:00"


def test_rejecting_the_cutover_leaves_the_source_as_it_was(phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, cutover="Reject")
    ended = run()
    found = states(ended)
    assert {found[name] for name in AFTER_THE_GATE} == {"skipped"}
    assert (found["contract.clean_up"], ended.state) == ("success", "success")
    assert phases.names[-1] == "contract.clean_up"
    assert "cutover.rename" not in phases.names


def test_rejecting_the_contract_drops_nothing(phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, cutover="Approve", contract="Reject")
    ended = run()
    found = states(ended)
    assert {found[name] for name in ("contract.validate", "contract.drop_views", "contract.clean_up")} == {"skipped"}
    assert set(phases.names[-2:]) == {"cutover.validate", "contract.sync_back"}
    assert ended.state == "success"


@pytest.mark.parametrize(("approved", "refusing"), [({}, "cutover.rename"), ({"cutover": "Approve"}, "contract.validate")])
def test_a_gate_marked_success_by_hand_is_no_answer(
    phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch, approved: dict[str, str], refusing: str
) -> None:
    answers(monkeypatch, **approved)
    ended = run()
    found = states(ended)
    assert ended.state == "failed"
    assert (found[refusing], found["contract.clean_up"]) == ("failed", "upstream_failed")
    assert refusing not in phases.names


@pytest.mark.parametrize("failing", ["sync.validate", "contract.drop_views"])
def test_a_failed_run_takes_nothing_away(phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    answers(monkeypatch, cutover="Approve", contract="Approve")
    phases.fails(failing, Refused("No."))
    ended = run()
    assert ended.state == "failed"
    assert states(ended)[failing] == "failed"
    assert states(ended)["contract.clean_up"] == "upstream_failed"
    assert "contract.clean_up" not in phases.names


def test_a_cancelled_run_takes_nothing_away(phases: Phases, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def cancel(gate: Gate, context: Any) -> None:
        set_dag_run_state_to_failed(dag=SerializedDagModel.get_dag(gate.dag_id), run_id=context["run_id"], commit=True)
        raise AirflowFailException("The run was cancelled.")

    monkeypatch.setattr(Gate, "execute", cancel)
    found = states(run())
    assert {found[name] for name in ("cutover.rename", "contract.clean_up")} == {"skipped"}
    assert "contract.clean_up" not in phases.names
