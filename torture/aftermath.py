"""What the tables are like when a leg has ended, by the catalogs: who is shut, which foreign keys hold, what of ours was left."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from psycopg2 import errors

from testbed.servers import Database

WRITE = "DELETE FROM {} WHERE false"
KEYS = """
SELECT conname, conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
 WHERE contype = 'f' AND convalidated AND conrelid::regclass::text NOT LIKE '%\\_obsolete'"""
LEFT = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'airlift' AND c.relname LIKE 'shop\\_%'
 UNION ALL SELECT tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'airlift\\_%'
 UNION ALL SELECT state || ' attempt ' || no FROM airlift.attempts WHERE state IN ('begun', 'deciding')"""
NO_LEDGER = "SELECT to_regclass('airlift.attempts') IS NULL"


def must_be_shut(database: Database, names: Iterable[str]) -> None:
    """Nobody can write these tables."""
    with contextlib.closing(database.connect()) as session:
        session.autocommit = True
        for name in names:
            with session.cursor() as cursor:
                try:
                    cursor.execute(WRITE.format(name))
                except (errors.ObjectNotInPrerequisiteState, errors.UndefinedTable):
                    continue
            raise AssertionError(f"{name} takes writes, and the service is elsewhere")


def foreign_keys(database: Database) -> set[tuple[str, ...]]:
    """The foreign keys that hold for all rows: name, child, parent. Those of obsolete tables are nobody's."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute(KEYS)
        return set(cursor.fetchall())


def leftovers(database: Database) -> list[str]:
    """What of ours is still there after the end, and attempts that the ledger takes to be under way."""
    with contextlib.closing(database.connect(admin=True)) as session, session.cursor() as cursor:
        cursor.execute(NO_LEDGER)
        has_no_ledger = cursor.fetchone() == (True,)
        cursor.execute(LEFT.rpartition("UNION ALL")[0] if has_no_ledger else LEFT)
        return [str(name) for (name,) in cursor.fetchall()]
