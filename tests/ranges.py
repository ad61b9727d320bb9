"""The copy in ranges that a test can step between."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airlift.databases.postgres.streams import Streams
from airlift.phases.copying import plan

BLOCK = 8192


@pytest.fixture
def tiny_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of 20 blocks, each a batch of its own."""
    monkeypatch.setattr(plan, "RANGE_BYTES", 20 * BLOCK)
    monkeypatch.setattr(plan, "BATCH_BYTES", 1)


@contextlib.contextmanager
def between_ranges(act: Callable[[int], None]) -> Iterator[None]:
    """Call `act` with the number of each range, from 1 on, before its transaction sees the table; a range read anew counts anew."""
    numbers = itertools.count(1)
    hold_heaps = Streams.hold_heaps

    def counted(*args: Any) -> None:
        act(next(numbers))
        hold_heaps(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Streams, "hold_heaps", counted)
        yield
