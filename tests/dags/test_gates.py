"""What a gate takes for an answer, and what is done with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped, ParamValidationError

from airlift.errors import Interrupted, Refused
from airlift.operators import answers, sync
from airlift.operators.contract import CleanUp
from airlift.operators.cutover import Rename
from airlift.operators.gates import ApproveContract, ApproveCutover, Gate
from tests.dags.stubs import event

APPROVED = event("Approve")
REJECTED = event("Reject")


class TaskInstance:
    """As much of a task instance as a gate's answer needs."""

    dag_id, run_id, task_id, try_number, map_index = "migrate_shop", "r", "t", 1, -1

    def __init__(self, *, state: str | None = None, **xcoms: Any) -> None:
        self.state = state
        self.xcoms = {name.replace("_", ".", 1): value for name, value in xcoms.items()}
        self.pushed: dict[str, Any] = {}
        self.looks = 0

    def xcom_pull(self, task_ids: str) -> Any:
        return self.xcoms.get(task_ids)

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_task_states(self, *, dag_id: str, task_ids: list[str], run_ids: list[str]) -> dict[str, dict[str, Any]]:
        self.looks += 1
        return {self.run_id: {task_ids[0]: self.state}} if self.state else {}


def gate(*users: str, operator: type[Gate] = ApproveCutover) -> Any:
    with DAG("migrate_shop"):
        for task_id in operator.skipped_by_reject:
            Rename(task_id=task_id, spec_file="shop.yaml")
        return operator(task_id="gate", subject="?", users=users)


def complete(asked: Gate, answer: dict[str, Any], ti: TaskInstance | None = None) -> Any:
    return asked.execute_complete({"ti": ti or TaskInstance(), "dag": asked.dag, "task": asked}, answer)


def test_an_approval_is_the_xcom() -> None:
    answer = complete(gate(), event("Approve", not_before="2026-01-31T03:00:00+01:00"))
    assert answers.is_approval(answer)
    assert answers.not_before(answer) == datetime(2026, 1, 31, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("operator", "skipped"),
    [(ApproveCutover, {"cutover.rename"}), (ApproveContract, {"contract.validate", "contract.clean_up"})],
)
def test_a_rejection_is_an_xcom_too_and_skips(operator: type[Gate], skipped: set[str]) -> None:
    ti = TaskInstance()
    with pytest.raises(DownstreamTasksSkipped) as raised:
        complete(gate(operator=operator), REJECTED, ti)
    assert set(raised.value.tasks) == skipped
    assert answers.is_rejection(ti.pushed["return_value"])


@pytest.mark.parametrize("moment", ["tomorrow", "2026-01-31T03:00:00", "2026-02-31T03:00:00+00:00"])
def test_an_hour_that_is_none_is_asked_for_again(moment: str) -> None:
    with pytest.raises((Interrupted, ParamValidationError), match="not_before"):
        complete(gate(), event("Approve", not_before=moment))


@pytest.mark.parametrize("moment", [None, ""])
def test_no_hour_means_at_once(moment: str | None) -> None:
    assert answers.not_before(event("Approve", not_before=moment)) is None


def test_only_the_named_may_answer() -> None:
    assert answers.is_approval(complete(gate("alice", "bob"), APPROVED))
    with pytest.raises(Interrupted, match=r"mallory answered, but only alice, bob may"):
        complete(gate("alice", "bob"), event("Approve", user="mallory"))


def test_a_user_may_be_named_by_id() -> None:
    answer = event("Approve") | {"responded_by_user": {"id": "3", "name": "alice"}}
    assert answers.is_approval(complete(gate("3"), answer))


def test_an_unknown_user_may_not_answer_where_users_are_named() -> None:
    with pytest.raises(Interrupted, match="Somebody unknown"):
        complete(gate("alice"), event("Approve") | {"responded_by_user": None})


def test_without_log_in_anybody_may_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")
    assert answers.is_approval(complete(gate("alice"), event("Approve", user="Anonymous")))


def test_the_page_is_the_report() -> None:
    page = gate().page({"ti": TaskInstance(sync_report={"markdown": "# {{ 1 + 1 }} rows"})})
    assert page.startswith("# {{ 1 + 1 }} rows")
    assert "**Approve**" in page
    assert "**Reject**" in page


