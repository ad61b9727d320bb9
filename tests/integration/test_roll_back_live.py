"""Back and forth under live writers, with a journal of what they were promised: nothing is lost, and in place no writer sees an error."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from airlift.ledger import Stage
from airlift.phases.contract.validate import validate as last_report
from testbed.live import RouterSwitch, live_shop, must_be_right
from tests.fix_servers import Pair
from tests.integration.test_cutover_live import LONGEST
from tests.integration.test_roll_back import roll_back
from tests.small import stage

pytestmark = pytest.mark.usefixtures("somebody_writes")


@pytest.mark.parametrize("way", ["across", "in place"])
def test_a_roll_back_under_writers_loses_nothing(databases: Pair, tmp_path: Path, way: str) -> None:
    with live_shop(databases.source, databases.target if way == "across" else None, tmp_path) as live:
        live.driver.up_to_gate()
        live.driver.cut_over()
        time.sleep(0.5)
        with live.driver.synced_back():
            time.sleep(0.5)
            began = time.time()
            result = roll_back(live.driver)
            ended = time.time()
        time.sleep(0.5)
        book, verdict = live.end(at_source=True)
    assert stage(live.driver) == Stage.VIEWS_CREATED
    must_be_right(book, verdict)
    waited = book.longest_wait(since=began, until=ended)
    assert waited is None or waited.seconds < LONGEST
    assert result["pause_ms"] < LONGEST * 1000
    if way == "across":
        switch = live.driver.switch
        assert isinstance(switch, RouterSwitch)
        assert [direction for direction, _ in switch.calls][-2:] == ["hold", "source"]
        assert result["outage_ms"] is not None


@pytest.mark.parametrize("way", ["across", "in place"])
def test_forward_again_under_writers_loses_nothing(databases: Pair, tmp_path: Path, way: str) -> None:
    with live_shop(databases.source, databases.target if way == "across" else None, tmp_path) as live:
        live.driver.up_to_gate()
        live.driver.cut_over()
        with live.driver.synced_back():
            time.sleep(0.3)
            roll_back(live.driver)
        time.sleep(0.3)
        live.driver.validate_again()
        live.driver.cut_over()
        with live.driver.synced_back():
            time.sleep(0.5)
        live.run_new_code()
        time.sleep(0.3)
        content = live.driver.run(last_report)
        live.driver.contract()
        book, verdict = live.end()
    must_be_right(book, verdict)
    assert content["differing_back"] == 0
