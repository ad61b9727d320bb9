"""The tasks of the group `prepare`."""

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airlift.errors import Refused
from airlift.operators.families import families
from airlift.operators.phase import PhaseOperator

if TYPE_CHECKING:
    from airlift.phases.migration import Migration


class Preflight(PhaseOperator):
    """Looks for all that would get in the way, changes nothing, and freezes the spec in the ledger."""

    unknown_connection = Refused

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """Every finding at once."""
        from airlift.phases.prepare.preflight import preflight

        return preflight(migration)


class RefuseSpec(BaseOperator):
    """Stands for the preflight of a migration whose spec can't be read, and refuses with the reason."""

    def __init__(self, *, error: str, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.error = error

    def execute(self, context: Context) -> None:  # noqa: ARG002
        """Refuse."""
        with families():
            raise Refused(self.error)


class CreateTarget(PhaseOperator):
    """Creates the new tables where they are missing."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """Tables without indexes; those come after the rows."""
        from airlift.phases.prepare.create_target import create_target

        return create_target(migration)


class InstallTriggers(PhaseOperator):
    """Installs the triggers that note which keys change."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """From here on no change can be missed."""
        from airlift.phases.prepare.install_triggers import install_triggers

        return install_triggers(migration)


class Watermark(PhaseOperator):
    """Notes where the source stands: watermark X."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """The watermark, by the source's clock for people and by its position for us."""
        from airlift.phases.prepare.watermark import watermark

        return watermark(migration)
