"""In place on MariaDB and MySQL: the view gets the old name, no writer sees an error, and nothing is lost, forward and back."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pymysql.constants import CLIENT

from airlift import faults
from airlift.databases.mysql import defining
from airlift.databases.mysql.fence import GATE, Fence
from airlift.databases.mysql.queueing import QueueInTurn
from airlift.databases.mysql.session import Session
from airlift.errors import Refused
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.validate import validate as last_report
from airlift.phases.cutover import attempt
from airlift.phases.cutover.deciding import recover
from airlift.phases.cutover.hand_over import HandOver
from airlift.phases.cutover.rename import rename
from airlift.phases.prepare.preflight import preflight
from airlift.phases.roll_back.preflight import ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from testbed import dying
from testbed.driving import APPROVED, Driver, beside
from testbed.live import live_shop, must_be_right, patient, until
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import by_product, only_mariadb, only_mysql, seq
from tests.integration.test_cutover_live import LONGEST
from tests.integration.test_roll_back import roll_back
from tests.small_mysql import DEADLOCK, Live, Service, execute, session, small

pytestmark = pytest.mark.usefixtures("somebody_writes")


NO_TABLE = 1146
ALL_NEW = {
    "children": {"to": "children_v2", "columns": {"state": {"add": "varchar(20) NOT NULL DEFAULT 'new'"}}},
    "parents": {"to": "parents_v2", "columns": {"since": {"add": "int NOT NULL DEFAULT 1"}}},
    "notes": {"to": "notes_v2", "columns": {"kind": {"add": "int"}}},
}
"""All tables that foreign keys tie together: what any server of the family moves."""


OWN = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'airlift' AND table_name LIKE 'shop%'"
"""All that a migration has in our own database."""


def kinds(database: Database) -> dict[str, str]:
    """What each name of the database stands for."""
    asked = f"SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{database.name}'"
    return dict(user_rows(database, asked))


def references(database: Database) -> set[tuple[str, str]]:
    """The foreign keys of the database, as child and parent."""
    keys = "SELECT table_name, referenced_table_name FROM information_schema.referential_constraints"
    return set(user_rows(database, f"{keys} WHERE constraint_schema = '{database.name}'"))


@only_mariadb("foreign keys that can be moved under its locks")
def test_a_migration_under_writers_back_and_forward_again_loses_nothing(mariadb_database: Database, tmp_path: Path) -> None:
    others = {("order_items", "products")}
    old = {("orders", "customers"), ("order_items", "orders"), ("payments", "orders")} | others
    new = {("orders_v2", "customers"), ("order_items", "orders_v2"), ("payments", "orders_v2")} | others
    with live_shop(mariadb_database, None, tmp_path) as live:
        assert live.driver.up_to_gate()["equal"]
        assert references(mariadb_database) == old
        began = time.time()
        result = live.driver.cut_over()
        ended = time.time()
        assert kinds(mariadb_database)["orders"] == "VIEW"
        assert references(mariadb_database) == new
        time.sleep(0.5)
        roll_back(live.driver)
        assert kinds(mariadb_database)["orders"] == "BASE TABLE"
        assert references(mariadb_database) == old
        time.sleep(0.3)
        live.driver.validate_again()
        live.driver.cut_over()
        assert references(mariadb_database) == new
        time.sleep(0.3)
        live.run_new_code()
        time.sleep(0.3)
        content = live.driver.run(last_report)
        live.driver.contract()
        time.sleep(0.3)
        book, verdict = live.end()
    must_be_right(book, verdict)
    assert content["differing_back"] == 0
    waited = book.longest_wait(since=began, until=ended)
    assert waited is None or waited.seconds < LONGEST
    assert result["pause_ms"] < LONGEST * 1000
    assert book.outages == []
    left = kinds(mariadb_database)
    assert sorted(left) == ["customers", "order_items", "orders_obsolete", "orders_v2", "payments", "products"]


def test_tables_that_reference_each_other_change_hands_together(mariadb_database: Database) -> None:
    driver = small(mariadb_database, mariadb_database, spec={"target": "old", "tables": ALL_NEW})
    old = {("children", "parents"), ("notes", "children")}
    new = {("children_v2", "parents_v2"), ("notes_v2", "children_v2")}
    obsolete = {(f"{child}_obsolete", f"{parent}_obsolete") for child, parent in old}
    driver.up_to_gate()
    assert references(mariadb_database) == old | new
    service = Service(driver)
    with Live(service):
        driver.cut_over()
    assert references(mariadb_database) == new | obsolete
    assert {name for name, kind in kinds(mariadb_database).items() if kind == "VIEW"} == {"children", "parents", "notes"}
    with Live(service), driver.synced_back():
        time.sleep(0.3)
    with Live(service):
        roll_back(driver)
    assert references(mariadb_database) == old | new
    service.must_be_whole("children")
    driver.validate_again()
    with Live(service):
        driver.cut_over()
    service.must_be_whole("children_v2")
    driver.contract()
    assert references(mariadb_database) == new | obsolete
    assert set(kinds(mariadb_database).values()) == {"BASE TABLE"}


PARDONED = by_product(mariadb=(), mysql=(DEADLOCK,))
"""What MySQL may tell whom the fence meets just when he opens a table: docs/engines.md."""
INSERTS = {
    "children": "INSERT INTO children (parent_id, body) VALUES (2, %s)",
    "notes": "INSERT INTO notes (child_id) VALUES (NULL)",
    "parents": "INSERT INTO parents (name) VALUES (%s)",
}


@contextlib.contextmanager
def a_writer_on_each_table(database: Database) -> Iterator[dict[str, list[int]]]:
    """Three sessions that insert without a rest; the ids that each was told. Whatever one of them is told fails the test."""
    told = {name: list[int]() for name in INSERTS}

    def write(name: str, is_over: Callable[[], bool]) -> None:
        with session(database) as made, made.cursor() as cursor:
            while not is_over():
                try:
                    cursor.execute(INSERTS[name], (f"{name} {time.monotonic_ns()}",) if "%s" in INSERTS[name] else None)
                except pymysql.Error as error:
                    if error.args[0] not in PARDONED:
                        raise
                    continue
                told[name].append(int(cursor.lastrowid))
                time.sleep(0.002)

    with beside(*(partial(write, name) for name in INSERTS)):
        yield told


def test_writers_that_wait_for_any_of_the_names_find_what_it_stands_for_then(at_the_gate: Driver) -> None:
    with a_writer_on_each_table(at_the_gate.source) as told:
        for hand_over in (cut_over, go_back, None, cut_over, go_back):
            if hand_over:
                hand_over(at_the_gate)
            else:
                at_the_gate.validate_again()
            time.sleep(0.1)
    for name, ids in told.items():
        there = {number for (number,) in user_rows(at_the_gate.source, f"SELECT id FROM {name}")}
        assert len(ids) > 20
        assert set(ids) <= there


def transactions_of_two(database: Database, first: str, second: str) -> contextlib.AbstractContextManager[None]:
    """Eight sessions that run two statements in a transaction, sent as one message, without a rest: whoever has got the table of the
    first waits for that of the second. `{}` is each session's own number. Whatever one of them is told fails the test.
    """

    def write(number: int, is_over: Callable[[], bool]) -> None:
        message = f"BEGIN; {first}; {second}; COMMIT".replace("{}", str(number))
        with contextlib.closing(pymysql.connect(**database.dsn, client_flag=CLIENT.MULTI_STATEMENTS)) as made:
            while not is_over():
                cursor = made.cursor()
                cursor.execute(message)
                while cursor.nextset():
                    pass
                time.sleep(0.01)

    return beside(*(partial(write, number) for number in range(3, 11)))


OF_A_CHILD, OF_ITS_CHILD = "INSERT INTO children (parent_id, body) VALUES (2, '{}')", "INSERT INTO notes (child_id) VALUES ({})"
OF_THAT_ONES_CHILD = "INSERT INTO remarks (note_id) VALUES ({})"
REMARKS = "CREATE TABLE remarks (id INT AUTO_INCREMENT PRIMARY KEY, note_id BIGINT, FOREIGN KEY (note_id) REFERENCES notes (id))"
A_NOTE_OF_PARENTS = "ALTER TABLE parents ADD COLUMN note_id BIGINT, ADD FOREIGN KEY (note_id) REFERENCES notes (id)"


@only_mariadb("foreign keys that can be moved under its locks")
@pytest.mark.parametrize(
    ("moved", "first", "schema"),
    [
        *((("parents",), first, (REMARKS,)) for first in (OF_A_CHILD, OF_ITS_CHILD, OF_THAT_ONES_CHILD)),
        *((tuple(ALL_NEW), first, (REMARKS,)) for first in (OF_A_CHILD, OF_THAT_ONES_CHILD)),
        (("parents",), OF_ITS_CHILD, (A_NOTE_OF_PARENTS,)),
    ],
)
def test_whoever_has_begun_to_write_a_table_that_references_ours_waits_for_no_name(
    mariadb_database: Database, moved: tuple[str, ...], first: str, schema: tuple[str, ...]
) -> None:
    spec = {"target": "old", "tables": {name: ALL_NEW[name] for name in moved}}
    driver = small(mariadb_database, mariadb_database, spec=spec)
    for statement in schema:
        execute(mariadb_database, statement)
    driver.up_to_gate()
    with transactions_of_two(mariadb_database, first, "UPDATE parents SET name = CONCAT('anew ', {}, ' ', RAND()) WHERE id = {}"):
        forth_and_back(driver, rounds=2)
    assert views(mariadb_database) == {f"{name}_compat" for name in moved}


CIRCLE = f"""
CREATE TABLE units (id INT PRIMARY KEY, head INT, seen INT NOT NULL DEFAULT 0);
CREATE TABLE people (id INT PRIMARY KEY, unit INT, boss INT, seen INT NOT NULL DEFAULT 0,
  FOREIGN KEY (unit) REFERENCES units (id), FOREIGN KEY (boss) REFERENCES people (id));
