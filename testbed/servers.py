"""Real PostgreSQL servers for tests and the demo: loopback, a free port, a temporary folder, an unprivileged user.

Knows nothing of Airlift. A server ends with its context, with `stop()`, or when this Python dies (see leash.py).
"""

from __future__ import annotations

import base64
import contextlib
import glob
import hashlib
import hmac
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from testbed.leash import leash

ADMIN = "airlift_admin"
OWNER = "airlift_owner"
START_SECONDS = 60.0
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


class NoServer(Exception):
    """A server can't be started here. The text says why and what to do."""


@dataclass(frozen=True)
class Database:
    """A database on a server, with the unprivileged role that owns it."""

    server: Server
    name: str
    owner: str

    @property
    def dsn(self) -> dict[str, Any]:
        """The owner's connection, as psycopg2's keywords."""
        return self.server.dsn(self.name, user=self.owner)

    @property
    def admin_dsn(self) -> dict[str, Any]:
        return self.server.dsn(self.name)

    @property
    def uri(self) -> str:
        """The owner's connection, as Airflow takes it in AIRFLOW_CONN_*."""
        return self.server.uri(self.name, user=self.owner)

    def connect(self, *, admin: bool = False) -> Connection:
        """An autocommit session, as the owner unless `admin`."""
        return self.server.connect(self.name, user=ADMIN if admin else self.owner)


@dataclass
class Server:
    """One PostgreSQL server. `start()` after `stop()` or `crash()` goes on with the same data, port and passwords."""

    name: str = "server"
    durable: bool = False
    logical: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    parent: Path | None = None

    def __post_init__(self) -> None:
        self.binaries = find_binaries()
        self.folder = Path(tempfile.mkdtemp(prefix=f"airlift-{self.name}-", dir=self.parent))
        self.port = free_port()
        self._passwords = {ADMIN: secrets.token_urlsafe(18)}
        self._process: subprocess.Popen[bytes] | None = None
        leash().folder(self.folder)
        self._initialise()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        assert self._process is not None, f"server {self.name!r} is not running"
        return self._process.pid

    def start(self) -> Server:
        """Start and wait until it answers. Raises NoServer with the end of its log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **_as_user(),
            )  # fmt: skip
        leash().group(self.pid, stop=signal.SIGQUIT)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServer(f"PostgreSQL {self.name!r} did not start. The end of its log:\n{tail(self.log)}")
            time.sleep(0.05)
        return self

    def stop(self, *, immediate: bool = False) -> None:
        """Shut down: fast (sessions are ended, data is flushed) or immediate (as after a crash). Twice is fine."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.crash()
        self._gone()

    def crash(self) -> None:
        """Kill the postmaster and all its children with -9, all at one instant."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)
        children = _children(self.pid)
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        # as long as one of them dies, the next start finds their shared memory in use
        until = time.monotonic() + START_SECONDS
        while any(map(_is_alive, children)) and time.monotonic() < until:
            time.sleep(0.005)
        self._gone()

    def hold_back(self) -> None:
        """From now on nothing is written but what a synchronous commit asks for: a crash loses all commits that were not."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type IN ('walwriter', 'background writer', 'checkpointer')")
            for (pid,) in cursor.fetchall():
                os.kill(pid, signal.SIGSTOP)

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop(immediate=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        leash().release(self.folder)

    def dsn(self, dbname: str = "postgres", *, user: str = ADMIN) -> dict[str, Any]:
        """psycopg2's keywords for a session of a role made here."""
        password = self._passwords[user]
        return {"host": "127.0.0.1", "port": self.port, "dbname": dbname, "user": user, "password": password}

    def uri(self, dbname: str = "postgres", *, user: str = ADMIN) -> str:
        """The same as an Airflow connection URI."""
        password = self._passwords[user]
        return f"postgresql://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{quote(dbname, safe='')}"

    def connect(self, dbname: str = "postgres", *, user: str = ADMIN) -> Connection:
        """An autocommit session of a role made here."""
        session: Connection = psycopg2.connect(**self.dsn(dbname, user=user))
        session.autocommit = True
        return session

    def create_database(self, name: str, *, owner: str = OWNER, like: str = "template0") -> Database:
        """A database, empty or a clone of `like`, owned by an unprivileged role that is made when it isn't there."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            if owner not in self._passwords:
                self._passwords[owner] = secrets.token_urlsafe(18)
                create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD %s").format(sql.Identifier(owner))
                cursor.execute(create, (_verifier(self._passwords[owner]),))
            words = map(sql.Identifier, (name, owner, like))
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(*words))
        return Database(self, name, owner)

    def drop_database(self, name: str) -> None:
        """Drop it with whoever is still connected."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def __enter__(self) -> Self:
        if self._process is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _initialise(self) -> None:
        password = self.folder / "password"
        password.write_text(_verifier(self._passwords[ADMIN]))
        _give_away(self.folder, password)
        options = f"-D data -U {ADMIN} --pwfile=password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync".split()
        made = subprocess.run(
            [self.binaries / "initdb", *options],
            cwd=self.folder, capture_output=True, text=True, check=False, **_as_user(),
        )  # fmt: skip
        password.unlink()
        if made.returncode:
            raise NoServer(f"initdb for {self.name!r} failed in {self.folder}:\n{made.stderr.strip()}")
        level = {"wal_level": "logical" if self.logical else "replica"}
        settings = {**_ALWAYS, **({} if self.durable else _FAST), **level, **self.settings}
        with (self.folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _gone(self) -> None:
        leash().release(self.pid)
        self._process = None


@contextlib.contextmanager
def two_servers(*, durable: bool = False, logical: bool = False, parent: Path | None = None) -> Iterator[tuple[Server, Server]]:
    """A source and a target server, both removed at the end."""
    with contextlib.ExitStack() as stack:
        made = [Server(name, durable=durable, logical=logical, parent=parent) for name in ("source", "target")]
        for server in made:
            stack.callback(server.remove)
        yield made[0].start(), made[1].start()


def find_binaries() -> Path:
    """The folder with PostgreSQL's server programs: AIRLIFT_PG_BIN, else the newest of Debian's. Raises NoServer."""
    named = os.environ.get("AIRLIFT_PG_BIN")
    found = [Path(named)] if named else sorted(map(Path, glob.glob("/usr/lib/postgresql/*/bin")), key=_version, reverse=True)
    for folder in found:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    where = f"AIRLIFT_PG_BIN={named}" if named else "/usr/lib/postgresql/*/bin"
    raise NoServer(f"No PostgreSQL server programs (postgres, initdb) in {where}. Install them: apt-get install postgresql")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tail(path: Path, *, lines: int = 20) -> str:
    """The last lines of a log, or that there is none."""
    if not path.exists():
        return f"({path} was never written)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


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


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run servers as: nobody else when we are nobody special; PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody")


def _as_user() -> dict[str, Any]:
    user = _unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _give_away(*paths: Path) -> None:
    if user := _unprivileged():
        for path in paths:
            os.chown(path, user.pw_uid, user.pw_gid)


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    """False for one that is gone, and for one that only waits to be noticed: its memory is given back."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
