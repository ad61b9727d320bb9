"""In place on MariaDB and MySQL: the view gets the old name, no writer sees an error, and nothing is lost, forward and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airlift.errors import Refused
from airlift.phases.contract.validate import validate as last_report
from airlift.phases.prepare.preflight import preflight
from testbed.live import live_shop, must_be_right
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import only_mariadb
from tests.integration.test_cutover_live import LONGEST
from tests.integration.test_roll_back import roll_back
from tests.small_mysql import Live, Service, execute, small

pytestmark = pytest.mark.usefixtures("somebody_writes")


ALL_NEW = {
    "children": {"to": "children_v2", "columns": {"state": {"add": "varchar(20) NOT NULL DEFAULT 'new'"}}},
    "parents": {"to": "parents_v2", "columns": {"since": {"add": "int NOT NULL DEFAULT 1"}}},
    "notes": {"to": "notes_v2", "columns": {"kind": {"add": "int"}}},
}
"""All tables that foreign keys tie together: what any server of the family moves."""


def kinds(database: Database) -> dict[str, str]:
    """What each name of the database stands for."""
    asked = f"SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{database.name}'"
    return dict(user_rows(database, asked))


@only_mariadb("foreign keys that can be moved under its locks")
def test_a_migration_under_writers_loses_nothing(mariadb_database: Database, tmp_path: Path) -> None:
    with live_shop(mariadb_database, None, tmp_path) as live:
        assert live.driver.up_to_gate()["equal"]
        began = time.time()
        result = live.driver.cut_over()
        ended = time.time()
        assert kinds(mariadb_database)["orders"] == "VIEW"
        time.sleep(0.5)
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


@only_mariadb("foreign keys that can be moved under its locks")
def test_back_and_forward_again_loses_nothing(mariadb_database: Database, tmp_path: Path) -> None:
    with live_shop(mariadb_database, None, tmp_path) as live:
        assert live.driver.up_to_gate()["equal"]
        live.driver.cut_over()
        time.sleep(0.5)
        roll_back(live.driver)
        assert kinds(mariadb_database)["orders"] == "BASE TABLE"
        time.sleep(0.3)
        live.driver.validate_again()
        live.driver.cut_over()
        time.sleep(0.3)
        live.run_new_code()
        time.sleep(0.3)
        live.driver.run(last_report)
        live.driver.contract()
        book, verdict = live.end()
    must_be_right(book, verdict)


def references(database: Database) -> set[tuple[str, str]]:
    """The foreign keys of the database, as child and parent."""
    keys = "SELECT table_name, referenced_table_name FROM information_schema.referential_constraints"
    return set(user_rows(database, f"{keys} WHERE constraint_schema = '{database.name}'"))


@only_mariadb("foreign keys that can be moved under its locks")
def test_foreign_keys_follow_the_service(mariadb_database: Database, tmp_path: Path) -> None:
    others = {("order_items", "products")}
    old = {("orders", "customers"), ("order_items", "orders"), ("payments", "orders")}
    new = {("orders_v2", "customers"), ("order_items", "orders_v2"), ("payments", "orders_v2")}
    with live_shop(mariadb_database, None, tmp_path, rows=300) as live:
        live.driver.up_to_gate()
        assert references(mariadb_database) == old | others
        live.driver.cut_over()
        assert references(mariadb_database) == new | others
        roll_back(live.driver)
        assert references(mariadb_database) == old | others
        live.driver.validate_again()
        live.driver.cut_over()
        assert references(mariadb_database) == new | others
        live.run_new_code()
        time.sleep(0.3)
        live.driver.contract()
        book, verdict = live.end()
    must_be_right(book, verdict)


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


def test_a_tie_that_can_t_be_moved_is_refused(mariadb_database: Database) -> None:
    spec = {"target": "old", "tables": {"children": ALL_NEW["children"]}}
    driver = small(mariadb_database, mariadb_database, spec=spec)
    execute(mariadb_database, "ALTER TABLE children DROP FOREIGN KEY children_ibfk_1")
    execute(mariadb_database, "ALTER TABLE children ADD CONSTRAINT tied FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE")
    with pytest.raises(Refused, match=r'"tied".*(would fire no trigger|moves no foreign key).*Move table'):
        driver.run(preflight)
