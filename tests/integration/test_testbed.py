"""The testbed can be believed: writers write, their journal is right, and the judge finds every planted fault."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import switch
from testbed import journal, router, shop
from testbed.dialects import FAILURES
from testbed.journal import Journal, Key
from testbed.judge import Baseline, Verdict, judge, take_baseline
from testbed.live import until
from testbed.mariadb import MariaServer
from testbed.proxy import proxy, through
from testbed.servers import Database, Server
from testbed.writers import Writers
from tests.fix_servers import Pair

ROWS = 2000
SERVERS = {"PostgreSQL": "servers", "MariaDB": "mariadb_servers"}
DATABASES = {"PostgreSQL": "databases", "MariaDB": "mariadb_databases"}
NO_NAMES: dict[str, str] = {}


@dataclass(frozen=True)
class Run:
    """A shop after some seconds of writing."""

    database: Database
    baseline: Baseline
    journal: Journal

    def judge(self, database: Database, folder: Path) -> Verdict:
        return judge(self.baseline, self.journal, database, names=NO_NAMES, folder=folder)

    def touched(self, table: str, *, there: bool) -> int:
        """A row that a writer changed last, or deleted."""
        states = {key.id: state for key, [*_, state] in self.journal.rows.items() if key.table == table}
        return next(number for number, state in reversed(states.items()) if (state is not None) == there)


def crew(folder: Path, source: Database, target: Database | None = None, *, late_every: float = 1.5) -> Writers:
    """Three busy writers with their route, not yet started."""
    router.begin(folder / "route.json", source, target)
    return Writers(folder / "route.json", folder / "journals", ROWS, count=3, tps=60, late_every=late_every)


@pytest.fixture(scope="module", params=SERVERS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("run")
    server = request.getfixturevalue(SERVERS[request.param])[0]
    database = server.create_database("testbed_run")
    shop.load(database, rows=ROWS)
    baseline = take_baseline(database, folder / "baseline")
    with crew(folder, database):
        time.sleep(5)
    yield Run(database, baseline, journal.read(folder / "journals"))
    server.drop_database(database.name)


@pytest.fixture(params=itertools.product(DATABASES, DATABASES), ids=" to ".join)
def pair(request: pytest.FixtureRequest) -> Pair:
    """A source and a target, each of either engine."""
    source, target = (request.getfixturevalue(DATABASES[engine]) for engine in request.param)
    return Pair(source.source, target.target)


@pytest.fixture(params=DATABASES)
def alike(request: pytest.FixtureRequest) -> Pair:
    """A source and a target of the same engine."""
    found: Pair = request.getfixturevalue(DATABASES[request.param])
    return found


@pytest.fixture
def clone(run: Run, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same shop once more, to spoil it."""
    name = f"testbed_clone_{next(_number)}"
    yield run.database.server.create_database(name, like=run.database.name)
    run.database.server.drop_database(name)


_number = itertools.count()


def execute(database: Database, statement: str, **values: object) -> None:
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_honest_database_is_found_good(run: Run, tmp_path: Path) -> None:
    verdict = run.judge(run.database, tmp_path)
    assert verdict.good, verdict
    assert verdict.rows > ROWS * 3
    assert verdict.acknowledged > 100
    assert run.journal.errors == []


def test_every_kind_of_work_was_done(run: Run) -> None:
    done = {kind for kind, count in run.journal.kinds.items() if count}
    assert {f"{kind} ok" for kind in ("place", "edit", "remove", "rekey", "swap", "bump", "late")} <= done


@pytest.mark.parametrize("touched", [True, False])
def test_a_lost_row_is_found(run: Run, clone: Database, tmp_path: Path, touched: bool) -> None:
    row = run.touched("payments", there=True) if touched else untouched(run, "payments")
    execute(clone, "DELETE FROM payments WHERE id = %(row)s", row=row)
    verdict = run.judge(clone, tmp_path)
    assert (verdict.lost, verdict.good) == (1, False)
    assert verdict.examples == {"lost": [f"payments {row}"]}


@pytest.mark.parametrize("touched", [True, False])
@pytest.mark.parametrize("change", ["note = coalesce(note, '') || ' '", "details = NULL, shipped_at = now()"])
def test_a_stale_row_is_found(run: Run, clone: Database, tmp_path: Path, touched: bool, change: str) -> None:
    row = run.touched("orders", there=True) if touched else untouched(run, "orders")
    execute(clone, f"UPDATE orders SET {change} WHERE id = %(row)s", row=row)
    verdict = run.judge(clone, tmp_path)
    assert (verdict.stale, verdict.good) == (1, False)


