"""When there is nothing more to be gained by carrying another window before a fence."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from airlift.databases.values import Position
from airlift.ledger import Stage
from airlift.phases.sync.carrying import Window
from airlift.phases.sync.delta_windows import catch_up

MOST = 100


def carried(lags: Iterable[float | None], *, max_pause: float = 2.0) -> int:
    """How many windows are carried where each leaves such a lag; None is that there was nothing to carry."""
    windows, count = iter(lags), itertools.count(1)
    last = 0

    def carry(_: Stage) -> Window | None:
        nonlocal last
        last = next(count)
        assert last < MOST, "it goes on for ever"
        lag = next(windows)
        return None if lag is None else Window(last, "x", Position("", ""), 1, 1, 0, lag, lag)

    m = SimpleNamespace(log=logging.getLogger("airlift.test"), settings=SimpleNamespace(max_pause=max_pause))
    catch_up(cast(Any, m), cast(Any, SimpleNamespace(carry=carry)), Stage.VIEWS_CREATED)
    return last


def test_a_short_lag_is_enough_and_so_is_nothing() -> None:
    assert carried([3.0, 1.0, 0.1]) == 3
    assert carried([3.0, None]) == 2


def test_where_no_window_is_ever_that_short_it_is_enough_that_the_lag_falls_no_more() -> None:
    assert 5 < carried([3.0, 1.0, *itertools.repeat(0.4, MOST)]) < 12


def test_a_lag_that_would_not_fit_into_the_pause_is_caught_up_with_first() -> None:
    with pytest.raises(AssertionError, match="goes on for ever"):
        carried(itertools.repeat(1.5))
    assert carried(itertools.repeat(1.5), max_pause=4.0) < 12
