"""Windows: whatever a writer does between two positions is on the target when the second is reached, and nothing else."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from testbed.driving import Driver
from testbed.servers import Server
from tests.comparing import carried, carry, differences, in_sync
from tests.examining import run

TABLES = """
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN code AS text NOT NULL CHECK (VALUE IS NOT NULL AND VALUE <> '');
CREATE DOMAIN short_code AS code CHECK (length(VALUE) < 10);
CREATE TABLE stamped (id int PRIMARY KEY, note text);
CREATE TABLE items (id int PRIMARY KEY, code text UNIQUE, note text);
CREATE TABLE pairs (a int, b text, note text, PRIMARY KEY (a, b));
CREATE TABLE cases (id text COLLATE any_case PRIMARY KEY, note text);
CREATE TABLE numbers (id numeric PRIMARY KEY, note text);
CREATE TABLE emptied (id int PRIMARY KEY, note text);
CREATE TABLE refilled (id int PRIMARY KEY, note text);
CREATE TABLE kept (id int PRIMARY KEY, note text);
CREATE TABLE parents (id int PRIMARY KEY, note text);
CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE orphans (id int PRIMARY KEY, parent int DEFAULT 1 REFERENCES parents ON DELETE SET NULL ON UPDATE SET DEFAULT);
CREATE TABLE trees (id int PRIMARY KEY);
CREATE TABLE leaves (id int PRIMARY KEY, tree int REFERENCES trees);
CREATE TABLE domains (id short_code PRIMARY KEY, note text);
CREATE TABLE likes (op text, xid int, k1 int, t int, k int, r int, o int, PRIMARY KEY (op, xid, k1), UNIQUE (t));
CREATE TABLE deferred (id int PRIMARY KEY, place int UNIQUE DEFERRABLE INITIALLY DEFERRED, during int4range,
  EXCLUDE USING gist (during WITH &&) DEFERRABLE);
CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount numeric UNIQUE, kind regtype,
  doubled numeric GENERATED ALWAYS AS (amount * 2) STORED);
CREATE TABLE rooms (id int PRIMARY KEY, room int, during int4range, EXCLUDE USING gist (int4range(room, room + 1) WITH &&, during WITH &&));
CREATE TABLE counted (id serial PRIMARY KEY, note text);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN NEW.id := NEW.id + 1000; NEW.note := NEW.note || '' stamped''; RETURN NEW; END';
CREATE TRIGGER stamp BEFORE INSERT ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();
INSERT INTO items SELECT n, 'code ' || n, 'note ' || n FROM generate_series(1, 100) AS n;
INSERT INTO pairs SELECT n, 'b' || n, 'note' FROM generate_series(1, 10) AS n;
INSERT INTO cases VALUES ('abc', 'lower'), ('Other', 'mixed');
INSERT INTO numbers VALUES (1.0, 'one'), (2, 'two');
INSERT INTO emptied SELECT n, 'old' FROM generate_series(1, 50) AS n;
INSERT INTO refilled SELECT n, 'old' FROM generate_series(1, 50) AS n;
INSERT INTO kept SELECT n, 'old' FROM generate_series(1, 50) AS n;
INSERT INTO parents SELECT n, 'parent' FROM generate_series(1, 9) AS n;
INSERT INTO children SELECT n, 1 + n % 9 FROM generate_series(1, 30) AS n;
INSERT INTO orphans SELECT n, 1 + n % 9 FROM generate_series(1, 30) AS n;
INSERT INTO trees SELECT n FROM generate_series(1, 9) AS n;
INSERT INTO leaves SELECT n, n FROM generate_series(1, 9) AS n;
INSERT INTO domains VALUES ('a', 'one'), ('b', 'two');
INSERT INTO likes VALUES ('I', 1, 1, 1, 1, 1, 1), ('T', 2, 2, 2, 2, 2, 2), ('V', 3, 3, 3, 3, 3, 3);
INSERT INTO made (amount, kind) SELECT n, 'text' FROM generate_series(1, 20) AS n;
INSERT INTO rooms SELECT n, n % 3, int4range(n, n + 2) FROM generate_series(1, 20) AS n;
INSERT INTO deferred SELECT n, n, int4range(n, n + 1) FROM generate_series(1, 9) AS n;
"""


@pytest.fixture(scope="module", params=["rows looked up", "tables read"])
def migrated(servers: tuple[Server, Server], request: pytest.FixtureRequest) -> Iterator[Driver]:
    """All tables in sync; each test leaves nothing uncarried. The source looks rows up by key unless statistics say that they are many."""
    source, target = (server.create_database("windows") for server in servers)
    run(target, *TABLES.split(";\n")[:4])
    driver = in_sync(source, target, TABLES)
    if request.param == "tables read":
        run(source, "ANALYZE")
    yield driver
    for server in servers:
        server.drop_database("windows")


@pytest.fixture
def cursor(migrated: Driver) -> Iterator[Any]:
    """A user's session; it commits where the test says so."""
    with contextlib.closing(psycopg2.connect(**migrated.source.dsn)) as session, session.cursor() as made:
        yield made


