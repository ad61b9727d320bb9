"""New shapes: renamed, retyped, computed, added and dropped columns; tables made beforehand; what hangs on a table arrives with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airlift.phases.cutover.create_views import create_views
from testbed.driving import Driver
from testbed.servers import Database, Server
from tests.comparing import carried, differences, in_sync
from tests.examining import run
from tests.fix_servers import Pair

ORDERS = """
CREATE TYPE stage AS ENUM ('new', 'paid');
CREATE TABLE orders (
  id serial PRIMARY KEY, amount numeric(10, 2) NOT NULL DEFAULT 1.50, amount_cents bigint NOT NULL, legacy_flag boolean,
  status text NOT NULL DEFAULT 'new', email varchar(200), placed timestamptz DEFAULT now(), number integer GENERATED ALWAYS AS IDENTITY,
  stage stage DEFAULT 'new', doubled numeric GENERATED ALWAYS AS (amount * 2) STORED);
CREATE INDEX by_mail ON orders (lower(email)) WHERE amount > 1;
INSERT INTO orders (amount, amount_cents, legacy_flag, email, placed)
  SELECT n / 3.0, n * 7, n % 2 = 0, nullif('mail ' || n, 'mail 9'), '2024-01-01'::timestamptz + n * interval '1 day'
    FROM generate_series(1, 60) AS n;
"""
SHAPE: dict[str, Any] = {
    "to": "orders_v2",
    "columns": {
        "id": {"type": "bigint"},
        "total": {"from": "amount"},
        "total_eur": {"type": "numeric(12,2)", "using": "amount_cents / 100.0", "back": "round(total_eur * 100)"},
        "status": {"type": "varchar(20)"},
        "currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"},
        "note": {"add": "text"},
        "serial_no": {"add": "bigint GENERATED ALWAYS AS IDENTITY"},
    },
    "drop": ["legacy_flag", "amount_cents"],
}
EXPECTED = (
    "SELECT id::bigint, amount, (amount_cents / 100.0)::numeric(12, 2)::text, status::varchar(20), email, placed, number, stage::text, "
    "doubled::text FROM orders ORDER BY id"
)
FOUND = "SELECT id, total, total_eur::text, status, email, placed, number, stage::text, doubled::text FROM orders_v2 ORDER BY id"


@pytest.fixture(scope="module", params=["across", "in place"])
def reshaped(request: pytest.FixtureRequest, servers: tuple[Server, Server]) -> Iterator[Driver]:
    """The orders in their new shape, in sync."""
    source = servers[0].create_database("shapes")
    in_place = request.param == "in place"
    target = source if in_place else servers[1].create_database("shapes")
    yield in_sync(source, target, ORDERS, tables={"orders": SHAPE}, **({"target": "old"} if in_place else {}))
    for server in servers:
        server.drop_database("shapes")


def test_new_columns_may_be_made_of_the_key(databases: Pair) -> None:
    columns = {"as_text": {"type": "text", "using": "id::text"}, "again": {"type": "bigint", "using": "id"}}
    driver = in_sync(
        databases.source, databases.target, "CREATE TABLE plain (id int PRIMARY KEY, note text)",
        "INSERT INTO plain SELECT n, 'note' FROM generate_series(1, 9) AS n", tables={"plain": {"to": "plain_v2", "columns": columns}},
    )  # fmt: skip
    run(driver.source, "UPDATE plain SET id = id + 100, note = 'new' WHERE id > 5", "DELETE FROM plain WHERE id = 1")
    carried(driver)
    expected = run(driver.source, "SELECT id, note, id::text, id::bigint FROM plain ORDER BY plain.id")
    assert run(driver.target, "SELECT id, note, as_text, again FROM plain_v2 ORDER BY id") == expected


def ours(driver: Driver, *statements: str) -> list[tuple[Any, ...]]:
    """Write the target as a session of ours could."""
    return run(driver.target, "SET airlift.applying = 'on'", *statements)


def equal(driver: Driver) -> None:
    assert run(driver.target, FOUND) == run(driver.source, EXPECTED)


def test_every_column_has_what_the_spec_says(reshaped: Driver) -> None:
    equal(reshaped)
    for statement in (
        "INSERT INTO orders (amount_cents, email) VALUES (12345, ''), (1, NULL)",
        "UPDATE orders SET amount = 0.01, amount_cents = -1, status = repeat('x', 20) WHERE id < 5",
        "UPDATE orders SET legacy_flag = NULL WHERE id BETWEEN 10 AND 20",
        "UPDATE orders SET id = id + 1000 WHERE id BETWEEN 21 AND 25",
        "DELETE FROM orders WHERE id BETWEEN 30 AND 33",
    ):
        run(reshaped.source, statement)
        carried(reshaped)
        equal(reshaped)


def test_new_rows_get_the_defaults_of_added_columns(reshaped: Driver) -> None:
    assert run(reshaped.target, "SELECT DISTINCT currency, note FROM orders_v2") == [("EUR", None)]
    ((most,),) = run(reshaped.target, "SELECT max(serial_no) FROM orders_v2")
    run(reshaped.source, "INSERT INTO orders (id, amount_cents) VALUES (5000, 5)")
    carried(reshaped)
    ((currency, note, number),) = run(reshaped.target, "SELECT currency, note, serial_no FROM orders_v2 WHERE id = 5000")
    assert (currency, note) == ("EUR", None)
    assert number > most


def test_what_only_the_target_knows_of_a_row_outlives_its_changes(reshaped: Driver) -> None:
    ours(reshaped, "UPDATE orders_v2 SET currency = 'USD', note = 'backfilled ' || id WHERE id BETWEEN 40 AND 50")
    kept = "SELECT id, currency, note, serial_no FROM orders_v2 WHERE id BETWEEN 40 AND 50 ORDER BY id"
    before = run(reshaped.target, kept)
    run(reshaped.source, "UPDATE orders SET amount = amount + 1 WHERE id BETWEEN 38 AND 47", "UPDATE orders SET email = 'a' WHERE id = 44")
    carried(reshaped)
    run(reshaped.source, "BEGIN; DELETE FROM orders WHERE id = 48; INSERT INTO orders (id, amount_cents) VALUES (48, 1); COMMIT")
    carried(reshaped)
    assert run(reshaped.target, kept) == before
    equal(reshaped)


def test_defaults_come_along_through_a_change_of_type(reshaped: Driver) -> None:
    found = dict(
        run(
            reshaped.target,
            "SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'orders_v2' AND column_default <> ''",
        )
    )
    assert "'new'" in found["status"]
    assert found["total"] == "1.50"
    assert "'EUR'" in found["currency"]
    assert "orders_id_seq" in found["id"]
    assert found["placed"] == "now()"


HELD = """
CREATE SCHEMA "odd FROM schema";
CREATE TABLE parents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), code text NOT NULL, UNIQUE (code) INCLUDE (id));
CREATE TABLE "odd FROM table" (
  a smallint, b varchar(10) COLLATE "C", parent uuid CONSTRAINT "to parent" REFERENCES parents ON UPDATE CASCADE DEFERRABLE,
  place int UNIQUE DEFERRABLE INITIALLY DEFERRED, during daterange, amount numeric CONSTRAINT "is positive" CHECK (amount > 0),
  tags text[], PRIMARY KEY (b, a) WITH (fillfactor = 70), EXCLUDE USING gist (during WITH &&) WHERE (amount > 1));
