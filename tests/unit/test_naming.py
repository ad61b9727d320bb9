"""What a migration's own objects are called tells whose they are."""

import pytest

from airlift.databases import CaptureNames
from airlift.databases.naming import fence_kind, fence_view, owner_of_object


@pytest.mark.parametrize("migration", ["shop", "shop_fence", "shop_fence_1"])
@pytest.mark.parametrize("side", [CaptureNames.FORWARD, CaptureNames.BACK])
def test_the_views_of_a_fence_are_known_by_their_names(migration: str, side: str) -> None:
    assert owner_of_object(fence_view(migration, side, 12).name) == (migration, fence_kind(side))
