"""PostgreSQL: all that the phases need of it, behind one class."""

import weakref
from collections.abc import Mapping

from airlift.databases.advice import Advice
from airlift.databases.laying_out import new_names
from airlift.databases.opening import Opening
from airlift.databases.postgres.capture import Capture, Positions, WayBack
from airlift.databases.postgres.cascades import Side
from airlift.databases.postgres.catalog import Catalog
from airlift.databases.postgres.checksums import Checksums
from airlift.databases.postgres.definitions import Definitions
from airlift.databases.postgres.fence import Fence
from airlift.databases.postgres.inspection import Inspection
from airlift.databases.postgres.layouts import Words
from airlift.databases.postgres.preflight import Examination
from airlift.databases.postgres.quoting import LONGEST_NAME, quoted, table
from airlift.databases.postgres.sending import Sending
from airlift.databases.postgres.session import ENGINES, Session, engine_for
from airlift.databases.postgres.signals import Signals
from airlift.databases.postgres.streams import Streams
from airlift.databases.postgres.views import Views
from airlift.databases.postgres.windows import Windows
from airlift.databases.shapes import Server

__all__ = ["Postgres", "Session"]


class Postgres(Opening[Session]):
    """One database on one server. Opens sessions, and can end all that they run there."""

    product = "PostgreSQL"
    partners = ("PostgreSQL", "MariaDB", "MySQL")
    longest_name = LONGEST_NAME
    default_schema = "public"
    has_sequences = True
    """Whether what gives out numbers may be an object of its own, and not only a column's."""
    words = Words()
    new_names = staticmethod(new_names)
    quoted_table = staticmethod(table)
    sends = Sending
    side = Side

    def __init__(self, dsn: Mapping[str, str], *, where: str, schema: str | None) -> None:
        """`dsn` as libpq knows it; `where` names the database for people; `schema` is where unqualified names live."""
        super().__init__(where=where)
        self.schema = schema or self.default_schema
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
        self.advice = Advice(*ENGINES, quote='"')
        self._engine = engine_for({**dsn, "client_encoding": "UTF8"})
        # what it keeps goes with it
        weakref.finalize(self, self._engine.dispose)

    def _connected(self) -> Session:
        # pg_temp last: a temporary table of a session must not stand before the user's
        return Session(self._engine, where=self.where, search_path=f"{quoted(self.schema)}, pg_temp")

    def _found(self, session: Session) -> Server:
        return self.catalog.server(session)
