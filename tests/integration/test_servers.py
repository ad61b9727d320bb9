"""The servers that the other tests stand on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pymysql
import pytest

from testbed import mariadb, serving
from testbed import servers as subject
from testbed.mariadb import MariaServer
from testbed.servers import Database, NoServer, Server
from testbed.serving import LocalServer
from tests.fix_servers import Pair

ROOT = Path(serving.__file__).parent.parent
KINDS = (Server, MariaServer)


def test_databases_are_empty_and_on_two_servers(databases: Pair) -> None:
    found = []
    for database in (databases.source, databases.target):
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            found.append(cursor.fetchone())
    assert found[0] != found[1]


def test_owner_is_unprivileged_and_may_create(one_database: Database) -> None:
    with contextlib.closing(one_database.connect()) as session, session.cursor() as cursor:
        cursor.execute("CREATE SCHEMA airlift; CREATE TABLE t (id int)")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SET session_replication_role = replica")


def test_mariadb_databases_are_empty_and_on_two_servers(mariadb_databases: Pair) -> None:
    found = []
    for database in (mariadb_databases.source, mariadb_databases.target):
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT database(), count(*) FROM information_schema.tables WHERE table_schema = database()")
            assert cursor.fetchone() == (database.name, 0)
            cursor.execute("SELECT @@port")
            found.append(cursor.fetchone())
    assert found[0] != found[1]


def test_mariadb_owner_is_unprivileged_and_may_create(mariadb_database: Database) -> None:
    with contextlib.closing(mariadb_database.connect()) as session, session.cursor() as cursor:
        for statement in (
            "CREATE DATABASE airlift",
            "CREATE TABLE airlift.noted (id int)",
            "CREATE TABLE t (id int)",
            "CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW INSERT INTO airlift.noted VALUES (NEW.id)",
            "INSERT INTO t VALUES (1)",
            "SELECT count(*) FROM performance_schema.metadata_locks",
        ):
            cursor.execute(statement)
        for statement in ("SET GLOBAL read_only = ON", "SELECT * FROM mysql.user", "CREATE DATABASE elsewhere"):
            with pytest.raises(pymysql.OperationalError, match="denied"):
                cursor.execute(statement)


def test_mariadb_is_like_a_source_in_the_field_and_not_as_we_want_it(mariadb_database: Database) -> None:
    with contextlib.closing(mariadb_database.connect()) as session, session.cursor() as cursor:
        cursor.execute("SELECT @@log_bin, @@binlog_format, @@time_zone, @@character_set_server, @@sql_mode LIKE '%ANSI_QUOTES%'")
        assert cursor.fetchone() == (1, "ROW", "+03:00", "utf8mb4", 1)


def test_a_dropped_mariadb_database_takes_its_sessions_with_it(mariadb_servers: tuple[MariaServer, MariaServer]) -> None:
    database = mariadb_servers[0].create_database("dropped")
    session = database.connect()
    session.cursor().execute("CREATE TABLE t (id int)")
    session.begin()
    session.cursor().execute("SELECT * FROM t")
    database.server.drop_database("dropped")
    with pytest.raises(pymysql.OperationalError):
        session.ping(reconnect=False)


@pytest.mark.parametrize("kind", KINDS)
def test_crash_keeps_what_was_committed_and_goes_on(kind: type[Server | MariaServer]) -> None:
    with kind("crash", durable=True) as server:
        database = server.create_database("kept")
        session = database.connect()
        cursor = session.cursor()
        cursor.execute("CREATE TABLE t (id int)")
        cursor.execute("INSERT INTO t VALUES (7)")
        server.crash()
        with pytest.raises((psycopg2.OperationalError, pymysql.OperationalError)):
            cursor.execute("SELECT 1")
        server.start()
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT id FROM t")
            assert cursor.fetchone() == (7,)
    assert not server.folder.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_dead_parent_leaves_no_server_and_no_folder(kind: type[LocalServer]) -> None:
    code = (
        f"from {kind.__module__} import {kind.__name__} as Server; import time; s = Server('orphan').start();"
        "print(s.folder, s.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        folder, pid = parent.stdout.readline().split()
        parent.kill()
    until = time.monotonic() + 20
    while (Path(folder).exists() or Path(f"/proc/{pid}").exists()) and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_missing_binaries_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRLIFT_PG_BIN", str(tmp_path))
    with pytest.raises(NoServer, match="apt-get install postgresql"):
        subject.find_binaries()


def test_a_missing_mariadb_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRLIFT_MARIADB_BIN", str(tmp_path))
    with pytest.raises(NoServer, match="apt-get install mariadb-server-core"):
        mariadb.find_program("mariadbd")


def test_a_server_that_does_not_start_says_why() -> None:
    server = MariaServer("wrong", settings={"no_such_setting": "1"})
    try:
        with pytest.raises(NoServer, match="no_such_setting"):
            server.start()
    finally:
        server.remove()
