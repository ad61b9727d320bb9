"""The file that tells writers where to write: a stand-in for a pooler's configuration. Knows nothing of databases.

`state` is source, target or hold; `dsns` has psycopg2's keywords for source and target; `tables` has the names that the
service's code uses now, such as {"orders": "orders_v2"} once the new code runs.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

STATES = ("source", "target", "hold")


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


def change(path: Path, **parts: Any) -> dict[str, Any]:
    """Change some parts of the route. Repeating a change does nothing. Two changes at once follow each other."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        route = read(path)
        changed = {**route, **parts}
        if changed != route:
            write(path, changed)
    return changed
