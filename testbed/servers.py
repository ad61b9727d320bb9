"""Real PostgreSQL servers for tests and the demo. Knows nothing of Airlift; serving.py has what all servers share."""

from __future__ import annotations

import base64
import contextlib
import glob
import hashlib
import hmac
import os
import re
import secrets
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from testbed.dialects import POSTGRES
from testbed.serving import ADMIN, OWNER, Database, LocalServer, NoServer, give_away, run_once, running

__all__ = ["ADMIN", "OWNER", "Database", "NoServer", "Server", "find_binaries", "release_of", "two_servers"]

# Data that outlives a crash is for the demo and for tests of crashes. The others only lose time to it.
_FAST = {"fsync": "off", "full_page_writes": "off"}
_ALWAYS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "200",
    "max_prepared_transactions": "10",
    "max_wal_size": "'4GB'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "log_lock_waits": "on",
    "timezone": "'UTC'",
}


@dataclass
class Server(LocalServer):
    """One PostgreSQL server. `start()` after `stop()` or `crash()` goes on with the same data, port and passwords."""

    logical: bool = False

    product = "PostgreSQL"
    dialect = POSTGRES
    scheme = "postgresql"
    own_database = "postgres"
    stop_signal = signal.SIGINT
    immediate_signal = signal.SIGQUIT

    def check(self) -> None:
        """Find the server's programs."""
        self.binaries = find_binaries()

    def command(self) -> list[str | Path]:
        """What starts it."""
        return [self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port)]

    def hold_back(self) -> None:
        """From now on nothing is written but what a synchronous commit asks for: a crash loses all commits that were not."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type IN ('walwriter', 'background writer', 'checkpointer')")
            for (pid,) in cursor.fetchall():
                os.kill(pid, signal.SIGSTOP)

    def dsn(self, dbname: str = "postgres", *, user: str = ADMIN) -> dict[str, Any]:
        """psycopg2's keywords for a session of a role made here."""
        password = self.passwords[user]
        return {"host": "127.0.0.1", "port": self.port, "dbname": dbname, "user": user, "password": password}

    def connect(self, dbname: str = "postgres", *, user: str = ADMIN) -> Connection:
        """An autocommit session of a role made here."""
        session: Connection = psycopg2.connect(**self.dsn(dbname, user=user))
        session.autocommit = True
        return session

    def create_database(self, name: str, *, owner: str = OWNER, like: str = "template0") -> Database:
        """A database, empty or a clone of `like`, owned by an unprivileged role that is made when it isn't there."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            if owner not in self.passwords:
                self.passwords[owner] = secrets.token_urlsafe(18)
                create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD %s").format(sql.Identifier(owner))
                cursor.execute(create, (_verifier(self.passwords[owner]),))
            words = map(sql.Identifier, (name, owner, like))
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*words))
        return Database(self, name, owner)

    def drop_database(self, name: str) -> None:
        """Drop it with whoever is still connected."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def initialise(self) -> None:
        """Make the data folder and the settings."""
        password = self.folder / "password"
        # before version 14 initdb reads no more than 99 characters, and a verifier has more
        password.write_text(_verifier(self.passwords[ADMIN]) if release_of(self.binaries) >= 14 else self.passwords[ADMIN])
        give_away(password)
        options = f"-D data -U {ADMIN} --pwfile=password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync".split()
        run_once([self.binaries / "initdb", *options], server=self)
        password.unlink()
        level = {"wal_level": "logical" if self.logical else "replica"}
        settings = {**_ALWAYS, **({} if self.durable else _FAST), **level, **self.settings}
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def answers(self) -> bool:
        """Whether it takes sessions now."""
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True


@contextlib.contextmanager
def two_servers(*, durable: bool = False, logical: bool = False, parent: Path | None = None) -> Iterator[tuple[Server, Server]]:
    """A source and a target server, both removed at the end."""
    made = (Server(name, durable=durable, logical=logical, parent=parent) for name in ("source", "target"))
    with running(*made) as (source, target):
        yield source, target


def find_binaries() -> Path:
    """The folder with PostgreSQL's server programs: AIRLIFT_PG_BIN, else the newest of Debian's. Raises NoServer."""
    named = os.environ.get("AIRLIFT_PG_BIN")
    found = [Path(named)] if named else sorted(map(Path, glob.glob("/usr/lib/postgresql/*/bin")), key=_version, reverse=True)
    for folder in found:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    where = f"AIRLIFT_PG_BIN={named}" if named else "/usr/lib/postgresql/*/bin"
    raise NoServer(f"No PostgreSQL server programs (postgres, initdb) in {where}. Install them: apt-get install postgresql")


def release_of(binaries: Path) -> int:
    """The number before the point of what these programs are of."""
    said = subprocess.run([binaries / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", said)[0])


def _verifier(password: str) -> str:
    """A password as the server keeps it, with one round of SCRAM: thousands harden what people choose, and cost each session 2 ms."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    client, server = (hmac.digest(salted, word, "sha256") for word in (b"Client Key", b"Server Key"))
    encoded = [base64.b64encode(each).decode() for each in (salt, hashlib.sha256(client).digest(), server)]
    return "SCRAM-SHA-256$1:{}${}:{}".format(*encoded)


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0