CREATE INDEX "an index" ON "odd FROM table" USING gin (tags);
CREATE INDEX ON "odd FROM table" USING brin (a) WITH (pages_per_range = 4);
CREATE UNIQUE INDEX ON "odd FROM table" (lower(b), a DESC NULLS LAST) WHERE amount > 5;
CREATE INDEX ON "odd FROM table" USING hash (place);
CREATE INDEX ON "odd FROM table" (b text_pattern_ops, (amount * 2));
CREATE STATISTICS "stat FROM one" (ndistinct, dependencies) ON a, b FROM "odd FROM table";
CREATE STATISTICS expressed ON (amount * 2), (lower(b)) FROM "odd FROM table";
CREATE TABLE unkeyed (code char(4) NOT NULL, day date NOT NULL, note text, UNIQUE (day, code));
CREATE TABLE counted (id bigint GENERATED BY DEFAULT AS IDENTITY (START WITH 5 INCREMENT BY 3) PRIMARY KEY, s smallserial, note text);
INSERT INTO parents (code) SELECT 'p' || n FROM generate_series(1, 10) AS n;
INSERT INTO "odd FROM table" SELECT n, 'b' || n % 7, (SELECT id FROM parents WHERE code = 'p' || 1 + n % 10), n,
  daterange('2024-01-01'::date + n, '2024-01-01'::date + n + 1), n, ARRAY['t' || n] FROM generate_series(1, 50) AS n;
