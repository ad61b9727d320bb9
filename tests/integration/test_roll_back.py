"""The way back: cut over, write on the new side, roll back, compare; forward again, compare."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import psycopg2
import pytest

from airlift import faults
from airlift.errors import Refused
from airlift.ledger import Stage
from airlift.phases.contract import validate as ending
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.roll_back.preflight import preflight
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.roll_back.validate import validate
from airlift.phases.sync import way_back
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.report import report
from testbed.driving import APPROVED, Driver, beside
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.small import Service, ask, execute, session, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])


def roll_back(driver: Driver, **words: Any) -> dict[str, Any]:
    """A run of roll_back_shop, approved; what it took."""
    found = driver.returning().run(preflight)
    result = dict(rename_back(driver.returning(**words).migration("rename_back"), APPROVED, found["action"]))
    driver.returning().run(lambda m: validate(m, found["action"]))
    return result


def rows_of(database: Any, table: str, columns: str = "id, parent_id, body, amount::text") -> list[tuple[Any, ...]]:
    return ask(database, f"SELECT {columns} FROM {table} ORDER BY id")


@WAYS
def test_what_was_written_on_the_new_side_is_there_after_a_roll_back(gate: Gate, way: str) -> None:
    driver = gate(way)
    service = Service(driver)
    for _ in range(3):
        service.write()
    driver.cut_over()
    for _ in range(5):
        service.write()
    with driver.synced_back():
        for _ in range(5):
            service.write()
        result = roll_back(driver)
    assert result["attempts"] >= 1
    assert stage(driver) == Stage.VIEWS_CREATED
    assert ask(driver.source, "SELECT relkind FROM pg_class WHERE oid = 'children'::regclass") == [("r",)]
    service.must_be_whole("children", driver.source)
    assert service.write() == "source"
    service.must_be_whole("children", driver.source)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.target, "UPDATE children_v2 SET body = 'x'")


@WAYS
def test_back_forward_and_back_again_loses_nothing(gate: Gate, way: str) -> None:
    driver = gate(way)
    service = Service(driver)
    driver.cut_over()
    execute(driver.target, "UPDATE children_v2 SET state = 'kept' WHERE id = 7")
    for _ in range(4):
        service.write()
    roll_back(driver)
    for _ in range(4):
        service.write()
    driver.run(delta_windows)
    driver.validate_again()
    driver.cut_over()
    service.must_be_whole("children_v2", driver.target)
    if 7 in service.rows:
        assert ask(driver.target, "SELECT state FROM children_v2 WHERE id = 7") == [("kept",)]
    for _ in range(4):
        service.write()
    roll_back(driver)
    service.must_be_whole("children", driver.source)
    driver.run(delta_windows)
    driver.validate_again()
    driver.cut_over()
    service.write()
    content = driver.run(ending.validate)
    assert (content["differed_back"], content["differing_back"]) == (0, 0)
    assert content["compared_back"] >= 300
    driver.contract()
    service.table = "children_v2"
    service.must_be_whole()
    assert left(driver) == []


@WAYS
def test_before_the_cutover_a_roll_back_abandons(gate: Gate, way: str) -> None:
    driver = gate(way)
    service = Service(driver)
    service.write()
    assert roll_back(driver) == {"action": "abandon"}
    assert stage(driver) == Stage.CLEANED_UP
    service.must_be_whole("children", driver.source)
    assert left(driver) == []
    with pytest.raises(Refused, match=r"abandoned by run .*roll_back__1"):
        driver.run(report)
    with pytest.raises(Refused, match="nothing of it can be rolled back"):
        driver.returning().run(preflight)


@WAYS
def test_a_foreign_key_of_an_old_table_holds_nobody_up_and_is_back_after_a_roll_back(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    with session(driver.target) as made, made.cursor() as cursor:
        cursor.execute("INSERT INTO parents (name) VALUES ('short-lived') RETURNING id")
        (parent,) = cursor.fetchone()
        cursor.execute("INSERT INTO children_v2 (parent_id, body) VALUES (%s, 'x') RETURNING id", (parent,))
        (child,) = cursor.fetchone()
    with driver.synced_back():
        pass
    execute(driver.target, "DELETE FROM children_v2 WHERE id = %s", (child,))
    execute(driver.target, "DELETE FROM parents WHERE id = %s", (parent,))
    roll_back(driver)
    with pytest.raises(psycopg2.errors.ForeignKeyViolation):
        execute(driver.source, "INSERT INTO children (parent_id) VALUES (999)")
    found = ask(driver.source, "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 'children'::regclass")
    assert found == [("children_parent_id_fkey", True)]
    assert ask(driver.target, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'children_v2'::regclass") == [(0,)]


@WAYS
def test_sequences_go_on_ahead_after_a_roll_back(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    execute(driver.target, "INSERT INTO children_v2 (parent_id) SELECT 1 FROM generate_series(1, 50)")
    (highest,) = ask(driver.target, "SELECT max(id) FROM children_v2")[0]
    roll_back(driver)
    (number,) = ask(driver.source, "INSERT INTO children (parent_id) VALUES (1) RETURNING id")[0]
    assert number > highest


def test_the_services_are_moved_back_and_told_the_attempt(gate: Gate) -> None:
    from testbed.live import RouterSwitch

    switch = RouterSwitch()
    driver = gate("across", switch=switch)
    driver.cut_over()
    roll_back(driver)
    assert [direction for direction, _ in switch.calls] == ["hold", "target", "hold", "source"]
    assert switch.calls[2][1] == switch.calls[3][1] != switch.calls[0][1]


@WAYS
def test_a_value_that_does_not_fit_back_is_told_at_once_and_waits(gate: Gate, way: str, caplog: pytest.LogCaptureFixture) -> None:
    driver = gate(way)
    driver.cut_over()
    execute(driver.source, "ALTER TABLE children_obsolete ADD CONSTRAINT small CHECK (amount < 1000000)")
    execute(driver.target, "UPDATE children_v2 SET amount = 2000000 WHERE id = 5")
    looks = iter([False, True])
    with caplog.at_level("ERROR"):
        sync_back(driver.migration("sync_back"), lambda: next(looks))
    assert "THE WAY BACK STANDS STILL" in caplog.text
    assert "small" in caplog.text
    content = driver.returning().run(preflight)
    assert "stands still" in content["markdown"]
    with pytest.raises(Refused, match="small"):
        roll_back(driver)
    # nor does it hold up a contract, which gives the way back up
    assert 'constraint "small"' in driver.run(ending.validate)["markdown"]
    execute(driver.target, "UPDATE children_v2 SET amount = 3 WHERE id = 5")
    roll_back(driver)
    assert ask(driver.source, "SELECT amount::text FROM children WHERE id = 5") == [("3.00",)]


@WAYS
def test_a_broken_premise_means_that_all_rows_are_compared_and_mended(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    execute(
        driver.target,
        "ALTER TABLE children_v2 DISABLE TRIGGER airlift_shop_back_keys; UPDATE children_v2 SET body = 'unseen' WHERE id = 9;"
        "ALTER TABLE children_v2 ENABLE ALWAYS TRIGGER airlift_shop_back_keys",
    )
    content = driver.returning().run(preflight)
    assert "all rows are compared" in content["markdown"]
    roll_back(driver)
    assert ask(driver.source, "SELECT body FROM children WHERE id = 9") == [("unseen",)]


def test_the_last_report_goes_on_where_sync_back_beside_it_was_faster(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = gate("across")
    driver.cut_over()
    execute(driver.target, "UPDATE children_v2 SET body = 'newest' WHERE id = 9")

    def reached(point: str) -> None:
        if point == "window.read":
            monkeypatch.undo()
            looks = iter([False, True])
            sync_back(driver.migration("sync_back"), lambda: next(looks))

    monkeypatch.setattr(faults, "reached", reached)
    assert driver.run(ending.validate)["differing_back"] == 0
    assert ask(driver.source, "SELECT body FROM children_obsolete WHERE id = 9") == [("newest",)]


@WAYS
def test_an_old_table_that_is_obsolete_is_shut(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.source, "DELETE FROM children_obsolete")


@WAYS
def test_a_contract_gate_left_open_is_harmless(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    roll_back(driver)
    for step in (ending.validate, drop_views, lambda m: clean_up(m, Stage.CONTRACTING)):
        with pytest.raises(Refused):
            driver.run(step)
    assert ask(driver.source, "SELECT count(*) > 0 FROM children") == [(True,)]
    assert sync_back(driver.migration("sync_back"), lambda: False) == {"windows": 0, "changes": 0}


@WAYS
def test_a_long_way_back_keeps_one_row_for_each_key_and_forward_again_is_whole(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("airlift.phases.contract.sync_back.COMPACT_AT", 10)
    driver = gate(way)
    service = Service(driver)
    driver.cut_over()
    for _ in range(8):
        execute(driver.target, "UPDATE children_v2 SET amount = amount + 1 WHERE id BETWEEN 1 AND 40")
        service.write_back()
        sync_back(driver.migration("sync_back"), iter([False, True]).__next__)
    (no,) = ask(driver.target, "SELECT no FROM airlift.tables WHERE layout -> 'target' ->> 1 = 'children_v2'")[0]
    rows, keys = ask(driver.source, f"SELECT count(*), count(DISTINCT k1) FROM airlift.shop_log_{no}")[0]
    assert rows == keys < 100
    service.rows = {row[0]: (row[1], row[2], row[3]) for row in rows_of(driver.target, "children_v2")}
    roll_back(driver)
    service.must_be_whole("children", driver.source)
    driver.validate_again()
    driver.cut_over()
    service.must_be_whole("children_v2", driver.target)


def test_after_the_contract_there_is_no_way_back(gate: Gate) -> None:
    driver = gate("across")
    driver.cut_over()
    driver.contract()
    with pytest.raises(Refused, match="contract was approved"):
        driver.returning().run(preflight)


def left(driver: Driver) -> list[Any]:
    """What a migration left on either server: triggers, functions and tables of its own."""
    found = []
    for database in {driver.source.server.port: driver.source, driver.target.server.port: driver.target}.values():
        found += ask(
            database,
            """
            SELECT tgname FROM pg_trigger WHERE tgname LIKE 'airlift%'
            UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace('airlift')
            UNION ALL SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('airlift') AND relname LIKE 'shop%'
            """,
        )
    return found


@WAYS
def test_a_value_that_the_old_column_rounds_goes_forward_again_as_the_old_one_has_it(databases: Pair, way: str) -> None:
    """What the way back loses of a value is decided at the roll back: the old tables' rows are the service's then."""
    execute(databases.source, "CREATE TABLE bills (id int PRIMARY KEY, cents int NOT NULL, note text)")
    execute(databases.source, "INSERT INTO bills SELECT n, 100 * n FROM generate_series(1, 40) AS n")
    total = {"type": "numeric(12, 3)", "using": "cents / 100.0", "back": "round(total * 100)"}
    spec: dict[str, Any] = {"tables": {"bills": {"to": "bills_v2", "columns": {"total": total}, "drop": ["cents"]}}}
    target = databases.target if way == "across" else databases.source
    driver = Driver(databases.source, target, spec if way == "across" else {"target": "old", **spec})
    driver.up_to_gate()
    driver.cut_over()
    execute(target, "UPDATE bills_v2 SET total = 12.345 WHERE id = 3; INSERT INTO bills_v2 (id, total) VALUES (41, 0.001)")
    roll_back(driver)
    assert ask(driver.source, "SELECT cents FROM bills WHERE id IN (3, 41) ORDER BY id") == [(1235,), (0,)]
    driver.validate_again()
    driver.cut_over()
    assert ask(target, "SELECT total::text FROM bills_v2 WHERE id IN (3, 41) ORDER BY id") == [("12.350",), ("0.000",)]
    driver.contract()


@WAYS
def test_a_truncate_on_the_new_side_comes_back(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    execute(driver.target, "TRUNCATE children_v2, notes; INSERT INTO children_v2 (parent_id, state) VALUES (2, 'after')")
    roll_back(driver)
    assert ask(driver.source, "SELECT parent_id FROM children") == [(2,)]
    driver.validate_again()
    driver.cut_over()
    assert ask(driver.target, "SELECT parent_id, state FROM children_v2") == [(2, "after")]


@WAYS
def test_the_gate_is_told_what_would_not_come_back(databases: Pair, way: str) -> None:
    execute(databases.source, "CREATE TABLE bills (id int PRIMARY KEY, cents numeric(12, 2) NOT NULL, legacy text NOT NULL)")
    execute(databases.source, "INSERT INTO bills SELECT n, n + 0.5 * (n % 2), 'old' FROM generate_series(1, 40) AS n")
    total = {"type": "numeric(12, 2)", "using": "cents / 100", "back": "total * 100"}
    bills = {"to": "bills_v2", "columns": {"total": total}, "drop": ["cents", "legacy"]}
    spec: dict[str, Any] = {"tables": {"bills": bills}}
    target = databases.target if way == "across" else databases.source
    driver = Driver(databases.source, target, spec if way == "across" else {"target": "old", **spec})
    content = driver.up_to_gate()
    assert content["equal"]
    assert "public.bills can't be carried back**" in content["markdown"]
    assert 'null value in column "legacy"' in content["markdown"]
    assert "Failing row" not in content["markdown"]
    execute(databases.source, "ALTER TABLE bills ALTER legacy SET DEFAULT 'none'")
    m = driver.migration()
    m.standing(Stage.IN_SYNC)
    tables = way_back.tried(m, m.all_layouts())
    assert tables == [{"table": "public.bills", "tried": 40, "against": None, "changed": 20}]


def test_an_old_table_that_was_dropped_is_no_way_back(gate: Gate) -> None:
    driver = gate("across")
    driver.cut_over()
    execute(driver.source, "DROP TABLE notes_obsolete")
    with pytest.raises(Refused, match=r"no way back: public\.notes_obsolete is gone"):
        driver.returning().run(preflight)


@WAYS
def test_who_abandons_and_who_decides_can_not_both_win(gate: Gate, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    driver = gate(way)
    service = Service(driver)

    def reached(point: str) -> None:
        if point == "cutover.proved":
            monkeypatch.undo()
            with driver.returning().migration().ledger_session() as ledger:
                assert driver.migration().ledger.abandon(ledger, "roll_back__1")

    monkeypatch.setattr(faults, "reached", reached)
    with pytest.raises(Refused, match="abandoned by run"):
        driver.cut_over()
    assert stage(driver) == Stage.VIEWS_CREATED
    assert roll_back(driver) == {"action": "abandon"}
    service.must_be_whole("children", driver.source)
    again = gate(way)
    again.cut_over()
    with pytest.raises(Refused, match="its cutover has begun"):
        rename_back(again.returning().migration(), APPROVED, "abandon")


@WAYS
def test_a_way_back_without_its_tables_holds_no_contract_up(gate: Gate, way: str) -> None:
    driver = gate(way)
    driver.cut_over()
    execute(driver.source, "DROP TABLE airlift.shop_way_back")
    content = driver.run(ending.validate)
    assert "have not all that was written" in content["markdown"]
    driver.contract()
    assert left(driver) == []


def test_a_roll_back_without_capture_names_who_mends_it(gate: Gate) -> None:
    driver = gate("across")
    driver.cut_over()
    execute(driver.target, "DROP TRIGGER airlift_shop_back_keys ON children_v2")
    with pytest.raises(Refused, match="Ask the doctor"):
        roll_back(driver)


def parents_before_children(driver: Driver) -> AbstractContextManager[None]:
    """Four sessions whose transactions write a parent, and a while later its child."""

    def write(number: int, is_over: Callable[[], bool]) -> None:
        with session(driver.source, autocommit=False) as made, made.cursor() as cursor:
            while not is_over():
                cursor.execute("UPDATE parents SET name = name WHERE id = %s", (number,))
                time.sleep(0.04)
                cursor.execute("INSERT INTO children (parent_id, body) VALUES (%s, 'new')", (number,))
                made.commit()

    return beside(*(partial(write, number) for number in range(1, 5)))


def test_a_roll_back_in_place_takes_tables_in_the_order_of_transactions(gate: Gate) -> None:
    driver = gate("in place")
    driver.cut_over()
    with parents_before_children(driver):
        roll_back(driver)
    assert stage(driver) == Stage.VIEWS_CREATED
