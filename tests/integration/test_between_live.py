"""Whole migrations of the shop between engines under live writers: nothing is lost, stale or doubled, forward, back and forward again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airlift.phases.contract.validate import validate as last_report
from testbed import journal
from testbed.live import Live, RouterSwitch, live_shop, must_be_right, until
from tests.capturing import user_rows
from tests.family import by_product
from tests.fix_servers import Pair
from tests.integration.test_cutover_live import LONGEST
from tests.integration.test_roll_back import roll_back

pytestmark = pytest.mark.usefixtures("somebody_writes")


DEADLOCKS = by_product(mariadb="", mysql="OperationalError 1213")
"""What MySQL may tell a writer whom we meet: docs/engines.md."""


def names_of(live: Live) -> list[str]:
    """The tables that are left on the source."""
    source = live.driver.source
    schema = "public" if source.engine == "postgres" else source.name
    tables = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' AND table_type = 'BASE TABLE'"
    return sorted(name for (name,) in user_rows(source, tables))


def test_a_migration_under_writers_back_and_forward_again_loses_nothing(ends: Pair, tmp_path: Path) -> None:
    with live_shop(ends.source, ends.target, tmp_path) as live:
        assert live.driver.up_to_gate()["equal"]
        until(lambda: journal.read(tmp_path / "journals").kinds["late ok"])
        began = time.time()
        result = live.driver.cut_over()
        ended = time.time()
        switch = live.driver.switch
        assert isinstance(switch, RouterSwitch)
        attempt = f"shop-{result['attempts']}"
        assert switch.calls[-2:] == [("hold", attempt), ("target", attempt)]
        with live.driver.synced_back():
            time.sleep(0.5)
            back = roll_back(live.driver)
        time.sleep(0.5)
        live.driver.validate_again()
        live.driver.cut_over()
        with live.driver.synced_back():
            time.sleep(0.5)
        live.run_new_code()
        time.sleep(0.3)
        content = live.driver.run(last_report)
        live.driver.contract()
        time.sleep(0.3)
        assert names_of(live) == [f"{name}_obsolete" for name in ("customers", "order_items", "orders", "payments", "products")]
        book, verdict = live.end()
    must_be_right(book, verdict, pardoned=DEADLOCKS)
    assert content["differing_back"] == 0
    waited = book.longest_wait(since=began, until=ended)
    assert waited is None or waited.seconds < LONGEST
    assert max(result["pause_ms"], back["pause_ms"]) < LONGEST * 1000


def test_a_roll_back_under_writers_ends_at_the_source(ends: Pair, tmp_path: Path) -> None:
    with live_shop(ends.source, ends.target, tmp_path) as live:
        live.driver.up_to_gate()
        live.driver.cut_over()
        with live.driver.synced_back():
            time.sleep(0.5)
            roll_back(live.driver)
        time.sleep(0.5)
        book, verdict = live.end(at_source=True)
    must_be_right(book, verdict, pardoned=DEADLOCKS)
