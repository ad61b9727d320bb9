"""How long a cutover looks for the first write of a service: most tests have none that writes by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airlift.phases.cutover import deciding

AS_EVER = deciding.FIRST_WRITE_WITHIN


@pytest.fixture(scope="session", autouse=True)
def nobody_writes() -> Iterator[None]:
    """Nobody waits for the first write of a service that there isn't."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding, "FIRST_WRITE_WITHIN", 0.1)
        yield


@pytest.fixture
def somebody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test with writers: how long they were away is measured."""
    monkeypatch.setattr(deciding, "FIRST_WRITE_WITHIN", AS_EVER)
