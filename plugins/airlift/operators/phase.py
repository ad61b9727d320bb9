"""A task that runs one phase: what all of them share. Knows no phase by name."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator, Connection, Context
from airflow.sdk.exceptions import AirflowNotFoundException

from airlift.connections import address
from airlift.errors import AirliftError, Interrupted
from airlift.operators.answers import approval
from airlift.operators.families import families
from airlift.operators.form import settings
from airlift.operators.threads import beside
from airlift.spec import Spec, load

if TYPE_CHECKING:
    from airlift.databases import Database
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
        from airlift.operators.services import switch_of
        from airlift.phases.migration import Migration, RunInfo

        spec = load(Path(self.spec_file))
        found = self._connections(spec)
        ti = context["ti"]
        return Migration(
            spec=spec,
            source=self._database(found["source"], spec),
            target=self._database(found["target"], spec),
            run=RunInfo(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, try_number=ti.try_number),
            log=log,
            settings=settings(context["params"]),
            switch=switch_of(spec, found.get("switch")),
            is_roll_back=self.is_roll_back,
        )

    def _connections(self, spec: Spec) -> dict[str, Connection]:
        """Airflow's connections by what they are for. If some are unknown, all of those are named."""
        switch = spec.cutover.switch
        wanted = {"source": spec.source, "target": spec.target, "switch": switch.http if switch else None}
        found, unknown = {}, []
        for purpose, conn_id in wanted.items():
            try:
                if conn_id:
                    found[purpose] = Connection.get(conn_id)
            except AirflowNotFoundException:
                unknown.append(f'"{conn_id}" (the {purpose})')
        if unknown:
            raise self.unknown_connection(
                f"Airflow knows no connection {' and none '.join(unknown)}. Add it under Admin, Connections, or as "
                "AIRFLOW_CONN_<ID> in the environment of the workers."
            )
        return found

    def _database(self, connection: Connection, spec: Spec) -> "Database":
        from airlift.databases import connect

        found = address(connection, application_name=f"airlift {spec.name} {self.task_id}")
        return connect(found.conn_type, found.dsn, where=found.where, search_path_schema=spec.schema_)

    def _cancel_if_killed(self) -> None:
        # again and again: what is cancelled may be followed by a next statement before its phase has noticed
        if self._is_killed and self._migration:
            log.info("The task was killed: ending what it runs on the servers.")
            self._migration.cancel()


def answer_of(gate: str, context: Context) -> Any:
    """The answer that a gate of this run has from a person: its own XCom, None where nobody answered."""
    return context["ti"].xcom_pull(task_ids=gate)