def commit(cursor: Any, *statements: str) -> None:
    """One transaction of a user's."""
    for statement in statements:
        cursor.execute(statement)
    cursor.connection.commit()


ONE_TRANSACTION = {
    "keys of two rows are exchanged": [
        "UPDATE items SET id = -1 WHERE id = 1", "UPDATE items SET id = 1 WHERE id = 2", "UPDATE items SET id = 2 WHERE id = -1",
    ],
    "unique values of two rows are exchanged": [
        "UPDATE items SET code = NULL WHERE id = 3", "UPDATE items SET code = 'code 3' WHERE id = 4",
        "UPDATE items SET code = 'code 4' WHERE id = 3",
    ],
    "a unique value moves on to a new row": ["UPDATE items SET code = 'free' WHERE id = 5", "INSERT INTO items VALUES (205, 'code 5')"],
    "a unique value is taken over from a row that goes": [
        "DELETE FROM items WHERE id = 6", "UPDATE items SET code = 'code 6' WHERE id = 7", "INSERT INTO items VALUES (206, 'code 7')",
    ],
    "keys move up in a chain": [f"UPDATE items SET id = id + 1 WHERE id = {number}" for number in range(320, 299, -1)],
    "a row takes the key of a deleted one": ["DELETE FROM items WHERE id = 10", "UPDATE items SET id = 10 WHERE id = 11"],
    "a value becomes NULL, NULL becomes empty": [
        "UPDATE items SET code = NULL, note = NULL WHERE id IN (12, 13)", "UPDATE items SET note = '' WHERE id = 13",
    ],
    "a key is deleted and inserted again": ["DELETE FROM items WHERE id = 14", "INSERT INTO items VALUES (14, 'code 14', 'again')"],
    "a key is inserted and deleted again": ["INSERT INTO items VALUES (215)", "DELETE FROM items WHERE id = 215"],
    "a row is inserted, moved, and changed": [
        "INSERT INTO items VALUES (216)", "UPDATE items SET id = 217 WHERE id = 216", "UPDATE items SET note = 'x' WHERE id = 217",
    ],
    "half of a composite key changes": ["UPDATE pairs SET b = b || '!' WHERE a < 4", "UPDATE pairs SET a = a + 100 WHERE a > 7"],
    "a key changes in case only": ["UPDATE cases SET id = 'ABC' WHERE id = 'abc'"],
    "a key changes in its scale only": ["UPDATE numbers SET id = 1.000 WHERE id = 1"],
    "deferred unique and exclusion constraints are met at the end": [
        "SET CONSTRAINTS ALL DEFERRED", "UPDATE deferred SET place = 10 - place, during = int4range(20 - id, 21 - id)",
    ],
    "identity and generated columns, values that go as text": [
        "UPDATE made SET amount = NULL, kind = NULL WHERE id = 1", "UPDATE made SET amount = 1, kind = 'numeric(9,2)' WHERE id = 2",
        "UPDATE made SET amount = 2.00 WHERE id = 3", "DELETE FROM made WHERE id = 4", "INSERT INTO made (amount) VALUES (4), (3)",
    ],
    "ranges that exclude each other are exchanged": [
        "UPDATE rooms SET during = 'empty' WHERE id = 1", "UPDATE rooms SET room = 1, during = int4range(1, 3) WHERE id = 2",
        "UPDATE rooms SET room = 2, during = int4range(2, 4) WHERE id = 1",
    ],
    "a parent's key changes and children follow": ["UPDATE parents SET id = id + 50 WHERE id = 2"],
    "a parent goes with its children": ["DELETE FROM parents WHERE id = 3"],
    "keys have a domain that refuses NULL": ["UPDATE domains SET id = 'c' WHERE id = 'a'", "INSERT INTO domains VALUES ('d')"],
    "columns are named like the log's": ["UPDATE likes SET op = 'U', xid = 7 WHERE k1 = 1", "UPDATE likes SET r = 9, t = 8 WHERE k1 = 2"],
    "a trigger of the user's changes the row first": ["INSERT INTO stamped VALUES (1, 'a'), (2, 'b')"],
    "ON CONFLICT inserts one row and updates another": [
        "INSERT INTO items VALUES (20, 'x', 'upserted'), (220, 'y', 'inserted') ON CONFLICT (id) DO UPDATE SET note = excluded.note",
        "INSERT INTO items VALUES (21, 'z', 'ignored') ON CONFLICT DO NOTHING",
    ],
    "MERGE inserts, updates and deletes": [
        ("MERGE INTO items AS i USING (VALUES (22, 'm'), (23, NULL), (223, 'new')) AS w (id, note) ON i.id = w.id "
        "WHEN MATCHED AND w.note IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET note = w.note "
        "WHEN NOT MATCHED THEN INSERT VALUES (w.id, NULL, w.note)"),
    ],
    "a CTE deletes, another inserts": [
        "WITH gone AS (DELETE FROM items WHERE id IN (24, 25) RETURNING id, note) INSERT INTO pairs SELECT id, note FROM gone",
    ],
    "a table is emptied": ["TRUNCATE emptied"],
    "a table is emptied and filled again": [
        "UPDATE refilled SET note = 'before' WHERE id < 9", "TRUNCATE refilled", "INSERT INTO refilled VALUES (1, 'new'), (99, 'new')",
    ],
    "a domain's table is emptied": ["TRUNCATE domains"],
    "parents are emptied with all that hangs on them": ["TRUNCATE trees CASCADE", "INSERT INTO trees VALUES (5)"],
}  # fmt: skip


