"""The tasks of a roll back, but for its gate."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import Context

from airlift.errors import AirliftError, Refused
from airlift.operators.answers import approval
from airlift.operators.phase import PhaseOperator, answer_of

if TYPE_CHECKING:
    from airlift.phases.migration import Migration

GATE = "approve"


class RollBackOperator(PhaseOperator):
    """A task that works on a migration that another run holds."""

    is_roll_back: ClassVar[bool] = True


class Preflight(RollBackOperator):
    """Says what a roll back would do now."""

    unknown_connection: ClassVar[type[AirliftError]] = Refused

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """What it would do, with a page to decide from. Changes nothing."""
        from airlift.phases.roll_back.preflight import preflight

        return preflight(migration)


class RenameBack(RollBackOperator):
    """The roll back: carries the last changes back, fences the writers, proves, renames; before a cutover it abandons the migration."""

    approved_by = GATE

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """What it took."""
        from airlift.phases.roll_back.rename_back import rename_back

        return rename_back(migration, approval(answer_of(GATE, context), gate=GATE), action_of(context))


class Validate(RollBackOperator):
    """Looks at what the service now runs on."""

    approved_by = GATE

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """What was found."""
        from airlift.phases.roll_back.validate import validate

        return validate(migration, action_of(context))


def action_of(context: Context) -> str:
    """What the preflight of this run found that it would do, which is what a person approved."""
    found = context["ti"].xcom_pull(task_ids="preflight")
    if not isinstance(found, Mapping) or "action" not in found:
        raise Refused('"preflight" left no result, so nobody can tell what was approved. Clear "preflight" and what comes after it.')
    return str(found["action"])
