"""How long phases wait where most tests have nobody to wait for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airlift.phases.contract import sync_back
from airlift.phases.cutover import deciding
from airlift.phases.sync import keep_in_sync

FIRST_WRITE_WITHIN, REST = deciding.FIRST_WRITE_WITHIN, keep_in_sync.REST
LOOPS = (keep_in_sync, sync_back)


@pytest.fixture(scope="session", autouse=True)
def nobody_waits() -> Iterator[None]:
    """Nobody waits for the first write of a service that there isn't, nor long between two windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding, "FIRST_WRITE_WITHIN", 0.1)
        for loop in LOOPS:
            patch.setattr(loop, "REST", 0.05)
        yield


@pytest.fixture
def somebody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test with writers: how long they were away is measured."""
    monkeypatch.setattr(deciding, "FIRST_WRITE_WITHIN", FIRST_WRITE_WITHIN)


@pytest.fixture
def windows_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of rests: windows have as long ones as ever."""
    for loop in LOOPS:
        monkeypatch.setattr(loop, "REST", REST)
