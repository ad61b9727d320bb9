"""Open sessions on one database, on the server that a migration began on, and end all that runs there. Knows no engine."""

import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Engine

from airlift.databases.shapes import Server
from airlift.errors import Interrupted, Refused


class Closable(Protocol):
    """A session, as far as it is opened and ended here."""

    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction of its own."""

    def cancel(self) -> None:
        """End what it runs. From any thread."""

    def close(self) -> None:
        """Give it back."""


S = TypeVar("S", bound=Closable)


class Opening(ABC, Generic[S]):
    """One database on one server. `server` is the one that every session has to be on; None while that is not known yet.

    `keeps_old` says that its sessions are the old tables': in place those have guards of their own, for both sides are used at once.
    """

    _engine: Engine
    product: str
    """What people call the engine."""
    partners: tuple[str, ...] = ()
    """The products that its rows can go to."""

    def __init__(self, *, where: str) -> None:
        self.where = where
        self.server: Server | None = None
        self.keeps_old = False
        self._sessions: weakref.WeakSet[S] = weakref.WeakSet()
        self._guarding = threading.Lock()
        self._is_cancelled = False

    @abstractmethod
    def _connected(self) -> S:
        """A session of its own."""

    @abstractmethod
    def _found(self, session: S) -> Server:
        """The server that a session is on, read in the caller's transaction."""

    @contextmanager
    def session(self) -> Iterator[S]:
        """A session of its own, on the server that the migration began on."""
        if self._is_cancelled:
            raise Interrupted(f"The task was stopped; no new session is opened on {self.where}.")
        session = self._connected()
        with self._guarding:
            self._sessions.add(session)
        try:
            self._must_be_known(session)
            yield session
        finally:
            with self._guarding:
                self._sessions.discard(session)
            session.close()

    def close(self) -> None:
        """Give back what is kept for next sessions. For who lives on: a task's process ends with its work."""
        self._engine.dispose()

    @property
    def is_cancelled(self) -> bool:
        """Whether the task was stopped: whoever waits for nothing on the server has to ask."""
        return self._is_cancelled

    def cancel(self) -> None:
        """End all that runs on the server for us, and open nothing more. From any thread."""
        self._is_cancelled = True
        with self._guarding:
            sessions = list(self._sessions)
        for session in sessions:
            session.cancel()

    def _must_be_known(self, session: S) -> None:
        if self.server is None:
            return
        with session.transaction():
            found = self._found(session)
        if not found.is_same_as(self.server):
            raise Refused(
                f"{self.where} is another server than the one that preflight saw: system {found.system}, timeline {found.timeline}, "
                f'database "{found.database}" instead of {self.server.system}, {self.server.timeline}, "{self.server.database}". '
                "Nothing was read or written. Point the connection back, or abandon the migration."
            )