def test_null_and_empty_text_differ(run: Run, clone: Database, tmp_path: Path) -> None:
    execute(clone, "UPDATE orders SET note = '' WHERE id = (SELECT min(id) FROM orders WHERE note IS NULL AND id > 8)")
    assert run.judge(clone, tmp_path).stale == 1


def test_a_doubled_row_is_found(run: Run, clone: Database, tmp_path: Path) -> None:
    row = run.touched("order_items", there=True)
    changes, takes_key = {
        "postgres": ("DROP CONSTRAINT order_items_pkey", "OVERRIDING SYSTEM VALUE"),
        "mysql": ("MODIFY id bigint NOT NULL, DROP PRIMARY KEY", ""),
    }[clone.engine]
    execute(clone, f"ALTER TABLE order_items {changes}")
    execute(clone, f"INSERT INTO order_items {takes_key} SELECT * FROM order_items WHERE id = %(row)s", row=row)
    verdict = run.judge(clone, tmp_path)
    assert (verdict.doubled, verdict.good) == (1, False)


def test_a_deleted_row_that_is_back_is_found(run: Run, clone: Database, tmp_path: Path) -> None:
    row = run.touched("orders", there=False)
    execute(clone, "INSERT INTO orders (id, number, customer_id, amount) VALUES (%(row)s, 'back', 1, 1)", row=row)
    verdict = run.judge(clone, tmp_path)
    assert (verdict.resurrected, verdict.good) == (1, False)


def test_a_row_that_nobody_wrote_is_found(run: Run, clone: Database, tmp_path: Path) -> None:
    execute(clone, "INSERT INTO payments (order_id, amount, method) SELECT min(id), 1, 'card' FROM orders")
    verdict = run.judge(clone, tmp_path)
    assert (verdict.strangers, verdict.good) == (1, False)


def test_a_lost_increment_of_a_shared_counter_is_found(run: Run, clone: Database, tmp_path: Path) -> None:
    product = next(key.id for key in run.journal.counters if key.table == "products")
    execute(clone, "UPDATE products SET sold = sold - 1 WHERE id = %(product)s", product=product)
    assert run.judge(clone, tmp_path).lost == 1
    execute(clone, "UPDATE products SET sold = sold + 2 WHERE id = %(product)s", product=product)
    assert run.judge(clone, tmp_path).doubled == 1


def test_an_empty_database_is_not_good(run: Run, clone: Database, tmp_path: Path) -> None:
    for table in reversed(shop.COLUMNS):
        execute(clone, f"DELETE FROM {table}")
    verdict = run.judge(clone, tmp_path)
    assert verdict.lost > ROWS * 3
    assert not verdict.good


def test_the_shop_is_the_same_on_every_engine(databases: Pair, mariadb_database: Database, tmp_path: Path) -> None:
    found = []
    for database in (databases.source, mariadb_database):
        shop.load(database, rows=ROWS)
        found.append(take_baseline(database, tmp_path / database.engine))
    assert found[0].counters == found[1].counters
    for table in shop.COLUMNS:
        assert list(found[0].rows(table)) == list(found[1].rows(table)), table


def test_writers_follow_the_route_to_the_other_side(pair: Pair, tmp_path: Path) -> None:
    source, target = pair.source, pair.target
    shop.load(source, rows=ROWS)
    shop.load(target, rows=0)
    baseline = take_baseline(source, tmp_path / "baseline")
    route = tmp_path / "route.json"
    with crew(tmp_path, source, target, late_every=0):
        time.sleep(2)
        assert switch.main([str(route), "hold", "1"]) == 0
        wait_until_idle(source)
        carry(source, target)
        for table in shop.COLUMNS:
            execute(source, f"ALTER TABLE {table} RENAME TO {table}_obsolete")
        switch.main([str(route), "source", "1"])
        time.sleep(0.3)
        switch.main([str(route), "target", "1"])
        time.sleep(2)
    found = journal.read(tmp_path / "journals")
    assert found.errors == []
    assert len(found.outages) == 3
    assert all(outage.seconds > 0.3 for outage in found.outages)
    verdict = judge(baseline, found, target, names=NO_NAMES, folder=tmp_path)
    assert verdict.good, verdict


