"""What preflight finds in the servers themselves: connections, roles, publications, and what is going on just now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airlift.databases import connect
from airlift.databases.postgres.catalog import Catalog
from airlift.databases.postgres.preflight import Examination
from airlift.databases.postgres.session import Session
from airlift.databases.shapes import Server as ServerShape
from airlift.errors import Refused
from airlift.phases.prepare.checks import activity
from airlift.phases.prepare.preflight import preflight
from testbed.driving import Driver
from testbed.servers import Database, Server
from tests.examining import one, refusals, run, warnings
from tests.fix_servers import Pair

TABLE = "CREATE TABLE t (id int PRIMARY KEY)"


def moving(databases: Pair, **spec: Any) -> Driver:
    """A migration of one small table."""
    run(databases.source, TABLE)
    return Driver(databases.source, databases.target, {"tables": {"t": {}}, **spec})


@contextlib.contextmanager
def undone(database: Database, statement: str, undo: str) -> Iterator[None]:
    """What an administrator does and takes back."""
    run(database, statement, admin=True)
    try:
        yield
    finally:
        run(database, undo, admin=True)


def test_both_connections_are_tried_and_no_password_is_told(databases: Pair) -> None:
    migration = moving(databases).migration()
    closed = {**databases.source.dsn, "port": "1"}
    wrong = {**databases.target.dsn, "password": "not the secret"}
    migration.source = connect("postgres", closed, where="shop_old (shop on 127.0.0.1:1)", search_path_schema=None)
    migration.target = connect("postgres", wrong, where="shop_new", search_path_schema=None)
    with pytest.raises(Refused) as caught:
        preflight(migration)
    text = str(caught.value)
    assert 'Source "shop_old (shop on 127.0.0.1:1)" can\'t be connected to: connection to server' in text
    assert 'Target "shop_new" can\'t be connected to:' in text
    assert "password authentication failed" in text
    assert "Correct the connection in Airflow" in text
    assert not [secret for secret in ("not the secret", databases.source.dsn["password"]) if secret in text]


def test_a_standby_is_refused_on_either_side(databases: Pair) -> None:
    with Server("standby") as server:
        standby = server.create_database("shop")
        run(standby, TABLE)
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        for source, target, role in ((standby, databases.target, "Source"), (databases.source, standby, "Target")):
            with pytest.raises(Refused, match=f'{role} ".*" is a standby, which takes no writes. Point the connection to the primary'):
                Driver(source, target, {}).run(preflight)


def test_a_frozen_database_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    run(databases.source, f"ALTER DATABASE {databases.source.name} SET default_transaction_read_only = on", admin=True)
    with pytest.raises(Refused) as caught:
        driver.run(preflight)
    assert 'Source "old" makes every transaction of our role read-only by default' in str(caught.value)
    assert 'Reset "default_transaction_read_only"' in str(caught.value)


def test_another_encoding_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    with contextlib.closing(databases.target.server.connect()) as session, session.cursor() as cursor:
        cursor.execute("CREATE DATABASE latin OWNER airlift_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    driver.target = Database(databases.target.server, "latin", databases.target.owner)
    told = one(refusals(driver), 'Target "new" is encoded in LATIN1, the source in UTF8')
    assert "Make the target database with the encoding UTF8" in told
    databases.target.server.drop_database("latin")


def test_an_old_version_is_refused(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Examination, "oldest_version", 990000)
    told = refusals(moving(databases))
    assert [sentence.split(" runs version ")[0] for sentence in told] == ['Source "old"', 'Target "new"']
    assert "Upgrade it to PostgreSQL 13 or later" in told[0]


def test_a_target_older_than_the_source_is_told(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Catalog.server

    def older(self: Catalog, session: Session) -> ServerShape:
        server = found(self, session)
        return replace(server, version=140011, version_text="14.11") if session._where == "new" else server

    monkeypatch.setattr(Catalog, "server", older)
    assert "older than the source's" in one(warnings(moving(databases)), 'Target "new" runs version 14.11')


def test_a_server_that_hides_its_identity_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    run(databases.source, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC", admin=True)
    told = one(refusals(driver), 'Source "old" can\'t be told from other servers')
    assert "permission denied for function pg_control_system" in told
    assert 'Grant the role EXECUTE on function "pg_control_system()"' in told


def test_what_the_release_lacks_is_told_with_everything_else(databases: Pair) -> None:
    run(databases.source, "CREATE TABLE keyless (id int)")
    driver = moving(databases, mode="offline", capture="log", staging="file:///tmp/stage", tables={"*": {}})
    told = refusals(driver)
    assert "Write `mode: online`" in one(told, 'Mode "offline" is not in this release')
    assert "Write `capture: triggers`" in one(told, 'Capture "log" is not in this release')
    assert "Leave the key out" in one(told, 'Staging "file:///tmp/stage" is not in this release')
    one(told, 'Table "public.keyless" has neither')
    assert len(told) == 4


def test_missing_rights_are_told_one_by_one(databases: Pair) -> None:
    driver = moving(databases)
    source, target = databases.source, databases.target
    run(source, f"ALTER DATABASE {source.name} OWNER TO airlift_admin", "REVOKE CREATE ON SCHEMA public FROM PUBLIC", admin=True)
    run(
        target,
        f"ALTER DATABASE {target.name} OWNER TO airlift_admin",
        f"REVOKE TEMP ON DATABASE {target.name} FROM PUBLIC",
        "CREATE SCHEMA airlift",
        admin=True,
    )
    told = refusals(driver)
    role = 'Role "airlift_owner"'
    assert "Grant it CREATE on database" in one(told, f'{role} may not make the schema "airlift" on source "old"')
    one(told, f'{role} may not make the schema "airlift" on target "new"')
    assert "Grant it USAGE and CREATE" in one(told, f'{role} may not make objects in the schema "airlift" on target "new"')
    assert "Grant it TEMPORARY" in one(told, f'{role} may make no temporary tables on target "new"')
    assert "Grant it CREATE on that schema" in one(told, f'{role} may not rename tables in the schema "public" on source "old"')
    assert "Grant the role USAGE and CREATE" in one(told, 'Schema "public" lets role "airlift_owner" make no table on target "new"')
    assert len(told) == 6


def test_the_ledger_of_another_role_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    run(
        databases.target,
        "CREATE SCHEMA airlift; CREATE TABLE airlift.checks (); GRANT USAGE, CREATE ON SCHEMA airlift TO airlift_owner",
        admin=True,
    )
    told = one(refusals(driver), 'Ledger table "airlift.checks" on target "new" belongs to another role')
    assert "Use the role that made the ledger" in told


def test_a_ledger_that_can_not_be_read_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    run(databases.target, "CREATE SCHEMA airlift; CREATE TABLE airlift.migrations ()", admin=True)
    with pytest.raises(Refused, match=r"The ledger can't be read\. new, .*permission denied.* Use the role that made it"):
        driver.run(preflight)


def test_publications_that_would_stop_deletes_are_refused(databases: Pair) -> None:
    driver = moving(databases)
    run(databases.source, "CREATE PUBLICATION everything FOR ALL TABLES", admin=True)
    run(databases.target, "CREATE PUBLICATION all_of_public FOR TABLES IN SCHEMA public", admin=True)
    told = refusals(driver)
    assert "Replace it" in one(told, 'Publication "everything" on source "old" takes in all tables')
    assert "Replace it" in one(told, 'Publication "all_of_public" on target "new" takes in all tables of the schema "public"')


def test_a_table_that_a_subscription_writes_is_refused(databases: Pair) -> None:
    driver = moving(databases)
    subscribe = "CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)"
    with undone(databases.source, subscribe, "DROP SUBSCRIPTION feed"):
        run(
            databases.source,
            "INSERT INTO pg_subscription_rel SELECT oid, 't'::regclass, 'r', NULL FROM pg_subscription WHERE subname = 'feed'",
            admin=True,
        )
        assert "End the subscription" in one(refusals(driver), 'Subscription "feed" writes table "public.t"')


def test_a_prepared_transaction_is_refused_by_name(databases: Pair) -> None:
    driver = moving(databases)
    with undone(databases.source, "SELECT 1", "ROLLBACK PREPARED 'forgotten %s'"):
        with contextlib.closing(databases.source.connect(admin=True)) as session, session.cursor() as cursor:
            cursor.execute("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten %s'")
        told = one(refusals(driver), 'Prepared transaction "forgotten %s" waits on source "old" (role "airlift_admin"')
    assert "Commit it, or roll it back" in told


def test_an_old_transaction_on_a_table_is_told_without_what_it_runs(databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "OLD_SECONDS", 0.0)
    driver = moving(databases)
    with contextlib.closing(databases.source.connect()) as session, session.cursor() as cursor:
        cursor.execute("SET application_name = 'nightly'; BEGIN; SELECT id AS private FROM t")
        told = one(warnings(driver), f'Table "public.t" is held by process {session.info.backend_pid} of role "airlift_owner" (nightly)')
    assert "end that session" in told
    assert "private" not in told


def test_a_vacuum_that_can_not_be_sent_away_is_told(databases: Pair) -> None:
    driver = moving(databases)
    run(databases.source, "ALTER TABLE t SET (autovacuum_freeze_max_age = 100000, autovacuum_enabled = off)")
    run(
        databases.source,
        "CREATE TEMPORARY TABLE burnt (n int);"
        "DO 'BEGIN FOR n IN 1..100100 LOOP BEGIN INSERT INTO burnt VALUES (n); EXCEPTION WHEN raise_exception THEN END; END LOOP; END'",
    )
    with contextlib.closing(databases.source.connect()) as session, session.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE")
        told = one(warnings(driver), 'Table "public.t" is being vacuumed against wraparound')
    assert "Approve the cutover after it has finished" in told


def test_snapshots_that_outlast_the_pause_are_told_in_place(one_database: Database) -> None:
    driver = moving(Pair(one_database, one_database), tables={"t": {"to": "t2"}})
    run(one_database, f"ALTER DATABASE {one_database.name} SET default_transaction_isolation = 'serializable'", admin=True)
    told = one(warnings(driver), f'Default transaction isolation is set for database "{one_database.name}" (serializable)')
    assert "READ COMMITTED" in told


def test_who_sees_all_activity_is_not_warned(one_database: Database) -> None:
    driver = moving(Pair(one_database, one_database), tables={"t": {"to": "t2"}})
    run(one_database, "GRANT SELECT ON t TO PUBLIC")
    with undone(one_database, "GRANT pg_read_all_stats TO airlift_owner", "REVOKE pg_read_all_stats FROM airlift_owner"):
        assert warnings(driver) == []


def test_event_triggers_are_told(databases: Pair) -> None:
    driver = moving(databases)
    run(
        databases.target,
        "CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION nothing()",
        admin=True,
    )
    assert 'on target "new"' in one(warnings(driver), 'Event trigger "watch"')


def test_delicate_keys_are_told(databases: Pair) -> None:
    run(
        databases.source,
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE bits (id bit(8) PRIMARY KEY); CREATE TABLE texts (id text COLLATE blind PRIMARY KEY)",
        "CREATE TABLE numbers (id numeric PRIMARY KEY)",
    )
    run(databases.target, "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    tables = {"bits": {}, "texts": {}, "numbers": {"columns": {"id": {"type": "int"}}}}
    found = warnings(Driver(databases.source, databases.target, {"tables": tables}))
    one(found, 'Key column "id" of table "public.bits" is of type bit(8), which has no hash')
    one(found, 'Key column "id" of table "public.texts" has a collation under which different texts are equal')
    one(found, 'Key column "id" of table "public.numbers" becomes integer')


def test_types_and_nulls_of_a_table_made_beforehand_are_told(databases: Pair) -> None:
    run(databases.source, "CREATE TABLE made (id int PRIMARY KEY, short text, filled int)")
    run(databases.target, "CREATE TABLE made (id int PRIMARY KEY, short varchar(3), filled int NOT NULL)")
    found = warnings(Driver(databases.source, databases.target, {"tables": {"made": {}}}))
    one(found, 'Column "short" of target table "public.made" is character varying(3), in the old table text')
    one(found, 'Column "filled" of target table "public.made" is NOT NULL, in the old table it is not')
