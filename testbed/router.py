"""The file that tells writers where to write: a stand-in for a pooler's configuration. Knows nothing of databases.

`state` is source, target or hold; a hold that was given a limit has an end, `until`, after which all goes on as `before`. `dsns` has the
driver's keywords for source and target, with `engine` beside them, for the service may go from one engine to another. `tables` has the
names that the service's code uses now, such as {"orders": "orders_v2"} once the new code runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

STATES = ("source", "target", "hold")


class Address(Protocol):
    """A database that the service may be sent to."""

    @property
    def engine(self) -> str:
        """By whom it is understood."""

    @property
    def dsn(self) -> dict[str, Any]:
        """Its driver's keywords."""


def begin(path: Path, source: Address, target: Address | None = None) -> None:
    """Make the file, for a service that is at the source. Without a target all happens in one database."""
    sides = {"source": source} | ({"target": target} if target else {})
    dsns = {side: {"engine": address.engine, **address.dsn} for side, address in sides.items()}
    write(path, {"state": "source", "attempt": None, "dsns": dsns, "tables": {}})


def write(path: Path, route: dict[str, Any]) -> None:
    """Replace the file in one step: a reader sees the old route or the new one."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.touch(mode=0o600)
    made.write_text(json.dumps(route))
    made.replace(path)


def read(path: Path) -> dict[str, Any]:
    """The route as it stands."""
    route: dict[str, Any] = json.loads(path.read_text())
    return route


def where(route: dict[str, Any]) -> str:
    """What holds now: the state, or what was before a hold that has come to its end."""
    is_over = route["state"] == "hold" and time.time() > route.get("until", float("inf"))
    return str(route["before"] if is_over else route["state"])


def turn(path: Path, state: str, *, attempt: str, hold_seconds: float | None = None) -> None:
    """Send the writers there, or have them wait, for as long as `hold_seconds` says. Repeating it does nothing else."""
    with _locked(path) as route:
        before, until = route.pop("before", route["state"]), route.pop("until", None)
        if state == "hold" and hold_seconds is not None:
            is_repeated = until is not None and route["attempt"] == attempt
            route |= {"before": before, "until": until if is_repeated else time.time() + hold_seconds}
        route |= {"state": state, "attempt": attempt}


def change(path: Path, **parts: Any) -> None:
    """Change other parts of the route. Two changes at once follow each other."""
    with _locked(path) as route:
        route.update(parts)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[dict[str, Any]]:
    """The route, to be changed; it is written when anything of it is another."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        route, changed = read(path), read(path)
        yield changed
        if changed != route:
            write(path, changed)
