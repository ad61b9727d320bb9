"""COPY from one session to another while the receiving one has something else to do first: whatever fails, nothing is left running."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from airlift.databases import connect, pumping
from airlift.databases.postgres.session import Session
from airlift.databases.pumping import Outgoing, Wire, sending
from airlift.errors import Interrupted, Refused
from tests.fix_servers import Pair

MANY = "COPY (SELECT n, repeat('x', 1000) FROM generate_series(1, 50000) AS n) TO STDOUT"
BROKEN = "COPY (SELECT n, (1 / (40000 - n))::text FROM generate_series(1, 50000) AS n) TO STDOUT"
SLOW = "COPY (SELECT 1, pg_sleep(60)::text) TO STDOUT"
PUT = "COPY pg_temp.arrived FROM STDIN"
PUT_BINARY = f"{PUT} (FORMAT binary)"


@pytest.fixture
def sessions(databases: Pair) -> Iterator[tuple[Session, Session]]:
    """A session on each side, the second with a table to fill."""
    sides = [connect("postgres", each.dsn, where="here", search_path_schema=None) for each in (databases.source, databases.target)]
    with sides[0].session() as sender, sides[1].session() as receiver:
        with receiver.transaction():
            receiver.together(["CREATE TEMPORARY TABLE arrived (n int, t text)"])
        yield sender, receiver
    assert "airlift-sender" not in [thread.name for thread in threading.enumerate()]


def test_all_arrives_after_the_receiver_did_something_else(sessions: tuple[Session, Session]) -> None:
    sender, receiver = sessions
    with sender.transaction(), receiver.transaction(), sending(Outgoing(sender, MANY, Wire.BINARY)) as stream:
        receiver.together(["SELECT pg_sleep(0.3)"])
        assert stream.into(receiver, PUT) == 50_000


def carry(sender: Session, take: str, receiver: Session, *meanwhile: str, put: str = PUT) -> None:
    """Send while the receiver runs statements of its own; then it takes the rows."""
    with sender.transaction(), receiver.transaction(), sending(Outgoing(sender, take, Wire.BINARY)) as stream:
        receiver.together([*meanwhile, "SELECT 1"])
        stream.into(receiver, put)


def are_free(*sessions: Session) -> bool:
    """Whether the sessions can be used as if nothing had happened."""
    for session in sessions:
        with session.transaction():
            session.together(["SELECT 1"])
    return True


class LateThread(threading.Thread):
    """A sender whose thread is slow: it pauses before each line that it comes to after something has failed."""

    has_failed = False

    def run(self) -> None:
        """Send."""
        sys.settrace(self._trace)
        super().run()

    def _trace(self, frame: FrameType, event: str, _: object) -> object:
        if frame.f_code.co_name != "_send":
            return None
        self.has_failed = self.has_failed or event == "exception"
        if self.has_failed and event == "line":
            time.sleep(0.1)
        return self._trace


def test_a_sender_that_fails_is_never_taken_for_the_end_of_its_rows(
    sessions: tuple[Session, Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has sent nothing yet: to a binary COPY that is a broken file, and not a server that went away."""
    sender, receiver = sessions
    monkeypatch.setattr(pumping.threading, "Thread", LateThread)
    with pytest.raises(Refused, match="division by zero"):
        carry(sender, "COPY (SELECT 1 / (n - 1), 'x' FROM generate_series(1, 3) AS n) TO STDOUT (FORMAT binary)", receiver, put=PUT_BINARY)


def test_the_senders_error_is_the_one_that_is_told(sessions: tuple[Session, Session]) -> None:
    sender, receiver = sessions
    with pytest.raises(Refused, match="division by zero"):
        carry(sender, BROKEN, receiver)
    with receiver.transaction():
        assert receiver.joined(["SELECT count(*) FROM pg_temp.arrived"], "") == [(0,)]
    assert are_free(sender, receiver)


@pytest.mark.parametrize("take", [MANY, SLOW])
def test_what_fails_meanwhile_ends_the_reading(sessions: tuple[Session, Session], take: str) -> None:
    sender, receiver = sessions
    with pytest.raises(Refused, match="out of range"):
        carry(sender, take, receiver, "SELECT 100000::smallint")
    assert are_free(sender, receiver)


def test_a_receiver_that_refuses_the_rows_ends_the_reading(sessions: tuple[Session, Session]) -> None:
    sender, receiver = sessions
    with pytest.raises(Refused, match="invalid input syntax"):
        carry(sender, MANY.replace("SELECT n", "SELECT 'no number'"), receiver)
    assert are_free(sender, receiver)


def test_rows_that_nobody_takes_are_given_up(sessions: tuple[Session, Session]) -> None:
    sender, _ = sessions
    began = time.monotonic()
    with pytest.raises(Interrupted), sender.transaction(), sending(Outgoing(sender, SLOW, Wire.BINARY)):
        pass
    assert time.monotonic() - began < 30
    assert are_free(sender)
