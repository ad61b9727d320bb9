"""A migration that was brought to a point once, cloned for each test: copies of both databases, which the ledger takes for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from testbed.driving import Driver
from tests.examining import run

_MOVED = "UPDATE airlift.migrations SET {0} = jsonb_set({0}, '{{database}}', to_jsonb(current_database()))"


@contextmanager
def clone(driver: Driver, name: str) -> Iterator[Driver]:
    """The same migration between copies of its databases; nobody may be connected to the originals. Not for one in place."""
    originals = (driver.source, driver.target)
    source, target = (each.server.create_database(name, like=each.name) for each in originals)
    run(target, _MOVED.format("source_server"), _MOVED.format("target_server"))
    yield replace(driver, source=source, target=target)
    for each in originals:
        each.server.drop_database(name)