def touched(statements: list[str]) -> set[str]:
    """The tables that statements name, with those that foreign keys tie to them."""
    text = " ".join(statements)
    named = {name for name in re.findall(r"CREATE TABLE (\w+)", TABLES) if re.search(rf"\b{name}\b", text)}
    return named | ({"children", "orphans"} if "parents" in named else set()) | ({"leaves"} if "trees" in named else set())


@pytest.mark.parametrize("what", ONE_TRANSACTION)
def test_one_window_brings_it_all(migrated: Driver, cursor: Any, what: str) -> None:
    statements = ONE_TRANSACTION[what]
    if what.startswith("MERGE") and cursor.connection.server_version < 150000:
        pytest.skip("MERGE came with PostgreSQL 15")
    if "chain" in what:
        commit(cursor, "INSERT INTO items SELECT n, 'chain ' || n FROM generate_series(300, 320) AS n")
        carried(migrated)
    commit(cursor, *statements)
    carried(migrated)
    for table in touched(statements):
        assert differences(migrated, table) == []


def written(driver: Driver, *statements: str) -> None:
    """Write the target as a session of ours could."""
    run(driver.target, "SET airlift.applying = 'on'", *statements)


def test_what_the_target_makes_of_a_row_is_compared(migrated: Driver, cursor: Any) -> None:
    written(
        migrated, "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.id = 71 THEN RETURN NULL; END IF; NEW.note := NEW.note || '' ''; RETURN NEW; END'",
        "CREATE TRIGGER spoil BEFORE INSERT ON items FOR EACH ROW WHEN (NEW.id IN (71, 72, 251)) EXECUTE FUNCTION spoil()",
    )  # fmt: skip
    commit(cursor, "UPDATE items SET note = 'x' WHERE id BETWEEN 70 AND 74", "INSERT INTO items VALUES (250, 'p', 'x'), (251, 'q', 'x')")
    window = carry(migrated)
    assert window is not None
    assert (window.keys, window.differing) == (7, 3)
    written(migrated, "DROP FUNCTION spoil CASCADE")
    commit(cursor, "UPDATE items SET note = 'y' WHERE id IN (71, 72, 251)")
    carried(migrated)
    assert differences(migrated, "items") == []


