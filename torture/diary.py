"""A table that the torture run writes itself, so that it may be truncated and rewritten: a journal knows no order of such things."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from testbed import router
from testbed.servers import Database

MAKE = """
CREATE TABLE diary (id int PRIMARY KEY, body text NOT NULL, weight numeric(9, 1) NOT NULL DEFAULT 0);
INSERT INTO diary (id, body) SELECT n, 'day ' || n FROM generate_series(1, 200) n
"""
READ = "SELECT id, body, weight FROM {}"
HOT = 5
"""So many rows are changed all the time."""
FINE = Decimal("0.234")
"""What the new table's weight can be more by than the old one's can say."""
TENTH = Decimal("0.1")
Row = tuple[str, Decimal]


@dataclass
class Diary:
    """The table and what has to be in it. `name` is what the service's code calls it, `table` the table below: a view can't be truncated.

    A change that did not commit is none. The new table's weights are finer than the old one's, and what comes back is rounded.
    """

    source: Database
    target: Database
    route: Path
    chance: random.Random
    name: str = "diary"
    table: str = "diary"
    rows: dict[int, Row] = field(default_factory=dict)
    _side: str = "source"
    _count: int = 200
    _open: Connection | None = None
    _opened: dict[int, Row] = field(default_factory=dict)

    def make(self) -> None:
        """Make the table at the source."""
        with contextlib.closing(self.source.connect()) as session:
            session.cursor().execute(MAKE)
        self.look()

    def look(self) -> None:
        """Believe what is there: after a crash that took commits back. A view would round the new table's weights."""
        self.rows = self.found("diary_v2" if self._is_view() else self.name)

    def arrive(self, side: str) -> None:
        """Follow the service to a side. On the old one every weight is as the old table can say it."""
        self.table = "diary_v2" if side == "target" else "diary"
        if side == "source":
            self.rows = {key: (body, weight.quantize(TENTH, ROUND_HALF_UP)) for key, (body, weight) in self.rows.items()}

    def is_there(self) -> bool:
        """Whether the service has its table where it writes: not between the decision and the switch."""
        with contextlib.closing(self.where().connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (self.name,))
            return cursor.fetchone() == (True,)

    def _is_view(self) -> bool:
        with contextlib.closing(self.where().connect()) as session, session.cursor() as cursor:
            cursor.execute("SELECT relkind = 'v' FROM pg_class WHERE oid = to_regclass(%s)", (self.name,))
            return cursor.fetchone() == (True,)

    def found(self, name: str) -> dict[int, Row]:
        """All rows of the table."""
        with contextlib.closing(self.where().connect()) as session, session.cursor() as cursor:
            cursor.execute(READ.format(name))
            return {key: (body, weight) for key, body, weight in cursor.fetchall()}

    def write(self) -> None:
        """Insert a row, change hot ones and the newest one once more, move a key, delete one: in one transaction."""
        newest = self._count
        self._count += 1
        new, body = self._count, f"written {self._count}"
        hot, cold = self.chance.randint(1, HOT), sorted(key for key in self.rows if key > HOT and key != newest)
        statements = [f"INSERT INTO {self.name} (id, body) VALUES ({new}, '{body}')"]
        rows = {**self.rows, new: (body, Decimal(0))}
        for key in (hot, newest):
            statements.append(f"UPDATE {self.name} SET body = '{body}' WHERE id = {key}")
            if key in rows:
                rows[key] = (body, rows[key][1])
        if self.table != "diary":
            # the new code's own writes: the old one can't say this
            statements.append(f"UPDATE {self.table} SET weight = {FINE} WHERE id = {new}")
            rows[new] = (body, FINE)
        if len(cold) > 2:
            gone, moved = self.chance.sample(cold, 2)
            statements += [f"DELETE FROM {self.name} WHERE id = {gone}", f"UPDATE {self.name} SET id = {-new} WHERE id = {moved}"]
            del rows[gone]
            rows[-new] = rows.pop(moved)
        if self._do(*statements):
            self.rows = rows

    def truncate(self) -> bool:
        """Empty the table and begin anew."""
        self._count += 1
        if self._do(f"TRUNCATE {self.table}", f"INSERT INTO {self.table} (id, body) VALUES ({self._count}, 'anew')"):
            self.rows = {self._count: ("anew", Decimal(0))}
            return True
        return False

    def rewrite(self) -> bool:
        """VACUUM FULL: every row gets another place."""
        return self._do(f"VACUUM FULL {self.table}")

    def linger(self) -> bool:
        """Begin a transaction that stays open over what comes."""
        self._count += 1
        if self._open is not None or self._is_held():
            return False
        with contextlib.suppress(psycopg2.Error):  # the server is away, or the fence is up: then not now
            self._open = _session(self.where())
            self._open.autocommit = False
            self._open.cursor().execute(f"INSERT INTO {self.name} (id, body) VALUES ({self._count}, 'late')")
            self._opened = {self._count: ("late", Decimal(0))}
            return True
        self._open = None
        return False

    def commit(self) -> None:
        """End it. A transaction that a crash has ended was none."""
        if self._open is not None:
            with contextlib.suppress(psycopg2.Error):
                self._open.commit()
                self.rows |= self._opened
            self._open.close()
        self._open = None

    def _do(self, *statements: str) -> bool:
        if self._is_held():
            return False
        with contextlib.suppress(psycopg2.Error), contextlib.closing(_session(self.where())) as session:
            session.cursor().execute("; ".join(statements))
            return True
        return False

    def where(self) -> Database:
        """The side that the service writes to, or wrote to before it was held: the router says it, not who has the table's name."""
        self._is_held()
        return self.target if self._side == "target" else self.source

    def _is_held(self) -> bool:
        """Whether the service waits at the door: then nobody knows where it goes on."""
        state = router.where(router.read(self.route))
        if state != "hold":
            self._side = state
        return bool(state == "hold")


def _session(database: Database) -> Connection:
    # short waits: whoever thaws a frozen process must not wait for it
    made: Connection = psycopg2.connect(**database.dsn, options="-c lock_timeout=150ms -c statement_timeout=5s")
    made.autocommit = True
    return made
