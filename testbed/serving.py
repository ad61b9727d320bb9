"""What the testbed's database servers share: loopback, a free port, a temporary folder, an unprivileged user, an end with this Python.

Knows no engine by itself: servers.py has PostgreSQL, mariadb.py has MariaDB.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar
from urllib.parse import quote

from testbed.dialects import Dialect
from testbed.leash import leash

ADMIN = "airlift_admin"
OWNER = "airlift_owner"
START_SECONDS = 60.0


class NoServer(Exception):
    """A server can't be started here. The text says why and what to do."""


@dataclass(frozen=True)
class Database:
    """A database on a server, with the unprivileged role that owns it."""

    server: LocalServer
    name: str
    owner: str

    @property
    def dialect(self) -> Dialect:
        """How it is spoken to."""
        return self.server.dialect

    @property
    def engine(self) -> str:
        """The type of an Airflow connection to it."""
        return self.server.dialect.engine

    @property
    def dsn(self) -> dict[str, Any]:
        """The owner's connection, as the driver's keywords."""
        return self.server.dsn(self.name, user=self.owner)

    @property
    def admin_dsn(self) -> dict[str, Any]:
        return self.server.dsn(self.name)

    @property
    def uri(self) -> str:
        """The owner's connection, as Airflow takes it in AIRFLOW_CONN_*."""
        return self.server.uri(self.name, user=self.owner)

    def connect(self, *, admin: bool = False) -> Any:
        """An autocommit session, as the owner unless `admin`."""
        return self.server.connect(self.name, user=ADMIN if admin else self.owner)


@dataclass
class LocalServer(ABC):
    """One server. `start()` after `stop()` or `crash()` goes on with the same data, port and passwords."""

    name: str = "server"
    durable: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    parent: Path | None = None

    product: ClassVar[str]
    dialect: ClassVar[Dialect]
    scheme: ClassVar[str]
    """Of the URI, as Airflow takes it."""
    own_database: ClassVar[str]
    """The one that every server has."""
    stop_signal: ClassVar[signal.Signals]
    immediate_signal: ClassVar[signal.Signals]

    def __post_init__(self) -> None:
        self.check()
        self.folder = Path(tempfile.mkdtemp(prefix=f"airlift-{self.name}-", dir=self.parent))
        self.port = free_port()
        self.passwords = {ADMIN: secrets.token_urlsafe(18)}
        self._process: subprocess.Popen[bytes] | None = None
        leash().folder(self.folder)
        give_away(self.folder)
        self.initialise()

    @abstractmethod
    def check(self) -> None:
        """Find the server's programs. Raises NoServer with what to install."""

    @abstractmethod
    def initialise(self) -> None:
        """Make the data folder and the settings, for the administrator with his password."""

    @abstractmethod
    def command(self) -> list[str | Path]:
        """What starts it."""

    @abstractmethod
    def dsn(self, dbname: str = ..., *, user: str = ADMIN) -> dict[str, Any]:
        """The driver's keywords for a session of a role made here."""

    @abstractmethod
    def connect(self, dbname: str = ..., *, user: str = ADMIN) -> Any:
        """An autocommit session of a role made here."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes sessions now."""

    @abstractmethod
    def drop_database(self, name: str) -> None:
        """Drop it with whoever is still connected."""

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        assert self._process is not None, f"server {self.name!r} is not running"
        return self._process.pid

    def uri(self, dbname: str | None = None, *, user: str = ADMIN) -> str:
        """The driver's keywords as an Airflow connection URI."""
        words = f"{quote(user)}:{quote(self.passwords[user])}@127.0.0.1:{self.port}"
        return f"{self.scheme}://{words}/{quote(dbname or self.own_database, safe='')}"

    def start(self) -> Self:
        """Start and wait until it answers. Raises NoServer with the end of its log."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **as_user()
            )
        leash().group(self.pid, stop=self.immediate_signal)
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServer(f"{self.product} {self.name!r} did not start. The end of its log:\n{tail(self.log)}")
            time.sleep(0.05)
        return self

    def stop(self, *, immediate: bool = False) -> None:
        """Shut down: fast (sessions are ended, data is flushed) or immediate (as after a crash). Twice is fine."""
        if self._process is None:
            return
        self._process.send_signal(self.immediate_signal if immediate else self.stop_signal)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.crash()
        self._gone()

    def crash(self) -> None:
        """Kill the server and all its children with -9, all at one instant."""
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

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop(immediate=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        leash().release(self.folder)

    def __enter__(self) -> Self:
        if self._process is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _gone(self) -> None:
        leash().release(self.pid)
        self._process = None


Some = TypeVar("Some", bound=LocalServer)


@contextlib.contextmanager
def running(*made: Some) -> Iterator[tuple[Some, ...]]:
    """Servers, started in turn and all removed at the end."""
    with contextlib.ExitStack() as stack:
        for server in made:
            stack.callback(server.remove)
        yield tuple(server.start() for server in made)


def run_once(command: list[str | Path], *, server: LocalServer) -> None:
    """Run a program that makes a server's data, as the server's user. Raises NoServer with what it said."""
    made = subprocess.run(command, cwd=server.folder, capture_output=True, text=True, check=False, **as_user())
    if made.returncode:
        said = (made.stderr.strip() or made.stdout.strip())[-2000:]
        raise NoServer(f"{Path(command[0]).name} for {server.name!r} failed in {server.folder}:\n{said}")


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


def as_user() -> dict[str, Any]:
    """Whom to run servers as, in subprocess's words."""
    user = _unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def give_away(*paths: Path) -> None:
    """Make files the property of whom servers run as."""
    if user := _unprivileged():
        for path in paths:
            os.chown(path, user.pw_uid, user.pw_gid)


def _unprivileged() -> pwd.struct_passwd | None:
    """Nobody else when we are nobody special: database servers refuse to run as root, or had better not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "mysql", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer("Database servers refuse to run as root, and this machine has none of the users postgres, mysql and nobody")


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
