"""The transactions of a busy shop: what one clerk does to the rows that are its own.

A clerk owns the rows of `id % clerks == number` of the load, and those it makes. So the last acknowledged state of each is
known exactly. The first HOT rows of orders and products belong to all; only counters are changed there.
Knows nothing of where the database is.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from testbed.dialects import Dialect
from testbed.journal import Key, Texts, Wait
from testbed.shop import COLUMNS, HOT, as_texts

LONG = 0.020  # shorter waits are not written down
STATUSES = ("new", "paid", "shipped", "returned", "cancelled")
# How often each is done, in relation to the others.
MIX = {
    "edit": 40,
    "place": 20,
    "profile": 8,
    "pay": 8,
    "look": 8,
    "undo": 5,
    "remove": 4,
    "rekey": 3,
    "swap": 3,
    "bump": 3,
}


class Change(NamedTuple):
    """A statement that changes one row. `key` names the value that is the row's id afterwards; nothing does for one that is inserted."""

    text: str
    key: str = ""


INSERT_ORDER = Change("""
    INSERT INTO {orders} (number, customer_id, amount, note, details)
    VALUES (%(number)s, %(customer)s, %(amount)s, %(note)s, %(details)s)""")
INSERT_ITEM = Change("""
    INSERT INTO {order_items} (order_id, product_id, quantity, price)
    VALUES (%(order)s, %(product)s, %(quantity)s, %(amount)s)""")
INSERT_PAYMENT = Change("""
    INSERT INTO {payments} (order_id, amount, method, reference)
    VALUES (%(order)s, %(amount)s, 'card', %(note)s)""")
UPDATE_ORDER = Change(
    """
    UPDATE {orders} SET status = %(status)s, amount = %(amount)s, note = %(note)s, details = %(details)s,
        shipped_at = CASE WHEN %(status)s = 'shipped' THEN {clock} END, revision = revision + 1
    WHERE id = %(order)s""",
    "order",
)
UPDATE_CUSTOMER = Change(
    """
    UPDATE {customers} SET credit = credit + %(amount)s, address = %(details)s, revision = revision + 1
    WHERE id = %(customer)s""",
    "customer",
)
UPDATE_NUMBER = Change("UPDATE {orders} SET number = %(number)s, revision = revision + 1 WHERE id = %(order)s", "order")
UPDATE_KEY = Change("UPDATE {orders} SET id = %(new)s, revision = revision + 1 WHERE id = %(order)s", "new")
DELETE_PAYMENTS = "DELETE FROM {payments} WHERE order_id = %(order)s"
DELETE_ORDER = "DELETE FROM {orders} WHERE id = %(order)s"
SELECT_ITEM_IDS = "SELECT id FROM {order_items} WHERE order_id = %(order)s"
SELECT_PAYMENT_IDS = "SELECT id FROM {payments} WHERE order_id = %(order)s"
SELECT_ITEMS = "SELECT {texts} FROM {order_items} WHERE order_id = %(order)s"
SELECT_PAYMENTS = "SELECT {texts} FROM {payments} WHERE order_id = %(order)s"
SELECT_LOOK = "SELECT {texts} FROM {orders} WHERE id = {parameter}"
BUMP_ORDER = "UPDATE {orders} SET revision = revision + 1 WHERE id = %(order)s"
BUMP_PRODUCT = "UPDATE {products} SET sold = sold + %(quantity)s WHERE id = %(product)s"


class Surprise(Exception):
    """The database answered without an error, and wrongly."""


class Undone(Exception):
    """The transaction is to be rolled back: nothing of it may be left."""


