"""The small migration at its gate: brought there once for each way, cloned for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from airlift.phases.switching import Switch
from testbed.driving import Driver
from testbed.servers import Database, Server
from tests.small import execute, small

Gate = Callable[..., Driver]
_MOVED = "UPDATE airlift.migrations SET {0} = jsonb_set({0}, '{{database}}', to_jsonb(current_database()))"
_number = itertools.count(1)


class Gates:
    """The originals. Nobody stays connected to them, so that they can be copied."""

    def __init__(self, servers: tuple[Server, Server]) -> None:
        self._servers = servers
        self._originals: dict[str, Driver] = {}

    def clone(self, way: str) -> Driver:
        """A copy of the migration that waits at its gate; `way` is "across" or "in place"."""
        original = self._original(way)
        name = f"gate_{next(_number)}"
        source = self._copy(original.source, name)
        target = source if way == "in place" else self._copy(original.target, name)
        execute(target, _MOVED.format("source_server") + ";" + _MOVED.format("target_server"))
        return replace(original, source=source, target=target)

    def remove(self, driver: Driver) -> None:
        """Drop a clone's databases."""
        for each in {driver.source.server.port: driver.source, driver.target.server.port: driver.target}.values():
            each.server.drop_database(each.name)

    def close(self) -> None:
        """Drop the originals."""
        for original in self._originals.values():
            self.remove(original)

    def _original(self, way: str) -> Driver:
        if way not in self._originals:
            name = f"gate_{way.replace(' ', '_')}"
            made = [server.create_database(name) for server in self._servers[: 1 if way == "in place" else 2]]
            self._originals[way] = driver = small(*made)
            driver.up_to_gate()
        return self._originals[way]

    def _copy(self, original: Database, name: str) -> Database:
        return original.server.create_database(name, like=original.name)


@pytest.fixture(scope="session")
def gates(servers: tuple[Server, Server]) -> Iterator[Gates]:
    """The originals of the session."""
    with closing(Gates(servers)) as made:
        yield made


@pytest.fixture
def gate(gates: Gates) -> Iterator[Gate]:
    """`gate("across")` or `gate("in place")`: a migration that waits for its approval, with other settings where they are named."""
    made: list[Driver] = []

    def clone(way: str, *, switch: Switch | None = None, **settings: Any) -> Driver:
        driver = gates.clone(way)
        made.append(driver)
        return replace(driver, switch=switch, settings=replace(driver.settings, **settings))

    yield clone
    for driver in made:
        gates.remove(driver)