INSERT INTO units (id) SELECT seq FROM {seq(30)};
INSERT INTO people (id, unit) SELECT seq, 2 FROM {seq(30)};
ALTER TABLE units ADD FOREIGN KEY (head) REFERENCES people (id);
"""


def test_tables_that_reference_each_other_in_a_circle_change_hands_together(mariadb_database: Database) -> None:
    for statement in CIRCLE.split(";\n")[:-1]:
        execute(mariadb_database, statement)
    tables = {name: {"to": f"{name}_v2", "columns": {"came": {"add": "int"}}} for name in ("units", "people")}
    driver = Driver(mariadb_database, mariadb_database, {"target": "old", "tables": tables})
    driver.up_to_gate()
    first = "UPDATE people SET seen = seen + 1, unit = 1 + seen % 2 WHERE id = {}"
    with transactions_of_two(mariadb_database, first, "UPDATE units SET seen = seen + 1, head = 1 + seen % 2 WHERE id = {}"):
        forth_and_back(driver, rounds=3)
    assert views(mariadb_database) == {"units_compat", "people_compat"}


@only_mysql("a lock that is waited for behind others")
@pytest.mark.parametrize(("new", "waits_for_log"), [("{}_v2", True), ("a_new_{}", False)])
def test_whoever_has_opened_a_view_writes_what_is_below_it_then(
    mariadb_database: Database, new: str, waits_for_log: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He waits for a table that comes later when the fence asks for all of them, and would be told to ask again when that is through: for
    what was below the view before.
    """
    spec = {"target": "old", "tables": {name: {**words, "to": new.format(name)} for name, words in ALL_NEW.items()}}
    driver = small(mariadb_database, mariadb_database, spec=spec)
    driver.up_to_gate()
    cut_over(driver)
    told: list[object] = []

    def write() -> None:
        try:
            told.append(execute(mariadb_database, "INSERT INTO children (parent_id, body) VALUES (2, 'through the view')"))
        except pymysql.Error as error:
            told.append(error)

    writing = threading.Thread(target=write)
    locking = Fence._lock

    def lock(fence: Fence, fenced: Session, *asked: Any, **words: Any) -> None:
        # as if he had come between our look and our asking
        fenced._may_look = False
        if writing.ident:
            locking(fence, fenced, *asked, **words)
            return
        with session(mariadb_database, admin=True) as other, other.cursor() as cursor:
            held = log_of(mariadb_database, new.format("children")) if waits_for_log else new.format("children")
            cursor.execute(f"LOCK TABLES {held} WRITE")
            writing.start()
            until(lambda: waits(mariadb_database, "INSERT INTO children%"))
            letting_go = threading.Thread(target=let_go, args=(mariadb_database, cursor))
            letting_go.start()
            try:
                locking(fence, fenced, *asked, **words)
            finally:
                letting_go.join()

    # nobody ends what we ask meanwhile
    monkeypatch.setattr(defining, "QUEUED_AT_MOST", 5.0)
    monkeypatch.setattr(Fence, "_lock", lock)
    go_back(driver)
    writing.join()
    assert told == [1]
    assert user_rows(mariadb_database, "SELECT count(*) FROM children WHERE body = 'through the view'") == [(1,)]
    driver.run(clean_up)
    assert user_rows(mariadb_database, OWN, admin=True) == []


