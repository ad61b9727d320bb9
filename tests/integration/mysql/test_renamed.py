"""Tables on MariaDB that get another name and shape: foreign keys and views before the cutover, and old code that writes through them."""

from __future__ import annotations

import contextlib

import pymysql
import pytest

from testbed.driving import Driver
from tests.fix_servers import Pair
from tests.integration.mysql.test_making_tables import described, run

SPEC = {
    "tables": {
        "customers": {"to": "clients", "columns": {"called": {"from": "name", "type": "varchar(60)"}}},
        "orders": {"to": "orders_v2", "columns": {"amount": {"type": "decimal(14,4)"}, "note": {"add": "varchar(9) DEFAULT 'new'"}}},
        "notes": {},
    }
}  # fmt: skip
ORDERS = """
CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, customer int, amount decimal(8,2), code int UNIQUE,
  twice decimal(9,2) AS (amount * 2) VIRTUAL,
  CONSTRAINT of_customer FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE)
"""
SETUP = (
    "CREATE TABLE customers (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', KEY by_name (name))",
    ORDERS,
    "CREATE TABLE notes (id int PRIMARY KEY, o int, CONSTRAINT of_order FOREIGN KEY (o) REFERENCES orders (id) ON DELETE SET NULL)",
    "INSERT INTO customers (name) VALUES ('ann'), ('ben'), ('cy')",
    "INSERT INTO orders (customer, amount, code) VALUES (1, 1.5, 11), (2, 2.25, 12), (3, 3, 13)",
    "INSERT INTO notes VALUES (1, 1), (2, NULL)",
)


@pytest.fixture
def driver(mariadb_databases: Pair) -> Driver:
    """The migration, with its rows."""
    run(mariadb_databases.source, *SETUP)
    return Driver(mariadb_databases.source, mariadb_databases.target, SPEC)


def test_old_code_goes_on_through_the_views(driver: Driver) -> None:
    source, target = driver.source, driver.target
    driver.up_to_gate()
    run(source, "DELETE FROM customers WHERE id = 3", "UPDATE orders SET amount = 9.99 WHERE id = 1")
    assert "FOREIGN KEY (`customer`) REFERENCES `clients` (`id`) ON DELETE CASCADE" in described(target, "orders_v2")
    assert "KEY `by_name` (`called`)" in described(target, "clients")
    with pytest.raises(pymysql.Error, match="is shut"):
        run(target, "INSERT INTO orders (amount) VALUES (1)")
    assert driver.cut_over()
    assert run(target, "SELECT id, customer, amount, code, twice FROM orders ORDER BY id") == run(
        source, "SELECT id, customer, amount, code, twice FROM orders_obsolete ORDER BY id"
    )
    run(
        target,
        "INSERT INTO customers (name) VALUES ('dee')",
        "INSERT INTO orders (customer, amount) VALUES (LAST_INSERT_ID(), 4.5)",
        "UPDATE orders SET amount = amount + 1 WHERE id = 1",
        "DELETE FROM customers WHERE name = 'ben'",
    )
    joined = "SELECT o.amount, o.note, c.called FROM orders_v2 o JOIN clients c ON c.id = o.customer ORDER BY o.id"
    assert [(str(amount), *others) for amount, *others in run(target, joined)] == [("10.9900", "new", "ann"), ("4.5000", "new", "dee")]
    assert run(target, "SELECT * FROM notes ORDER BY id") == [(1, 1), (2, None)]
    with contextlib.closing(source.connect()) as old, pytest.raises(pymysql.Error, match="is shut"):
        old.cursor().execute("DELETE FROM orders_obsolete")
    driver.contract()
    assert [name for (name,) in run(target, "SHOW TABLES")] == ["clients", "notes", "orders_v2"]
    for database in (source, target):
        assert run(database, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()") == []