def test_held_writers_that_go_on_had_a_wait_and_no_outage(alike: Pair, tmp_path: Path) -> None:
    shop.load(alike.source, rows=ROWS)
    with crew(tmp_path, alike.source, alike.target, late_every=0):
        time.sleep(1)
        switch.main([str(tmp_path / "route.json"), "hold", "1"])
        time.sleep(0.6)  # a writer finds out a little after it was said
        switch.main([str(tmp_path / "route.json"), "source", "1"])
        time.sleep(0.5)
    found = journal.read(tmp_path / "journals")
    assert (found.errors, found.outages) == ([], [])
    longest = found.longest_wait()
    assert longest is not None
    assert longest.seconds >= 0.4


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_writer_that_is_stopped_while_it_is_held_gets_some_seconds_to_go_on(databases: Pair, tmp_path: Path, goes_on: bool) -> None:
    shop.load(databases.source, rows=ROWS)
    route = str(tmp_path / "route.json")
    with crew(tmp_path, databases.source, databases.target) as writers:
        time.sleep(1.0)
        switch.main([route, "hold", "1"])
        time.sleep(0.3)
        release = threading.Timer(1.0, switch.main, [[route, "source", "1"]])
        if goes_on:
            release.start()
        writers.stop()
        release.cancel()
    told = [each.text for each in journal.read(tmp_path / "journals").errors if each.what == "blocked"]
    assert bool(told) != goes_on


def has_renamed(database: Database) -> bool:
    """Where a RENAME stands bare between writers, it and who writes a child may wait for each other on MariaDB until one is given up."""
    with contextlib.suppress(*FAILURES):
        execute(database, "ALTER TABLE orders RENAME TO orders_obsolete")
        return True
    return False


def test_missing_table_in_one_database_is_an_error(alike: Pair, tmp_path: Path) -> None:
    shop.load(alike.source, rows=ROWS)
    with crew(tmp_path, alike.source, late_every=0):
        time.sleep(1)
        until(lambda: has_renamed(alike.source))
        time.sleep(0.3)
    said = journal.read(tmp_path / "journals").errors[0].text
    assert {"postgres": "UndefinedTable 42P01", "mysql": "ProgrammingError 1146"}[alike.source.engine] in said


def test_a_table_that_is_shut_on_the_target_sends_writers_back(mariadb_databases: Pair, tmp_path: Path) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    for database in (source, target):
        shop.load(database, rows=ROWS)
    route = tmp_path / "route.json"
    router.begin(route, source, target)
    router.turn(route, "target", attempt="1")
    with Writers(route, tmp_path / "journals", ROWS, count=2, tps=60, late_every=0):
        time.sleep(1.5)
        for table in shop.COLUMNS:
            for event in ("INSERT", "UPDATE", "DELETE"):
                guard = f"""SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'table "{table}" was moved'"""
                execute(target, f"CREATE TRIGGER guard_{table}_{event} BEFORE {event} ON {table} FOR EACH ROW {guard}")
        time.sleep(0.3)
        wait_until_idle(target)
        carry(target, source)
        router.turn(route, "source", attempt="2")
        time.sleep(1)
    found = journal.read(tmp_path / "journals")
    assert found.errors == []
    assert len(found.outages) == 2


LOST = 4


@pytest.mark.parametrize("loss", ["lose_answer", "lose_commit"])
def test_a_commit_whose_answer_is_lost_leaves_both_outcomes_open(alike: Pair, tmp_path: Path, loss: str) -> None:
    shop.load(alike.source, rows=ROWS)
    baseline = take_baseline(alike.source, tmp_path / "baseline")
    with proxy(alike.source) as between, crew(tmp_path, through(alike.source, between.port), late_every=0):
        for _ in range(LOST):
            time.sleep(0.5)
            getattr(between, loss)()
        time.sleep(1)
    found = journal.read(tmp_path / "journals")
    # one may be of a transaction that only read
    assert 1 <= found.unknown <= len(found.errors) <= LOST
    verdict = judge(baseline, found, alike.source, names=NO_NAMES, folder=tmp_path)
    assert verdict.good, verdict