INSERT INTO unkeyed SELECT 'c' || n, '2024-01-01'::date + n, 'x' FROM generate_series(1, 20) AS n;
INSERT INTO counted (note) SELECT 'n' FROM generate_series(1, 20);
"""
OBJECTS = {
    "indexes": "SELECT pg_get_indexdef(indexrelid), indisvalid, indisprimary FROM pg_index i JOIN pg_class c ON c.oid = indrelid "
    "WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1",
    "statistics": "SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext ORDER BY 1",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
    "WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace AND contype <> 'f' ORDER BY 1, 2",
    "foreign keys": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
    "WHERE contype = 'f' ORDER BY 1, 2",
    "columns": "SELECT table_name, column_name, column_default, is_nullable, data_type, collation_name, is_identity, identity_generation, "
    "identity_start, identity_increment FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position",
    "sequences": "SELECT s.relname, t.relname, d.refobjsubid, d.deptype, seqtypid::regtype::text, seqincrement, seqstart FROM pg_sequence "
    "JOIN pg_class s ON s.oid = seqrelid "
    "JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass "
    "JOIN pg_class t ON t.oid = d.refobjid ORDER BY 1, 2",
}


def described(database: Database, *leave_out: str) -> dict[str, list[tuple[Any, ...]]]:
    return {what: run(database, statement) for what, statement in OBJECTS.items() if what not in leave_out}


def test_all_that_hangs_on_a_table_arrives(databases: Pair) -> None:
    driver = in_sync(databases.source, databases.target, HELD)
    wanted = described(databases.source)
    assert described(databases.target, "foreign keys") == {name: found for name, found in wanted.items() if name != "foreign keys"}
    run(
        databases.source, "UPDATE unkeyed SET note = 'y', day = day + 100 WHERE code < 'c5'", "UPDATE \"odd FROM table\" SET a = a + 100",
        "DELETE FROM unkeyed WHERE code = 'c6'", "UPDATE parents SET id = gen_random_uuid() WHERE code IN ('p1', 'p2')",
    )  # fmt: skip
    carried(driver)
    for name in ("parents", '"odd FROM table"', "unkeyed", "counted"):
        assert differences(driver, name) == []
    driver.validate()
    driver.run(create_views)
    driver.cut_over()
    kinds = ("indexes", "constraints", "columns", "sequences", "statistics")
    assert described(databases.target, *kinds) == {"foreign keys": wanted["foreign keys"]}
    assert analyzed(databases.target) >= {"parents", "odd FROM table", "unkeyed", "counted"}


HANGING = """
SELECT split_part(pg_get_indexdef(indexrelid), ' USING ', 2), indisunique, indisprimary FROM pg_index WHERE indrelid = %(table)s::regclass
UNION ALL
SELECT pg_get_constraintdef(oid), convalidated, NULL FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype <> 'f'
UNION ALL
SELECT split_part(split_part(pg_get_statisticsobjdef(oid), ' ON ', 2), ' FROM ', 1), NULL, NULL FROM pg_statistic_ext
 WHERE stxrelid = %(table)s::regclass ORDER BY 1, 2, 3"""


def test_it_arrives_under_other_names_where_a_table_only_gets_a_new_one(one_database: Database) -> None:
    named = {'"odd FROM table"': {"to": '"odd 2"'}, "unkeyed": {"to": "unkeyed_2"}, "counted": {"to": "counted_2"}}
    in_sync(one_database, one_database, HELD, target="old", tables=named)
    with one_database.connect() as session, session.cursor() as cursor:
        for old, new in named.items():
            found = []
            for table in (old, new["to"]):
                cursor.execute(HANGING, {"table": table})
                found.append(cursor.fetchall())
            assert found[0] == found[1] != []


def analyzed(database: Database) -> set[str]:
    """The tables that have statistics."""
    return {name for (name,) in run(database, "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = 'public'")}


BEFOREHAND = """
CREATE TABLE regions (id int PRIMARY KEY);
INSERT INTO regions VALUES (1), (2);
CREATE SCHEMA kept;
CREATE TABLE orders_v2 (
  note text DEFAULT 'none', total numeric(12, 3) NOT NULL, region int NOT NULL DEFAULT 2 CONSTRAINT "own key" REFERENCES regions,
  doubled numeric(20, 4), id bigint CONSTRAINT "own primary key" PRIMARY KEY USING INDEX TABLESPACE pg_default,
  half numeric GENERATED ALWAYS AS (total / 2) STORED, CHECK (total >= 0));
CREATE INDEX "own index" ON orders_v2 (total, id DESC);
CREATE UNIQUE INDEX ON orders_v2 (id, total);
CREATE STATISTICS kept."own stat" ON total, region FROM orders_v2;
"""


def test_a_table_made_beforehand_is_used_as_it_is(databases: Pair) -> None:
    run(databases.target, BEFOREHAND)
    wanted = described(databases.target)
    shape = {"to": "orders_v2", "columns": {"total": {"from": "amount"}}, "drop": ["status"]}
    driver = in_sync(
        databases.source, databases.target,
        "CREATE TABLE orders (status text, id int PRIMARY KEY, amount numeric(10,2) NOT NULL, "
        "doubled numeric GENERATED ALWAYS AS (amount * 2) STORED)",
        "INSERT INTO orders (id, amount) SELECT n, n / 7.0 FROM generate_series(1, 30) AS n", tables={"orders": shape},
    )  # fmt: skip
    ours(driver, "UPDATE orders_v2 SET region = 1, note = 'mine' WHERE id = 3")
    run(databases.source, "UPDATE orders SET amount = 5 WHERE id IN (3, 4)", "DELETE FROM orders WHERE id = 9")
    carried(driver)
    found = run(databases.target, "SELECT id, total, doubled, half * 2, region, note FROM orders_v2 ORDER BY id")
    rows = run(databases.source, "SELECT id, amount, doubled, amount, 2, 'none' FROM orders ORDER BY id")
    assert found == [(*row[:4], 1, "mine") if row[0] == 3 else row for row in rows]
    assert described(databases.target, "foreign keys") == {name: each for name, each in wanted.items() if name != "foreign keys"}
    driver.validate()
    driver.run(create_views)
    driver.cut_over()
    assert described(databases.target)["foreign keys"] == wanted["foreign keys"]
