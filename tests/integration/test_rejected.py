"""A migration across servers that is rejected: nothing of it is left on either side but its history."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from airlift.phases.contract.clean_up import clean_up
from testbed.driving import Driver
from testbed.servers import Database
from tests.examining import run
from tests.fix_servers import Pair

SHOP = """
CREATE TYPE stage AS ENUM ('new', 'paid');
CREATE TYPE color AS ENUM ('red');
CREATE SEQUENCE numbers;
CREATE TABLE customers (id serial PRIMARY KEY, name text UNIQUE, color color);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint DEFAULT nextval('numbers'), stage stage,
  customer int REFERENCES customers,
  CHECK (number > 0));
CREATE INDEX ON orders (stage);
INSERT INTO customers (name) SELECT 'c' || n FROM generate_series(1, 9) AS n;
INSERT INTO orders (stage, customer) SELECT 'paid', n FROM generate_series(1, 9) AS n;
"""
OBJECTS = """
SELECT 'relation', c.relkind::text, c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'airlift')
UNION ALL SELECT 'type', t.typtype::text, t.oid::regtype::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'airlift')
UNION ALL SELECT 'function', '', p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT 'trigger', '', tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'constraint', contype::text, conname::text FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'airlift')
UNION ALL SELECT 'schema', '', nspname::text FROM pg_namespace WHERE nspname !~ '^pg_'
ORDER BY 1, 2, 3"""
SHAPES: dict[str, Any] = {"*": {}, "orders": {"to": "orders_v2", "columns": {"note": {"add": "text"}}}}


def there(database: Database) -> list[tuple[Any, ...]]:
    """Everything that has a name and is not the server's own."""
    return run(database, OBJECTS)


def at_the_gate(databases: Pair) -> Driver:
    run(databases.source, SHOP)
    return Driver(databases.source, databases.target, {"tables": SHAPES})


def test_nothing_is_left_on_either_side(databases: Pair) -> None:
    driver = at_the_gate(databases)
    source, target = there(databases.source), there(databases.target)
    driver.up_to_gate()
    assert len(there(databases.target)) > len(target) + 10
    driver.run(clean_up)
    assert there(databases.source) == source
    assert there(databases.target) == sorted([*target, ("schema", "", "airlift")])
    driver.run(clean_up)


def test_what_was_there_beforehand_or_is_used_by_others_stays(databases: Pair, caplog: pytest.LogCaptureFixture) -> None:
    run(databases.target, "CREATE TYPE stage AS ENUM ('new', 'paid')", "CREATE SEQUENCE numbers START WITH 100")
    driver = at_the_gate(databases)
    driver.up_to_gate()
    run(databases.target, "CREATE TABLE others (color color)")
    with caplog.at_level(logging.WARNING):
        driver.run(clean_up)
    names = {name for _, _, name in there(databases.target)}
    assert {"stage", "numbers", "color", "others"} <= names
    assert not names & {"customers", "orders", "orders_v2", "customers_id_seq"}
    (told,) = [record.getMessage() for record in caplog.records if "stays" in record.getMessage()]
    assert 'The enum "public.color" stays' in told
