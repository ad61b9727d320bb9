"""Whole migrations under live writers: nothing is lost, stale or doubled; in place no writer sees an error."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.validate import validate as last_report
from testbed import journal
from testbed.live import RouterSwitch, live_shop, must_be_right, until
from tests.fix_servers import Pair
from tests.small import ask

pytestmark = pytest.mark.usefixtures("somebody_writes")

LONGEST = 2.0
"""Seconds. The promise is `max_pause`; what is usual is a hundredth of it."""


@pytest.mark.parametrize("way", ["across", "in place"])
def test_a_migration_under_writers_loses_nothing(databases: Pair, tmp_path: Path, way: str) -> None:
    target = databases.target if way == "across" else None
    with live_shop(databases.source, target, tmp_path) as live:
        report = live.driver.up_to_gate()
        assert report["equal"]
        # a transaction that was open over the edges of several windows
        until(lambda: journal.read(tmp_path / "journals").kinds["late ok"])
        began = time.time()
        result = live.driver.cut_over()
        ended = time.time()
        time.sleep(0.5)
        live.run_new_code()
        time.sleep(0.3)
        live.driver.run(last_report, drop_views, clean_up)
        time.sleep(0.3)
        book, verdict = live.end()
    must_be_right(book, verdict)
    waited = book.longest_wait(since=began, until=ended)
    assert waited is None or waited.seconds < LONGEST
    assert result["pause_ms"] < LONGEST * 1000
    if way == "across":
        switch = live.driver.switch
        assert isinstance(switch, RouterSwitch)
        attempt = f"shop-{result['attempts']}"
        assert switch.calls[-2:] == [("hold", attempt), ("target", attempt)]
        assert len(book.outages) == 3
        assert result["outage_ms"] is not None
        names = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        old = [f"{name}_obsolete" for name in ("customers", "order_items", "orders", "payments", "products")]
        assert ask(databases.source, names) == [(name,) for name in old]
    else:
        assert book.outages == []
        assert result["outage_ms"] == 0
