"""Preflight where all is well: what it returns, what it begins, and what a second run of a migration gets."""

from __future__ import annotations

import threading
from typing import Any

import psycopg2
import pytest

from airlift.errors import AirliftError, Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.preflight import preflight
from testbed.driving import Driver
from testbed.servers import Database
from tests.examining import one, run, traces, warnings
from tests.fix_servers import Pair

SHOP = (
    "CREATE TYPE mood AS ENUM ('sad', 'it''s 100%')",
    "CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, mood mood)",
    """CREATE TABLE orders (
         id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE, amount numeric(12, 2) NOT NULL,
         legacy_flag boolean, doubled numeric GENERATED ALWAYS AS (amount * 2) STORED, moods mood[], CHECK (amount >= 0))""",
    "CREATE INDEX ON orders (customer_id) WHERE amount > 5",
    "CREATE STATISTICS about_orders ON customer_id, amount FROM orders",
    "INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, 50) AS n",
    "INSERT INTO orders (customer_id, amount) SELECT 1 + n %% 50, n FROM generate_series(1, 300) AS n".replace("%%", "%"),
    "ANALYZE",
)
ORDERS = {
    "to": "orders_v2",
    "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}, "total": {"from": "amount"}},
    "drop": ["legacy_flag"],
}
ODD = ['Sp ace"quote', "Per%cent%s", "Cur{ly}", "dot.ted", "x" * 63, "it's", "%(name)s", "é" * 31]


def shop(databases: Pair, **spec: Any) -> Driver:
    run(databases.source, *SHOP)
    return Driver(databases.source, databases.target, {"tables": {"*": {}, "orders": ORDERS}, **spec})


