"""Rows on their way from one server to another, as bytes that nobody here looks at. Knows no engine.

Both ends run in their drivers, a pipe between them, so that memory stays flat and each works while the other does.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Protocol, cast

from airlift.errors import Interrupted

PIPE_BYTES = 1 << 20
CANCEL_EVERY = 0.2


class Sender(Protocol):
    """A session that can send rows. Both methods end when `cancel` is called from another thread."""

    def copy_out(self, statement: str, sink: IO[bytes], /) -> int:
        """Write what the statement sends into `sink`; the number of rows."""

    def cancel(self) -> None:
        """End what runs on the server, from any thread."""


class Receiver(Protocol):
    """A session that can take rows in."""

    def copy_in(self, statement: str, source: IO[bytes], /) -> int:
        """Have the statement take in all of `source`; the number of rows. What `source` raises ends it, and nothing is taken in."""


class Wire(StrEnum):
    """How rows are written down on their way."""

    BINARY = "binary"
    """PostgreSQL's own."""
    ESCAPED = "escaped"
    """Lines, with a tab between the values, `\\N` for NULL and a backslash before what would be taken for one of these."""
    QUOTED = "quoted"
    """Lines, with a tab between the values, each in quotes, which are doubled within; a bare NULL."""


@dataclass(frozen=True)
class Outgoing:
    """Rows that a sender sends when it runs `statement`, written down as `wire` says."""

    sender: Sender
    statement: str
    wire: Wire


def pump(outgoing: Outgoing, receiver: Receiver, put: str) -> int:
    """Pass bytes to `receiver` without looking at them; the number of rows that arrived."""
    with sending(outgoing) as stream:
        return stream.into(receiver, put)


@contextlib.contextmanager
def sending(outgoing: Outgoing) -> Iterator["Stream"]:
    """A statement that runs on its sender from now on: its server reads while the block has the receiver do something else first.

    At the end of the block nothing runs on the sender any more, whatever happened.
    """
    stream = Stream(outgoing.sender, outgoing.statement)
    try:
        yield stream
    except BaseException as error:
        # what failed first is the cause: closing the pipe makes the other end fail too
        cause = stream.failure or error
        stream.give_up()
        if cause is error:
            raise
        raise cause from error
    stream.give_up()


class Stream:
    """Bytes on their way, from the moment that it is made."""

    def __init__(self, sender: Sender, take: str) -> None:
        self._sender = sender
        self._take = take
        self._failed: list[BaseException] = []
        self._sent: list[int] = []
        reading, self._writing = os.pipe()
        self._source = os.fdopen(reading, "rb", buffering=0)
        self._thread = threading.Thread(target=self._send, name="airlift-sender")
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What the sender met."""
        return self._failed[0] if self._failed else None

    def into(self, receiver: Receiver, put: str) -> int:
        """Have `receiver` take all of it in; the number of rows that arrived."""
        received = receiver.copy_in(put, cast(IO[bytes], _Whole(self._source, self._failed)))
        self._thread.join()
        if self._sent != [received]:
            raise self.failure or Interrupted(f"{self._sent} rows were sent and {received} arrived; the range is repeated.")
        return received

    def give_up(self) -> None:
        """End what is still under way; nothing where all arrived."""
        self._source.close()
        while self._thread.is_alive():
            # again until it ends: a statement that has not reached its server yet is not cancelled
            self._sender.cancel()
            self._thread.join(CANCEL_EVERY)

    def _send(self) -> None:
        # what fails is told to the caller's thread
        try:
            with os.fdopen(self._writing, "wb", buffering=PIPE_BYTES) as sink:
                try:
                    self._sent.append(self._sender.copy_out(self._take, sink))
                except BaseException as error:
                    # before the pipe is closed: the receiver must not take that for the end of the rows
                    self._failed.append(error)
                    raise
        except BaseException as error:
            if not self._failed:
                self._failed.append(error)


class _Whole:
    """The reading end. An early end of file is an error, never a short table: what takes it in is aborted when the sender failed."""

    def __init__(self, source: IO[bytes], sender_failed: list[BaseException]) -> None:
        self._source = source
        self._sender_failed = sender_failed

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size)
        if not block and self._sender_failed:
            raise self._sender_failed[0]
        return block
