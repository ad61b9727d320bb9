"""What a session of ours leaves behind where a pooler hands it on: nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airlift.databases.postgres.session import SETTINGS, Session
from airlift.errors import Interrupted, Refused
from airlift.spec import TableName
from testbed.driving import Driver
from testbed.live import until
from tests.capturing import user_rows
from tests.fix_servers import Pair


def test_no_setting_outlives_its_transaction(databases: Pair) -> None:
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    with driver.migration().source.session() as session:
        cursor = session._cursor()
        names = [*SETTINGS, "search_path", "airlift.applying", "lock_timeout"]

        def settings() -> dict[str, str | None]:
            cursor.execute("SELECT " + ", ".join(f"current_setting('{name}', true)" for name in names))
            return dict(zip(names, cursor.fetchone() or (), strict=True))

        before = settings()
        with session.transaction(snapshot=True, airlift__applying="on"):
            session.set_local(lock_timeout="77ms")
            within = settings()
        assert within["row_security"] == "off"
        assert within["lock_timeout"] == "77ms"
        assert {**settings(), "airlift.applying": None} == {**before, "airlift.applying": None}
        assert not settings()["airlift.applying"]


def test_the_next_session_takes_the_connection_of_the_last_one(databases: Pair) -> None:
    source = Driver(databases.source, databases.target, {}).migration().source
    with source.session() as first, source.session() as second, first.transaction():
        pids = {first.pid, second.pid}
    assert len(pids) == 2
    for _ in range(2):
        with source.session() as one, one.transaction(), source.session() as other:
            assert {one.pid, other.pid} == pids


def test_what_a_users_trigger_leaves_in_a_session_is_not_handed_on(databases: Pair) -> None:
    source = Driver(databases.source, databases.target, {}).migration().source
    with source.session() as session, session.transaction():
        session.together(["SELECT pg_advisory_lock(7)", "SELECT set_config('shop.who', 'somebody', false)"])
        left = session.pid
    with source.session() as session, session.transaction():
        assert session.pid == left
        cursor = session._cursor()
        cursor.execute("SELECT current_setting('shop.who', true), count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = %s", [left])
        assert cursor.fetchone() in ((None, 0), ("", 0))


def _has_failed(session: Session) -> None:
    with pytest.raises(Refused), session.transaction():
        session.together(["SELECT 1 FROM nowhere"])


@pytest.mark.parametrize("spoil", [_has_failed, Session.cancel, lambda session: session._cursor().execute("BEGIN")])
def test_nobody_takes_a_connection_that_may_not_be_as_new(databases: Pair, spoil: Callable[[Session], Any]) -> None:
    source = Driver(databases.source, databases.target, {}).migration().source
    with source.session() as session:
        spoil(session)
        spoilt = session.pid
    with source.session() as session:
        assert session.pid != spoilt


def test_a_connection_that_was_ended_while_nobody_had_it_is_made_anew(databases: Pair) -> None:
    source = Driver(databases.source, databases.target, {}).migration().source
    with source.session() as session:
        pid = session.pid
    user_rows(databases.source, f"SELECT pg_terminate_backend({pid}, 10000)", admin=True)
    with source.session() as session, session.transaction():
        assert session.pid != pid


def test_what_a_task_has_kept_goes_with_it(databases: Pair) -> None:
    source = Driver(databases.source, databases.target, {}).migration().source
    with source.session() as session:
        pid = session.pid
    question = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"
    assert user_rows(databases.source, question, admin=True)
    del source, session
    until(lambda: not user_rows(databases.source, question, admin=True))


def test_a_transaction_that_rests_is_ended_by_the_server_and_one_that_only_reads_later(databases: Pair) -> None:
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    with driver.migration().source.session() as session:
        rests = []
        for snapshot in (False, True):
            with session.transaction(snapshot=snapshot):
                cursor = session._cursor()
                cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'")
                rests.append(cursor.fetchone())
    assert rests == [(300_000,), (3_600_000,)]


def test_a_session_that_is_ended_while_it_looks_for_a_table_is_an_interruption(databases: Pair) -> None:
    with Driver(databases.source, databases.target, {}).migration().source.session() as session:
        user_rows(databases.source, f"SELECT pg_terminate_backend({session.pid})", admin=True)
        with pytest.raises(Interrupted):
            session.has_table(TableName("public", "orders"))


def test_backslashes_are_what_they_are_where_a_database_takes_them_for_escapes(databases: Pair) -> None:
    """A driver that learned to double them when it connected would not do so in our transactions."""
    for database in (databases.source, databases.target):
        user_rows(database, f'ALTER DATABASE "{database.name}" SET standard_conforming_strings = off', admin=True)
    user_rows(
        databases.source,
        "SET standard_conforming_strings = on",
        r"CREATE TABLE things (path text PRIMARY KEY, name text DEFAULT 'back\slash')",
        r"INSERT INTO things VALUES ('C:\new\table', '\'), ('\\', '''\''')",
    )
    driver = Driver(databases.source, databases.target, {"tables": {"things": {}}})
    assert driver.up_to_gate()["equal"]
    with driver.migration().target.session() as session, session.transaction():
        assert session.text("sync/bind_value", value="\\") == r"'\'"
