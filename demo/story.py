"""The demo's course: trigger the migration under live writes, answer or await the gates, bring the new code, end.

Knows of Airlift what a user knows: task names, gates, and the view airlift.status.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from demo import progress
from demo.options import Options
from demo.stage import NAME, RENAMED, Say, Stage
from testbed import router
from testbed.journal import Count

DAG = f"migrate_{NAME}"
BACK = f"roll_back_{NAME}"
RUN = "demo"
SECONDS_AFTER_CUTOVER = 10.0
SECONDS_BETWEEN_LINES = 5.0
TRIES = 3  # of a task: nothing disturbs the demo, so when all of them fail it is broken
LOG_LINES = 25
# What Airflow says around every task.
NOISE = ("::group::", "::endgroup::", "GitWildMatchPattern", "DAG bundles loaded", "DagBag", "Worker startup parse")


@dataclass
class Ending:
    """How the run ended. `rename` is what the cutover returned, empty when the service wasn't moved; `back` what a roll back did."""

    state: str
    tasks: list[dict[str, Any]]
    status: dict[str, Any]
    windows: dict[str, Any]
    rename: dict[str, Any]
    back: dict[str, Any]

    @property
    def is_moved(self) -> bool:
        """Whether the service is on the new tables."""
        return bool(self.rename) and not self.back


@dataclass
class Story:
    """One run of the demo's migration."""

    stage: Stage
    options: Options
    say: Say
    _told: set[str] = field(default_factory=set)
    _moved_at: float | None = None
    _status: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> Ending:
        """Trigger the run and follow it to its end."""
        api = self.stage.airflow.api
        api.wait_for_dag(DAG)
        api.trigger(DAG, run_id=RUN)
        self.say(f"Migration {NAME!r} has been triggered: {self.stage.airflow.url}/dags/{DAG}/runs/{RUN}")
        count, last = Count(self.stage.writers.journals), 0.0
        while True:
            tasks = api.tasks(DAG, RUN)
            self._status = progress.status(self.stage.target, NAME) or self._status
            if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                self.say(progress.line(tasks, self._status, count=count.read()))
            state = self._state(api.run_state(DAG, RUN), tasks)
            if self._moved_at and self.options.roll_back:
                state = self._go_back() or state
            if state in ("success", "failed"):
                return self._ending(state)
            self._see_to(tasks)
            time.sleep(1)

    def _go_back(self) -> str | None:
        """Trigger the roll back when the service has run on the new tables for a while; how it ended, None before."""
        api = self.stage.airflow.api
        if time.monotonic() - (self._moved_at or 0) < SECONDS_AFTER_CUTOVER:
            return None
        if self._once(BACK):
            api.trigger(BACK, run_id=RUN)
            self.say(f"The way back: {BACK} has been triggered: {self.stage.airflow.url}/dags/{BACK}/runs/{RUN}")
        if api.task_state(BACK, RUN, "approve") == "awaiting_input":
            self._answer("approve", "the old tables take over again", dag=BACK)
        state = api.run_state(BACK, RUN)
        return state if state in ("success", "failed") else None

    def _state(self, state: str, tasks: list[dict[str, Any]]) -> str:
        """The run's state; failed also when a task was tried again and again."""
        for task in tasks:
            if _has_failed(task):
                return "failed"
            if task["state"] == "up_for_retry" and self._once(f"{task['id']} {task['try_number']}"):
                self.say(f"{task['task_id']} is tried again. The end of its log:\n{self._log(task)}")
        return state

    def _see_to(self, tasks: list[dict[str, Any]]) -> None:
        """Do what is the user's and the operators' to do at this point."""
        states = {task["task_id"]: task["state"] for task in tasks}
        if states.get("cutover.approve") == "awaiting_input":
            self._answer("cutover.approve", "the writers go on while you read the report")
        if states.get("cutover.rename") == "success" and self._moved_at is None:
            self._moved_at = time.monotonic()
            self.say("The cutover is done. The servers with the old code go on, on the compatibility view ...")
        if self.options.roll_back:
            return
        if self._moved_at and time.monotonic() - self._moved_at > SECONDS_AFTER_CUTOVER and self._once("new code"):
            router.change(self.stage.route, tables=RENAMED)
            self.say(f"All servers run the new code now: it uses {RENAMED['orders']}.")
        if states.get("contract.approve") == "awaiting_input" and "new code" in self._told:
            self._answer("contract.approve", "this drops the compatibility views")
        for number in self.stage.writers.dead():
            if self._once(f"dead {number}"):
                self.say(f"Writer {number} has died; see above.")

    def _answer(self, gate: str, words: str, *, dag: str = DAG) -> None:
        airflow = self.stage.airflow
        if self.options.approve:
            if airflow.api.try_answer(dag, RUN, gate):
                self.say(f"{gate}: answered with Approve, as APPROVE=yes wants.")
        elif self._once(gate):
            self.say(f"{gate} waits for you: {airflow.url}/required_actions  ({words})")

    def _ending(self, state: str) -> Ending:
        api = self.stage.airflow.api
        tasks = api.tasks(DAG, RUN)
        for task in tasks:
            if _has_failed(task):
                self.say(f"{task['task_id']} failed. The end of its log:\n{self._log(task)}")
        return Ending(
            state, tasks, progress.status(self.stage.target, NAME) or self._status,
            windows=api.xcom(DAG, RUN, "sync.delta_windows") or {}, rename=api.xcom(DAG, RUN, "cutover.rename") or {},
            back=(api.xcom(BACK, RUN, "rename_back") or {}) if self.options.roll_back and BACK in self._told else {},
        )  # fmt: skip

    def _log(self, task: dict[str, Any]) -> str:
        """The end of the log of a task's newest try."""
        log = self.stage.airflow.api.log(DAG, RUN, task["task_id"], attempt=max(1, task["try_number"]), map_index=task["map_index"])
        lines = [line for line in log.splitlines() if not any(noise in line for noise in NOISE)]
        return "\n".join(f"    {line}" for line in lines[-LOG_LINES:])

    def _once(self, what: str) -> bool:
        """True the first time."""
        new = what not in self._told
        self._told.add(what)
        return new


def _has_failed(task: dict[str, Any]) -> bool:
    return bool(task["state"] == "failed" or (task["state"] == "up_for_retry" and task["try_number"] >= TRIES))
