"""The shop, demo/shop.sql and demo/shop_mysql.sql: load it, and the columns that writers and judge look at. Knows nothing of migrations."""

from __future__ import annotations

import contextlib
from pathlib import Path

from testbed.dialects import Dialect
from testbed.serving import Database

SCRIPTS = Path(__file__).resolve().parent.parent / "demo"
# Old columns only: what a migration adds to a table is nobody's acknowledged write.
COLUMNS = {
    "customers": ("id", "email", "name", "address", "credit", "joined_at", "revision"),
    "products": ("id", "sku", "name", "price", "attributes", "sold"),
    "orders": (
        *("id", "number", "customer_id", "status", "amount", "note"),
        *("details", "placed_at", "shipped_at", "revision"),
    ),
    "order_items": ("id", "order_id", "product_id", "quantity", "price"),
    "payments": ("id", "order_id", "amount", "method", "reference", "paid_at"),
}
MOMENTS = frozenset({"joined_at", "placed_at", "shipped_at", "paid_at"})
# Rows that all writers change. Only this column of them changes, and it only grows.
COUNTERS = {"orders": "revision", "products": "sold"}
HOT = 8


def load(database: Database, *, rows: int) -> None:
    """Make the shop in an empty database: `rows` orders, the other tables in proportion; the same on every engine."""
    script = (SCRIPTS / database.dialect.script).read_text()
    with contextlib.closing(database.connect()) as session:
        database.dialect.run_script(session, script, {"rows": rows})


def as_texts(table: str, dialect: Dialect) -> str:
    """The select list that gives a row of this table as texts, in the order of COLUMNS."""
    return ", ".join(as_text(column, dialect) for column in COLUMNS[table])


def as_text(column: str, dialect: Dialect) -> str:
    """The expression that gives a column as text."""
    return dialect.text(dialect.quoted(column), is_moment=column in MOMENTS)
