"""What tests and the demo ask of a running Airflow, over its REST API. Knows nothing of how it was started."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

PARKED_SECONDS = 10.0  # an answer that comes sooner after a gate was parked may be lost, and fail the gate
BREATH_SECONDS = 90.0
ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
_PAGE = 100


class AirflowSays(Exception):
    """Airflow refused, or did not get there in time. The text has its own words."""


class Api:
    """A client that logs in by itself and is patient with what is about to come."""

    def __init__(self, url: str, *, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self._login = {"username": user, "password": password}

    def health(self) -> dict[str, str]:
        """Each part of Airflow with its state. Empty while nothing answers."""
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=20)
        except httpx.HTTPError:
            return {}
        if answer.status_code != 200:
            return {}
        return {name: str((part or {}).get("status")) for name, part in answer.json().items()}

    def import_errors(self) -> list[str]:
        """What could not be parsed, each with its stack trace."""
        found = self.get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in found]

    def dags(self) -> list[str]:
        return [str(dag["dag_id"]) for dag in self._pages("/api/v2/dags", "dags")]

    def wait_for_dag(self, dag_id: str, *, seconds: float = 120.0) -> None:
        """Until it was parsed. Raises with the import errors."""
        until = time.monotonic() + seconds
        while self._ask("GET", f"/api/v2/dags/{dag_id}").status_code != 200:
            if time.monotonic() > until:
                errors = "\n".join(self.import_errors()) or "There are no import errors."
                raise AirflowSays(f"{dag_id!r} did not appear within {seconds:.0f} s. {errors}")
            time.sleep(0.5)

    def connect(self, conn_id: str, dsn: Mapping[str, Any]) -> None:
        """Make a connection to a PostgreSQL database, of psycopg2's keywords."""
        body = {
            "connection_id": conn_id,
            "conn_type": "postgres",
            "host": dsn["host"],
            "port": dsn["port"],
            "schema": dsn["dbname"],
            "login": dsn["user"],
            "password": dsn["password"],
        }
        self.post("/api/v2/connections", body)

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None, *, run_id: str | None = None) -> str:
        """Start a run; its id. A DAG that was parsed a moment ago answers with an error at first."""
        run_id = run_id or f"manual__{uuid.uuid4().hex[:12]}"
        body = {"logical_date": None, "conf": conf or {}, "dag_run_id": run_id}
        self.post(f"/api/v2/dags/{dag_id}/dagRuns", body, patience=30)
        return run_id

    def run_state(self, dag_id: str, run_id: str) -> str:
        return str(self.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> None:
        self.patch(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}", {"state": state})

    def clear(self, dag_id: str, run_id: str, *task_ids: str) -> None:
        """Clear tasks and what comes after them, as a person does who wants them to be run again."""
        body = {"dag_run_id": run_id, "task_ids": list(task_ids), "include_downstream": True, "only_failed": False, "dry_run": False}
        self.post(f"/api/v2/dags/{dag_id}/clearTaskInstances", body)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """All task instances of a run, mapped ones each on its own."""
        return list(self._pages(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances"))

    def task_state(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        """The state of a task, the least finished one of a mapped task; None before it has one."""
        states: list[str | None] = [task["state"] for task in self.tasks(dag_id, run_id) if task["task_id"] == task_id]
        unfinished = [state for state in states if state not in ENDED]
        return (unfinished or states or [None])[0]

    def wait_for_task(self, dag_id: str, run_id: str, task_id: str, *states: str, seconds: float = 300.0) -> str:
        """Until a task has one of these states. Raises when it ends otherwise, or the run does."""
        return self._wait(
            lambda: self.task_state(dag_id, run_id, task_id),
            what=f"task {task_id!r} of {run_id!r}", wanted=states, seconds=seconds,
            hopeless=lambda state: state in ENDED or self.run_state(dag_id, run_id) in ENDED,
        )  # fmt: skip

    def wait_for_run(self, dag_id: str, run_id: str, *, seconds: float = 600.0) -> str:
        """Until a run has ended: success or failed."""
        return self._wait(
            lambda: self.run_state(dag_id, run_id),
            what=f"run {run_id!r} of {dag_id!r}", wanted=("success", "failed"), seconds=seconds,
        )  # fmt: skip

    def wait_until_idle(self, dag_id: str, run_id: str, *, seconds: float = 120.0) -> None:
        """Until no task of a run is at work any more."""
        until = time.monotonic() + seconds
        while any(task["state"] in ("running", "queued", "restarting") for task in self.tasks(dag_id, run_id)):
            if time.monotonic() > until:
                raise AirflowSays(f"tasks of {run_id!r} are still at work after {seconds:.0f} s")
            time.sleep(0.5)

    def log(self, dag_id: str, run_id: str, task_id: str, *, attempt: int = 1, map_index: int = -1) -> str:
        """The log of one try of a task, one event a line."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{attempt}"
        content = self.get(path, map_index=map_index, full_content=True)["content"]
        return "\n".join(_log_line(event) for event in content)

    def xcom(self, dag_id: str, run_id: str, task_id: str, *, key: str = "return_value", map_index: int = -1) -> Any:
        """What a task returned, or None."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._ask("GET", path, params={"map_index": map_index})
        return _checked(answer)["value"] if answer.status_code != 404 else None

    def gate(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any] | None:
        """The question that a gate asks (subject, body, options, ...), or None when it doesn't ask yet."""
        details = self.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/hitlDetails")["hitl_details"]
        return next((found for found in details if found["task_instance"]["task_id"] == task_id), None)

    def answer_gate(
        self, dag_id: str, run_id: str, task_id: str, *, option: str = "Approve", seconds: float = 300.0, **inputs: Any
    ) -> None:
        """Wait for a gate, answer it, and wait until it took the answer; a gate that asks again gets it again."""
        until = time.monotonic() + seconds
        while True:
            state = self.wait_for_task(dag_id, run_id, task_id, "awaiting_input", "success", seconds=until - time.monotonic())
            if state == "success":
                return
            self.try_answer(dag_id, run_id, task_id, option=option, **inputs)
            time.sleep(1)

    def try_answer(self, dag_id: str, run_id: str, task_id: str, *, option: str = "Approve", **inputs: Any) -> bool:
        """Answer a gate if it has been asking for long enough. False when it is too early, or was answered already."""
        if self._parked_for(dag_id, run_id, task_id) < PARKED_SECONDS:
            return False
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        answer = self._ask("PATCH", path, json={"chosen_options": [option], "params_input": inputs})
        if answer.status_code in (409, 500):
            return False
        _checked(answer)
        return True

    def get(self, path: str, **params: Any) -> Any:
        return _checked(self._ask("GET", path, params=params))

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return _checked(self._ask("PATCH", path, json=body))

    def post(self, path: str, body: dict[str, Any], *, patience: float = 0.0) -> Any:
        """With patience, 404 and 5xx are asked again for so many seconds. None for what an unanswered try had done."""
        until = time.monotonic() + patience
        while True:
            tried: list[httpx.TransportError] = []
            answer = self._ask("POST", path, tried, json=body)
            if tried and answer.status_code == 409:
                return None
            if (answer.status_code != 404 and answer.status_code < 500) or time.monotonic() > until:
                return _checked(answer)
            time.sleep(1)

    def close(self) -> None:
        self._http.close()

    def _parked_for(self, dag_id: str, run_id: str, task_id: str) -> float:
        """How many seconds ago this try of the gate began to ask; at most as long as it really was."""
        asked = self.gate(dag_id, run_id, task_id)
        if asked is None:
            return 0.0
        moments = [asked["created_at"], asked["task_instance"].get("start_date") or asked["created_at"]]
        latest = max(datetime.fromisoformat(moment) for moment in moments)
        return (datetime.now(UTC) - latest).total_seconds() - 1

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            found = self.get(path, limit=_PAGE, offset=offset)
            yield from found[name]
            offset += _PAGE
            if offset >= found["total_entries"]:
                return

    def _ask(self, method: str, path: str, tried: list[httpx.TransportError] | None = None, **more: Any) -> httpx.Response:
        """One request, with the token; logs in when that is missing or too old.

        On a busy machine an answer may take too long, or the server be out of breath: then it is asked again. `tried`
        takes what went wrong on the way, for whoever has to know whether it may have been done already.
        """
        tried, has_new_token = [] if tried is None else tried, False
        until = time.monotonic() + BREATH_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, **more)
                if answer.status_code != 401 or has_new_token:
                    return answer
                token = _checked(self._http.post("/auth/token", json=self._login))["access_token"]
                self._http.headers["Authorization"], has_new_token = f"Bearer {token}", True
            except httpx.TransportError as error:
                tried.append(error)
                if time.monotonic() > until:
                    raise AirflowSays(f"{method} {path}: no answer for {BREATH_SECONDS:.0f} s: {error!r}") from error
                time.sleep(1)

    def _wait(
        self, read: Callable[[], str | None], *, what: str, wanted: tuple[str, ...], seconds: float,
        hopeless: Callable[[str | None], bool] = lambda _: False,
    ) -> str:  # fmt: skip
        until = time.monotonic() + seconds
        while True:
            state = read()
            if state in wanted:
                assert state is not None
                return state
            if hopeless(state) or time.monotonic() > until:
                raise AirflowSays(f"{what} is {state}, not {' or '.join(wanted)}")
            time.sleep(0.5)


def _checked(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    request = answer.request
    raise AirflowSays(f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:2000]}")


def _log_line(event: Any) -> str:
    if not isinstance(event, dict):
        return str(event)
    words = (event.get("timestamp"), event.get("level"), event.get("event"))
    details = [_error_text(detail) for detail in event.get("error_detail") or ()]
    return "\n".join([" ".join(str(word) for word in words if word), *details])


def _error_text(detail: dict[str, Any]) -> str:
    return f"  {detail.get('exc_type')}: {detail.get('exc_value')}"
