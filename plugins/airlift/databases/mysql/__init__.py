"""MySQL and MariaDB: all that the phases need of them, behind one class each."""

from collections.abc import Mapping

from airlift.databases.advice import Advice
from airlift.databases.laying_out import new_names
from airlift.databases.mysql.capture import Capture, Positions, WayBack
from airlift.databases.mysql.cascades import Side
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.checksums import Checksums
from airlift.databases.mysql.connecting import engine_for
from airlift.databases.mysql.definitions import Definitions
from airlift.databases.mysql.fence import Fence, MariaDBFence
from airlift.databases.mysql.inspection import Inspection
from airlift.databases.mysql.layouts import Words
from airlift.databases.mysql.preflight import Examination, MariaDBExamination
from airlift.databases.mysql.quoting import LONGEST_NAME, table
from airlift.databases.mysql.sending import Sending
from airlift.databases.mysql.session import MariaDBSession, Session
from airlift.databases.mysql.signals import MariaDBSignals, Signals
from airlift.databases.mysql.streams import Streams
from airlift.databases.mysql.views import Views
from airlift.databases.mysql.windows import Windows
from airlift.databases.opening import Opening
from airlift.databases.shapes import Server
from airlift.errors import AirliftError, Interrupted

__all__ = ["MariaDB", "MySQL", "told_apart"]


class MySQL(Opening[Session]):
    """One database on one MySQL server. Opens sessions, and can end all that they run there."""

    product = "MySQL"
    partners: tuple[str, ...] = ("MySQL", "MariaDB", "PostgreSQL")
    longest_name = LONGEST_NAME
    default_schema = ""
    has_sequences = False
    words = Words()
    new_names = staticmethod(new_names)
    quoted_table = staticmethod(table)
    sends = Sending
    side = Side

    session_class = Session
    examination_class = Examination
    fence_class: type[Fence] = Fence
    signals_class: type[Signals] = Signals

    def __init__(self, dsn: Mapping[str, str], *, where: str, schema: str | None) -> None:
        """`dsn` as the driver knows it; `where` names the database for people; `schema` is where unqualified names live.

        That is the connection's own database unless the spec says another.
        """
        super().__init__(where=where)
        self.schema = schema or dsn.get("database") or dsn.get("dbname") or self.default_schema
        self.catalog = Catalog()
        self.definitions = Definitions()
        self.capture = Capture()
        self.positions = Positions()
        self.way_back = WayBack()
        self.streams = Streams()
        self.windows = Windows()
        self.checksums = Checksums()
        self.signals = self.signals_class()
        self.inspection = Inspection()
        self.views = Views()
        self.examination = self.examination_class()
        self.fence = self.fence_class()
        self.advice = Advice(*self.session_class.engines, quote="`")
        self._engine = engine_for(dsn)

    def _connected(self) -> Session:
        return self.session_class(self._engine, where=self.where, schema=self.schema, keeps_old=self.keeps_old)

    def _found(self, session: Session) -> Server:
        return self.catalog.server(session)


class MariaDB(MySQL):
    """The same on MariaDB."""

    product = "MariaDB"
    partners = ("MariaDB", "MySQL", "PostgreSQL")
    session_class = MariaDBSession
    examination_class = MariaDBExamination
    fence_class = MariaDBFence
    signals_class = MariaDBSignals


class _Silent(MySQL):
    """A server that did not answer when it was to be told which of the two it is. It is asked again with the next step."""

    def _connected(self) -> Session:
        super()._connected().close()
        raise Interrupted(f"{self.where} could not be reached when this step began, and can be by now; the step begins anew.")


def told_apart(dsn: Mapping[str, str], *, where: str, schema: str | None) -> MySQL:
    """The database on a server that says itself whether it is MySQL or MariaDB. One that can't be reached says why to the first session."""
    try:
        with MySQL(dsn, where=where, schema=schema).session() as session:
            version = str(session.value("sessions/read_version"))
    except AirliftError:
        return _Silent(dsn, where=where, schema=schema)
    kind = MariaDB if "mariadb" in version.lower() else MySQL
    return kind(dsn, where=where, schema=schema)
