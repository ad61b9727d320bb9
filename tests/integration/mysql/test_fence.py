"""The fence on MariaDB: nobody queues behind it, what decides is one commit, and whoever waited is let go on one side, whatever dies."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pymysql
import pytest

from airlift import faults
from airlift.databases.failures import LockTimeout, UnfitValue
from airlift.databases.mysql import MySQL, fence
from airlift.databases.mysql.fence import Fence
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.watching import Watcher
from airlift.databases.naming import CaptureNames
from airlift.databases.shapes import ForeignKey, Sequence
from airlift.databases.values import Follower, Lock
from airlift.errors import AirliftError, Interrupted, Refused
from airlift.spec import TableName
from testbed import dying
from testbed.live import until
from testbed.serving import Database
from tests.family import IS_MARIADB, engine_of, only_mariadb
from tests.fix_servers import Pair
from tests.small_mysql import Queue

NAMES = ("a", "b")
GONE = 1146
SHUT = 1644
"""The server's number for what a trigger of somebody's has refused."""
PAUSE = 1.0


@dataclass
class Shop:
    """Two tables that are captured and can be shut, on a source."""

    database: Database
    engine: MySQL
    lease: float = PAUSE
    kept: list[str] = field(default_factory=list)
    """Names that have sentries."""
    capture: list[CaptureNames] = field(default_factory=lambda: [CaptureNames("shop", no) for no, _ in enumerate(NAMES, start=1)])

    def table(self, name: str) -> TableName:
        return TableName(self.database.name, name)

    @property
    def tables(self) -> list[TableName]:
        return [self.table(name) for name in NAMES]

    @property
    def locks(self) -> list[Lock]:
        mode = self.engine.fence.writers_out
        sentries = [Lock(self.table(name), mode, is_named=True) for name in self.kept]
        return [*(Lock(name, mode) for name in self.tables), *sentries]

    def fence(self, session: Session, *, seconds: float = 0.1, insists: bool = False) -> None:
        """Put the fence up."""
        if insists:
            self.engine.fence.insist(session)
        self.engine.fence.get_ready(session, self.locks, self.capture, exchanged=[], kept=[])
        lease = self.engine.fence.lease(seconds=self.lease, version=0)
        self.engine.fence.keep_writers_out(session, self.locks, self.capture, seconds=seconds, lease=lease)

    def give_up(self, session: Session) -> None:
        """What the cutover does with the fenced tables before it commits."""
        with session.batch():
            for name in self.tables:
                self.engine.fence.rename_table(session, name, f"{name.name}_obsolete")
            self.engine.definitions.create_guard(session, "shop", [self.table(f"{name}_obsolete") for name in NAMES])

    def hand_over(self, *, at: Callable[[Session], None] = lambda session: None) -> None:
        """All of it; `at` is called right before the commit."""
        with self.engine.session() as session, session.transaction(snapshot=True, airlift__applying="on"):
            self.fence(session)
            faults.reached("locked")
            self.give_up(session)
            faults.reached("deciding")
            at(session)

    def owners(self) -> list[str]:
        """The tables that there are."""
        return [row[0] for row in self.ask("SHOW TABLES")]

    def is_shut(self) -> bool:
        """Whether the old tables were given up: all or none."""
        with self.engine.session() as session, session.transaction():
            shut = self.engine.definitions.shut_tables(session, "shop", self.tables)
        assert shut in ([], self.tables)
        return bool(shut)

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """The rows that a statement returns."""
        with contextlib.closing(self.database.connect()) as session, session.cursor() as cursor:
            if not IS_MARIADB:
                cursor.execute("SET information_schema_stats_expiry = 0")
            cursor.execute(statement)
            return list(cursor.fetchall())


@dataclass
class Writer:
    """Writes a table all the time, a row a transaction, until it is told that it can't."""

    shop: Shop
    table: str
    written: int = 0
    longest: float = 0.0
    refused: int = 0
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def end(self) -> int:
        """Stop; what the server said last, 0 when it took every row."""
        self._done.set()
        self._thread.join()
        return self.refused

    def wait(self) -> int:
        """Wait until it was refused."""
        self._thread.join()
        return self.refused

    def _write(self) -> None:
        with contextlib.closing(self.shop.database.connect()) as session, session.cursor() as cursor:
            while not self._done.is_set():
                began = time.monotonic()
                try:
                    cursor.execute(f"INSERT INTO {self.table} (v) VALUES (1)")
                except pymysql.Error as error:
                    self.refused = int(error.args[0])
                    return
                finally:
                    self.longest = max(self.longest, time.monotonic() - began)
                self.written += 1
                time.sleep(0.002)


