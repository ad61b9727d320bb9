"""How the copy is cut up, decided without a server."""

from __future__ import annotations

from typing import cast

import pytest

from airlift.databases import IndexSpace
from airlift.databases.shapes import Layout
from airlift.phases.copying.build_indexes import Waiting, longest_first
from airlift.phases.copying.plan import BATCH_BYTES, RANGE_BYTES, range_bytes


@pytest.mark.parametrize("streams", [1, 2, 3, 8])
@pytest.mark.parametrize("table_bytes", [BATCH_BYTES, 72 << 20, RANGE_BYTES + 1, 2 * RANGE_BYTES, 10 * RANGE_BYTES + 7])
def test_every_stream_has_a_part_of_a_table_that_is_not_small(table_bytes: int, streams: int) -> None:
    each = range_bytes(table_bytes, streams)
    assert BATCH_BYTES <= each <= RANGE_BYTES
    assert -(-table_bytes // each) >= min(streams, table_bytes // BATCH_BYTES)


def test_a_table_is_cut_into_no_more_parts_than_there_are_streams_where_it_need_not_be() -> None:
    assert -(-((72 << 20) + 1) // range_bytes((72 << 20) + 1, 2)) == 2


def test_a_small_table_stays_whole() -> None:
    assert range_bytes(1000, 4) > 1000


@pytest.mark.parametrize("streams", [1, 2, 3, 8])
@pytest.mark.parametrize("table_bytes", [3 * RANGE_BYTES // 2 + 1, 203 << 20, 10 * RANGE_BYTES + 7, 1 << 40])
def test_no_stream_is_left_with_a_range_more_than_the_others(table_bytes: int, streams: int) -> None:
    each = range_bytes(table_bytes, streams)
    assert each == BATCH_BYTES or -(-table_bytes // each) % streams == 0


def test_the_index_that_takes_longest_is_not_begun_last() -> None:
    names = {"small": "index", "key": "constraint", "large": "index", "unknown": "index", "correlated": "statistics"}
    objects = [{"name": name, "kind": kind} for name, kind in names.items()]
    waiting = Waiting(cast(Layout, None), 1, objects, IndexSpace(9, 12, {"small": 3, "large": 9, "gone": 1}))
    assert [each["name"] for each in longest_first(waiting)] == ["large", "small", "unknown", "correlated"]