def log_of(database: Database, name: str) -> str:
    """The change log of what is brought back from a table."""
    asked = f"SELECT trigger_name FROM information_schema.triggers WHERE event_object_table = '{name}'"
    ((trigger,),) = user_rows(database, f"{asked} AND trigger_name LIKE 'airlift_shop_back_insert_%'", admin=True)
    return f"airlift.shop_back_{trigger.rpartition('_')[2]}"


def waits(database: Database, statement: str) -> bool:
    """Whether a statement that is like this one waits for a table."""
    asked = f"SELECT 1 FROM information_schema.processlist WHERE info LIKE '{statement}' AND state = 'Waiting for table metadata lock'"
    return bool(user_rows(database, asked, admin=True))


def let_go(database: Database, cursor: Any) -> None:
    """Unlock the tables of a session as soon as a fence waits."""
    until(lambda: waits(database, "LOCK TABLES%"))
    cursor.execute("UNLOCK TABLES")


def forth_and_back(driver: Driver, *, rounds: int) -> None:
    """Cutovers, each with its roll back. No name is handed over by what looks after an attempt that did not come to its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "recover", without_names)
        for number in range(rounds):
            if number:
                driver.validate_again()
            cut_over(driver)
            go_back(driver)


def without_names(hand_over: HandOver) -> bool:
    """What looks after an attempt. One may be given up before it is decided, where the machine has too much to do."""
    if recover(hand_over):
        pytest.fail(f"{type(hand_over).__name__}: the names did not follow the commit")
    return False


@pytest.fixture
def at_the_gate(mariadb_database: Database) -> Driver:
    """A migration of all tables that waits for its approval. Whoever is frozen may rest longer than any of these tests takes."""
    driver = patient(small(mariadb_database, mariadb_database, spec={"target": "old", "tables": ALL_NEW}), max_pause=30.0)
    driver.up_to_gate()
    return driver


def cut_over(driver: Driver) -> Any:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def go_back(driver: Driver) -> Any:
    """The roll back, as its task runs it."""
    return rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK)


def views(database: Database) -> set[str]:
    """The names that stand for views."""
    return {name for name, kind in kinds(database).items() if kind == "VIEW"}


@pytest.mark.parametrize("point", ["cutover.announced", "cutover.deciding"])
def test_who_dies_before_the_commit_hands_no_name_over(at_the_gate: Driver, point: str) -> None:
    service = Service(at_the_gate)
    with Live(service):
        dying.killed(partial(cut_over, at_the_gate), point)
        time.sleep(0.2)
        assert views(at_the_gate.source) == {f"{name}_compat" for name in ALL_NEW}
        cut_over(at_the_gate)
        assert views(at_the_gate.source) == set(ALL_NEW)
        time.sleep(0.1)
        dying.killed(partial(go_back, at_the_gate), point)
        time.sleep(0.2)
        assert views(at_the_gate.source) == set(ALL_NEW)
        go_back(at_the_gate)
        time.sleep(0.1)
    service.must_be_whole("children")


@pytest.mark.parametrize("hand_over", [cut_over, go_back])
def test_who_dies_while_names_are_kept_ends_no_transaction_of_the_service(at_the_gate: Driver, hand_over: Callable[[Driver], Any]) -> None:
    """Whoever has a name and waits for another gets that: no keeper goes on when its gate is free, to wait for what he has."""
    database = at_the_gate.source
    if hand_over is go_back:
        cut_over(at_the_gate)
    with transactions_of_two(database, "UPDATE children SET body = RAND() WHERE id = {}", "UPDATE notes SET child_id = {} WHERE id = {}"):
        for _ in range(4):
            dying.killed(partial(hand_over, at_the_gate), "cutover.deciding")
            time.sleep(0.1)


@only_mariadb("keepers that go on when they get their gate")
def test_the_gates_are_free_as_soon_as_the_last_keeper_is_gone(at_the_gate: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another attempt may wait for them already: it is not taken for a keeper, for which they would stay shut."""
    told: list[int] = []

    def wait_for_gates() -> None:
        with session(at_the_gate.source) as other, other.cursor() as cursor:
            cursor.execute("SET lock_wait_timeout = 20")
            try:
                cursor.execute(f"LOCK TABLES `{GATE}` WRITE")
            except pymysql.MySQLError as error:
                told.append(error.args[0])

    waiting = threading.Thread(target=wait_for_gates)
    asked = f"SELECT 1 FROM information_schema.processlist WHERE info = 'LOCK TABLES `{GATE}` WRITE' AND state LIKE 'Waiting for table%'"

    def reached(point: str) -> None:
        if point == "cutover.deciding" and not waiting.ident:
            waiting.start()
            until(lambda: user_rows(at_the_gate.source, asked))

    monkeypatch.setattr(faults, "reached", reached)
    cut_over(at_the_gate)
    waiting.join()
    assert told in ([], [NO_TABLE])
    assert views(at_the_gate.source) == set(ALL_NEW)


