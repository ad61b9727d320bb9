"""Blocks between two threads: all of them arrive in their order, few are under way, and nobody waits for one who is gone."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest

from airlift.databases import pumping
from airlift.databases.pumping import BLOCK_BYTES, BLOCKS, Channel, Outgoing, Wire, pump

PATIENCE = 30.0


@contextmanager
def writing(channel: Channel, parts: list[bytes]) -> Iterator[list[type[BaseException]]]:
    """A thread that writes parts and then closes; what it has met."""
    met: list[type[BaseException]] = []

    def write() -> None:
        try:
            with io.BufferedWriter(channel, BLOCK_BYTES) as sink:
                for part in parts:
                    sink.write(part)
        except BrokenPipeError as error:
            met.append(type(error))

    thread = threading.Thread(target=write)
    thread.start()
    yield met
    thread.join(PATIENCE)
    assert not thread.is_alive()


def taken(channel: Channel, size: int) -> list[bytes]:
    """All that comes, in pieces of at most so many bytes."""
    found = list(iter(lambda: channel.take(size), b""))
    assert channel.take(size) == b""
    return found


@pytest.mark.parametrize("size", [BLOCK_BYTES, 1000, 3 * BLOCK_BYTES])
def test_all_arrives_in_order_whatever_the_pieces(size: int) -> None:
    parts = [bytes([number]) * length for number, length in enumerate((1, BLOCK_BYTES, 0, 5 * BLOCK_BYTES + 7, 300, BLOCK_BYTES - 1))]
    channel = Channel()
    with writing(channel, parts):
        found = taken(channel, size)
    assert b"".join(found) == b"".join(parts)
    assert max(map(len, found)) <= min(size, BLOCK_BYTES)


def test_nothing_is_sent_and_the_end_comes() -> None:
    channel = Channel()
    with writing(channel, [b""]):
        assert taken(channel, BLOCK_BYTES) == []


def test_an_empty_write_is_not_the_end() -> None:
    channel = Channel()
    assert channel.write(b"") == 0
    channel.write(b"more")
    channel.close()
    assert taken(channel, -1) == [b"more"]


def test_who_writes_faster_than_the_other_reads_waits() -> None:
    channel = Channel()
    for _ in range(BLOCKS):
        channel.write(b"x")
    one_more = threading.Thread(target=channel.write, args=(b"y",))
    one_more.start()
    one_more.join(0.3)
    assert one_more.is_alive()
    assert channel.take(1) == b"x"
    one_more.join(PATIENCE)
    channel.take(1)
    channel.close()
    assert taken(channel, 1) == [b"x"] * (BLOCKS - 2) + [b"y"]


def test_who_writes_for_nobody_is_told_even_if_it_waits_for_room() -> None:
    channel = Channel()
    for _ in range(BLOCKS):
        channel.write(b"x")
    with writing(channel, [b"y" * 2 * BLOCK_BYTES]) as met:
        channel.abandon()
    assert met == [BrokenPipeError]


class Sender:
    """One of two lines, the second of which comes with what is left in the buffer."""

    def copy_out(self, _statement: str, sink: IO[bytes]) -> int:
        """Send."""
        sink.write(b"x" * 10 + b"\n" + b"y" * 100 + b"\n")
        return 2

    def cancel(self) -> None:
        """Nothing runs."""


class Receiver:
    """One that takes a last line without its end for a whole one, as servers do."""

    def __init__(self) -> None:
        self.got = b""
        self.is_done = threading.Event()

    def copy_in(self, _statement: str, source: IO[bytes]) -> int:
        """Receive."""
        try:
            while block := source.read(BLOCK_BYTES):
                self.got += block
        finally:
            self.is_done.set()
        return len(self.got.splitlines())


def _fails_at_the_last_write(channel: Channel, block: Any) -> int:
    """The first part of what is written goes through."""
    if bytes(block).startswith(b"x"):
        return WRITE(channel, bytes(block)[:21])
    raise MemoryError


def _has_no_buffer(*_: Any) -> io.BufferedWriter[Any]:
    raise MemoryError


WRITE, CLOSE = Channel.write, Channel.close


@pytest.mark.parametrize(
    ("where", "what", "instead"), [(Channel, "write", _fails_at_the_last_write), (pumping.io, "BufferedWriter", _has_no_buffer)]
)
def test_rows_that_can_not_be_handed_on_are_never_taken_for_all(
    monkeypatch: pytest.MonkeyPatch, where: object, what: str, instead: Callable[..., Any]
) -> None:
    receiver = Receiver()

    def close(channel: Channel) -> None:
        """The receiver comes to its end before the sender's thread does anything else."""
        CLOSE(channel)
        receiver.is_done.wait(PATIENCE)

    with monkeypatch.context() as patch:
        patch.setattr(where, what, instead)
        patch.setattr(Channel, "close", close)
        with pytest.raises(MemoryError):
            pump(Outgoing(Sender(), "send", Wire.ESCAPED), receiver, "receive")
    assert len(receiver.got) < 102


def test_all_rows_that_are_handed_on_are_told() -> None:
    assert pump(Outgoing(Sender(), "send", Wire.ESCAPED), Receiver(), "receive") == 2