@pytest.fixture
def shop(mariadb_databases: Pair) -> Shop:
    database = mariadb_databases.source
    engine = engine_of(database, where="old")
    made = Shop(database, engine)
    for name in NAMES:
        made.ask(f"CREATE TABLE {name} (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v INT)")
    with engine.session() as session, session.transaction():
        columns = engine.catalog.columns_named(session, made.tables)
    with engine.session() as session, session.transaction():
        engine.capture.prepare(session, "shop", CaptureNames.FORWARD)
        for captured, name in zip(made.capture, made.tables, strict=True):
            engine.capture.create_log(session, captured, columns[name][:1])
            engine.capture.create_triggers(session, captured, name)
        engine.definitions.prepare_guard(session, "shop", {name: made.table(f"{name.name}_obsolete") for name in made.tables})
    return made


@contextlib.contextmanager
def open_transaction(shop: Shop, statement: str) -> Iterator[pymysql.connections.Connection]:
    """Somebody's transaction that has run a statement and rests."""
    with contextlib.closing(shop.database.connect()) as session:
        session.autocommit(False)
        session.cursor().execute(statement)
        yield session


def hand_over_soon(shop: Shop, *, at: Callable[[Session], None] = lambda session: time.sleep(0.1)) -> None:
    """Hand over as soon as the tables are free for an instant."""
    until = time.monotonic() + 20
    while True:
        try:
            return shop.hand_over(at=at)
        except LockTimeout:
            assert time.monotonic() < until


@pytest.mark.parametrize("statement", ["INSERT INTO b (v) VALUES (7)", "SELECT * FROM b"])
def test_nobody_waits_while_a_long_transaction_is_in_the_way(shop: Shop, statement: str) -> None:
    writers = [Writer(shop, name) for name in NAMES]
    with open_transaction(shop, statement), shop.engine.session() as session, Queue(shop.database) as queue:
        began = time.monotonic()
        with pytest.raises(LockTimeout), session.transaction(snapshot=True):
            shop.fence(session, seconds=1.0)
        assert time.monotonic() - began >= 1.0
    assert [writer.end() for writer in writers] == [0, 0]
    assert queue.looks > 20
    assert queue.seen == []
    assert min(writer.written for writer in writers) > 20
    assert shop.owners() == ["a", "b"]


