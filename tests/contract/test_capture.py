"""Capture, on every engine: what is noted of what a user does, what a window finds and what is pruned of it, what a proof rests on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from airlift.databases.naming import CaptureNames
from airlift.databases.values import Position
from airlift.spec import TableName
from testbed.serving import Database
from tests.capturing import NAME, Table, back_of, capture, table_of, user_rows


@pytest.fixture(params=["postgres", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database of each engine."""
    found: Database = request.getfixturevalue("one_database" if request.param == "postgres" else "mariadb_database")
    return found


@pytest.fixture
def items(database: Database) -> Table:
    """A captured table with twenty rows from before."""
    user_rows(database, "CREATE TABLE items (id int PRIMARY KEY, code varchar(20) UNIQUE, note varchar(20))")
    user_rows(database, f"INSERT INTO items VALUES {', '.join(f'({n}, NULL, NULL)' for n in range(1, 21))}")
    return table_of(database, "items", ["id"]).install()


@pytest.fixture
def user(database: Database) -> Iterator[Any]:
    """A user's session, in a transaction."""
    with contextlib.closing(database.connect()) as session:
        session.autocommit = False if database.engine == "postgres" else session.autocommit
        with session.cursor() as cursor:
            if database.engine != "postgres":
                session.autocommit(False)
            yield cursor


def commit(cursor: Any, *statements: str) -> None:
    """One transaction of a user's."""
    for statement in statements:
        cursor.execute(statement)
    cursor.connection.commit()


WRITES: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {
    "a row comes": (["INSERT INTO items VALUES (30, 'a', 'b')"], [("I", 30)]),
    "rows come": (["INSERT INTO items (id) VALUES (30), (31)"], [("I", 30), ("I", 31)]),
    "a row changes": (["UPDATE items SET note = 'x' WHERE id = 1"], [("U", 1)]),
    "rows change": (["UPDATE items SET note = 'x' WHERE id < 4"], [("U", 1), ("U", 2), ("U", 3)]),
    "a row goes": (["DELETE FROM items WHERE id = 1"], [("D", 1)]),
    "a key changes": (["UPDATE items SET id = 40 WHERE id = 1"], [("U", 1), ("U", 40)]),
    "a value becomes NULL": (["UPDATE items SET note = NULL, code = NULL WHERE id = 2"], [("U", 2)]),
    "keys of two rows are exchanged": (
        ["UPDATE items SET id = -1 WHERE id = 1", "UPDATE items SET id = 1 WHERE id = 2", "UPDATE items SET id = 2 WHERE id = -1"],
        [("U", 1), ("U", -1), ("U", 2), ("U", 1), ("U", -1), ("U", 2)],
    ),
    "a savepoint takes some of it back": (
        ["UPDATE items SET note = 'x' WHERE id = 1", "SAVEPOINT a", "DELETE FROM items WHERE id = 2", "INSERT INTO items (id) VALUES (50)",
         "ROLLBACK TO SAVEPOINT a", "INSERT INTO items (id) VALUES (51)", "SAVEPOINT b", "DELETE FROM items WHERE id = 3",
         "RELEASE SAVEPOINT b"],
        [("U", 1), ("I", 51), ("D", 3)],
    ),
    "nothing is touched": (["UPDATE items SET note = 'x' WHERE id = 99", "DELETE FROM items WHERE id = 98"], []),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITES)
def test_every_change_of_a_key_is_noted(items: Table, user: Any, what: str) -> None:
    statements, noted = WRITES[what]
    commit(user, *statements)
    assert items.noted() == noted


def test_a_rollback_leaves_nothing(items: Table, user: Any) -> None:
    for statement in ("UPDATE items SET note = 'never'", "DELETE FROM items WHERE id = 3", "INSERT INTO items (id) VALUES (60)"):
        user.execute(statement)
    user.connection.rollback()
    assert items.noted() == []


