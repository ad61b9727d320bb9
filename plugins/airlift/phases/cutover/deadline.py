"""The client's own clock under the fence, beside the servers' lease: many short statements add up, and no server counts them together."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from airlift.databases import Session

AGAIN_AFTER = 0.05
"""Seconds between two requests to end what runs: one may come between two statements."""


@contextmanager
def ended_after(seconds: float, sessions: Iterable[Session]) -> Iterator[None]:
    """Run the block; once `seconds` are over, whatever the sessions run on their servers is cancelled until the block ends."""
    done = threading.Event()

    def watch() -> None:
        if done.wait(max(seconds, 0.0)):
            return
        while not done.is_set():
            for session in sessions:
                if not done.is_set():
                    session.cancel()
            done.wait(AGAIN_AFTER)

    thread = threading.Thread(target=watch, name="airlift-deadline", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        # a server that does not answer keeps a request waiting; nobody waits with it
        thread.join(AGAIN_AFTER)
