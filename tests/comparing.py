"""Compare both sides by SQL of the tests' own, every value as text and as binary output: what the product finds proves nothing here."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

from airlift.ledger import Stage
from airlift.phases.sync.carrying import Window, carrier
from testbed.driving import Driver
from testbed.servers import Database
from tests.examining import run

Row = tuple[tuple[str, str | None], ...]
Rows = Counter[Row]

# Arrays of types that somebody made, and rows, carry numbers of the catalog in their binary output; reg... types are such numbers.
_COLUMNS = """
SELECT a.attname,
       t.typsend::oid = 0 OR base.typcategory = 'C' OR coalesce(element.oid >= 16384 OR element.typsend::oid = 0, false)
         OR t.typname ~ '^_?reg|^refcursor$',
       CASE t.typname WHEN '_xml' THEN '::text[]::text' ELSE '::text' END,
       t.typsend::regproc::text
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_type element ON element.oid = base.typelem AND base.typcategory = 'A'
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""


def rows(database: Database, table: str, columns: Mapping[str, str] | None = None) -> Rows:
    """All rows of a table (its name as SQL has it), the values of each in the order of the columns' names.

    `columns` are those to look at, each with the name that it is sorted by; None: all, by their own names.
    """
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute(_COLUMNS, (table,))
        found = {name: (only_text, cast, send) for name, only_text, cast, send in cursor.fetchall()}
        wanted = {name: name for name in found} if columns is None else columns
        parts, names = [], []
        for name in sorted(wanted, key=lambda column: wanted[column]):
            only_text, cast, send = found[name]
            names += [wanted[name]] if only_text else [wanted[name], f"{wanted[name]} in binary"]
            parts.append(sql.SQL("{}" + cast).format(sql.Identifier(name)))
            if not only_text:
                parts.append(sql.SQL("encode({}({}), 'hex')").format(sql.SQL(send), sql.Identifier(name)))
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(parts), sql.SQL(table)))
        return Counter(tuple(zip(names, map(_short, row), strict=True)) for row in cursor)


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) < 100 else hashlib.sha256(value.encode()).hexdigest()


def differences(driver: Driver, table: str, new: str | None = None, renamed: Mapping[str, str] | None = None) -> list[str]:
    """What only one side has, in words; nothing where both hold the same rows.

    `renamed` are the columns to compare where not all, old name to new name.
    """
    olds = None if renamed is None else {old: old for old in renamed}
    news = None if renamed is None else {name: old for old, name in renamed.items()}
    ours, theirs = rows(driver.source, table, olds), rows(driver.target, new or table, news)
    found = [f"source: {_cells(row, theirs - ours)}" for row in ours - theirs]
    return found + [f"target: {_cells(row, ours - theirs)}" for row in theirs - ours]


def _cells(row: Row, others: Rows) -> list[str]:
    """The row without the cells that it shares with the row of the other side that is most like it."""
    nearest = max(others, key=lambda other: len({*row} & {*other}), default=())
    return [f"{name} = {value}" for name, value in row if (name, value) not in nearest]


def carry(driver: Driver) -> Window | None:
    """Carry one window, as a task would; None when nothing changed."""
    m = driver.migration("carry")
    m.standing(Stage.INDEXED)
    with carrier(m) as sessions:
        return sessions.carry(Stage.INDEXED)


def carried(driver: Driver) -> Window:
    """Carry one window that there has to be, and whose keys have to be equal on both sides."""
    window = carry(driver)
    assert window is not None
    assert window.differing == 0
    return window


def in_sync(source: Database, target: Database, /, *statements: str, **spec: Any) -> Driver:
    """A migration of the tables that the statements make on the source, up to the end of its first windows."""
    run(source, *statements)
    driver = Driver(source, target, {"tables": {"*": {}}, **spec})
    driver.prepare()
    driver.copy()
    driver.catch_up()
    return driver
