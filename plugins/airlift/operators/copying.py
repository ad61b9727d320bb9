"""The tasks of the group `copy`."""

from typing import TYPE_CHECKING, Any

from airflow.sdk import Context

from airlift.errors import Refused
from airlift.operators.phase import PhaseOperator

if TYPE_CHECKING:
    from airlift.phases.migration import Migration


class Plan(PhaseOperator):
    """Cuts the tables into ranges and says how many streams copy them."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """The names of the streams, over which the next tasks are mapped."""
        from airlift.phases.copying.plan import plan

        streams = plan(migration)
        if not streams:  # Airflow would skip all that follows and call the run a success
            raise Refused("The plan has no stream, so nothing would be copied or compared.")
        return streams


class StreamOperator(PhaseOperator):
    """A task that is mapped over the streams of the plan."""

    def __init__(self, *, stream: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.stream = stream


class DumpAndImport(StreamOperator):
    """Copies ranges from the ledger's queue until there is none left."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """What this stream copied."""
        from airlift.phases.copying.dump_and_import import dump_and_import

        return dump_and_import(migration, self.stream)


class BuildIndexes(PhaseOperator):
    """Builds indexes and constraints and gathers statistics, now that the rows are there."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """In parallel, one index a session."""
        from airlift.phases.copying.build_indexes import build_indexes

        return build_indexes(migration)
