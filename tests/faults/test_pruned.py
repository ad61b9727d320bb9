"""The change log behind the ledger: what was pruned away is never taken for nothing to carry, and a second process for no old ledger."""

from __future__ import annotations

from typing import Any

import pytest

from airlift.databases.postgres.capture import Positions
from airlift.errors import Ambiguous, Interrupted
from airlift.ledger import Stage
from airlift.phases.sync.carrying import Carrier, Window, carrier
from airlift.phases.ways import Overtaken, Way
from testbed import dying
from testbed.driving import Driver
from tests.faults.test_frozen import at_the_gate, cut_over
from tests.fix_gates import Gate
from tests.small import Service, ask


@pytest.fixture(autouse=True)
def prune_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is pruned after every window."""
    monkeypatch.setattr(Positions, "prune_every", 1)


def carry(driver: Driver) -> object:
    """One window, and the log pruned behind it."""
    with carrier(driver.migration()) as sessions:
        return sessions.carry(Stage.IN_SYNC)


def restore(driver: Driver, service: Service) -> None:
    """Bring the target back as it was before a window that was carried and pruned."""
    server, name = driver.target.server, driver.target.name
    backup = server.create_database(f"{name}_backup", like=name)
    service.write()
    assert carry(driver)
    assert ask(driver.source, "SELECT count(*) FROM airlift.shop_log_2") == [(0,)]
    server.drop_database(name)
    server.create_database(name, like=backup.name)
    server.drop_database(backup.name)


@pytest.mark.parametrize("is_quiet", [True, False], ids=["nothing was written since", "somebody writes on"])
def test_a_ledger_from_a_backup_is_for_a_person(gate: Gate, is_quiet: bool) -> None:
    driver, service = at_the_gate(gate, "across")
    assert carry(driver)
    restore(driver, service)
    if not is_quiet:
        service.write()
    with pytest.raises(Ambiguous, match="pruned beyond the position"):
        carry(driver)
    with pytest.raises(Ambiguous, match="pruned beyond the position"):
        cut_over(driver)
    assert service.write() == "source"


def test_a_window_that_a_second_process_carried_and_pruned_is_no_old_ledger(gate: Gate) -> None:
    driver, service = at_the_gate(gate, "across")
    with dying.frozen(lambda: str(carry(driver)), "window.read") as zombie:
        assert carry(driver)
        zombie.thaw()
        end = zombie.wait()
    assert end.error == Overtaken.__name__, end
    finish(driver, service)


def test_a_cutover_that_is_overtaken_by_a_late_window_goes_on_with_what_is_left(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, service = at_the_gate(gate, "across")
    service.write()
    overtaken = []
    move = Way.move_position

    def late(*arguments: Any, **keywords: Any) -> None:
        if not overtaken:
            overtaken.append(True)
            assert carry(driver)
        move(*arguments, **keywords)

    monkeypatch.setattr(Way, "move_position", late)
    finish(driver, service)
    assert overtaken


@pytest.mark.parametrize("is_quiet", [True, False], ids=["nothing was written since", "somebody writes on"])
def test_nor_is_one_whose_log_was_pruned_before_it_looked(gate: Gate, monkeypatch: pytest.MonkeyPatch, is_quiet: bool) -> None:
    driver, service = at_the_gate(gate, "across")
    seen_by = Carrier.carry_seen_by

    def overtaken(*arguments: Any) -> Window | None:
        monkeypatch.setattr(Carrier, "carry_seen_by", seen_by)
        assert carry(driver)
        if not is_quiet:
            service.write()
        return seen_by(*arguments)

    monkeypatch.setattr(Carrier, "carry_seen_by", overtaken)
    with pytest.raises(Interrupted, match="another process"):
        carry(driver)
    finish(driver, service)


def finish(driver: Driver, service: Service) -> None:
    """To the end, and nothing is missing."""
    service.write()
    assert cut_over(driver)
    service.write()
    driver.contract()
    service.must_be_whole()