@dataclass
class Work:
    """One transaction under way: runs statements, times each, and collects what it does to which row."""

    dialect: Dialect
    session: Any
    names: Mapping[str, str]
    waits: list[Wait] = field(default_factory=list)
    rows: dict[Key, Texts | None] = field(default_factory=dict)
    counters: Counter[Key] = field(default_factory=Counter)

    def run(self, statement: str, table: str = "orders", **values: Any) -> list[Any]:
        """Run a statement; its rows, if it has any. `table` says whose columns stand for {texts}."""
        with self.session.cursor() as cursor:
            self._execute(cursor, statement, values, table)
            return list(cursor.fetchall()) if cursor.description else []

    def count(self, statement: str, **values: Any) -> int:
        """Run a statement; how many rows it met."""
        with self.session.cursor() as cursor:
            self._execute(cursor, statement, values)
            return int(cursor.rowcount)

    def change(self, change: Change, table: str, **values: Any) -> list[Texts]:
        """Change a row; what it is now, as texts, by RETURNING or by looking for it."""
        if self.dialect.returning:
            return self.run(f"{change.text} RETURNING {{texts}}", table, **values)
        with self.session.cursor() as cursor:
            self._execute(cursor, change.text, values)
            key = values[change.key] if change.key else cursor.lastrowid
            if not cursor.rowcount:
                return []
        return self.run(f"SELECT {{texts}} FROM {{{table}}} WHERE id = %(key)s", table, key=key)

    def prepare_look(self) -> None:
        """Prepare the statement of `look`."""
        statement, values = self.dialect.prepare(self._filled(SELECT_LOOK))
        self.run(statement, **values)

    def look(self, order: int) -> list[Any]:
        """An order's texts, by the statement that was prepared long ago."""
        return [self.run(statement, key=order) for statement in self.dialect.execute][-1]

    def _filled(self, statement: str, table: str = "orders") -> str:
        names = {name: self.dialect.quoted(self.names.get(name, name)) for name in COLUMNS}
        texts = as_texts(table, self.dialect)
        return statement.format(texts=texts, clock=self.dialect.clock, parameter=self.dialect.parameter, **names)

    def _execute(self, cursor: Any, statement: str, values: Mapping[str, Any], table: str = "orders") -> None:
        text = self._filled(statement, table)
        self.time(lambda: cursor.execute(text, values), what=" ".join(re.findall(r"\w+", statement)[:3]))

    def keep(self, table: str, found: list[Texts]) -> list[Texts]:
        """Write rows of texts down as this transaction's."""
        for texts in found:
            self.rows[Key(table, int(str(texts[0])))] = texts
        return found

    def keep_one(self, table: str, change: Change, **values: Any) -> Texts:
        """Change a row, of which there has to be one with the values that were just given to it, and write it down."""
        found = self.keep(table, self.change(change, table, **values))
        if len(found) != 1:
            raise Surprise(f"{' '.join(change.text.split())} with {values} met {len(found)} rows, not one")
        texts = dict(zip(COLUMNS[table], found[0], strict=True))
        for name in ("number", "status", "amount", "note"):
            if name in texts and f"%({name})s" in change.text and texts[name] != values[name]:
                raise Surprise(f"{table} {texts['id']}: {name} was set to {values[name]!r} and is {texts[name]!r}")
        return found[0]

    def bump(self, table: str, statement: str, *, row: int, by: int, **values: Any) -> None:
        if not self.count(statement, **values):
            raise Surprise(f"the row {row} of {table} that all writers change is gone")
        self.counters[Key(table, row)] += by

    def time(self, step: Callable[[], object], *, what: str) -> None:
        """Do one step and note how long it took."""
        at, start = time.time(), time.perf_counter()
        try:
            step()
        finally:
            seconds = time.perf_counter() - start
            if seconds >= LONG:
                self.waits.append(Wait(seconds, at, what))