def test_a_statement_that_fails_leaves_nothing(items: Table, user: Any) -> None:
    commit(user, "UPDATE items SET code = 'taken' WHERE id = 7")
    items.forget()
    with pytest.raises(Exception, match=r"(?i)duplicate"):
        user.execute("INSERT INTO items VALUES (61, 'free', NULL), (62, 'taken', NULL)")
    user.connection.rollback()
    assert items.noted() == []


def test_all_columns_of_a_key_are_noted_and_no_other(database: Database, user: Any) -> None:
    """Columns that are named like the log's own are no trouble."""
    pairs = capture(database, "pairs", "op varchar(9), id int, k1 int, v int, PRIMARY KEY (id, op)", ["id", "op"])
    commit(user, "INSERT INTO pairs VALUES ('a', 1, NULL, NULL)", "UPDATE pairs SET op = 'b'", "UPDATE pairs SET id = 2, k1 = 5")
    commit(user, "UPDATE pairs SET v = 1", "DELETE FROM pairs")
    assert pairs.noted() == [
        ("I", 1, "a"), ("U", 1, "a"), ("U", 1, "b"), ("U", 1, "b"), ("U", 2, "b"), ("U", 2, "b"), ("D", 2, "b"),
    ]  # fmt: skip


def test_every_table_has_a_log_of_its_own(items: Table, database: Database, user: Any) -> None:
    others = capture(database, "others", "id int PRIMARY KEY", ["id"], no=2)
    commit(user, "INSERT INTO items (id) VALUES (31)", "INSERT INTO others VALUES (5)")
    assert (items.noted(), others.noted()) == ([("I", 31)], [("I", 5)])


@pytest.mark.parametrize(("applying", "noted"), [("on", []), ("back", [("U", 1)])])
def test_what_comes_forward_is_not_noted_and_what_comes_back_is(items: Table, applying: str, noted: list[Any]) -> None:
    with items.session(airlift__applying=applying) as session:
        session.execute(text("UPDATE items SET note = 'ours' WHERE id = 1"))
    assert items.noted() == noted
    with items.engine.session() as session:
        with session.transaction(airlift__applying="on"):
            pass
        with session.transaction():
            session.execute(text("UPDATE items SET note = 'ours' WHERE id = 2"))
    assert items.noted() == [*noted, ("U", 2)]


def test_both_directions_are_noted_beside_each_other(items: Table, user: Any) -> None:
    back = back_of(items).install()
    commit(user, "DELETE FROM items WHERE id = 4")
    assert (items.noted(), back.noted()) == ([("D", 4)], [("D", 4)])
    with back.session() as session:
        back.capture.drop_triggers(session, back.names, back.table)
    commit(user, "DELETE FROM items WHERE id = 5")
    assert (items.noted(), back.noted()) == ([("D", 4), ("D", 5)], [("D", 4)])


def test_capture_goes_without_a_trace(items: Table, user: Any) -> None:
    with items.session() as session:
        items.capture.drop_triggers(session, items.names, items.table)
    commit(user, "DELETE FROM items WHERE id = 4")
    assert items.noted() == []
    with items.session() as session:
        items.capture.drop_triggers(session, items.names, items.table)
        items.capture.drop_log(session, items.names)
        items.capture.leave(session, NAME, CaptureNames.FORWARD)
    with items.session() as session:
        assert items.inspection.kept(session, NAME) == []
        assert items.inspection.triggers(session, NAME) == []


def test_to_install_it_twice_changes_nothing(items: Table, user: Any) -> None:
    before = items.standing()
    commit(user, "DELETE FROM items WHERE id = 4")
    with items.session() as session:
        items.capture.prepare(session, NAME, CaptureNames.FORWARD)
    if items.is_mysql:  # elsewhere they are made anew
        items.install()
        assert items.standing() == before
    assert items.noted() == [("D", 4)]


# -- windows ---------------------------------------------------------------------------------------------------------------------------


