"""End processes and remove folders when the Python that made them is gone, however it went.

A small process of its own holds the list. It reads a pipe whose other end only this Python holds, so that even a `kill -9`
of it is seen. Knows nothing of what the processes are.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

GRACE = 15.0
_ROOT = Path(__file__).resolve().parent.parent


class Leash:
    """The near end of the pipe. One for each Python is enough: see `leash()`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen([sys.executable, "-m", "testbed.leash"], stdin=subprocess.PIPE, cwd=_ROOT, start_new_session=True)

    def group(self, pid: int, *, stop: signal.Signals = signal.SIGTERM) -> None:
        """End the process group `pid`, first with `stop`, then with KILL."""
        self._tell({"add": "group", "name": pid, "signal": int(stop)})

    def folder(self, path: Path) -> None:
        self._tell({"add": "folder", "name": str(path)})

    def release(self, what: int | Path) -> None:
        """Forget a group or a folder that was ended by its owner."""
        self._tell({"add": None, "name": what if isinstance(what, int) else str(what)})

    def _tell(self, line: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()


_leash: Leash | None = None
_making = threading.Lock()


def leash() -> Leash:
    """The leash of this Python, made at its first use."""
    global _leash
    with _making:
        if _leash is None:
            _leash = Leash()
        return _leash


def stop_group(pid: int, *, stop: signal.Signals = signal.SIGTERM, grace: float = GRACE) -> None:
    """Signal a process group, wait for it to be gone, then KILL what is left. A group that is gone already is fine."""
    if not _signal(pid, stop):
        return
    until = time.monotonic() + grace
    while time.monotonic() < until:
        if not _alive(pid):
            return
        time.sleep(0.1)
    _signal(pid, signal.SIGKILL)
    while _alive(pid):
        time.sleep(0.05)


def _signal(pid: int, number: int) -> bool:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    return True


def _alive(group: int) -> bool:
    """True while the group has a process that isn't a zombie: that one waits for its parent only, which may be us."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-group, os.WNOHANG)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def _hold() -> None:
    """The far end: keep the list until the pipe ends, then end all that is on it, the newest first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    held: dict[object, dict[str, object]] = {}
    for text in sys.stdin:
        line = json.loads(text)
        held.pop(line["name"], None)
        if line["add"]:
            held[line["name"]] = line
    for name, line in reversed(held.items()):
        if line["add"] == "group":
            stop_group(int(str(name)), stop=signal.Signals(int(str(line["signal"]))))
    for name, line in held.items():
        if line["add"] == "folder":
            shutil.rmtree(str(name), ignore_errors=True)


if __name__ == "__main__":
    _hold()