def test_keys_that_are_only_compared_are_left_as_they_are(migrated: Driver, cursor: Any) -> None:
    (no,) = [layout.no for layout in migrated.migration().all_layouts() if layout.source.name == "items"]
    written(
        migrated, "UPDATE items SET note = 'planted' WHERE id = 80", "DELETE FROM items WHERE id = 81", "INSERT INTO items VALUES (282)",
    )  # fmt: skip
    run(migrated.source, f"INSERT INTO airlift.shop_log_{no} (op, k1) VALUES ('V', 80), ('V', 81), ('V', 282), ('V', 83), ('V', 84)")
    commit(cursor, "UPDATE items SET note = 'changed' WHERE id IN (84, 85)", "DELETE FROM items WHERE id = 86")
    window = carry(migrated)
    assert window is not None
    assert (window.changes, window.keys, window.differing) == (3, 7, 3)
    found = "SELECT id, note FROM items WHERE id IN (80, 81, 282, 83, 84, 85, 86) ORDER BY id"
    assert run(migrated.target, found) == [(80, "planted"), (83, "note 83"), (84, "changed"), (85, "changed"), (282, None)]
    commit(
        cursor, "UPDATE items SET note = 'mended' WHERE id IN (80, 81)",
        "INSERT INTO items VALUES (282)", "DELETE FROM items WHERE id = 282",
    )  # fmt: skip
    carried(migrated)
    assert differences(migrated, "items") == []


def test_rolled_back_work_makes_no_window(migrated: Driver, cursor: Any) -> None:
    for statement in ("UPDATE items SET note = 'never'", "TRUNCATE kept", "INSERT INTO kept VALUES (1)"):
        cursor.execute(statement)
    cursor.connection.rollback()
    assert carry(migrated) is None
    assert differences(migrated, "kept") == []


def test_what_a_savepoint_took_back_does_not_arrive(migrated: Driver, cursor: Any) -> None:
    commit(
        cursor, "UPDATE items SET note = 'stays' WHERE id = 30", "SAVEPOINT a", "UPDATE items SET note = 'goes' WHERE id IN (30, 31)",
        "DELETE FROM items WHERE id = 32", "ROLLBACK TO a", "SAVEPOINT b", "INSERT INTO items VALUES (230, 'b')", "RELEASE b",
    )  # fmt: skip
    carried(migrated)
    assert differences(migrated, "items") == []


def test_a_hot_row_is_brought_once_a_window(migrated: Driver, cursor: Any) -> None:
    for number in range(300):
        commit(cursor, f"UPDATE items SET note = 'hot {number}' WHERE id = 40")
    window = carried(migrated)
    assert (window.changes, window.keys) == (300, 1)
    assert differences(migrated, "items") == []


def test_emptied_twice_with_rows_between_windows(migrated: Driver, cursor: Any) -> None:
    for number in range(2):
        commit(cursor, "TRUNCATE emptied", f"INSERT INTO emptied VALUES ({number}, 'window {number}')")
        commit(cursor, f"UPDATE emptied SET id = id + 10, note = '{number}'")
        carried(migrated)
        commit(cursor, f"INSERT INTO emptied VALUES ({number + 100}, 'next window')")
        carried(migrated)
        assert differences(migrated, "emptied") == []


def test_copy_from_is_captured(migrated: Driver, cursor: Any) -> None:
    cursor.copy_expert("COPY items FROM STDIN", io.StringIO("401\tcopied\t\\N\n402\tcopied 2\t\n"))
    cursor.connection.commit()
    carried(migrated)
    assert differences(migrated, "items") == []


def test_replica_sessions_are_captured(migrated: Driver) -> None:
    run(migrated.source, "SET session_replication_role = replica", "INSERT INTO items VALUES (501, 'replicated')", admin=True)
    run(migrated.source, "SET session_replication_role = replica", "TRUNCATE kept", admin=True)
    assert carried(migrated).changes == 2
    assert differences(migrated, "items") == []
    assert differences(migrated, "kept") == []


def test_our_own_marker_is_not_captured(migrated: Driver) -> None:
    run(migrated.source, "SET airlift.applying = 'on'", "UPDATE items SET note = note WHERE id = 50")
    assert carry(migrated) is None


def test_a_writer_keeps_its_own_lastval(migrated: Driver, cursor: Any) -> None:
    commit(cursor, "INSERT INTO counted (note) VALUES ('mine') RETURNING id")
    (mine,) = cursor.fetchone()
    commit(cursor, "UPDATE items SET id = 600 WHERE id = 51", "DELETE FROM items WHERE id = 52", "INSERT INTO items VALUES (601)")
    cursor.execute("SELECT lastval(), currval('counted_id_seq')")
    assert cursor.fetchone() == (mine, mine)
    cursor.connection.rollback()
    carried(migrated)


