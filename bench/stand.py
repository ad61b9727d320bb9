"""The servers that everything is measured on, two of an engine with the same settings, and the tables that are measured with."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from psycopg2.extensions import connection as Connection

from bench.sides import SIDES
from testbed.leash import leash
from testbed.mariadb import MariaServer
from testbed.servers import ADMIN, Database, Server, find_binaries
from testbed.serving import LocalServer

# Durable, as in production, and large enough that no checkpoint falls into one contender's turn alone.
SETTINGS = {
    "shared_buffers": "'512MB'",
    "max_wal_size": "'16GB'",
    "checkpoint_timeout": "'30min'",
    "maintenance_work_mem": "'512MB'",
    "wal_compression": "off",
}
# The modes are the product's own, as a service has them that never thought of it: others' programs are not to stumble over the testbed's.
MARIADB_SETTINGS = {
    "innodb_buffer_pool_size": "512M",
    "innodb_log_file_size": "4G",
    "max_binlog_size": "1G",
    "sql_mode": "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION",
    "local_infile": "ON",
}
Found = TypeVar("Found")
SQL = Path(__file__).resolve().parent / "sql"


@dataclass(frozen=True)
class Stand:
    """Two running servers, two of MariaDB as soon as they are asked for, how much to measure, and a folder for files of ours."""

    source: Server
    target: Server
    folder: Path
    rows: int
    rounds: int
    say: Callable[[str], None]
    stack: contextlib.ExitStack
    _number: Iterator[int] = field(default_factory=itertools.count)

    @cached_property
    def mariadb(self) -> tuple[MariaServer, MariaServer]:
        """A source and a target of MariaDB."""
        source, target = (MariaServer(name, durable=True, settings=MARIADB_SETTINGS, parent=self.folder) for name in ("source", "target"))
        for server in (source, target):
            self.stack.callback(server.remove)
            server.start()
        return source, target

    @contextlib.contextmanager
    def database(self, server: LocalServer, *, like: str | None = None) -> Iterator[Database]:
        """A database of its own, for as long as the block lasts."""
        made = server.create_database(f"bench_{next(self._number)}", **({"like": like} if like else {}))
        try:
            yield made
        finally:
            server.drop_database(made.name)

    def settle(self, *servers: LocalServer) -> None:
        """Write out what earlier turns left in memory, so that nobody pays for another one."""
        for server in servers or (self.source, self.target):
            SIDES[server.dialect.engine].settle(server)

    def take_turns(
        self, contenders: Mapping[str, Callable[[], Found]], *, words: Callable[[Found], str] = "{:,.2f}".format
    ) -> dict[str, list[Found]]:
        """Let all contenders run once a round, each time in the other direction; what each returned.

        A round before the first does not count: only then have servers and programs files and memory to use again.
        """
        for contender in contenders.values():
            contender()
        found: dict[str, list[Found]] = {name: [] for name in contenders}
        for number in range(self.rounds):
            order = list(contenders) if number % 2 == 0 else list(reversed(contenders))
            for name in order:
                found[name].append(contenders[name]())
            self.say(f"  round {number + 1}: " + ", ".join(f"{name} {words(found[name][-1])}" for name in contenders))
        return found

    def environment(self) -> dict[str, str]:
        """For PostgreSQL's own programs: the passwords, in a file that only we can read."""
        return {**os.environ, "PGPASSFILE": str(self.folder / "passwords"), "PGUSER": ADMIN, "PGCONNECT_TIMEOUT": "10"}


@contextlib.contextmanager
def stand(*, rows: int, rounds: int, say: Callable[[str], None]) -> Iterator[Stand]:
    """Start the servers; all is gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="airlift-bench-"))
    leash().folder(folder)
    folder.chmod(0o711)
    with contextlib.ExitStack() as stack:
        stack.callback(leash().release, folder)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        made = [Server(name, durable=True, logical=True, settings=SETTINGS, parent=folder) for name in ("source", "target")]
        for server in made:
            stack.callback(server.remove)
            server.start()
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        passwords.write_text("".join(f"127.0.0.1:{server.port}:*:{ADMIN}:{server.dsn()['password']}\n" for server in made))
        yield Stand(*made, folder, rows, rounds, say, stack)


def run_file(database: Database, name: str, **values: Any) -> None:
    """Run one of our SQL files as the database's owner."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute((SQL / name).read_text(), values)


def load_wide(database: Database, rows: int) -> None:
    """The wide table: 15 columns of many types, about 400 bytes a row, a primary key and three indexes."""
    for name in ("wide_table.sql", "wide_rows.sql", "wide_indexes.sql"):
        run_file(database, name, rows=rows)
    vacuum(database)


def vacuum(database: Database) -> None:
    """Leave nothing to do for autovacuum."""
    with contextlib.closing(database.connect()) as session:
        session.cursor().execute("VACUUM ANALYZE")


def cpu_seconds(pid: int) -> float:
    """What a process has spent on a processor so far, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def timed(work: Callable[[], object]) -> float:
    """The seconds that a piece of work takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def programs() -> Path:
    """The folder with psql, pg_dump and their likes."""
    return find_binaries()


def backend(session: Connection) -> int:
    """The server's process of a session."""
    return int(session.info.backend_pid)
