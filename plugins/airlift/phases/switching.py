"""Call what moves the services: the user's command or HTTP endpoint. Knows nothing of databases."""

import subprocess
from dataclasses import dataclass, field

import httpx

from airlift.errors import Interrupted

LONGEST = 30.0
"""Seconds that a call may take."""


@dataclass(frozen=True)
class Switch:
    """Where `cutover.switch` leads. Idempotent by contract: it is told the attempt's id and may be called again."""

    command: tuple[str, ...] = ()
    url: str | None = None
    auth: tuple[str, str] | None = field(default=None, repr=False)

    def call(self, direction: str, attempt: str) -> None:
        """Tell the services where to go: `hold`, `target` or `source`. Raises Interrupted when it does not work."""
        if self.url is not None:
            self._post(self.url, direction, attempt)
        else:
            self._run(direction, attempt)

    def _run(self, direction: str, attempt: str) -> None:
        try:
            done = subprocess.run(
                [*self.command, direction, attempt],
                capture_output=True,
                text=True,
                timeout=LONGEST,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Interrupted(f'cutover.switch "{self.command[0]}" {direction}: {error}') from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-300:]
            raise Interrupted(f'cutover.switch "{self.command[0]}" {direction} ended with status {done.returncode}: {said}')

    def _post(self, url: str, direction: str, attempt: str) -> None:
        try:
            answer = httpx.post(url, json={"direction": direction, "attempt": attempt}, auth=self.auth, timeout=LONGEST)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise Interrupted(f"cutover.switch {direction}: {type(error).__name__} from {httpx.URL(url).host}") from error