def test_a_window_finds_what_came_since_and_counts_it(items: Table, user: Any) -> None:
    start = items.position()
    commit(user, "UPDATE items SET note = 'x' WHERE id < 4", "DELETE FROM items WHERE id = 9")
    user_rows(items.database, f"INSERT INTO airlift.{items.names.log.name} (op, k1) VALUES ('V', 5), ('V', 6)")
    end, (found,) = items.window(start)
    assert (found.no, found.changes, found.checks, found.is_truncated) == (1, 4, 2, False)
    assert items.window(end)[1] == []
    assert items.prune(end) == 6
    assert items.noted() == []


def test_what_was_before_a_position_is_in_no_window_after_it(items: Table, user: Any) -> None:
    commit(user, "DELETE FROM items WHERE id = 4")
    start = items.position()
    assert items.window(start)[1] == []
    commit(user, "DELETE FROM items WHERE id = 5")
    end, (found,) = items.window(start)
    assert found.changes == 1
    assert items.prune(end) == 2


def test_a_late_commit_is_in_the_next_window_and_not_pruned_with_the_first(items: Table, user: Any) -> None:
    """It notes its row before the first window's instant, between rows of others, and commits after that."""
    start = items.position()
    user_rows(items.database, "DELETE FROM items WHERE id = 1")
    user.execute("DELETE FROM items WHERE id = 2")
    user_rows(items.database, "DELETE FROM items WHERE id = 3")
    end, found = items.window(start)
    assert [each.changes for each in found] == [2]
    user.connection.commit()
    assert items.prune(end) == 2
    assert items.noted() == [("D", 2)]
    last, found = items.window(end)
    assert [each.changes for each in found] == [1]
    assert items.prune(last) == 1
    assert items.window(last)[1] == []


def test_a_late_commit_that_was_not_pruned_between_is_found_by_itself(items: Table, user: Any) -> None:
    start = items.position()
    user_rows(items.database, "DELETE FROM items WHERE id = 1")
    user.execute("DELETE FROM items WHERE id = 2")
    user_rows(items.database, "DELETE FROM items WHERE id = 3")
    end, _ = items.window(start)
    user.connection.commit()
    last, found = items.window(end)
    assert [each.changes for each in found] == [1]
    assert items.prune(last) == 3


def test_gaps_of_what_was_rolled_back_are_no_trouble(items: Table, user: Any) -> None:
    start = items.position()
    for number in range(1, 11):
        user.execute(f"DELETE FROM items WHERE id = {number}")
        user.connection.commit() if number % 3 else user.connection.rollback()
    user.execute("DELETE FROM items WHERE id = 11")
    end, found = items.window(start)
    assert [each.changes for each in found] == [7]
    user.connection.commit()
    assert items.prune(end) == 7
    assert items.noted() == [("D", 11)]


def test_what_is_written_while_a_window_looks_is_in_the_next(items: Table, user: Any) -> None:
    start = items.position()
    commit(user, "DELETE FROM items WHERE id = 1")
    with items.snapshot() as session:
        end = items.positions.now(session, [items.names]).text
        commit(user, "DELETE FROM items WHERE id = 2")
        found = items.changes(session, start)
    assert [each.changes for each in found] == [1]
    assert items.prune(end) == 1
    assert items.noted() == [("D", 2)]


def test_a_position_before_what_was_pruned_is_told(items: Table, user: Any) -> None:
    start = items.position()
    assert not items.is_beyond(start)
    commit(user, "DELETE FROM items WHERE id = 1")
    first, _found = items.window(start)
    assert items.prune(first) == 1
    assert items.is_beyond(start)
    assert not items.is_beyond(first)
    commit(user, "DELETE FROM items WHERE id = 2")
    second, _found = items.window(first)
    assert not items.is_beyond(second)
    items.prune(second)
    assert (items.is_beyond(first), items.is_beyond(second)) == (True, False)
    with items.snapshot() as session:
        assert items.inspection.pruned(session, NAME, CaptureNames.FORWARD, first)[1]
        assert not items.inspection.pruned(session, NAME, CaptureNames.FORWARD, second)[1]


