"""A phase in a process of its own, that can be killed or frozen where one wants it."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import re
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pymysql
from pymysql.constants import COMMAND

from airlift import faults

_PR_SET_PDEATHSIG = 1
PATIENCE = 60.0
_READING = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT", "SET", "SHOW", "START", "WITH")
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class End:
    """How a process ended: `killed`, or with what the work returned or raised."""

    killed: bool
    result: Any = None
    error: str | None = None
    said: str | None = None

    @property
    def is_done(self) -> bool:
        """The work came to its end."""
        return not self.killed and self.error is None


class Victim:
    """A forked process that runs one piece of work."""

    def __init__(self, pid: int, answers: int) -> None:
        self.pid = pid
        self._answers = answers
        self._end: End | None = None

    def poll(self) -> End | None:
        """How it ended; None as long as it runs or is frozen."""
        if self._end is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                return None
            with os.fdopen(self._answers, "rb") as pipe:
                text = pipe.read()
            self._end = End(killed=True) if os.WIFSIGNALED(status) else End(killed=False, **json.loads(text))
        return self._end

    def wait(self, seconds: float = PATIENCE) -> End:
        """Wait for its end."""
        until = time.monotonic() + seconds
        while (end := self.poll()) is None:
            if time.monotonic() > until:
                self.kill()
                raise TimeoutError(f"process {self.pid} did not end within {seconds:.0f} s")
            time.sleep(0.002)
        return end

    def is_frozen(self) -> bool:
        """Whether it is stopped, by itself or by somebody else."""
        return self._end is None and Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def freeze(self) -> None:
        """Stop it where it is."""
        os.kill(self.pid, signal.SIGSTOP)

    def wait_until_frozen(self, seconds: float = PATIENCE) -> None:
        """Wait until it has stopped itself. An early end is told with what it said."""
        until = time.monotonic() + seconds
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return
            assert not pid, f"it ended before it got there: {status} {os.read(self._answers, 100_000).decode()}"
            assert time.monotonic() < until, "it never got there"
            time.sleep(0.002)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill it, also when it is frozen, and wait for it."""
        if self._end is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._answers)
            self._end = End(killed=True)


def start(work: Callable[[], Any], *, fault: str | None = None, statement: int | None = None) -> Victim:
    """Fork a process that runs `work`. `fault` is for AIRLIFT_FAULT; before its n-th `statement` to a server it is killed."""
    answers, answer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(answer)
        return Victim(pid, answers)
    try:
        gc.disable()  # a collection would copy every page that it shares with its parent
        os.close(answers)
        # whatever becomes of the tests, a frozen process doesn't outlive them
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.environ.pop(faults.VARIABLE, None)
        if fault:
            os.environ[faults.VARIABLE] = fault
        if statement:
            _kill_before(statement)
        said = {"result": work()}
    except BaseException as error:
        said = {"error": type(error).__name__, "said": f"{error}\n{traceback.format_exc()}"}
    os.write(answer, json.dumps(said, default=str).encode()[:60_000])
    os._exit(0)


@contextmanager
def frozen(work: Callable[[], Any], at: str) -> Iterator[Victim]:
    """A process that has stopped itself at a named point; gone after the block."""
    victim = start(work, fault=f"{at}:stop")
    try:
        victim.wait_until_frozen()
        yield victim
    finally:
        victim.kill()


def killed(work: Callable[[], Any], at: str) -> None:
    """Run `work` until it is killed at a named point."""
    end = start(work, fault=f"{at}:kill").wait()
    assert end.killed, f"it was not killed at {at!r}: {end}"


def _word(text: str) -> str:
    """The first word of a statement."""
    words = _COMMENTS.sub("", text).split(None, 1)
    return words[0].rstrip(";").upper() if words else ""


def _telling(message: Any) -> str:
    """The statement of a message that tells what it is: the first that changes something, else its COMMIT, else its first."""
    text = message.decode(errors="replace") if isinstance(message, bytes | bytearray) else str(message)
    parts = [part for part in text.split(";") if part.strip()] or [""]
    return next(
        (part for part in parts if _word(part) not in _READING), next((part for part in parts if _word(part) == "COMMIT"), parts[0])
    )


def _kill_before(number: int) -> None:
    """Kill the process before the n-th thing that it asks a server to change.

    What only reads is not counted: before and after it the servers are the same. The first statement after a commit is, for there
    the commit's answer is known.
    """
    counted = 0
    writing: set[int] = set()
    has_committed = False

    def count(session: Any, statement: Any) -> None:
        nonlocal counted, has_committed
        text = statement.decode(errors="replace") if isinstance(statement, bytes) else str(statement)
        word = _word(text)
        is_write = word not in _READING or "setval" in text
        matters = has_committed or (id(session) in writing if word == "COMMIT" else is_write)
        has_committed = word == "COMMIT" and id(session) in writing
        if word in ("COMMIT", "ROLLBACK"):
            writing.discard(id(session))
        elif is_write:
            writing.add(id(session))
        counted += matters
        if counted >= number:
            os.kill(os.getpid(), signal.SIGKILL)

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, statement: Any, *arguments: Any) -> Any:
            count(self.connection, statement)
            return super().execute(statement, *arguments)

        def copy_expert(self, statement: Any, *arguments: Any) -> Any:
            count(self.connection, statement)
            return super().copy_expert(statement, *arguments)

    ask = pymysql.connections.Connection._execute_command  # type: ignore[attr-defined]

    def counting(self: Any, command: int, statement: Any) -> Any:
        # several statements may be one message: what it changes is done or not from its first word on
        if command == COMMAND.COM_QUERY:
            count(self, _telling(statement))
        return ask(self, command, statement)

    pymysql.connections.Connection._execute_command = counting  # type: ignore[attr-defined]
    connect = psycopg2.connect
    psycopg2.connect = lambda *args, **words: connect(*args, **{**words, "cursor_factory": Cursor})
