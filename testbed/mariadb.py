"""Real MariaDB servers for tests and the demo. Knows nothing of Airlift; serving.py has what all servers share.

They are what a source is in the field: binary log on, by rows; and where a session may not rely on the server's word, in its mode and its
time zone, the server has another one than we want.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from testbed.dialects import MYSQL
from testbed.serving import ADMIN, OWNER, Database, LocalServer, NoServer, give_away, run_once

HOST = "127.0.0.1"
"""Where all accounts come from."""
SHARED = "airlift"
"""The one database of our own objects: a server has no schemas inside its databases."""
DROP_SECONDS = 20
_ALWAYS = {
    "bind_address": HOST,
    "skip_name_resolve": "ON",
    "max_connections": "200",
    "character_set_server": "utf8mb4",
    "default_time_zone": "+03:00",
    "sql_mode": "STRICT_TRANS_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES",
    "log_bin": "binlog",
    "binlog_format": "ROW",
    "server_id": "1",
    "log_bin_trust_function_creators": "ON",
    "innodb_log_file_size": "32M",
    "innodb_buffer_pool_dump_at_shutdown": "OFF",
    "innodb_print_all_deadlocks": "ON",
    "performance_schema": "ON",
    "performance_schema_instrument": "wait/lock/metadata/sql/mdl=ON",
}
_DURABLE = {"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1"}
# These outlive a server that is killed, as the kernel has them by then, and not a machine that is.
_FAST = {"innodb_flush_log_at_trx_commit": "2", "sync_binlog": "0", "innodb_doublewrite": "OFF"}
_FIRST_WORDS = """\
{no_others}
FLUSH PRIVILEGES;
CREATE USER '{admin}'@'{host}' IDENTIFIED BY '{password}';
GRANT ALL PRIVILEGES ON *.* TO '{admin}'@'{host}' WITH GRANT OPTION;
"""


@dataclass
class MariaServer(LocalServer):
    """One MariaDB server. `start()` after `stop()` or `crash()` goes on with the same data, port and passwords."""

    product = "MariaDB"
    dialect = MYSQL
    scheme = "mysql"
    own_database = "mysql"
    stop_signal = signal.SIGTERM
    immediate_signal = signal.SIGKILL
    everywhere = "PROCESS, REPLICATION CLIENT"
    """What an owner may do on the whole server."""
    no_others = "DELETE FROM mysql.global_priv WHERE User IN ('root', '');"
    """Rids a new server of everybody."""

    def check(self) -> None:
        """Find the server's programs."""
        self.server_program, self.install_program = find_program("mariadbd"), find_program("mariadb-install-db")

    def command(self) -> list[str | Path]:
        """What starts it. The first time it makes the administrator."""
        first = [f"--init-file={self._first_words}"] if self._first_words.exists() else []
        return [self.server_program, f"--defaults-file={self._settings_file}", *first]

    def start(self) -> Self:
        """Start and wait until it answers. Raises NoServer with the end of its log."""
        super().start()
        if self._first_words.exists():
            self._first_words.unlink()
            self.install_plugins()
        return self

    def dsn(self, dbname: str = own_database, *, user: str = ADMIN) -> dict[str, Any]:
        """PyMySQL's keywords for a session of a user made here."""
        return {"host": HOST, "port": self.port, "user": user, "password": self.passwords[user], "database": dbname}

    def connect(self, dbname: str = own_database, *, user: str = ADMIN) -> Connection:
        """An autocommit session of a user made here, with the server's own settings."""
        return pymysql.connect(**self.dsn(dbname, user=user), autocommit=True)

    def create_database(self, name: str, *, owner: str = OWNER, like: str | None = None) -> Database:
        """A database, empty or with the tables of `like`, for an unprivileged user who is made when he isn't there.

        He may make and fill SHARED as well. Triggers and views are not cloned.
        """
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            if owner not in self.passwords:
                self.passwords[owner] = secrets.token_urlsafe(18)
                cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", (owner, HOST, self.passwords[owner]))
                cursor.execute(f"GRANT {self.everywhere} ON *.* TO %s@%s", (owner, HOST))
                cursor.execute("GRANT SELECT ON performance_schema.* TO %s@%s", (owner, HOST))
                cursor.execute(f"GRANT ALL ON {MYSQL.quoted(SHARED)}.* TO %s@%s", (owner, HOST))
            cursor.execute(f"CREATE DATABASE {MYSQL.quoted(name)}")
            cursor.execute(f"GRANT ALL ON {MYSQL.quoted(_literally(name))}.* TO %s@%s", (owner, HOST))
            if like:
                _clone(cursor, like, name)
        return Database(self, name, owner)

    def drop_database(self, name: str) -> None:
        """Drop it with whoever is still connected to it. Who holds its tables from another one is waited for, not for long."""
        with contextlib.closing(self.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
            for (number,) in cursor.fetchall():
                with contextlib.suppress(pymysql.OperationalError):  # it went by itself
                    cursor.execute("KILL %s", (number,))
            cursor.execute("SET lock_wait_timeout = %s", (DROP_SECONDS,))
            cursor.execute(f"DROP DATABASE IF EXISTS {MYSQL.quoted(name)}")

    def initialise(self) -> None:
        """Make the data folder and the settings."""
        usual = self.own_words({**_ALWAYS, **(_DURABLE if self.durable else _FAST)})
        settings = {**usual, **self._places(), **self.settings}
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        self._settings_file.write_text(f"[server]\n{lines}")
        self._first_words.touch(mode=0o600)
        self._first_words.write_text(_FIRST_WORDS.format(no_others=self.no_others, admin=ADMIN, host=HOST, password=self.passwords[ADMIN]))
        give_away(self._settings_file, self._first_words)
        self.make_data(settings)

    def make_data(self, settings: Mapping[str, str]) -> None:
        """Make the server's own tables, without the settings: most mean nothing yet, and the binary log of it would be of no use."""
        # its temporary tables have its process's number in their names: two of these in one folder may take each other's away
        places = [f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"]
        options = ["--no-defaults", *places, f"--innodb-log-file-size={settings['innodb_log_file_size']}"]
        run_once([self.install_program, *options, "--auth-root-authentication-method=normal", "--skip-test-db"], server=self)

    def own_words(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """Settings in this server's words."""
        return settings

    def install_plugins(self) -> None:
        """Install what shows more, where there is such a plugin: Debian has no package of it."""
        with contextlib.closing(self.connect()) as session, contextlib.suppress(pymysql.OperationalError):
            session.cursor().execute("INSTALL SONAME 'metadata_lock_info'")

    def answers(self) -> bool:
        """Whether it takes sessions now."""
        try:
            self.connect().close()
        except pymysql.OperationalError:
            return False
        return True

    @property
    def _settings_file(self) -> Path:
        return self.folder / "server.cnf"

    @property
    def _first_words(self) -> Path:
        return self.folder / "first.sql"

    def _places(self) -> dict[str, str]:
        """A socket's path may have about 100 characters, and so it is named from the data folder, where the server works."""
        places = {"datadir": self.folder / "data", "tmpdir": self.folder, "pid_file": self.folder / "server.pid"}
        plugins = {"plugin_dir": folder} if (folder := os.environ.get("AIRLIFT_MARIADB_PLUGINS")) else {}
        return {"port": str(self.port), "socket": "socket", **plugins, **{name: str(path) for name, path in places.items()}}


def find_program(name: str) -> Path:
    """A program of MariaDB's: of the folder AIRLIFT_MARIADB_BIN, else of this system. Raises NoServer."""
    named = os.environ.get("AIRLIFT_MARIADB_BIN")
    folders = [named] if named else [*os.get_exec_path(), "/usr/sbin", "/usr/local/sbin"]  # not on the PATH of all users
    if found := shutil.which(name, path=os.pathsep.join(folders)):
        return Path(found)
    where = f"AIRLIFT_MARIADB_BIN={named}" if named else "PATH and /usr/sbin"
    raise NoServer(f"No {name} in {where}. Install it: apt-get install mariadb-server-core mariadb-client-core")


def _clone(cursor: Cursor, old: str, new: str) -> None:
    """Make a database's tables in another one, in an order that may be wrong for their foreign keys, and fill them."""
    cursor.execute(f"USE {MYSQL.quoted(new)}")
    cursor.execute("SET foreign_key_checks = OFF")
    cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'", (old,))
    for (table,) in cursor.fetchall():
        original = f"{MYSQL.quoted(old)}.{MYSQL.quoted(table)}"
        cursor.execute(f"SHOW CREATE TABLE {original}")
        for _, create in cursor.fetchall():
            cursor.execute(create)
        cursor.execute(f"INSERT INTO {MYSQL.quoted(table)} SELECT * FROM {original}")


def _literally(name: str) -> str:
    """A database's name where GRANT takes a pattern."""
    return name.replace("_", r"\_").replace("%", r"\%")