def test_pruning_sees_what_its_snapshot_shows(items: Table, user: Any) -> None:
    """A window that looks at an instant before the pruning still has it all."""
    start = items.position()
    commit(user, "DELETE FROM items WHERE id = 1")
    with items.snapshot() as session:
        items.positions.now(session, [items.names])
        end, _found = items.window(start)
        items.prune(end)
        assert not items.positions.is_pruned_beyond(session, NAME, CaptureNames.FORWARD, start)
        assert [each.changes for each in items.changes(session, start)] == [1]
    assert items.is_beyond(start)


def test_a_log_is_brought_back_to_a_row_for_each_key(items: Table, user: Any) -> None:
    for number in range(5):
        commit(user, f"UPDATE items SET note = '{number}' WHERE id IN (1, 2)")
    commit(user, "DELETE FROM items WHERE id = 2")
    with items.session() as session:
        items.positions.compact(session, items.names, items.key)
    assert sorted({key for _, key in items.noted()}) == [1, 2]
    start = items.position()
    assert items.window(start)[1] == []
    assert items.prune(start) == len(items.noted()) + 2 or items.is_mysql
    assert items.noted() == []


def test_a_small_commit_makes_durable_and_is_timed(items: Table) -> None:
    with items.session() as session:
        items.positions.make_durable(session, NAME, CaptureNames.FORWARD)
    with items.engine.session() as session:
        assert 0 <= items.signals.commit_seconds(session, NAME, CaptureNames.FORWARD) < 60
        with items.session() as other:
            items.positions.make_durable(other, NAME, CaptureNames.FORWARD)
            assert items.signals.commit_seconds(session, NAME, CaptureNames.FORWARD) is None


def test_what_waits_is_counted_up_to_a_bound(items: Table, user: Any) -> None:
    start = items.position()
    commit(user, "UPDATE items SET note = 'x' WHERE id < 4")
    with items.snapshot() as session:
        assert items.inspection.waiting(session, [items.names], start, most=100) == {1: 3}
        assert items.inspection.waiting(session, [items.names], start, most=2) == {1: 2}
    start = items.position()
    with items.snapshot() as session:
        assert items.inspection.waiting(session, [items.names], start, most=2) == {1: 0}


# -- what a proof rests on -------------------------------------------------------------------------------------------------------------


def test_nothing_changes_in_what_a_proof_rests_on_while_users_write(items: Table, user: Any) -> None:
    before = items.standing()
    assert [each["enabled"] for each in before.evidence] == ["A"] * len(items.capture.triggers(items.names))
    assert [(number, name) for number, name, _ in before.columns[items.table]] == [(1, "id"), (2, "code"), (3, "note")]
    commit(user, "UPDATE items SET note = 'x'", "DELETE FROM items WHERE id = 3", "INSERT INTO items (id) VALUES (77)")
    assert items.standing() == before


def test_triggers_that_were_dropped_and_made_anew_are_told(items: Table) -> None:
    before = items.standing()
    with items.session() as session:
        items.capture.drop_triggers(session, items.names, items.table)
    assert items.standing().evidence == []
    with items.session() as session:
        items.capture.create_triggers(session, items.names, items.table)
    now = items.standing()
    assert len(now.evidence) == len(before.evidence)
    assert now.evidence != before.evidence


HEAPS = {
    "it is truncated": ["TRUNCATE TABLE items"],
    "a column is added": ["ALTER TABLE items ADD COLUMN more int"],
    "a column is dropped and added again": ["ALTER TABLE items DROP COLUMN note", "ALTER TABLE items ADD COLUMN note varchar(20)"],
    "a column gets another type": ["ALTER TABLE items ALTER COLUMN note TYPE varchar(30)"],
    "it is replaced": [
        "CREATE TABLE new_items (LIKE items)", "ALTER TABLE items RENAME TO old_items", "ALTER TABLE new_items RENAME TO items",
    ],
}  # fmt: skip
IN_MYSQL = {
    # the server tells when a definition was written in whole seconds
    "a column is dropped and added again": ["DO sleep(1.1)", *HEAPS["a column is dropped and added again"]],
    "a column gets another type": ["ALTER TABLE items MODIFY COLUMN note varchar(30)"],
    "it is replaced": ["CREATE TABLE new_items LIKE items", "RENAME TABLE items TO old_items, new_items TO items"],
}