def test_without_a_report_nobody_is_asked() -> None:
    with pytest.raises(Refused, match=r"sync\.report"):
        gate().page({"ti": TaskInstance()})


def test_the_contracts_page_says_what_closes_and_what_the_cutover_took() -> None:
    page = gate(operator=ApproveContract).page({"ti": TaskInstance(cutover_rename={"pause_ms": 31, "attempts": 2, "outage_ms": None})})
    assert "All servers run the new code; this closes the way back." in page
    assert "| longest pause of a writer (ms) | 31 |" in page
    assert "outage" not in page


@pytest.mark.parametrize("answer", [None, {}, "Approve", {"chosen_options": []}, {"chosen_options": "Approve"}, REJECTED])
def test_nothing_but_an_approval_is_one(answer: Any) -> None:
    with pytest.raises(Refused, match=r"cutover\.approve"):
        answers.approval(answer, gate="cutover.approve")


@pytest.mark.parametrize(
    ("xcoms", "may_run"),
    [
        ({"cutover_approve": APPROVED, "contract_approve": APPROVED}, True),
        ({"cutover_approve": REJECTED}, True),
        ({"cutover_approve": APPROVED, "contract_approve": REJECTED}, False),
        ({"cutover_approve": APPROVED}, False),
        ({"contract_approve": APPROVED}, False),
        ({}, False),
    ],
)
def test_only_an_answer_cleans_up(xcoms: dict[str, Any], may_run: bool) -> None:
    operator = CleanUp(task_id="clean_up", spec_file="shop.yaml")
    context = {"ti": TaskInstance(**xcoms)}
    if may_run:
        operator.demand(context)
    else:
        with pytest.raises(Refused, match="everything stays as it is"):
            operator.demand(context)


def test_rename_waits_for_the_hour_of_the_approval() -> None:
    operator = Rename(task_id="rename", spec_file="shop.yaml")
    moment = datetime.now(UTC) + timedelta(seconds=0.6)
    operator._wait_until(moment)
    assert datetime.now(UTC) >= moment


def test_rename_killed_while_it_waits_stops_waiting() -> None:
    operator = Rename(task_id="rename", spec_file="shop.yaml")
    operator.on_kill()
    with pytest.raises(Interrupted, match="before the cutover began"):
        operator._wait_until(datetime.now(UTC) + timedelta(days=1))


def answered(ti: TaskInstance) -> bool:
    return sync.Answered({"ti": ti}, "cutover.approve")()


@pytest.mark.parametrize("state", [None, "scheduled", "running", "awaiting_input", "up_for_retry", "restarting"])
def test_windows_go_on_until_the_gate_is_answered(state: str | None) -> None:
    assert not answered(TaskInstance(state=state))


def test_windows_end_with_the_answer() -> None:
    assert answered(TaskInstance(state="success", cutover_approve=APPROVED))
    assert answered(TaskInstance(state="success", cutover_approve=REJECTED))


def test_windows_go_on_until_the_hour_of_the_approval() -> None:
    later, earlier = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    assert not answered(TaskInstance(state="success", cutover_approve=event("Approve", not_before=later.isoformat())))
    assert answered(TaskInstance(state="success", cutover_approve=event("Approve", not_before=earlier.isoformat())))


def test_windows_end_where_rename_has_to_refuse() -> None:
    assert answered(TaskInstance(state="success"))
    assert answered(TaskInstance(state="success", cutover_approve=event("Approve", not_before="soon")))


@pytest.mark.parametrize("state", ["failed", "upstream_failed", "skipped", "removed"])
def test_windows_do_not_go_on_for_a_gate_that_nobody_will_be_asked_at(state: str) -> None:
    with pytest.raises(Refused, match="Clear the task that failed, and this one too"):
        answered(TaskInstance(state=state))


def test_airflow_is_asked_at_most_once_a_second() -> None:
    ti = TaskInstance(state="running")
    look = sync.Answered({"ti": ti}, "cutover.approve")
    for _ in range(50):
        look()
    assert ti.looks == 1


def test_a_refused_demand_fails_the_task_at_once(tmp_path: Any) -> None:
    from tests.dags.test_operators import execute

    with pytest.raises(AirflowFailException, match="has no answer of a person"):
        execute(Rename(task_id="rename", spec_file=str(tmp_path / "shop.yaml")))
