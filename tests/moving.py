"""Two sessions of the product on real MySQL or MariaDB servers with the same tables on both, so that its parts can be called directly."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airlift.databases.cascading import widen
from airlift.databases.mysql.capture import Capture
from airlift.databases.mysql.cascades import Side
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.checksums import Checksums
from airlift.databases.mysql.lines import kind
from airlift.databases.mysql.logs import prune_seen
from airlift.databases.mysql.sending import Sending
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.streams import Streams
from airlift.databases.mysql.windows import Windows
from airlift.databases.naming import CaptureNames
from airlift.databases.shapes import TEXT, Carried, Layout, Relation
from airlift.databases.values import Changes, KeyRange, Range, Unverified
from airlift.spec import TableName
from testbed.serving import Database
from tests.family import session_of
from tests.fix_servers import Pair

MIGRATION = "move"
EVERYTHING = Range({"lower": None, "upper": None}, 0)
ALL_KEYS = KeyRange(None, None)
NOT_STRICT = "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0"
_COLUMNS = """
SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND COALESCE(GENERATION_EXPRESSION, '') = '' ORDER BY ORDINAL_POSITION
"""
_KEY = """
SELECT COLUMN_NAME FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX
"""


def run(database: Database, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements as the owner, in the loosest of modes; the rows of the last one."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        for statement in (NOT_STRICT, *statements):
            cursor.execute(statement)
        return list(cursor.fetchall())


@dataclass
class Moving:
    """A table on its way."""

    pair: Pair
    source: Session
    target: Session
    layout: Layout
    streams: Streams
    windows: Windows
    checksums: Checksums

    @property
    def names(self) -> CaptureNames:
        return CaptureNames(MIGRATION, self.layout.no)

    def copy(self, cut: Range = EVERYTHING) -> int:
        """Copy a range in transactions of its own."""
        with self.target.transaction(airlift__applying="on"), self.source.transaction(snapshot=True):
            return self.streams.copy_range(Sending(self.source), self.target, self.layout, cut)

    def note(self, *keys: Sequence[Any] | Any, op: str = "U") -> None:
        """Note keys in the change log, as triggers would."""
        rows = [(op, *(key if isinstance(key, tuple) else (key,))) for key in keys]
        columns = ", ".join(f"k{no}" for no in range(1, len(rows[0])))
        marks = ", ".join(["%s"] * len(rows[0]))
        with contextlib.closing(self.pair.source.connect()) as session, session.cursor() as cursor:
            cursor.execute("SET NAMES utf8mb4")
            cursor.executemany(f"INSERT INTO airlift.{self.names.log.name} (op, {columns}) VALUES ({marks})", rows)

    def carry(self) -> tuple[int, int]:
        """Carry a window of this table alone and prune it; its keys, and how many of them differ."""
        with self.source.transaction(snapshot=True):
            found = self.windows.changes(self.source, [self.names], "")
            with self.target.transaction(airlift__applying="on"):
                keys = self.windows.receive(Sending(self.source), self.target, self.layout, self.names, "", are_few=True) if found else 0
                if found:
                    self.windows.insert(self.target, self.layout)
                differing = self.windows.compare(self.target, MIGRATION, self.layout) if found else 0
        self.prune(found)
        return keys, differing

    def capture(self) -> None:
        """Have the product's own triggers note what changes, instead of `note`."""
        run(self.pair.source, f"DROP TABLE airlift.{self.names.log.name}")
        columns = {column.name: column for column in Catalog().columns_named(self.source, [self.layout.source])[self.layout.source]}
        with self.source.transaction():
            Capture().prepare(self.source, MIGRATION, CaptureNames.FORWARD)
            Capture().create_log(self.source, self.names, [columns[name] for name in self.layout.source_key])
            Capture().create_triggers(self.source, self.names, self.layout.source)

    def prune(self, found: list[Changes]) -> None:
        with self.source.transaction():
            prune_seen(self.source, [self.names], json.dumps({"seen": {each.no: each.seen for each in found}}))

    def sums(self, keys: KeyRange = ALL_KEYS) -> tuple[Any, Any]:
        """Both sides' checksums."""
        with self.source.transaction(snapshot=True), self.target.transaction():
            return (
                self.checksums.source_sum(self.source, self.layout, keys),
                self.checksums.target_sum(self.target, self.layout, keys),
            )

    def suspects(self, keys: KeyRange = ALL_KEYS) -> int:
        """How many suspects are noted."""
        with self.source.transaction(snapshot=True), self.target.transaction():
            return self.checksums.note_suspects(Sending(self.source), self.target, MIGRATION, self.layout, keys)

    def verdicts(self) -> Unverified:
        with self.target.transaction():
            return self.windows.unverified(self.target, MIGRATION, [self.layout])[0]

    def exact(self) -> bool:
        """Whether both tables are the same in every byte, as the servers themselves say it."""
        both = [run(each, f"CHECKSUM TABLE `{name.name}`")[0][1]
                for each, name in ((self.pair.source, self.layout.source), (self.pair.target, self.layout.target))]  # fmt: skip
        assert None not in both
        return both[0] == both[1]