@pytest.mark.parametrize("what", HEAPS)
def test_what_goes_past_the_triggers_is_told(items: Table, what: str) -> None:
    before = items.standing()
    user_rows(items.database, *(IN_MYSQL.get(what, HEAPS[what]) if items.is_mysql else HEAPS[what]))
    now = items.standing()
    assert (now.heaps, now.columns) != (before.heaps, before.columns)


def test_a_table_that_is_rebuilt_has_another_heap(items: Table) -> None:
    before = items.standing()
    user_rows(items.database, "ALTER TABLE items FORCE" if items.is_mysql else "VACUUM FULL items")
    assert items.standing().heaps[items.table]["filenode"] != before.heaps[items.table]["filenode"]


def test_a_renamed_table_keeps_its_number(items: Table) -> None:
    before = items.standing().heaps[items.table]
    user_rows(items.database, "ALTER TABLE items RENAME TO items_obsolete")
    renamed = TableName(items.table.schema, "items_obsolete")
    with items.session() as session:
        found = items.capture.heaps(session, [items.table, renamed])
        evidence = items.capture.evidence(session, [items.table, renamed], items.capture.triggers(items.names))
    assert list(found) == [renamed]
    assert (found[renamed]["oid"], found[renamed]["filenode"]) == (before["oid"], before["filenode"])
    assert {each["position"] for each in evidence} == {2}


ATTACHED = {
    "a unique index": ("CREATE UNIQUE INDEX note_index ON items (note)", "DROP INDEX note_index", "DROP INDEX note_index ON items"),
    "a CHECK constraint": ("ALTER TABLE items ADD CONSTRAINT small CHECK (id < 1000)", "ALTER TABLE items DROP CONSTRAINT small", None),
}


@pytest.mark.parametrize("what", ATTACHED)
def test_what_is_put_on_a_table_is_told(items: Table, what: str) -> None:
    comes, goes, goes_in_mysql = ATTACHED[what]
    with items.session() as session:
        before = items.capture.heaps(session, [items.table])[items.table]["attached"]
    user_rows(items.database, comes)
    with items.session() as session:
        assert items.capture.heaps(session, [items.table])[items.table]["attached"] != before
    user_rows(items.database, (goes_in_mysql or goes) if items.is_mysql else goes)
    with items.session() as session:
        assert items.capture.heaps(session, [items.table])[items.table]["attached"] == before


def test_what_is_not_there_is_left_out(items: Table) -> None:
    gone = TableName(items.table.schema, "gone")
    with items.session() as session:
        assert list(items.capture.heaps(session, [gone, items.table])) == [items.table]
        assert items.capture.evidence(session, [gone], items.capture.triggers(items.names)) == []
        assert items.capture.heaps(session, [gone]) == {}
    assert items.standing(gone).columns[gone] == []


# -- the way back ----------------------------------------------------------------------------------------------------------------------


def test_the_way_back_moves_from_where_it_is_only(items: Table) -> None:
    way_back = items.engine.way_back
    first, second, third = (Position(at=str(number), text=f'{{"number": {number}, "seen": {{}}}}') for number in range(3))
    for position in (first, second):  # the first stays
        with items.session() as session:
            way_back.create(session, NAME, position)
    with items.session() as session:
        assert way_back.move(session, NAME, start=first.text, end=second)
        assert not way_back.move(session, NAME, start=first.text, end=third)
        found = way_back.read(session, NAME)
    assert (found.at, found.position, found.premises, found.attempt) == ("1", second.text, None, None)
    with items.session() as session:
        assert items.inspection.returning(session, NAME) == found


