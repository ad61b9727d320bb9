"""Transactions that are open over the edge of a step: whenever they began and whenever they commit, nothing of theirs is lost."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from typing import Any

import psycopg2
import pytest

from airlift.errors import Interrupted
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover.create_views import create_views
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from testbed.driving import Driver
from tests.comparing import carried, carry, differences, in_sync
from tests.examining import run
from tests.fix_servers import Pair
from tests.ranges import between_ranges, tiny_ranges

__all__ = ["tiny_ranges"]

TABLE = (
    "CREATE TABLE ledger (id int PRIMARY KEY, code int UNIQUE, note text)",
    "INSERT INTO ledger SELECT n, n, repeat('x', 900) FROM generate_series(0, 999) AS n",
)


class Work:
    """One open transaction of a user's with its own ten rows: it changes, deletes, inserts, moves, and takes some of it back."""

    def __init__(self, databases: Pair, number: int, *, prepared: bool = False) -> None:
        self._name = f"work {number}" if prepared else None
        self._session = databases.source.connect()
        first = number * 10
        with self._session.cursor() as cursor:
            cursor.execute(f"BEGIN; UPDATE ledger SET note = 'changed by {number}' WHERE id = {first}")
            cursor.execute(f"DELETE FROM ledger WHERE id = {first + 1}")
            cursor.execute(f"INSERT INTO ledger VALUES ({first + 5000}, NULL, 'inserted by {number}')")
            cursor.execute("SAVEPOINT one")
            cursor.execute(f"UPDATE ledger SET id = id + 6000 WHERE id IN ({first + 2}, {first + 3})")
            cursor.execute("SAVEPOINT two")
            cursor.execute(f"UPDATE ledger SET note = 'never' WHERE id = {first + 4}; DELETE FROM ledger WHERE id = {first + 5}")
            cursor.execute(f"INSERT INTO ledger VALUES ({first + 5001}, NULL, 'never')")
            cursor.execute("ROLLBACK TO two; RELEASE one")
            cursor.execute(f"UPDATE ledger SET code = code + 7000 WHERE id BETWEEN {first + 6} AND {first + 7}")
            if self._name:
                cursor.execute("PREPARE TRANSACTION %s", (self._name,))

    def commit(self) -> None:
        self._session.cursor().execute(f"COMMIT PREPARED '{self._name}'" if self._name else "COMMIT")
        self._session.close()


def test_nothing_is_lost_over_any_edge(databases: Pair, tiny_ranges: None) -> None:
    """A transaction for each pair of moments: it works at the first and commits at the second."""
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.run(preflight, create_target, install_triggers)
    moments = ("installed", "watermark", "planned", "range 2", "range 4", "copied", "indexed", "window 1", "window 2")
    open_works: dict[str, list[Work]] = {moment: [] for moment in (*moments, "at last")}
    numbers = itertools.count()

    def moment(now: str) -> None:
        for work in open_works[now]:
            work.commit()
        for later in [*moments[moments.index(now) + 1 :], "at last"]:
            number = next(numbers)
            open_works[later].append(Work(databases, number, prepared=number % 4 == 3 and now != "installed"))

    moment("installed")
    driver.run(watermark)
    moment("watermark")
    driver.run(plan)
    moment("planned")
    with between_ranges(lambda number: moment(f"range {number}") if number in (2, 4) else None):
        dump_and_import(driver.migration("dump_and_import"), "stream 1 of 1")
    moment("copied")
    driver.run(build_indexes)
    moment("indexed")
    driver.catch_up()
    for window in ("window 1", "window 2"):
        moment(window)
        carried(driver)
    for work in open_works["at last"]:
        work.commit()
    carried(driver)
    assert differences(driver, "ledger") == []
    assert next(numbers) == 45
    assert run(databases.target, "SELECT count(*) FROM ledger WHERE note LIKE '% by %'") == [(90,)]
    assert driver.validate()["equal"]


def test_the_triggers_wait_for_who_is_writing_already(databases: Pair) -> None:
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.run(preflight, create_target)
    work = Work(databases, 1)
    thread = threading.Thread(target=lambda: driver.run(install_triggers, watermark))
    thread.start()
    time.sleep(0.6)
    assert thread.is_alive()
    run(databases.source, "UPDATE ledger SET note = 'nobody queued' WHERE id = 0")
    work.commit()
    thread.join(30)
    driver.copy()
    driver.catch_up()
    assert differences(driver, "ledger") == []


def test_the_watermark_refuses_prepared_transactions(databases: Pair) -> None:
    run(databases.source, *TABLE)
    driver = Driver(databases.source, databases.target, {"tables": {"*": {}}})
    driver.run(preflight, create_target, install_triggers)
    work = Work(databases, 3, prepared=True)
    with pytest.raises(Interrupted, match='"work 3" among them'):
        driver.run(watermark)
    work.commit()
    driver.run(watermark)
    driver.copy()
    driver.catch_up()
    assert differences(driver, "ledger") == []


def test_a_transaction_that_is_open_at_the_cutover_is_waited_for(databases: Pair) -> None:
    driver = up_to_gate(databases)
    open_one, prepared = Work(databases, 1), Work(databases, 2, prepared=True)
    done: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: done.append(driver.cut_over()))
    thread.start()
    time.sleep(1.0)
    open_one.commit()
    time.sleep(1.0)
    assert not done
    prepared.commit()
    thread.join(60)
    assert done
    assert differences(driver, "ledger_obsolete", "ledger") == []
    assert run(databases.target, "SELECT count(*) FROM ledger WHERE note LIKE '% by %'") == [(4,)]


def test_writers_over_the_fence_lose_nothing_that_was_acknowledged(databases: Pair) -> None:
    """Writers go on until the table is gone from under them: whatever they were told is committed is on the target."""
    driver = up_to_gate(databases)
    acknowledged: set[int] = set()

    def write(first: int) -> None:
        with contextlib.closing(databases.source.connect()) as session, contextlib.suppress(psycopg2.errors.UndefinedTable):
            for number in range(first, first + 100_000):
                session.cursor().execute(f"INSERT INTO ledger VALUES ({number}); UPDATE ledger SET note = 'seen' WHERE id = {number}")
                acknowledged.add(number)

    threads = [threading.Thread(target=write, args=(first * 1_000_000,)) for first in (1, 2, 3)]
    for thread in threads:
        thread.start()
    driver.cut_over()
    for thread in threads:
        thread.join(60)
    arrived = {number for (number,) in run(databases.target, "SELECT id FROM ledger WHERE note = 'seen'")}
    assert acknowledged
    assert acknowledged - arrived == set()
    assert differences(driver, "ledger_obsolete", "ledger") == []


def up_to_gate(databases: Pair) -> Driver:
    driver = in_sync(databases.source, databases.target, *TABLE)
    assert driver.validate()["equal"]
    driver.run(create_views)
    assert carry(driver) is None
    return driver