def test_a_good_spec_begins_the_migration(databases: Pair) -> None:
    driver = shop(databases)
    before = traces(databases.source)
    result = driver.run(preflight)
    assert {name: result[name] for name in ("tables", "rows", "in_place")} == {"tables": 2, "rows": 350, "in_place": False}
    assert result["bytes"] > 0
    assert traces(databases.source) == before
    (row,) = run(databases.target, "SELECT stage, dag_id, run_id, in_place, spec ->> 'name' FROM airlift.migrations")
    assert row == (Stage.PREPARED, "migrate_shop", "manual__1", False, "shop")
    (made,) = run(databases.target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    assert made == (0,)


def test_what_preflight_accepts_can_be_made(databases: Pair) -> None:
    driver = shop(databases)
    driver.run(preflight, create_target)
    names = run(databases.target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert names == [("customers",), ("orders_v2",)]


def test_in_place_with_references_from_tables_that_stay(one_database: Database) -> None:
    run(one_database, *SHOP, "DROP STATISTICS about_orders")
    driver = Driver(one_database, one_database, {"tables": {"orders": ORDERS, "customers": {"to": "clients"}}})
    run(one_database, "CREATE TABLE notes (id int PRIMARY KEY, order_id int REFERENCES orders, customer bigint REFERENCES customers)")
    assert driver.run(preflight)["in_place"] is True
    driver.run(create_target)


def test_odd_names_pass_every_check(databases: Pair) -> None:
    tables: dict[str, Any] = {}
    for odd in ODD[:4] + ODD[5:7]:
        name = odd.replace('"', '""')
        run(
            databases.source,
            f'CREATE SCHEMA IF NOT EXISTS "{name}"',
            f'CREATE TABLE "{name}"."{name}" ("{name}" int PRIMARY KEY, "{name}2" text, "{name}3" int)',
        )
        run(databases.target, f'CREATE SCHEMA "{name}"')
        columns = {
            f'"new {name}"': {"add": "int DEFAULT 5 % 3"},
            f'"4{name}"': {"from": f'"{name}2"'},
            f'"5{name}"': {"type": "numeric", "using": f'"{name}3" % 7', "back": f'"5{name}" % 3'},
        }
        tables[f'"{name}"."{name}"'] = {"to": f'"new {name}"', "columns": columns}
    driver = Driver(databases.source, databases.target, {"tables": tables})
    assert driver.run(preflight)["tables"] == 6
    driver.run(create_target)


@pytest.mark.parametrize("odd", [ODD[4], ODD[7]])
def test_names_of_63_bytes_pass_where_none_grows(databases: Pair, odd: str) -> None:
    """An old table's name grows by `_obsolete`; all others may be as long as the server takes them."""
    longest = odd.encode()[:63].decode()
    run(databases.source, f'CREATE TABLE t (id int CONSTRAINT "{longest[:-1]}y" PRIMARY KEY, "{longest}" text)')
    driver = Driver(databases.source, databases.target, {"tables": {"t": {"to": f'"{longest}"'}}})
    driver.run(preflight, create_target)
    assert (longest,) in run(databases.target, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")


def test_the_same_run_gets_the_recorded_result(databases: Pair) -> None:
    driver = shop(databases)
    first = driver.run(preflight)
    run(databases.source, "DROP TABLE orders")
    assert driver.run(preflight) == first


def test_an_edited_spec_is_refused_with_the_difference(databases: Pair) -> None:
    driver = shop(databases)
    driver.run(preflight)
    driver.spec["workers"] = 7
    with pytest.raises(Refused, match=r"edited after the run began: `workers` was 2 and is now 7\. Undo the edit"):
        driver.run(preflight)


def test_the_same_run_on_another_source_is_refused(databases: Pair, one_database: Database) -> None:
    driver = shop(databases)
    driver.run(preflight)
    driver.source = one_database
    with pytest.raises(Refused, match=r"old is another server than the one that preflight saw.*Point the connection back"):
        driver.run(preflight)


def test_another_run_is_told_who_holds_the_migration(databases: Pair) -> None:
    driver = shop(databases)
    driver.run(preflight, create_target)
    driver.run_id = "manual__2"
    with pytest.raises(Refused, match=r'held by run "manual__1" of "migrate_shop", .*"target created" since \d{4}-') as caught:
        driver.run(preflight)
    assert "`start over`" in str(caught.value)


def test_a_migration_that_has_ended_begins_anew(databases: Pair) -> None:
    driver = shop(databases)
    driver.run(preflight)
    run(databases.target, f"UPDATE airlift.migrations SET stage = {int(Stage.CLEANED_UP)}")
    assert driver.run(preflight)["tables"] == 2, "the same run has ended too, and stays so"
    assert run(databases.target, "SELECT stage FROM airlift.status") == [("cleaned up",)]
    driver.run_id = "manual__2"
    driver.run(preflight)
    assert run(databases.target, "SELECT run_id, stage FROM airlift.status") == [("manual__2", "prepared")]


def test_of_two_runs_at_once_one_begins(databases: Pair) -> None:
    driver = shop(databases)
    said: list[AirliftError] = []
    barrier = threading.Barrier(2)

    def begin(run_id: str) -> None:
        migration = Driver(databases.source, databases.target, driver.spec, run_id=run_id).migration()
        barrier.wait()
        try:
            preflight(migration)
        except (Refused, Interrupted) as error:
            said.append(error)

    threads = [threading.Thread(target=begin, args=(f"manual__{number}",)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 1
    assert "manual__" in str(said[0])
    assert run(databases.target, "SELECT count(*) FROM airlift.migrations") == [(1,)]


def test_the_status_view_has_its_columns_and_takes_no_writes(databases: Pair) -> None:
    shop(databases).run(preflight)
    columns = run(
        databases.target,
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'airlift.status'::regclass AND attnum > 0",
    )
    assert columns[0][0] == [
        "migration", "stage", "dag_id", "run_id", "in_place", "rows_copied", "bytes_done", "bytes_total", "ranges_done",
        "ranges_total", "windows", "changes", "lag_seconds", "position_at", "pause_ms", "started_at", "stage_at",
    ]  # fmt: skip
    with pytest.raises(psycopg2.Error, match="cannot update view"):
        run(databases.target, "UPDATE airlift.status SET run_id = 'x'")


def test_the_status_view_counts(databases: Pair) -> None:
    shop(databases).run(preflight)
    run(
        databases.target,
        "INSERT INTO airlift.tables (migration, no, layout, bytes, rows_copied) VALUES ('shop', 1, '{}', 70, 3), ('shop', 2, '{}', 30, 4)",
        "INSERT INTO airlift.ranges (migration, batch, no, table_no, filenode, bounds, bytes, rows)"
        " VALUES ('shop', 1, 1, 1, 1, '{}', 60, 3), ('shop', 1, 2, 1, 1, '{}', 40, NULL)",
        "INSERT INTO airlift.windows (migration, no, at, changes, keys, compared, differing, seconds, lag_seconds)"
        " VALUES ('shop', 1, '', 10, 1, 1, 0, 1, 9.5), ('shop', 2, '', 5, 1, 1, 0, 1, 0.5)",
        "INSERT INTO airlift.attempts (migration, no, state, pause_ms) VALUES ('shop', 1, 'done', 12.5), ('shop', 2, 'new', NULL)",
    )
    columns = "rows_copied, bytes_done, bytes_total, ranges_done, ranges_total, windows, changes, lag_seconds, pause_ms"
    assert run(databases.target, f"SELECT {columns} FROM airlift.status") == [(7, 60, 100, 1, 2, 2, 15, 0.5, 12.5)]


def test_what_has_a_price_is_told_as_a_warning(databases: Pair) -> None:
    columns = {"total": {"type": "numeric", "using": "amount * 100"}, "note": {"type": "varchar(5)", "from": "remark"}}
    driver = shop(databases, tables={"orders": {"to": "orders_v2", "columns": columns, "drop": ["amount"]}})
    run(
        databases.source,
        "ALTER TABLE orders ADD remark text, ADD blob oid, DROP CONSTRAINT orders_customer_id_fkey, DROP doubled",
        "CREATE TABLE others (id int PRIMARY KEY DEFAULT nextval('orders_id_seq'))",
        "CREATE ROLE stranger_of_the_target",
        admin=True,
    )
    run(databases.source, "GRANT SELECT ON orders TO stranger_of_the_target")
    run(databases.source, "CREATE PUBLICATION changes FOR TABLE orders", admin=True)
    try:
        found = warnings(driver)
    finally:
        run(databases.source, "DROP OWNED BY stranger_of_the_target", "DROP ROLE stranger_of_the_target", admin=True)
    assert "`back`" in one(found, 'Compatibility view of table "public.orders" shows NULL in "amount"')
    assert "SQLSTATE 40001" in one(found, 'Compatibility view of table "public.orders" is written through a trigger')
    assert "large objects" in one(found, 'Column "blob" of table "public.orders" is of type oid')
    assert 'table "public.others"' in one(found, 'Table "public.orders" shares its sequence "public.orders_id_seq"')
    assert 'for role "stranger_of_the_target"' in one(found, 'New table "public.orders_v2" will lack SELECT')
    assert "go on with the old one" in one(found, 'Publication "changes" publishes table "public.orders"')
    assert "by hand" in one(found, "`cutover.switch` is not set")


def test_what_this_release_does_not_rehearse_is_told(databases: Pair) -> None:
    driver = shop(databases, rehearsal={"target": "scratch"}, cutover={"switch": {"command": ["true"]}})
    found = warnings(driver)
    one(found, 'Rehearsal on "scratch" is not in this release')
    assert not [sentence for sentence in found if "cutover.switch" in sentence]


def test_a_task_that_was_stopped_asks_nothing(databases: Pair) -> None:
    migration = shop(databases).migration()
    migration.cancel()
    with pytest.raises(Interrupted, match="stopped"):
        preflight(migration)
