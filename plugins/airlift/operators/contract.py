"""The tasks of the group `contract`, but for its gate."""

from typing import TYPE_CHECKING, Any

from airflow.sdk import Context

from airlift.errors import Refused
from airlift.operators.answers import is_approval, is_rejection
from airlift.operators.phase import PhaseOperator, answer_of
from airlift.operators.sync import Answered

if TYPE_CHECKING:
    from airlift.phases.migration import Migration


class SyncBack(PhaseOperator):
    """Carries what is written to the new tables to the obsolete ones, until the gate beside it is answered."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """Runs for as long as the way back is open."""
        from airlift.phases.contract.sync_back import sync_back

        return sync_back(migration, Answered(context, "contract.approve"))


class Validate(PhaseOperator):
    """Says what goes and what stays, while all is still there."""

    approved_by = "contract.approve"

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """The report, with its markdown."""
        from airlift.phases.contract.validate import validate

        return validate(migration)


class DropViews(PhaseOperator):
    """Drops the compatibility views."""

    approved_by = "contract.approve"

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """The old code has nowhere to go from here on."""
        from airlift.phases.contract.drop_views import drop_views

        return drop_views(migration)


class CleanUp(PhaseOperator):
    """Takes away all that is ours on the source: after the contract, or because the cutover was rejected."""

    def demand(self, context: Context) -> None:
        """Only an answer of a person cleans up. A run that failed or was cancelled keeps everything."""
        cutover, contract = (answer_of(gate, context) for gate in ("cutover.approve", "contract.approve"))
        if not (is_rejection(cutover) or (is_approval(cutover) and is_approval(contract))):
            raise Refused(
                "Neither was the cutover rejected nor was the contract approved by a person, so everything stays as it is. "
                'To go on, clear the gate that is to be answered: "cutover.approve" or "contract.approve".'
            )

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """Triggers first, the log last."""
        from airlift.ledger import Stage
        from airlift.phases.contract.clean_up import clean_up

        rejected = is_rejection(answer_of("cutover.approve", context))
        return clean_up(migration, Stage.PREPARED if rejected else Stage.CONTRACTING)
