"""The tasks of the group `sync`."""

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import Context

from airlift.errors import Refused
from airlift.operators.answers import not_before
from airlift.operators.copying import StreamOperator
from airlift.operators.phase import PhaseOperator, answer_of

if TYPE_CHECKING:
    from airlift.phases.migration import Migration

log = logging.getLogger("airflow.task")
_SECONDS_BETWEEN_LOOKS: Final = 1.0
_NEVER_ANSWERED: Final = frozenset({"failed", "upstream_failed", "skipped", "removed"})


class DeltaWindows(PhaseOperator):
    """Carries the changes over in windows, each shorter than the last."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """Watermark Y and how many windows and changes it took."""
        from airlift.phases.sync.delta_windows import delta_windows

        return delta_windows(migration)


class KeepInSync(PhaseOperator):
    """Carries windows until the gate beside it is answered and the cutover may begin."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:
        """Runs for as long as a person thinks."""
        from airlift.phases.sync.keep_in_sync import keep_in_sync

        return keep_in_sync(migration, Answered(context, "cutover.approve"))


class Answered:
    """Whether a gate beside the task is answered. Looks at most once a second, for each look asks Airflow's server."""

    def __init__(self, context: Context, gate: str) -> None:
        self._gate = gate
        self._context = context
        self._ti = context["ti"]
        self._looked_at = -_SECONDS_BETWEEN_LOOKS
        self._is_waiting = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < _SECONDS_BETWEEN_LOOKS:
            return False
        self._looked_at = now
        state = self._state()
        if state in _NEVER_ANSWERED:
            raise Refused(
                f'"{self._gate}" is "{state}", so nobody will be asked in this run. From now on the triggers note changes that '
                "nothing carries over. Clear the task that failed, and this one too: both go on where they were."
            )
        return state == "success" and self._is_time()

    def _state(self) -> str | None:
        ti = self._ti
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[self._gate], run_ids=[ti.run_id])
        state = states.get(ti.run_id, {}).get(self._gate)
        return None if state is None else str(getattr(state, "value", state))

    def _is_time(self) -> bool:
        """An approval may name an hour. Until then the windows go on, or the cutover would have hours to catch up."""
        try:
            moment = not_before(answer_of(self._gate, self._context))
        except Refused:  # rename reads the same answer and refuses in words
            return True
        if moment is None or moment <= datetime.now(UTC):
            return True
        if not self._is_waiting:
            self._is_waiting = True
            log.info("Approved. The cutover may not begin before %s; the windows go on until then.", moment.isoformat())
        return False


class Validate(StreamOperator):
    """Compares every byte of every row, range by range."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """What this stream compared."""
        from airlift.phases.sync.validate import validate

        return validate(migration, self.stream)


class Report(PhaseOperator):
    """Writes the page that a person decides from."""

    def run_phase(self, migration: "Migration", context: Context) -> Any:  # noqa: ARG002
        """The report, with its markdown."""
        from airlift.phases.sync.report import report

        return report(migration)
