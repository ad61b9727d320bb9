"""Light writers: processes that write at a steady rate, go where a file tells them, and note how long each write took."""

from __future__ import annotations

import multiprocessing
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, NamedTuple, Self

from testbed.dialects import FAILURES, Dialect
from testbed.serving import Database

WRITERS = 4
TPS = 50.0
HOLD = "hold"
_processes = multiprocessing.get_context("fork")


class Writing(NamedTuple):
    """How they write: statements of a `key` and a `note`."""

    update: str
    insert: str


class Write(NamedTuple):
    """One write, from the wish to the acknowledgement; `began` is the machine's monotonic clock."""

    began: float
    seconds: float


@dataclass
class Crew:
    """The writers. `route` is a file with one word: which of `sides` to write to, or hold."""

    route: Path
    sides: dict[str, Database]
    rows: int
    writing: Writing
    _running: list[tuple[multiprocessing.process.BaseProcess, Pipe]] = field(default_factory=list)

    def __enter__(self) -> Self:
        for number in range(WRITERS):
            near, far = _processes.Pipe()
            process = _processes.Process(target=_write, args=(number, self, far))
            process.start()
            far.close()
            self._running.append((process, near))
        for _, pipe in self._running:
            assert pipe.recv() == "connected"
        return self

    def __exit__(self, *_: object) -> None:
        for process, _ in self._running:
            process.terminate()
            process.join()

    def stop(self) -> list[Write]:
        """Let all finish what they do; everything that they wrote. Raises what a writer met."""
        for _, pipe in self._running:
            pipe.send("stop")
        made: list[Write] = []
        for process, pipe in self._running:
            found = pipe.recv()
            process.join()
            if isinstance(found, Exception):
                raise found
            made += found
        return made


def longest(made: list[Write], *, since: float, until: float) -> float:
    """The longest write that overlaps a stretch of time, in milliseconds."""
    return max((write.seconds for write in made if write.began <= until and write.began + write.seconds >= since), default=0.0) * 1000


def _write(number: int, crew: Crew, pipe: Pipe) -> None:
    """One writer, until it is told to stop."""
    sessions = {side: database.connect() for side, database in crew.sides.items()}
    for session in sessions.values():
        session.cursor().execute("SELECT 1")
    pipe.send("connected")
    made: list[Write] = []
    try:
        time.sleep(number / TPS / WRITERS)
        while not pipe.poll():
            began = time.monotonic()
            _once(crew, sessions, len(made), number)
            made.append(Write(began, time.monotonic() - began))
            time.sleep(max(0.0, 1 / TPS - made[-1].seconds))
        pipe.send(made)
    except FAILURES as error:
        pipe.send(RuntimeError(f"writer {number} was told: {error}"))


def _once(crew: Crew, sessions: dict[str, Any], count: int, number: int) -> None:
    """One write, tried until it is done. Across servers the old name is gone before the route leads elsewhere."""
    statement = crew.writing.insert if count % 4 == 3 else crew.writing.update
    values = {"key": 1 + (count * WRITERS + number) % crew.rows, "note": f"write {count}"}
    while True:
        side = crew.route.read_text()
        if side != HOLD:
            try:
                sessions[side].cursor().execute(statement, values)
                return
            except FAILURES as error:
                if len(sessions) == 1 or not _is_on_its_way(crew.sides[side].dialect, error):
                    raise
        time.sleep(0.0005)


def _is_on_its_way(dialect: Dialect, error: Exception) -> bool:
    """Whether the table is being handed over."""
    return dialect.is_renamed(error) or dialect.is_shut(error)