@pytest.mark.parametrize("kind", [Server, MariaServer])
def test_a_crash_loses_nothing_that_was_acknowledged(tmp_path: Path, kind: type[Server | MariaServer]) -> None:
    with kind("crash", durable=True) as server:
        database = server.create_database("shop")
        shop.load(database, rows=ROWS)
        baseline = take_baseline(database, tmp_path / "baseline")
        with crew(tmp_path, database):
            time.sleep(2)
            server.crash()
            server.start()
            time.sleep(1)
        found = journal.read(tmp_path / "journals")
        assert found.errors
        verdict = judge(baseline, found, database, names=NO_NAMES, folder=tmp_path)
        assert verdict.good, verdict


def test_a_hold_ends_by_itself_where_it_was_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    route = tmp_path / "route.json"
    router.write(route, {"state": "target", "attempt": None, "dsns": {}, "tables": NO_NAMES})
    monkeypatch.setenv("AIRLIFT_HOLD_SECONDS", "0.2")
    switch.main([str(route), "hold", "a"])
    assert router.where(router.read(route)) == "hold"
    time.sleep(0.3)
    switch.main([str(route), "hold", "a"])
    assert router.where(router.read(route)) == "target"
    switch.main([str(route), "source", "a"])
    assert router.read(route) == {"state": "source", "attempt": "a", "dsns": {}, "tables": NO_NAMES}


def test_switch_is_idempotent_and_refuses_other_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    route = tmp_path / "route.json"
    router.write(route, {"state": "source", "attempt": None, "dsns": {}, "tables": NO_NAMES})
    assert switch.main([str(route), "target", "a"]) == 0
    before = route.stat().st_ino, route.stat().st_mtime_ns
    assert switch.main([str(route), "target", "a"]) == 0
    assert (route.stat().st_ino, route.stat().st_mtime_ns) == before
    assert router.read(route)["state"] == "target"
    assert switch.main([str(route), "away", "a"]) == 2
    assert "usage" in capsys.readouterr().err


def test_half_a_line_in_a_journal_is_no_acknowledgement(tmp_path: Path) -> None:
    intent = '{"tx":1,"kind":"edit","rows":[["orders",9,["9","x"]]],"counters":[]}\n'
    (tmp_path / "a.jsonl").write_text(intent + '{"end":"ok","of":1,"a')
    found = journal.read(tmp_path)
    assert (found.acknowledged, found.unknown) == (0, 1)
    assert found.rows[Key("orders", 9)] == [journal.UNTOUCHED, ["9", "x"]]


def test_acknowledged_writes_are_counted_as_the_books_grow(tmp_path: Path) -> None:
    count = journal.Count(tmp_path)
    with (tmp_path / "a.jsonl").open("a", buffering=1) as book:
        book.write('{"tx":1}\n{"end":"ok","of":1}\n{"end":"o')
        assert count.read().acknowledged == 1
        book.write('k","of":2}\n')
    assert count.read().acknowledged == 2


def untouched(run: Run, table: str) -> int:
    """A row of the load that no writer came near."""
    there = {number for number, _ in run.baseline.rows(table)}
    return max(there - {key.id for key in run.journal.rows if key.table == table})


def wait_until_idle(database: Database) -> None:
    """Until no writer is in a transaction."""
    busy = {
        "postgres": "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shop' AND state <> 'idle'",
        "mysql": "SELECT count(*) FROM information_schema.innodb_trx",
    }[database.engine]
    until = time.monotonic() + 10
    quiet = 0
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        while quiet < 5 and time.monotonic() < until:
            cursor.execute(busy)
            row = cursor.fetchone()
            quiet = quiet + 1 if row == (0,) else 0
            time.sleep(0.15)  # MariaDB keeps what it says of its transactions for so long as 0.1 s


def carry(source: Database, target: Database) -> None:
    """Give the target's shop the rows of the source's, as texts, and have it count on behind them."""
    takes_key = {"postgres": "OVERRIDING SYSTEM VALUE", "mysql": ""}[target.engine]
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(contextlib.closing(each.dialect.connect(each.dsn, name="carry"))) for each in (source, target))
        reader, writer = ours.cursor(), theirs.cursor()
        for table in reversed(shop.COLUMNS):
            writer.execute(f"DELETE FROM {table}")
        for table, columns in shop.COLUMNS.items():
            reader.execute(f"SELECT {shop.as_texts(table, source.dialect)} FROM {table}")
            marks = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) {takes_key} VALUES ({marks})"
            writer.executemany(statement, reader.fetchall())
            if target.engine == "postgres":
                writer.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        theirs.commit()
