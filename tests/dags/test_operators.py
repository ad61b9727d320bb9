"""How a task ends: killed, refused, interrupted, or with a connection that isn't there."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowFailException, AirflowTaskTimeout

from airlift.errors import Ambiguous, Interrupted, Refused
from airlift.operators.copying import DumpAndImport, Plan
from airlift.operators.families import families
from airlift.operators.phase import PhaseOperator
from airlift.operators.prepare import Preflight
from airlift.operators.threads import beside
from testbed.servers import Database
from tests.dags.stubs import RETURNS, Phases
from tests.fix_servers import Pair

PARAMS = {"workers": 2, "max_pause": "2s", "attempts": 20, "pace": 1.0}


class Sleep(PhaseOperator):
    """A phase that asks the source to sleep for a minute."""

    def run_phase(self, migration: Any, context: Any) -> None:
        with migration.source.session() as session, session.transaction():
            session.execute(sa.text("SELECT pg_sleep(60)"))


@pytest.fixture
def spec_file(tmp_path: Path) -> str:
    path = tmp_path / "shop.yaml"
    path.write_text("name: shop\nsource: shop_old\ntarget: shop_new\n")
    return str(path)


@pytest.fixture
def connections(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """The two databases, as Airflow finds them."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_OLD", databases.source.uri)
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_NEW", databases.target.uri)
    return databases


def execute(operator: PhaseOperator, **xcoms: Any) -> Any:
    """Run an operator as Airflow's task runner does."""
    ti = SimpleNamespace(
        dag_id="migrate_shop", run_id="r", task_id=operator.task_id, try_number=1,
        xcom_pull=lambda task_ids: xcoms.get(task_ids.replace(".", "_")),
    )  # fmt: skip
    token = ExecutorSafeguard.tracker.set(operator)
    try:
        return operator.execute({"ti": ti, "params": PARAMS})
    finally:
        ExecutorSafeguard.tracker.reset(token)


def sleeping(database: Database) -> int:
    with database.connect(admin=True) as session, session.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'")
        (number,) = cursor.fetchone() or (0,)
        return int(number)


def wait_until(holds: Callable[[], bool], seconds: float = 15) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def termination() -> Iterator[Callable[[PhaseOperator], None]]:
    """Lets SIGTERM call an operator's on_kill, as Airflow's task runner does."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda operator: signal.signal(signal.SIGTERM, lambda *_: operator.on_kill()) and None
    signal.signal(signal.SIGTERM, before)


def test_a_killed_task_ends_its_sql_on_the_server(connections: Pair, spec_file: str, termination: Callable[[PhaseOperator], None]) -> None:
    operator = Sleep(task_id="sleep", spec_file=spec_file)
    termination(operator)
    killed_at: list[float] = []

    def kill() -> None:
        wait_until(lambda: sleeping(connections.source) == 1)
        killed_at.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(Interrupted, match="canceling statement due to user request"):
        execute(operator)
    killer.join()
    assert time.monotonic() - killed_at[0] < 5
    wait_until(lambda: sleeping(connections.source) == 0, seconds=5)


def test_a_task_that_runs_out_of_time_ends_its_sql_on_the_server(connections: Pair, spec_file: str) -> None:
    operator = Sleep(task_id="sleep", spec_file=spec_file)

    def alarm(*_: object) -> None:
        raise AirflowTaskTimeout

    before = signal.signal(signal.SIGALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        with pytest.raises(AirflowTaskTimeout):
            execute(operator)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    wait_until(lambda: sleeping(connections.source) == 0, seconds=5)


def test_a_task_killed_before_it_began_runs_nothing(connections: Pair, spec_file: str) -> None:
    operator = Sleep(task_id="sleep", spec_file=spec_file)
    operator.on_kill()
    with pytest.raises(Interrupted, match="killed before its phase began"):
        execute(operator)


@pytest.mark.parametrize("error", [Refused("No key."), Ambiguous("Two owners.")])
def test_what_a_retry_can_not_mend_fails_at_once(error: Exception) -> None:
    with pytest.raises(AirflowFailException, match=str(error)), families():
        raise error


@pytest.mark.parametrize("error", [Interrupted("Gone."), KeyError("x"), ConnectionError()])
def test_all_else_is_retried(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, families():
        raise error
    assert raised.value is error


def test_preflight_names_every_connection_that_is_missing(spec_file: str) -> None:
    with pytest.raises(AirflowFailException, match=r'"shop_old" \(the source\) and none "shop_new" \(the target\)'):
        execute(Preflight(task_id="preflight", spec_file=spec_file))


def test_a_connection_missing_later_is_airflows_own_trouble(spec_file: str) -> None:
    with pytest.raises(Interrupted, match="shop_old"):
        execute(Sleep(task_id="sleep", spec_file=spec_file))


def test_a_spec_broken_since_is_refused(spec_file: str) -> None:
    Path(spec_file).write_text("name: shop\nsorce: x\n")
    with pytest.raises(AirflowFailException, match="did you mean `source`"):
        execute(Sleep(task_id="sleep", spec_file=spec_file))


def test_an_empty_plan_is_refused_and_not_skipped_over(spec_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Phases(monkeypatch)
    monkeypatch.setitem(RETURNS, "copying.plan", [])
    with pytest.raises(AirflowFailException, match="no stream"):
        execute(Plan(task_id="plan", spec_file=spec_file))


def test_a_stream_is_handed_to_its_phase(spec_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    phases = Phases(monkeypatch)
    execute(DumpAndImport(task_id="dump_and_import", spec_file=spec_file, stream="stream 2 of 2"))
    assert phases.calls == [("copying.dump_and_import", ("stream 2 of 2",))]


def test_the_main_thread_is_free_while_work_goes_on() -> None:
    seen: list[threading.Thread] = []

    def work() -> str:
        time.sleep(0.5)
        return threading.current_thread().name

    name = beside(work, meanwhile=lambda: seen.append(threading.current_thread()), abandon=lambda: None)
    assert name != threading.main_thread().name
    assert set(seen) == {threading.main_thread()}
    assert len(seen) >= 2
