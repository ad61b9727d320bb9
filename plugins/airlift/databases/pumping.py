"""Rows on their way from one server to another, as bytes that nobody here looks at. Knows no engine.

Both ends run in their drivers, in a thread each, with a few blocks at most between them: so memory stays flat and each works while the
other does.
"""

import contextlib
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from queue import Empty, Queue
from typing import IO, Any, Protocol, cast

from airlift.errors import Interrupted

BLOCK_BYTES = 1 << 20
BLOCKS = 4
"""What may be on its way between two threads: so much at once, and so often."""
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
        # what failed first is the cause: that nobody takes its rows any more makes the sender fail too
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
        self._channel = Channel()
        self._thread = threading.Thread(target=self._send, name="airlift-sender")
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What the sender met."""
        return self._failed[0] if self._failed else None

    def into(self, receiver: Receiver, put: str) -> int:
        """Have `receiver` take all of it in; the number of rows that arrived."""
        received = receiver.copy_in(put, cast(IO[bytes], _Whole(self._channel, self._failed)))
        self._thread.join()
        if self.failure or self._sent != [received]:
            raise self.failure or Interrupted(f"{self._sent} rows were sent and {received} arrived; the range is repeated.")
        return received

    def give_up(self) -> None:
        """End what is still under way; nothing where all arrived."""
        self._channel.abandon()
        while self._thread.is_alive():
            # again until it ends: a statement that has not reached its server yet is not cancelled
            self._sender.cancel()
            self._thread.join(CANCEL_EVERY)

    def _send(self) -> None:
        # what fails is told to the caller's thread, and before the end is: the receiver must not take that for the end of the rows
        try:
            with io.BufferedWriter(self._channel, BLOCK_BYTES) as sink:
                try:
                    sent = self._sender.copy_out(self._take, cast(IO[bytes], sink))
                    # what can't be handed on any more fails here and not when the sink is closed
                    sink.flush()
                    self._sent.append(sent)
                except BaseException as error:
                    self._failed.append(error)
                    raise
        except BaseException as error:
            if not self._failed:
                self._failed.append(error)
        finally:
            self._channel.close()


class Channel(io.RawIOBase):
    """Blocks from one thread to another, of which the second is told the end when the first closes it.

    A pipe of the system's does the same, but costs several times the processor's time: two copies of all bytes, and both threads woken for
    every 64 kB.
    """

    def __init__(self) -> None:
        super().__init__()
        self._blocks: Queue[bytes] = Queue(BLOCKS)
        self._rest = b""
        self._has_ended = False
        self._is_abandoned = False

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, block: Any, /) -> int:
        """Hand on what is the first of `block`, as soon as there is room; how many bytes. Raises where nobody reads them any more."""
        if self._is_abandoned:
            raise BrokenPipeError("nobody takes these rows any more")
        part = bytes(memoryview(block)[:BLOCK_BYTES])
        if part:  # nothing is the end
            self._blocks.put(part)
        return len(part)

    def close(self) -> None:
        """Tell the end."""
        if not self.closed:
            super().close()
            self._blocks.put(b"")

    def take(self, size: int) -> bytes:
        """Some of what comes next, at most `size` bytes where that is not negative, as soon as there is any; nothing once all was taken."""
        if not self._rest and not self._has_ended:
            self._rest = self._blocks.get()
            self._has_ended = not self._rest
        if size < 0 or len(self._rest) <= size:
            taken, self._rest = self._rest, b""
        else:
            taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def abandon(self) -> None:
        """Have what is written from now on fail, and who waits for room wait no longer."""
        self._is_abandoned = True
        with contextlib.suppress(Empty):
            while True:
                self._blocks.get_nowait()


class _Whole:
    """The reading end. An early end of file is an error, never a short table: what takes it in is aborted when the sender failed."""

    def __init__(self, channel: Channel, sender_failed: list[BaseException]) -> None:
        self._channel = channel
        self._sender_failed = sender_failed

    def read(self, size: int = BLOCK_BYTES, /) -> bytes:
        block = self._channel.take(size)
        if not block and self._sender_failed:
            raise self._sender_failed[0]
        return block
