"""The small tables of tests/small.py on MariaDB and MySQL: a migration that can be killed often, and a service that knows its rows."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pymysql

from airlift.ledger import Stage
from testbed.driving import Driver
from testbed.serving import Database
from tests.family import IS_MARIADB, seq

GONE = 1146
SHUT = 1644
"""The server's numbers for a table that is not there, and for what a trigger of somebody's has refused."""
DEADLOCK = 1213
"""What MySQL may tell whom we meet: docs/engines.md."""
SCHEMA = f"""
CREATE TABLE parents (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) NOT NULL UNIQUE);
CREATE TABLE children (id INT AUTO_INCREMENT PRIMARY KEY, parent_id BIGINT NOT NULL, body TEXT, amount DECIMAL(10, 2) DEFAULT 1,
  KEY (parent_id), FOREIGN KEY (parent_id) REFERENCES parents (id));
CREATE TABLE notes (id BIGINT AUTO_INCREMENT PRIMARY KEY, child_id INT, FOREIGN KEY (child_id) REFERENCES children (id) ON DELETE SET NULL);
INSERT INTO parents (name) SELECT CONCAT('parent ', seq) FROM {seq(30)} ORDER BY seq;
INSERT INTO children (parent_id, body, amount) SELECT 1 + MOD(seq, 30), CONCAT('body ', seq), seq FROM {seq(300)} ORDER BY seq;
INSERT INTO notes (child_id) SELECT 1 + MOD(seq, 300) FROM {seq(100)} ORDER BY seq;
"""
CHILDREN = {"to": "children_v2", "columns": {"state": {"add": "varchar(20) NOT NULL DEFAULT 'new'"}}}
ACROSS: dict[str, Any] = {"tables": {"*": {}, "children": CHILDREN}}
IN_PLACE: dict[str, Any] = {"target": "old", "tables": {"children": CHILDREN}}
READ = "SELECT id, parent_id, body, CAST(amount AS CHAR) FROM {} ORDER BY id"
Row = tuple[int, str | None, str]


def small(source: Database, target: Database | None = None, **words: Any) -> Driver:
    """The small migration, across two databases or in place, before its first step."""
    for statement in SCHEMA.split(";\n")[:-1]:
        execute(source, statement)
    spec = {**(ACROSS if target else IN_PLACE), **words.pop("spec", {})}
    return Driver(source, target or source, spec, **words)


@contextlib.contextmanager
def session(database: Database, *, admin: bool = False, autocommit: bool = True) -> Iterator[Any]:
    """A session that is closed after the block."""
    with contextlib.closing(database.connect(admin=admin)) as made:
        made.autocommit(autocommit)
        yield made


def execute(database: Database, statement: str, values: Any = None, *, admin: bool = False) -> int:
    """Run a statement; how many rows it touched."""
    with session(database, admin=admin) as made, made.cursor() as cursor:
        return int(cursor.execute(statement, values))


def ask(database: Database, statement: str, values: Any = None, *, admin: bool = False) -> list[tuple[Any, ...]]:
    """The rows that a statement returns."""
    with session(database, admin=admin) as made, made.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def stage(driver: Driver) -> Stage:
    """Where the migration stands."""
    return Stage(ask(driver.target, "SELECT stage FROM airlift.migrations")[0][0])


def attempts(driver: Driver) -> list[tuple[str, str | None]]:
    """State and detail of every attempt at the cutover."""
    return [(row[0], row[1]) for row in ask(driver.target, "SELECT state, detail FROM airlift.attempts ORDER BY no")]


@dataclass
class Service:
    """A service of the table children: it writes at the source as long as that takes writes by the name, else at the target."""

    driver: Driver
    table: str = "children"
    """The name that its code uses."""
    rows: dict[int, Row] = field(default_factory=dict)
    writes: int = 0
    _chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.rows = read(self.driver.source, self.table)

    def write(self) -> str:
        """One transaction that inserts, updates, deletes and moves a key; which side took it."""
        return self._write_at_first(self.driver.source, self.driver.target)

    def write_back(self) -> str:
        """The same once the cutover is done: at the target as long as that takes writes."""
        return self._write_at_first(self.driver.target, self.driver.source)

    def _write_at_first(self, first: Database, second: Database) -> str:
        self.writes += 1
        try:
            self.write_at(first)
        except pymysql.Error as error:
            if not IS_MARIADB and error.args[0] == DEADLOCK:
                return self._write_at_first(first, second)
            if error.args[0] not in (GONE, SHUT) or first is second:
                raise
            self.write_at(second)
            return "target" if second is self.driver.target else "source"
        return "target" if first is self.driver.target else "source"

    def write_at(self, database: Database) -> None:
        """The transaction at one side. What was acknowledged is kept in mind."""
        changed, gone, moved = self._chance.sample(sorted(self.rows), 3)
        body, key = f"written {self.writes}", -self.writes
        with session(database, autocommit=False) as made, made.cursor() as cursor:
            cursor.execute(f"INSERT INTO {self.table} (parent_id, body) VALUES (3, %s)", (body,))
            new = int(cursor.lastrowid)
            for statement, values in (
                (f"UPDATE {self.table} SET body = %s WHERE id = %s", (body, changed)),
                ("UPDATE notes SET child_id = NULL WHERE child_id IN (%s, %s)", (gone, moved)),
                (f"DELETE FROM {self.table} WHERE id = %s", (gone,)),
                (f"UPDATE {self.table} SET id = %s, body = NULL WHERE id = %s", (key, moved)),
            ):
                touched = cursor.execute(statement, values)
                assert touched == 1 or "notes" in statement
            made.commit()
        assert new not in self.rows, f"the id {new} was given out twice"
        self.rows[changed] = (self.rows[changed][0], body, self.rows[changed][2])
        parent, _, amount = self.rows.pop(moved)
        self.rows[key] = (parent, None, amount)
        del self.rows[gone]
        self.rows[new] = (3, body, "1.00")

    def must_be_whole(self, table: str = "children_v2", database: Database | None = None) -> None:
        """Every acknowledged row is there once, as it was acknowledged, and no other."""
        assert read(database or self.driver.target, table) == self.rows


def read(database: Database, table: str) -> dict[int, Row]:
    """The rows of a table like children."""
    return {row[0]: (row[1], row[2], row[3]) for row in ask(database, READ.format(table))}


@dataclass
class Live:
    """A service that writes without a rest, in a thread, and the longest that it waited for a write."""

    service: Service
    is_back: bool = False
    longest: float = 0.0
    sides: list[str] = field(default_factory=list)
    failure: BaseException | None = None

    def __enter__(self) -> Live:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
        if self.failure and not any(error):
            raise self.failure

    def _write(self) -> None:
        try:
            while not self._done.is_set():
                began = time.monotonic()
                self.sides.append(self.service.write_back() if self.is_back else self.service.write())
                self.longest = max(self.longest, time.monotonic() - began)
                time.sleep(0.005)
        except BaseException as error:
            self.failure = error


WRITES = ("INSERT", "UPDATE", "DELETE", "SELECT")


@dataclass
class Queue:
    """Looks all the time whether a session waits for a table to lock or to define it: writers queue behind such a one.

    That a writer waits is seen as well without it, for the instant in which locks are tried.
    """

    database: Database
    seen: list[object] = field(default_factory=list)
    looks: int = 0

    def __enter__(self) -> Queue:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        with contextlib.closing(self.database.connect()) as session, session.cursor() as cursor:
            while not self._over.is_set():
                cursor.execute("SELECT info FROM information_schema.processlist WHERE state = 'Waiting for table metadata lock'")
                self.seen += [info for (info,) in cursor.fetchall() if not str(info).startswith(WRITES)]
                self.looks += 1
