"""Call what moves the services: the user's command or HTTP endpoint. Knows nothing of databases."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from airlift.errors import Interrupted

LONGEST = 30.0
"""Seconds that a call may take."""
HOLD_SECONDS = "AIRLIFT_HOLD_SECONDS"
"""The variable that tells a command for how long a `hold` lasts at most."""


@dataclass(frozen=True)
class Switch:
    """Where `cutover.switch` leads. Idempotent by contract: it is told the attempt's id and may be called again."""

    command: tuple[str, ...] = ()
    url: str | None = None
    auth: tuple[str, str] | None = field(default=None, repr=False)

    def call(self, direction: str, attempt: str, *, seconds: float = LONGEST, hold_seconds: float | None = None) -> None:
        """Tell the services where to go: `hold`, `target` or `source`. Raises Interrupted when it does not work within `seconds`.

        `hold_seconds` is for how long a `hold` lasts at most, should nobody be there to call again.
        """
        if self.url is not None:
            self._post(self.url, direction, attempt, seconds, {} if hold_seconds is None else {"hold_seconds": hold_seconds})
        else:
            limit = {} if hold_seconds is None else {HOLD_SECONDS: f"{hold_seconds:.3f}"}
            self._run(direction, attempt, seconds, limit)

    def _run(self, direction: str, attempt: str, seconds: float, limit: Mapping[str, str]) -> None:
        name = f'cutover.switch "{self.command[0]}" {direction}'
        try:
            process = subprocess.Popen(
                [*self.command, direction, attempt],
                env={**os.environ, **limit},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise Interrupted(f"{name}: {error}") from error
        try:
            said, _ = process.communicate(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            # with all that it started: what it does later would come after a call that is made later
            with contextlib.suppress(ProcessLookupError):  # it ended just now
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Interrupted(f"{name} took longer than {seconds:.1f} s and was ended") from None
        if process.returncode:
            raise Interrupted(f"{name} ended with status {process.returncode}: {said.strip()[-300:]}")

    def _post(self, url: str, direction: str, attempt: str, seconds: float, limit: Mapping[str, float]) -> None:
        try:
            said = {"direction": direction, "attempt": attempt, **limit}
            answer = httpx.post(url, json=said, auth=self.auth, timeout=max(seconds, 0.01))
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Interrupted(f"cutover.switch {direction}: {type(error).__name__} from {httpx.URL(url).host}") from error