class Clerk:
    """Chooses rows of its own and does things to them. What it remembers changes only by acknowledged commits."""

    def __init__(self, number: int, *, clerks: int, rows: int, seed: int, count: int = 0) -> None:
        self._number, self._clerks, self._rows = number, clerks, rows
        self._chance = random.Random(f"{seed} {number}")
        self._made: list[int] = []
        self._gone: set[int] = set()
        self._known: dict[int, Texts] = {}
        self._count = count  # in what it calls its rows: whoever takes its place goes on behind it

    def choose(self, mix: Mapping[str, int] = MIX) -> str:
        """What to do next."""
        return self._chance.choices(list(mix), list(mix.values()))[0]

    def do(self, kind: str, work: Work) -> None:
        """Do all but the COMMIT. Raises Undone when it wants a ROLLBACK instead."""
        getattr(self, f"_{kind}")(work)

    def learn(self, rows: Mapping[Key, Texts | None], *, known: bool = True) -> None:
        """What became of a transaction. Rows whose state isn't known for sure are never touched again."""
        for key, texts in rows.items():
            if key.table == "orders" and (texts is None or not known):
                self._gone.add(key.id)
                self._known.pop(key.id, None)
            elif key.table == "orders" and texts is not None:
                if key.id not in self._known and (key.id > self._rows or key.id < 0):
                    self._made.append(key.id)
                self._known[key.id] = texts

    def _order(self) -> int:
        """An order of its own: one of the load mostly, else one that was made since."""
        while True:
            if self._made and self._chance.random() < 0.3:
                found = self._made[self._chance.randrange(max(0, len(self._made) - 200), len(self._made))]
            else:
                found = self._own(HOT + 1, self._rows)
            if found not in self._gone:
                return found

    def _own(self, first: int, last: int) -> int:
        """A number from first to last that is this clerk's by its remainder."""
        low = -((self._number - first) // self._clerks)
        return self._number + self._clerks * self._chance.randint(low, (last - self._number) // self._clerks)

    def _values(self) -> dict[str, Any]:
        """New values for everything that a statement may want, with NULLs in some."""
        self._count += 1
        chance, count = self._chance, self._count
        return {
            "number": f"W{self._number}-{count}",
            "customer": self._own(1, max(self._rows // 3, 10)),
            # Not one that all writers count on: where a foreign key locks the row that it names, two orders would lock each other out.
            "product": chance.randint(HOT + 1, max(self._rows // 100, 50)),
            "quantity": chance.randint(1, 4),
            "status": chance.choice(STATUSES),
            "amount": f"{chance.randint(100, 99999) / 100:.2f}",
            "note": None if chance.random() < 0.2 else f"écrit {count}: 'x' \\N \t {chance.random()}",
            "details": None if chance.random() < 0.2 else json.dumps({"n": count, "by": self._number}),
        }

    def _edit(self, work: Work) -> None:
        work.keep_one("orders", UPDATE_ORDER, order=self._order(), **self._values())

    def _place(self, work: Work) -> None:
        values = self._values()
        order = int(str(work.keep_one("orders", INSERT_ORDER, **values)[0]))
        for _ in range(self._chance.randint(1, 3)):
            work.keep_one("order_items", INSERT_ITEM, **{**self._values(), "order": order})
        if self._chance.random() < 0.3 and work.dialect.takes_inserts_back(work.session):
            work.run("SAVEPOINT try_payment")
            work.change(INSERT_PAYMENT, "payments", order=order, **self._values())
            work.run("ROLLBACK TO SAVEPOINT try_payment")
        work.keep_one("payments", INSERT_PAYMENT, order=order, **self._values())
        product, quantity = self._chance.randint(1, HOT), values["quantity"]
        work.bump("products", BUMP_PRODUCT, row=product, by=quantity, product=product, quantity=quantity)

    def _profile(self, work: Work) -> None:
        values = self._values()
        work.keep_one("customers", UPDATE_CUSTOMER, **{k: values[k] for k in ("customer", "details")}, amount="0.25")

    def _pay(self, work: Work) -> None:
        work.keep_one("payments", INSERT_PAYMENT, order=self._order(), **self._values())

    def _look(self, work: Work) -> None:
        """Read an own row with a statement that was prepared long ago, and compare it with what was acknowledged."""
        if not self._known:
            return
        order = self._chance.choice(list(self._known)[-500:])
        found = work.look(order)
        if [tuple(texts) for texts in found] != [tuple(self._known[order])]:
            raise Surprise(f"order {order} was acknowledged as {self._known[order]} and reads as {found}")

    def _undo(self, work: Work) -> None:
        self._place(work)
        self._edit(work)
        raise Undone

    def _remove(self, work: Work) -> None:
        order = self._order()
        items, payments = (work.run(statement, order=order) for statement in (SELECT_ITEM_IDS, SELECT_PAYMENT_IDS))
        if work.count(DELETE_PAYMENTS, order=order) != len(payments):
            raise Surprise(f"order {order} has {len(payments)} payments, of which not all are there to be deleted")
        if work.count(DELETE_ORDER, order=order) != 1:
            raise Surprise(f"order {order} was acknowledged and isn't there to be deleted")
        work.rows[Key("orders", order)] = None
        work.rows.update({Key("order_items", number): None for (number,) in items})
        work.rows.update({Key("payments", number): None for (number,) in payments})

    def _rekey(self, work: Work) -> None:
        self._count += 1
        order, new = self._order(), -(self._number + self._clerks * self._count) - 1
        work.keep_one("orders", UPDATE_KEY, order=order, new=new)
        work.rows[Key("orders", order)] = None
        work.keep("order_items", work.run(SELECT_ITEMS, "order_items", order=new))
        work.keep("payments", work.run(SELECT_PAYMENTS, "payments", order=new))

    def _swap(self, work: Work) -> None:
        """Two rows exchange their unique numbers."""
        one, other = self._order(), self._order()
        if one == other:
            return
        before = [work.keep_one("orders", UPDATE_ORDER, order=order, **self._values())[1] for order in (one, other)]
        work.keep_one("orders", UPDATE_NUMBER, order=one, number=f"swap {self._number}-{self._count}")
        work.keep_one("orders", UPDATE_NUMBER, order=other, number=before[0])
        work.keep_one("orders", UPDATE_NUMBER, order=one, number=before[1])

    def _bump(self, work: Work) -> None:
        order = self._chance.randint(1, HOT)
        work.bump("orders", BUMP_ORDER, row=order, by=1, order=order)

    def _late(self, work: Work) -> None:
        """Two changes long before their commit."""
        self._edit(work)
        work.keep_one("orders", INSERT_ORDER, **self._values())
        time.sleep(self._chance.uniform(1.0, 3.0))
        work.keep_one("payments", INSERT_PAYMENT, order=self._order(), **self._values())
