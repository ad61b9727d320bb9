"""Ask preflight, and see that asking changed nothing. For tests of what it refuses."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest

from airlift.errors import Refused
from airlift.phases.prepare.preflight import preflight
from testbed.driving import Driver
from testbed.servers import Database

# What a definition leaves behind: rows, with who wrote them last. Statistics that the server keeps by itself are no part of it.
_TRACES = (
    "SELECT 'class', oid::text, relname, relkind::text, relowner::text, relacl::text, xmin::text FROM pg_class",
    "SELECT 'attribute', attrelid::text, attname, atttypid::text, attnum::text, attacl::text, xmin::text FROM pg_attribute",
    "SELECT 'proc', oid::text, proname, '', '', '', xmin::text FROM pg_proc",
    "SELECT 'trigger', oid::text, tgname, tgenabled::text, '', '', xmin::text FROM pg_trigger",
    "SELECT 'type', oid::text, typname, '', '', '', xmin::text FROM pg_type",
    "SELECT 'namespace', oid::text, nspname, '', '', nspacl::text, xmin::text FROM pg_namespace",
    "SELECT 'constraint', oid::text, conname, '', '', '', xmin::text FROM pg_constraint",
    "SELECT 'statistic', oid::text, stxname, '', '', '', xmin::text FROM pg_statistic_ext",
)


def run(database: Database, *statements: str, admin: bool = False) -> list[tuple[Any, ...]]:
    """Run statements one by one, each committed; what the last returned."""
    with contextlib.closing(database.connect(admin=admin)) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def traces(database: Database) -> set[tuple[Any, ...]]:
    """Every row of the catalogs that a definition would change."""
    return set(run(database, " UNION ALL ".join(_TRACES), admin=True))


def refusals(driver: Driver) -> list[str]:
    """The sentences with which preflight refuses. Neither server is changed by asking."""
    before = [traces(database) for database in (driver.source, driver.target)]
    with pytest.raises(Refused) as caught:
        driver.run(preflight)
    changed = [had ^ traces(database) for had, database in zip(before, (driver.source, driver.target), strict=True)]
    assert changed == [set(), set()]
    head, *sentences = str(caught.value).splitlines()
    assert "nothing was changed" in head
    return [re.sub(r"^\d+\. ", "", sentence) for sentence in sentences]


def warnings(driver: Driver) -> list[str]:
    """The sentences of which preflight warns where it refuses nothing."""
    return list(driver.run(preflight)["warnings"])


def one(sentences: list[str], beginning: str) -> str:
    """The one sentence that begins so."""
    found = [sentence for sentence in sentences if sentence.startswith(beginning)]
    assert len(found) == 1, "\n".join([f"{len(found)} begin with {beginning!r}:", *sentences])
    return found[0]
