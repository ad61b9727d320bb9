"""From a spec and Airflow's connections to the migration that phases work on: for tasks, and for whoever looks at one from outside."""

import logging
from typing import TYPE_CHECKING

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from airlift.connections import address
from airlift.errors import AirliftError
from airlift.spec import Spec

if TYPE_CHECKING:
    from airlift.databases import Database
    from airlift.phases.migration import Migration, RunInfo, Settings


def build(
    spec: Spec,
    *,
    run: "RunInfo",
    settings: "Settings",
    log: logging.Logger,
    unknown: type[AirliftError],
    is_roll_back: bool = False,
    connect_timeout: int | None = None,
) -> "Migration":
    """The migration of a spec. Opens nothing yet. `unknown` is raised, once for all, for connections that Airflow can't find."""
    from airlift.operators.services import switch_of
    from airlift.phases.migration import Migration

    found = _connections(spec, unknown)
    return Migration(
        spec=spec,
        source=_database(found["source"], spec, run.task_id, connect_timeout),
        target=_database(found["target"], spec, run.task_id, connect_timeout),
        run=run,
        log=log,
        settings=settings,
        switch=switch_of(spec, found.get("switch")),
        is_roll_back=is_roll_back,
    )


def _connections(spec: Spec, unknown: type[AirliftError]) -> dict[str, Connection]:
    """Airflow's connections by what they are for. If some are unknown, all of those are named."""
    switch = spec.cutover.switch
    wanted = {"source": spec.source, "target": spec.target, "switch": switch.http if switch else None}
    found, missing = {}, []
    for purpose, conn_id in wanted.items():
        try:
            if conn_id:
                found[purpose] = Connection.get(conn_id)
        except AirflowNotFoundException:
            missing.append(f'"{conn_id}" (the {purpose})')
    if missing:
        raise unknown(
            f"Airflow knows no connection {' and none '.join(missing)}. Add it under Admin, Connections, or as "
            "AIRFLOW_CONN_<ID> in the environment of the workers."
        )
    return found


def _database(connection: Connection, spec: Spec, task: str, connect_timeout: int | None) -> "Database":
    from airlift.databases import connect

    found = address(connection, application_name=f"airlift {spec.name} {task}")
    dsn = found.dsn if connect_timeout is None else {**found.dsn, "connect_timeout": str(connect_timeout)}
    return connect(found.conn_type, dsn, where=found.where, search_path_schema=spec.schema_)