@contextlib.contextmanager
def sessions(pair: Pair) -> Iterator[tuple[Session, Session]]:
    """A session on each side."""
    source = session_of(pair.source, where="the source")
    target = session_of(pair.target, where="the target")
    try:
        yield source, target
    finally:
        source.close()
        target.close()


@contextlib.contextmanager
def moving(pair: Pair, table: str, *, definition: str, target_definition: str | None = None, no: int = 1) -> Iterator[Moving]:
    """A table made on both sides, with a change log and what else is ours."""
    run(pair.source, f"CREATE TABLE `{table}` {definition}")
    run(pair.target, f"CREATE TABLE `{table}` {target_definition or definition}")
    with sessions(pair) as (source, target):
        yield move(pair, source, target, table, no=no)


def move(pair: Pair, source: Session, target: Session, table: str, *, no: int = 1) -> Moving:
    """A table that is on both sides, with a change log and what else is ours."""
    for database in (pair.source, pair.target):
        run(database, "CREATE DATABASE IF NOT EXISTS airlift")
    layout = layout_of(pair, table, no=no)
    found = Moving(pair, source, target, layout, Streams(), Windows(), Checksums())
    keys = ", ".join(f"`{column}` AS k{number}" for number, column in enumerate(layout.source_key, 1))
    run(
        pair.source,
        f"CREATE TABLE airlift.{found.names.log.name} (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, op CHAR(1) CHARACTER SET ascii) "
        f"AS SELECT {keys} FROM `{table}` LIMIT 0",
    )
    with target.transaction():
        found.checksums.create_unverified(target, MIGRATION, [layout])
    return found


def layout_of(pair: Pair, table: str, *, no: int) -> Layout:
    """A layout in which each column goes to the one of its name; what only the target has is added."""
    old = dict(_asked(pair.source, _COLUMNS, table))
    new = dict(_asked(pair.target, _COLUMNS, table))
    key = [name for (name,) in _asked(pair.source, _KEY, table)]
    return Layout(
        no=no, source=TableName(pair.source.name, table), target=TableName(pair.target.name, table), source_key=key, key=key,
        carried=[Carried(name, type_text, f"`{name}`", name, [name], kind(type_text)) for name, type_text in new.items() if name in old],
        added=[name for name in new if name not in old], old_columns=[], form=TEXT, form_back=TEXT, is_created=True,
        needs_triggers=False,
    )  # fmt: skip


def _asked(database: Database, question: str, table: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute(question, (database.name, table))
        return list(cursor.fetchall())


def carry_all(moved: list[Moving]) -> dict[str, int]:
    """Carry a window of several tables as the phase does, parents first in `moved`; how many keys of each were carried."""
    source, target, windows = moved[0].source, moved[0].target, moved[0].windows
    layouts, names = [each.layout for each in moved], [each.names for each in moved]
    with source.transaction(snapshot=True):
        silent = windows.cascades(source, layouts)
        found = windows.changes(source, names, "")
        with target.transaction(airlift__applying="on"):
            sides = Side(source, on_source=True), Side(target, on_source=False)
            widened = widen(*sides, silent, layouts=layouts, names=names, changed={each.no for each in found if each.changes})
            changed = [each for each in moved if each.layout.no in widened | {one.no for one in found}]
            keys = {
                each.layout.source.name: windows.receive(
                    Sending(source), target, each.layout, each.names, "", are_few=True, is_widened=each.layout.no in widened
                )
                for each in reversed(changed)
            }
            for each in changed:
                windows.insert(target, each.layout)
            assert [windows.compare(target, MIGRATION, each.layout) for each in changed] == [0] * len(changed)
    for each in moved:
        each.prune([one for one in found if one.no == each.layout.no])
    return keys


def relation(moving: Moving, *, size: int, rows: int) -> Relation:
    """The source's table as a catalog would say it is."""
    return Relation(
        name=moving.layout.source, oid=1, kind="r", persistence="p", is_partition=False, filenode=1, bytes=size, block_size=1, rows=rows,
        row_security=False, has_rules=False, inherits=False, owner="own", is_owner=True, is_typed=False, comment=None,
    )  # fmt: skip
