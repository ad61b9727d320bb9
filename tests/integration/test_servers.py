"""The servers that the other tests stand on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from testbed import servers as subject
from testbed.servers import Database, NoServer, Server
from tests.fix_servers import Pair

ROOT = Path(subject.__file__).parent.parent


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


def test_crash_keeps_what_was_committed_and_goes_on() -> None:
    with Server("crash", durable=True) as server:
        database = server.create_database("kept")
        session = database.connect()
        cursor = session.cursor()
        cursor.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (7)")
        server.crash()
        with pytest.raises(psycopg2.OperationalError):
            cursor.execute("SELECT 1")
        server.start()
        with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT id FROM t")
            assert cursor.fetchone() == (7,)
    assert not server.folder.exists()


def test_dead_parent_leaves_no_server_and_no_folder() -> None:
    code = (
        "from testbed.servers import Server; import time; s = Server('orphan').start();"
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