def test_what_waits_for_tables_is_ended_by_the_server_when_nobody_watches(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when we are frozen or dead: writers wait behind it."""
    monkeypatch.setattr(Watcher, "_watch", lambda *_: False)
    with open_transaction(shop, "SELECT * FROM b") as somebody, shop.engine.session() as session:
        sooner_or_later = threading.Timer(10.0, somebody.close)
        sooner_or_later.start()
        with pytest.raises(LockTimeout), session.transaction(snapshot=True):
            shop.fence(session, insists=True)
        sooner_or_later.cancel()


@pytest.mark.parametrize(
    ("change", "raised", "told"),
    [
        ("DROP VIEW airlift.shop_fence_1", Interrupted, "was changed meanwhile"),
        ("CREATE OR REPLACE VIEW airlift.shop_fence_1 AS SELECT 1 AS locked FROM a", Interrupted, "was changed meanwhile"),
        ("DROP TABLE z", Interrupted, "was changed meanwhile"),
        ("DROP TABLE b", Refused, r"^\w+\.b should be there to be locked, and is gone"),
    ],
)
def test_views_that_another_try_has_changed_hand_nothing_over(
    shop: Shop, change: str, raised: type[AirliftError], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = Fence.get_ready

    def get_ready(*asked: Any, **words: Any) -> None:
        ready(*asked, **words)
        with contextlib.closing(shop.database.connect(admin=True)) as another, another.cursor() as cursor:
            cursor.execute(change)

    monkeypatch.setattr(Fence, "get_ready", get_ready)
    # a sentry is nothing to others, and not gone
    shop.kept = ["z"]
    with shop.engine.session() as session, session.transaction():
        shop.engine.fence.keep_names(session, [shop.table("z")])
    with pytest.raises(raised, match=told):
        shop.hand_over()
    shop.ask("INSERT INTO a (v) VALUES (1)")
    assert "a" in shop.owners()


def test_more_tables_than_a_view_may_show_have_several(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "_SHOWN_BY_A_VIEW", 1)
    views = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'airlift' AND table_name LIKE 'shop_fence%'"
    shop.hand_over(at=lambda _: None)
    assert len(shop.ask(views)) >= 4
    assert shop.owners() == ["a_obsolete", "b_obsolete"]
    with shop.engine.session() as session, session.transaction():
        shop.engine.fence.clear_away(session, "shop", CaptureNames.BACK)
        assert len(shop.ask(views)) >= 4
        shop.engine.fence.clear_away(session, "shop", CaptureNames.FORWARD)
    assert shop.ask(views) == []


def test_writers_of_all_tables_find_them_gone_and_nothing_is_written_after_the_last_window(shop: Shop) -> None:
    writers = [Writer(shop, name) for name in NAMES for _ in range(3)]
    time.sleep(0.1)
    hand_over_soon(shop)
    assert {writer.wait() for writer in writers} <= {GONE, SHUT}
    assert shop.owners() == ["a_obsolete", "b_obsolete"]
    for name in NAMES:
        acknowledged = sum(writer.written for writer in writers if writer.table == name)
        assert shop.ask(f"SELECT COUNT(*) FROM {name}_obsolete") == [(acknowledged,)]
    with pytest.raises(pymysql.OperationalError, match="is shut"):
        shop.ask("INSERT INTO a_obsolete (v) VALUES (1)")


def test_waiting_writers_come_between_at_none_of_two_tables(shop: Shop) -> None:
    """A RENAME of both in another session would wait for the first one only."""
    writers: list[Writer] = []

    def have_writers_wait(session: Session) -> None:
        writers.extend(Writer(shop, name) for name in NAMES)
        time.sleep(0.2)

    shop.hand_over(at=have_writers_wait)
    assert [writer.wait() for writer in writers] == [GONE, GONE]
    assert [writer.written for writer in writers] == [0, 0]


def test_what_was_written_before_the_fence_is_seen_under_it(shop: Shop) -> None:
    with shop.engine.session() as session, session.transaction(snapshot=True):
        shop.ask("INSERT INTO a (v) VALUES (1)")
        shop.fence(session)
        assert shop.engine.fence.has_logged(session, f"`airlift`.`{shop.capture[0].log.name}`")


def test_an_attempt_that_fails_under_the_fence_leaves_everything_as_it_was(shop: Shop) -> None:
    def fail(session: Session) -> None:
        raise Interrupted("something went wrong")

    writers = [Writer(shop, name) for name in NAMES]
    with pytest.raises(Interrupted, match="something"):
        hand_over_soon(shop, at=fail)
    assert [writer.end() for writer in writers] == [0, 0]
    assert not shop.is_shut()
    assert shop.owners() == ["a", "b"]


def test_a_session_that_is_ended_under_the_fence_has_decided_nothing(shop: Shop) -> None:
    def end(session: Session) -> None:
        with contextlib.closing(shop.database.connect(admin=True)) as admin:
            admin.cursor().execute("KILL %s", (session.pid,))

    with pytest.raises(Interrupted):
        shop.hand_over(at=end)
    assert not shop.is_shut()
    assert shop.owners() == ["a", "b"]
    shop.ask("INSERT INTO a (v) VALUES (1)")


def test_a_name_that_is_taken_is_told_before_anything_is_decided(shop: Shop) -> None:
    shop.ask("CREATE TABLE b_obsolete (id INT)")
    with pytest.raises(Refused, match=r'"[^"]*\.b_obsolete" already'):
        shop.hand_over()
    assert not shop.is_shut()
    shop.ask("INSERT INTO a (v) VALUES (1)")


def test_a_name_that_is_not_given_after_the_commit_leaves_the_table_shut(shop: Shop) -> None:
    """What decides is the commit. Nobody who waited writes, and the names are brought to their end later."""
    writers: list[Writer] = []

    def take_a_name(session: Session) -> None:
        writers.extend(Writer(shop, name) for name in NAMES)
        shop.ask("CREATE TABLE b_obsolete (id INT)")
        time.sleep(0.1)

    with pytest.raises(AirliftError):
        shop.hand_over(at=take_a_name)
    assert [writer.wait() for writer in writers] == [GONE, SHUT]
    assert [writer.written for writer in writers] == [0, 0]
    assert shop.is_shut()
    shop.ask("DROP TABLE b_obsolete")
    with shop.engine.session() as session, session.transaction():
        shop.engine.fence.rename_table(session, shop.table("b"), "b_obsolete")
    assert shop.owners() == ["a_obsolete", "b_obsolete"]
    assert shop.is_shut()


@pytest.mark.parametrize("point", ["locked", "deciding"])
def test_the_server_lets_the_writers_go_when_we_are_frozen(shop: Shop, point: str) -> None:
    with dying.frozen(shop.hand_over, point):
        began = time.monotonic()
        shop.ask("INSERT INTO a (v) VALUES (1)")
        shop.ask("INSERT INTO b (v) VALUES (1)")
        assert time.monotonic() - began < PAUSE + 2.0
        assert not shop.is_shut()
    assert shop.owners() == ["a", "b"]


@pytest.mark.parametrize("point", ["locked", "deciding"])
def test_the_server_lets_the_writers_go_when_we_are_killed(shop: Shop, point: str) -> None:
    """At once, and not when the lease is over."""
    shop.lease = 60.0
    dying.killed(shop.hand_over, point)
    began = time.monotonic()
    shop.ask("INSERT INTO b (v) VALUES (1)")
    assert time.monotonic() - began < shop.lease / 2
    assert not shop.is_shut()


def test_whoever_comes_after_us_waits_for_our_end(shop: Shop) -> None:
    with shop.engine.session() as other, shop.engine.session() as session:

        def may_decide() -> bool:
            with other.transaction():
                return shop.engine.fence.may_still_decide(other, session.pid)

        assert not may_decide()
        with session.transaction(snapshot=True):
            shop.fence(session)
            assert may_decide()
        assert not may_decide()
        with contextlib.suppress(ZeroDivisionError), session.transaction(snapshot=True):
            shop.fence(session)
            assert may_decide()
            raise ZeroDivisionError
        assert not may_decide()
        shop.ask("INSERT INTO a (v) VALUES (1)")


@pytest.mark.parametrize("sees", [True, False])
def test_who_is_in_the_way_is_named(shop: Shop, monkeypatch: pytest.MonkeyPatch, sees: bool) -> None:
    if not sees:
        monkeypatch.setattr(Fence, "shows_holders", lambda self, session: False)

    def blockers(session: Session) -> list[str]:
        with session.transaction():
            return shop.engine.fence.blockers(session, shop.locks, older_ms=100)

    with shop.engine.session() as session:
        assert blockers(session) == []
        with open_transaction(shop, "INSERT INTO b (v) VALUES (7)") as somebody:
            # where MySQL does not show who holds what, it knows of ages in whole seconds only
            time.sleep(0.15 if sees or IS_MARIADB else 2.1)
            (words,) = blockers(session)
            assert words.startswith(f'session {somebody.thread_id()} of user "{shop.database.owner}" (')
            assert re.search(r"idle in its transaction for \d\.\d s", words)
            if sees:
                assert f"on {shop.database.name}.b" in words
        # the server ends it when it sees that the connection is gone
        until(lambda: blockers(session) == [])
        shop.ask("INSERT INTO a (v) VALUES (1)")


def test_a_name_is_told_from_what_it_stands_for(shop: Shop) -> None:
    odd = "o'dd `näme$-"
    quoted = odd.replace("`", "``")
    shop.ask(f"CREATE TABLE `{quoted}` (id INT PRIMARY KEY)")
    shop.ask("CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3")
    shop.ask("CREATE VIEW seen AS SELECT * FROM a")
    with shop.engine.session() as session, session.transaction():
        relations = shop.engine.catalog.relations(session)
        owner_of = shop.engine.fence.owner_of
        for name in (odd, "parts", "a"):
            assert owner_of(session, shop.table(name)) == (relations[shop.table(name)].oid, "r")
        number = owner_of(session, shop.table("a"))
        seen = owner_of(session, shop.table("seen"))
        assert seen is not None
        assert seen[1] == "v"
        assert owner_of(session, shop.table("nothing")) is None
        shop.engine.fence.rename_table(session, shop.table("a"), "z")
        assert owner_of(session, shop.table("z")) == number
        assert owner_of(session, shop.table("a")) is None


@only_mariadb("a server that asks again without end")
def test_a_rename_that_waits_for_what_references_its_table_is_not_told_to_end(shop: Shop) -> None:
    shop.ask("CREATE TABLE c (id INT PRIMARY KEY, a_id INT, FOREIGN KEY (a_id) REFERENCES a (id))")

    def waiting() -> list[tuple[object, ...]]:
        return shop.ask("SELECT id, info FROM information_schema.processlist WHERE state = 'Waiting for table metadata lock' ORDER BY id")

    def kills() -> int:
        ((_, number),) = shop.ask("SHOW GLOBAL STATUS LIKE 'Com_kill'")
        return int(str(number))

    def define() -> None:
        with contextlib.closing(shop.database.connect()) as somebody, somebody.cursor() as cursor:
            cursor.execute("ALTER TABLE c ADD COLUMN v INT")

    def rename() -> None:
        shop.engine.fence.rename_table(session, shop.table("a"), "z")

    threads = [threading.Thread(target=work) for work in (define, rename)]
    with shop.engine.session() as session, session.transaction():
        with open_transaction(shop, "SELECT * FROM c"):
            for count, thread in enumerate(threads, start=1):
                thread.start()
                until(lambda count=count: len(waiting()) == count)
            before = kills()
            session.cancel()
            assert kills() == before + 1  # what its other connection runs
            assert len(waiting()) == 2
        for thread in threads:
            thread.join()
    assert "z" in shop.owners()
    assert session.defines == ""


def test_numbers_go_ahead_with_a_margin_and_never_back(shop: Shop) -> None:
    fence = shop.engine.fence
    shop.ask("INSERT INTO a VALUES (500, 1)")
    like = Sequence(shop.table("a"), "id", shop.table("a"), True, True, 1, 1, 1, 2**31 - 1, False, 1, "int(11)", "", [])
    with shop.engine.session() as leading, shop.engine.session() as following, leading.transaction(), following.transaction():
        name = fence.column_sequence(following, shop.table("b"), "id")
        assert name == f"`{shop.database.name}`.`b`"
        assert fence.column_sequence(following, shop.table("b"), "v") is None
        follower = Follower(name, f"`{shop.database.name}`.`a`", like)
        heap = fence.owner_of(following, shop.table("b"))
        fence.advance_ahead(following, [follower], fence.last_values(leading, [(follower.leader, follower.like)]), margin=100)
        assert shop.ask("SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'b'") == [(701,)]
        shop.ask("INSERT INTO a VALUES (599, 1)")
        fence.advance_sequences(following, [follower], fence.last_values(leading, [(follower.leader, follower.like)]), margin=100)
        assert shop.ask("SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'b'") == [(701,)]
        assert fence.owner_of(following, shop.table("b")) == heap
        shop.ask(f"INSERT INTO a VALUES ({2**31 - 11}, 1)")
        fence.advance_sequences(following, [follower], fence.last_values(leading, [(follower.leader, follower.like)]), margin=100)
        assert shop.ask("SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'b'") == [(2**31 - 6,)]


def test_a_foreign_key_that_does_not_hold_is_told(shop: Shop) -> None:
    key = ForeignKey(1, "b_v", shop.table("b"), ["v"], shop.table("a"), ["id"], "", True)
    shop.ask("INSERT INTO a VALUES (1, 1)")
    shop.ask("INSERT INTO b VALUES (1, 1), (2, NULL)")
    with shop.engine.session() as session, session.transaction():
        shop.engine.fence.validate_foreign_key(session, key)
    shop.ask("INSERT INTO b VALUES (3, 99)")
    with shop.engine.session() as session, session.transaction(), pytest.raises(UnfitValue, match=r'"b_v".* 1 rows'):
        shop.engine.fence.validate_foreign_key(session, key)