def test_one_attempt_has_the_way_back(items: Table) -> None:
    way_back = items.engine.way_back
    with items.session() as session:
        way_back.create(session, NAME, Position(at="0", text="start"))
    with items.session() as session:
        way_back.claim(session, NAME, 7)
    with items.session() as session:
        assert way_back.is_claimed(session, NAME, 7)
        assert not way_back.is_claimed(session, NAME, 6)
        assert not way_back.release(session, NAME, [5, 6])
        assert way_back.release(session, NAME, [6, 7])
        assert not way_back.is_claimed(session, NAME, 7)
        assert way_back.release(session, NAME, [8])
    with items.session() as session:
        way_back.claim(session, NAME, 9)
        way_back.open(session, NAME, {"heaps": {"a.b": {"oid": 1}}, "guard": []})
        found = way_back.read(session, NAME)
    assert (found.premises, found.attempt) == ({"heaps": {"a.b": {"oid": 1}}, "guard": []}, None)
    with items.session() as session:
        way_back.drop(session, NAME)
    with items.session() as session:
        assert [each.kind for each in items.inspection.kept(session, NAME)].count("way_back") == 0


# -- what a doctor asks ----------------------------------------------------------------------------------------------------------------


def test_names_triggers_and_tables_are_told(items: Table, database: Database) -> None:
    user_rows(database, "CREATE VIEW seen AS SELECT id FROM items")
    seen, gone = TableName(items.table.schema, "seen"), TableName(items.table.schema, "gone")
    with items.session() as session:
        found = items.inspection.occupants(session, [items.table, gone, seen])
        installed = items.inspection.triggers(session, NAME)
        kept = {each.name: each for each in items.inspection.kept(session, NAME)}
        heap = items.capture.heaps(session, [items.table])[items.table]
    assert {name: each.kind for name, each in found.items()} == {items.table: "table", seen: "view"}
    assert found[items.table].oid == heap["oid"]
    assert found[seen].oid != heap["oid"]
    assert sorted(each.name for each in installed) == sorted(items.capture.triggers(items.names))
    assert {(each.oid, each.table, each.kind, each.is_always, each.is_off) for each in installed} == {
        (heap["oid"], items.table, "log", True, False)
    }
    assert (kept["shop_log_1"].kind, kept["shop_log_1"].form) == ("log", "table")
    assert kept["shop_heartbeat"].kind == "heartbeat"
    with items.session() as session:
        assert not items.inspection.has_rows(session, kept["shop_log_1"])
        assert items.inspection.has_rows(session, kept["shop_heartbeat"])
        for trigger in installed:
            items.inspection.drop_trigger(session, trigger)
    with items.session() as session:
        assert items.inspection.triggers(session, NAME) == []


def test_room_is_measured(items: Table, user: Any) -> None:
    with items.session() as session:
        oid = items.inspection.occupants(session, [items.table])[items.table].oid
        assert items.signals.space_taken(session, [oid]) > 0
        assert items.signals.wal_limit(session) > 1 << 20
        indexes = items.signals.index_space(session, [oid])
    assert all(0 <= each.largest <= each.together for each in indexes.values())
    assert all(sum(each.each.values()) in (0, each.together) for each in indexes.values())
    with items.engine.session() as session:
        ours, gone = items.signals.made_bytes(session, []), TableName(items.table.schema, "gone")
        assert ours > 0
        assert items.signals.made_bytes(session, [gone]) == ours
        assert items.signals.made_bytes(session, [items.table, gone]) > ours
        assert items.signals.disk(session) is None, "these servers can't be asked, or lack what they need for it"
    commit(user, "DELETE FROM items")
    with items.engine.session() as session:
        assert items.signals.log_bytes(session, [items.names, CaptureNames(NAME, 99)]) > 0
        assert items.signals.log_bytes(session, [CaptureNames(NAME, 99)]) == 0
        assert items.signals.standbys(session) == []
        assert items.signals.largest_slot(session) is None
