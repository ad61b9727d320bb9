"""A task that runs one phase: what all of them share. Knows no phase by name."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator, Context

from airlift.errors import AirliftError, Interrupted
from airlift.operators.answers import approval
from airlift.operators.families import families
from airlift.operators.form import settings
from airlift.operators.threads import beside
from airlift.spec import load

if TYPE_CHECKING:
    from airlift.phases.migration import Migration

log = logging.getLogger("airflow.task")


class PhaseOperator(BaseOperator):
    """Builds the migration, runs a phase on it, and ends its SQL on the servers when the task is killed.

    It is given the spec's file, not the spec: what an operator holds can be read in Airflow's pages.
    """

    ui_color = "#e8eef7"
    approved_by: ClassVar[str | None] = None
    """The gate whose own answer this task demands before it connects to anything."""
    unknown_connection: ClassVar[type[AirliftError]] = Interrupted
    """What a connection that Airflow can't find means. Preflight found them all, so later it means that Airflow has trouble."""
    is_roll_back: ClassVar[bool] = False
    """Whether the task works on a migration that another run holds."""

    def __init__(self, *, spec_file: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.spec_file = spec_file
        self._migration: Migration | None = None
        self._is_killed = False

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """Run the phase. What it returns is the task's XCom."""
        raise NotImplementedError

    def demand(self, context: Context) -> None:
        """Refuse to run where the answers of the gates don't allow it."""
        if self.approved_by:
            approval(answer_of(self.approved_by, context), gate=self.approved_by)

    def execute(self, context: Context) -> Any:
        """Run the phase beside the main thread, which stays free to hear that the task is killed."""
        with families():
            return beside(lambda: self._work(context), meanwhile=self._cancel_if_killed, abandon=self.on_kill)

    def on_kill(self) -> None:
        """End what runs on the servers for this task. Called in a signal handler, where nothing else may be done."""
        self._is_killed = True
        if self._migration:
            self._migration.cancel()

    def _work(self, context: Context) -> Any:
        self.demand(context)
        self._migration = migration = self._build(context)
        if self._is_killed:
            raise Interrupted("The task was killed before its phase began.")
        return self.run_phase(migration, context)

    def _build(self, context: Context) -> "Migration":
        from airlift.operators.building import build
        from airlift.phases.migration import RunInfo

        ti = context["ti"]
        return build(
            load(Path(self.spec_file)),
            run=RunInfo(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, try_number=ti.try_number),
            settings=settings(context["params"]),
            log=log,
            unknown=self.unknown_connection,
            is_roll_back=self.is_roll_back,
        )

    def _cancel_if_killed(self) -> None:
        # again and again: what is cancelled may be followed by a next statement before its phase has noticed
        if self._is_killed and self._migration:
            log.info("The task was killed: ending what it runs on the servers.")
            self._migration.cancel()


def answer_of(gate: str, context: Context) -> Any:
    """The answer that a gate of this run has from a person: its own XCom, None where nobody answered."""
    return context["ti"].xcom_pull(task_ids=gate)
