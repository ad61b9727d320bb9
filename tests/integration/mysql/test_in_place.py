"""In place on MariaDB and MySQL: the view gets the old name, no writer sees an error, and nothing is lost, forward and back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airlift.phases.contract.validate import validate as last_report
from testbed.live import live_shop, must_be_right
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import only_mariadb
from tests.integration.test_cutover_live import LONGEST
from tests.integration.test_roll_back import roll_back

pytestmark = pytest.mark.usefixtures("somebody_writes")


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
