"""A table that the torture run writes itself, so that it may be truncated and rewritten: a journal knows no order of such things."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from testbed import router
from testbed.dialects import FAILURES
from testbed.serving import Database
from torture.ground import ask, of

DAYS = 200
MAKE = "CREATE TABLE diary (id int PRIMARY KEY, body text NOT NULL, weight numeric(9, 1) NOT NULL DEFAULT 0)"
FILL = "INSERT INTO diary (id, body) VALUES " + ", ".join(f"({n}, 'day {n}')" for n in range(1, DAYS + 1))
KIND = "SELECT table_type FROM information_schema.tables WHERE table_schema = {schema} AND table_name = '{name}'"
READ = "SELECT id, body, weight FROM {}"
HOT = 5
"""So many rows are changed all the time."""
TENTH = Decimal("0.1")
Row = tuple[str, Decimal]


@dataclass
class Diary:
    """The table and what has to be in it. `name` is what the service's code calls it, `table` the table below: a view can't be truncated.

    A change that did not commit is none. Where the new table's weights are finer than the old one's, what comes back is rounded.
    """

    source: Database
    target: Database
    route: Path
    chance: random.Random
    name: str = "diary"
    table: str = "diary"
    rows: dict[int, Row] = field(default_factory=dict)
    _side: str = "source"
    _count: int = DAYS
    _open: Any = None
    _opened: dict[int, Row] = field(default_factory=dict)

    def make(self) -> None:
        """Make the table at the source."""
        with contextlib.closing(self.source.connect()) as session, session.cursor() as cursor:
            cursor.execute(MAKE)
            cursor.execute(FILL)
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
        return bool(self._kind())

    def _is_view(self) -> bool:
        return self._kind() == [("VIEW",)]

    def _kind(self) -> list[tuple[Any, ...]]:
        place = self.where()
        return ask(place, KIND.format(schema=of(place).schema, name=self.name))

    def found(self, name: str) -> dict[int, Row]:
        """All rows of the table."""
        return {key: (body, weight) for key, body, weight in ask(self.where(), READ.format(name))}

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
        own = None
        if self.table != "diary":
            # the new code's own writes: the old one can't say this
            fine = of(self.target).fine
            own = f"UPDATE {self.table} SET weight = {fine} WHERE id = {new}"
            statements.append(own)
            rows[new] = (body, fine)
        if len(cold) > 2:
            gone, moved = self.chance.sample(cold, 2)
            statements += [f"DELETE FROM {self.name} WHERE id = {gone}", f"UPDATE {self.name} SET id = {-new} WHERE id = {moved}"]
            del rows[gone]
            rows[-new] = rows.pop(moved)
        if self._do(*statements, finds=own):
            self.rows = rows

    def truncate(self) -> bool:
        """Empty the table and begin anew."""
        self._count += 1
        empty, fill = f"TRUNCATE {self.table}", f"INSERT INTO {self.table} (id, body) VALUES ({self._count}, 'anew')"
        row = {self._count: ("anew", Decimal(0))}
        ground = of(self.where())
        if self._side == "source" and not ground.notes_truncate:
            return False
        if ground.truncates_in_transaction:
            if is_done := self._do(empty, fill):
                self.rows = row
        elif is_done := self._do(empty):
            self.rows = row if self._do(fill) else {}
        return is_done

    def rewrite(self) -> bool:
        """Every row gets another place."""
        return self._do(of(self.where()).rewrite.format(self.table), begins=False)

    def linger(self) -> bool:
        """Begin a transaction that stays open over what comes."""
        self._count += 1
        if self._open is not None or self._is_held():
            return False
        with contextlib.suppress(*FAILURES):  # the server is away, or the fence is up: then not now
            self._open = self._session()
            with self._open.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute(f"INSERT INTO {self.name} (id, body) VALUES ({self._count}, 'late')")
            self._opened = {self._count: ("late", Decimal(0))}
            return True
        self._open = None
        return False

    def commit(self) -> None:
        """End it. A transaction that a crash has ended was none."""
        if self._open is not None:
            with contextlib.suppress(*FAILURES), self._open.cursor() as cursor:
                cursor.execute("COMMIT")
                self.rows |= self._opened
            with contextlib.suppress(*FAILURES):  # a crash has closed it
                self._open.close()
        self._open = None

    def _do(self, *statements: str, begins: bool = True, finds: str | None = None) -> bool:
        """Whether all of it was done, or nothing. `finds` is a statement that has to find its row.

        A transaction that began to wait at a name before a roll back has that row in the old table; and where triggers are for rows, a shut
        table says nothing of an UPDATE that finds none.
        """
        if self._is_held():
            return False
        whole = ["BEGIN", *statements, "COMMIT"] if begins else statements
        with contextlib.suppress(*FAILURES), contextlib.closing(self._session()) as session, session.cursor() as cursor:
            for statement in whole:
                cursor.execute(statement)
                if statement == finds and cursor.rowcount != 1:
                    assert not self._is_view(), f"{statement} does not find the row that the view {self.name} was given before it"
                    return False
            return True
        return False

    def _session(self) -> Any:
        place = self.where()
        return of(place).session(place)

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
