"""PostgreSQL: all that the phases need of it, behind one class."""

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from airlift.databases.postgres.capture import Capture, Positions, WayBack
from airlift.databases.postgres.catalog import Catalog
from airlift.databases.postgres.checksums import Checksums
from airlift.databases.postgres.definitions import Definitions, new_names
from airlift.databases.postgres.fence import Fence
from airlift.databases.postgres.inspection import Inspection
from airlift.databases.postgres.layouts import layout
from airlift.databases.postgres.preflight import Examination
from airlift.databases.postgres.quoting import LONGEST_NAME, quoted, table
from airlift.databases.postgres.session import Session, engine_for
from airlift.databases.postgres.signals import Signals
from airlift.databases.postgres.streams import Streams
from airlift.databases.postgres.views import Views
from airlift.databases.postgres.windows import Windows
from airlift.databases.shapes import Server
from airlift.errors import Interrupted, Refused

__all__ = ["Postgres", "Session"]


class Postgres:
    """One database on one server. Opens sessions, and can end all that they run there."""

    longest_name = LONGEST_NAME
    default_schema = "public"
    layout = staticmethod(layout)
    new_names = staticmethod(new_names)
    quoted_table = staticmethod(table)

    def __init__(self, dsn: Mapping[str, str], *, where: str, schema: str | None) -> None:
        """`dsn` as libpq knows it; `where` names the database for people; `schema` is where unqualified names live."""
        self.where = where
        self.schema = schema or self.default_schema
        self.server: Server | None = None
        self.catalog = Catalog()
        self.definitions = Definitions()
        self.capture = Capture()
        self.positions = Positions()
        self.way_back = WayBack()
        self.streams = Streams()
        self.windows = Windows()
        self.checksums = Checksums()
        self.fence = Fence()
        self.views = Views()
        self.examination = Examination()
        self.signals = Signals()
        self.inspection = Inspection()
        self._engine = engine_for({**dsn, "client_encoding": "UTF8"})
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self._guarding = threading.Lock()
        self._is_cancelled = False

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of its own, on the server that the migration began on."""
        if self._is_cancelled:
            raise Interrupted(f"The task was stopped; no new session is opened on {self.where}.")
        # pg_temp last: a temporary table of a session must not stand before the user's
        session = Session(self._engine, where=self.where, search_path=f"{quoted(self.schema)}, pg_temp")
        with self._guarding:
            self._sessions.add(session)
        try:
            self._must_be_known(session)
            yield session
        finally:
            with self._guarding:
                self._sessions.discard(session)
            session.close()

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

    def _must_be_known(self, session: Session) -> None:
        if self.server is None:
            return
        with session.transaction():
            found = self.catalog.server(session)
        if not found.is_same_as(self.server):
            raise Refused(
                f"{self.where} is another server than the one that preflight saw: system {found.system}, timeline {found.timeline}, "
                f'database "{found.database}" instead of {self.server.system}, {self.server.timeline}, "{self.server.database}". '
                "Nothing was read or written. Point the connection back, or abandon the migration."
            )