@pytest.fixture
def stranger(migrated: Driver) -> Iterator[Any]:
    """A session of a role that may do no more than write the user's tables and make objects in a schema of its own."""
    run(
        migrated.source, "CREATE ROLE stranger", "CREATE SCHEMA own AUTHORIZATION stranger",
        "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO stranger", admin=True,
    )  # fmt: skip
    with contextlib.closing(migrated.source.connect(admin=True)) as session, session.cursor() as made:
        made.execute("SET SESSION AUTHORIZATION stranger")
        yield made
    run(migrated.source, "DROP OWNED BY stranger CASCADE", "DROP ROLE stranger", admin=True)


def test_writers_need_no_right_on_our_schema(migrated: Driver, stranger: Any) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        stranger.execute("SELECT * FROM airlift.shop_heartbeat")
    stranger.execute("INSERT INTO items VALUES (701, 'by a stranger')")
    stranger.execute("UPDATE items SET id = 702 WHERE id = 701")
    stranger.execute("DELETE FROM items WHERE id = 60")
    stranger.execute("TRUNCATE kept")
    assert carried(migrated).changes == 5
    assert differences(migrated, "items") == []


def test_nobody_can_use_our_functions_for_something_else(migrated: Driver, stranger: Any) -> None:
    stranger.execute("CREATE TABLE own.bait (id int PRIMARY KEY)")
    (name,) = run(migrated.source, "SELECT oid::regproc::text FROM pg_proc WHERE proname ~ '^shop_log_keys_' LIMIT 1")[0]
    for use in (f"SELECT {name}()", f"CREATE TRIGGER t AFTER INSERT ON own.bait FOR EACH ROW EXECUTE FUNCTION {name}()"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            stranger.execute(use)


TRAPS = """
CREATE TABLE own.caught (who text, what text);
GRANT ALL ON own.caught TO PUBLIC; GRANT ALL ON SCHEMA own TO PUBLIC;
CREATE FUNCTION own.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS
  'BEGIN INSERT INTO own.caught VALUES (current_user, ''text operator''); RETURN true; END';
CREATE FUNCTION own.trap_record(record, record) RETURNS boolean LANGUAGE plpgsql AS
  'BEGIN INSERT INTO own.caught VALUES (current_user, ''record operator''); RETURN false; END';
CREATE FUNCTION own.trap_char("char", "char") RETURNS boolean LANGUAGE plpgsql AS
  'BEGIN INSERT INTO own.caught VALUES (current_user, ''char operator''); RETURN false; END';
CREATE OPERATOR own.= (leftarg = text, rightarg = text, function = own.trap);
CREATE OPERATOR own.<> (leftarg = text, rightarg = text, function = own.trap);
CREATE OPERATOR own.*<> (leftarg = record, rightarg = record, function = own.trap_record);
CREATE OPERATOR own.<> (leftarg = record, rightarg = record, function = own.trap_record);
CREATE OPERATOR own.= (leftarg = "char", rightarg = "char", function = own.trap_char);
CREATE FUNCTION own.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT ''on''::text';
CREATE FUNCTION own.record_image_ne(record, record) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN false; END';
CREATE FUNCTION own.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS 'SELECT ''0''::xid8';
CREATE TABLE own.shop_log_1 (xid xid8, op "char", k1 int);
CREATE TEMPORARY TABLE shop_log_1 (xid xid8, op "char", k1 int);
"""


def test_no_search_path_turns_our_functions(migrated: Driver, stranger: Any) -> None:
    stranger.execute(TRAPS)
    stranger.execute("SET search_path = own, pg_temp, public, pg_catalog")
    stranger.execute("INSERT INTO public.items VALUES (801, 'trap a'), (802, 'trap b')")
    stranger.execute("UPDATE public.items SET id = 803 WHERE id OPERATOR(pg_catalog.=) 801")
    stranger.execute("DELETE FROM public.items WHERE id OPERATOR(pg_catalog.=) 802")
    stranger.execute("TRUNCATE public.kept")
    stranger.execute("SELECT * FROM own.caught")
    assert stranger.fetchall() == []
    assert carried(migrated).changes == 6
    assert differences(migrated, "items") == []


def test_no_search_path_opens_the_guard(migrated: Driver) -> None:
    with contextlib.closing(migrated.target.connect()) as session, session.cursor() as target:
        target.execute("CREATE SCHEMA own")
        target.execute(TRAPS)
        target.execute("SET search_path = own, pg_temp, public, pg_catalog; SET airlift.applying = 'off'")
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState, match='shut by migration "shop"'):
            target.execute("DELETE FROM public.items")
        target.execute("DROP SCHEMA own CASCADE")