@pytest.mark.parametrize("hand_over", [cut_over, go_back])
def test_names_that_were_not_handed_over_behind_the_commit_are_by_whoever_comes_next(
    at_the_gate: Driver, hand_over: Callable[[Driver], Any]
) -> None:
    service = Service(at_the_gate)
    service.write()
    if hand_over is go_back:
        cut_over(at_the_gate)
    with dying.frozen(partial(hand_over, at_the_gate), "cutover.deciding") as victim:
        queued = user_rows(at_the_gate.source, "SELECT id FROM information_schema.processlist WHERE info LIKE 'RENAME TABLE%'", admin=True)
        assert queued
        for (pid,) in queued:
            execute(at_the_gate.source, f"KILL {pid}", admin=True)
        victim.thaw()
        assert victim.wait().is_done
    there = set(ALL_NEW) if hand_over is cut_over else {f"{name}_compat" for name in ALL_NEW}
    assert views(at_the_gate.source) == there
    service.write()
    service.must_be_whole("children_v2" if hand_over is cut_over else "children")


def dies(*_: Any) -> None:
    """In the place of a next step."""
    os.kill(os.getpid(), signal.SIGKILL)


@only_mariadb("names that are handed over one after the other")
@pytest.mark.parametrize("hand_over", [cut_over, go_back])
def test_who_dies_between_two_names_leaves_the_others_to_whoever_comes_next(
    at_the_gate: Driver, hand_over: Callable[[Driver], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(at_the_gate)
    service.write()
    if hand_over is go_back:
        cut_over(at_the_gate)
    there = set(ALL_NEW) if hand_over is cut_over else {f"{name}_compat" for name in ALL_NEW}
    with monkeypatch.context() as patch:
        patch.setattr(QueueInTurn, "_take_turn", dies)
        assert dying.start(partial(hand_over, at_the_gate)).wait().killed
    assert len(views(at_the_gate.source) & there) == 1
    hand_over(at_the_gate)
    assert views(at_the_gate.source) == there
    service.write()
    service.must_be_whole("children_v2" if hand_over is cut_over else "children")
    at_the_gate.run(clean_up) if hand_over is go_back else at_the_gate.contract()
    assert set(kinds(at_the_gate.source).values()) == {"BASE TABLE"}


@only_mariadb("foreign keys that can be moved under its locks")
@pytest.mark.parametrize("hand_over", [cut_over, go_back])
def test_whoever_comes_after_a_lost_answer_leaves_the_keys_of_others_alone(
    mariadb_database: Database, hand_over: Callable[[Driver], Any]
) -> None:
    spec = {"target": "old", "tables": {"children": ALL_NEW["children"]}}
    driver = small(mariadb_database, mariadb_database, spec=spec)
    driver.up_to_gate()
    if hand_over is go_back:
        cut_over(driver)
    dying.killed(partial(hand_over, driver), "cutover.decided")
    expected = references(mariadb_database)
    with session(mariadb_database, autocommit=False) as reader, reader.cursor() as cursor:
        # nothing could be dropped from the table now, nor added to it
        cursor.execute("SELECT count(*) FROM notes")
        hand_over(driver)
    assert references(mariadb_database) == expected
    assert ("notes", "children_v2" if hand_over is cut_over else "children") in expected


def test_a_migration_that_is_abandoned_after_an_attempt_leaves_nothing(at_the_gate: Driver) -> None:
    dying.killed(partial(cut_over, at_the_gate), "cutover.locked")
    at_the_gate.run(clean_up)
    assert kinds(at_the_gate.source) == dict.fromkeys(ALL_NEW, "BASE TABLE")
    triggers = f"SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '{at_the_gate.source.name}'"
    assert user_rows(at_the_gate.source, triggers, admin=True) == []
    assert user_rows(at_the_gate.source, OWN, admin=True) == []


def test_a_name_that_is_taken_meanwhile_holds_the_cutover_up(at_the_gate: Driver) -> None:
    execute(at_the_gate.source, "CREATE TABLE notes_obsolete (id int)")
    with pytest.raises(Refused, match=r"notes_obsolete.* is taken"):
        cut_over(at_the_gate)
    execute(at_the_gate.source, "DROP TABLE notes_obsolete")
    cut_over(at_the_gate)
    assert views(at_the_gate.source) == set(ALL_NEW)


def test_a_tie_that_can_t_be_moved_is_refused(mariadb_database: Database) -> None:
    spec = {"target": "old", "tables": {"children": ALL_NEW["children"]}}
    driver = small(mariadb_database, mariadb_database, spec=spec)
    execute(mariadb_database, "ALTER TABLE children DROP FOREIGN KEY children_ibfk_1")
    execute(mariadb_database, "ALTER TABLE children ADD CONSTRAINT tied FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE")
    with pytest.raises(Refused, match=r'"tied".*(would fire no trigger|moves no foreign key).*Move table'):
        driver.run(preflight)
