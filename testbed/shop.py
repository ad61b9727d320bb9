"""The shop of demo/shop.sql: load it, and the columns that writers and judge look at. Knows nothing of migrations."""

from __future__ import annotations

import contextlib
from pathlib import Path

from psycopg2 import sql

from testbed.servers import Database

SQL_FILE = Path(__file__).resolve().parent.parent / "demo" / "shop.sql"
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
# Rows that all writers change. Only this column of them changes, and it only grows.
COUNTERS = {"orders": "revision", "products": "sold"}
HOT = 8


def load(database: Database, *, rows: int) -> None:
    """Make the shop in an empty database: `rows` orders, the other tables in proportion."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute(SQL_FILE.read_text(), {"rows": rows})
        cursor.execute("ANALYZE")


def as_texts(table: str) -> sql.Composed:
    """The select list that gives a row of this table as texts, in the order of COLUMNS."""
    return sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in COLUMNS[table])
