"""The tasks of the group `cutover`, but for its gate."""

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import Context

from airlift.errors import Interrupted
from airlift.operators.answers import approval, not_before
from airlift.operators.phase import PhaseOperator, answer_of

if TYPE_CHECKING:
    from airlift.phases.migration import Migration

log = logging.getLogger("airflow.task")
_SECONDS_BETWEEN_LINES: Final = 600.0


class CreateViews(PhaseOperator):
    """Creates the compatibility views, which look and behave like the old tables."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """Nobody uses them yet."""
        from airlift.phases.cutover.create_views import create_views

        return create_views(migration)


class Rename(PhaseOperator):
    """The cutover: catches up, fences the writers, carries the last window, proves both sides equal, renames."""

    approved_by = "cutover.approve"

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """Watermark Z, the pause, the outage and the attempts. Not before the hour that the approval names."""
        from airlift.phases.cutover.rename import rename

        gate = "cutover.approve"
        answer = approval(answer_of(gate, context), gate=gate)
        self._wait_until(not_before(answer))
        return rename(migration, answer)

    def _wait_until(self, moment: datetime | None) -> None:
        told = -_SECONDS_BETWEEN_LINES
        while moment and (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
            if self._is_killed:
                raise Interrupted("The task was killed before the cutover began.")
            if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
                told = time.monotonic()
                log.info("The approval says not before %s: %.0f minutes to wait.", moment.isoformat(), left / 60)
            time.sleep(min(left, 1.0))


class Validate(PhaseOperator):
    """Looks at what the service now runs on."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """What was found."""
        from airlift.phases.cutover.validate import validate

        return validate(migration)
