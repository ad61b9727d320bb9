"""Two real servers of an engine for the whole session, from the first test that asks for them; fresh databases for each test."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from testbed.mariadb import SHARED, MariaServer
from testbed.servers import Database, Server, two_servers
from testbed.serving import running
from tests.family import SERVER, SIBLINGS

_number = itertools.count(1)
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30


@dataclass(frozen=True)
class Pair:
    """A source and a target. Each has `.dsn`, `.admin_dsn`, `.uri` and `.connect(admin=False)`, an autocommit session."""

    source: Database
    target: Database


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Server, Server]]:
    """Server A and server B, started once. Their data doesn't outlive a crash: a test that crashes one starts its own."""
    with two_servers(logical=True, parent=in_memory()) as pair:
        yield pair


@pytest.fixture
def databases(servers: tuple[Server, Server]) -> Iterator[Pair]:
    """An empty source on server A and an empty target on server B, each owned by an unprivileged role."""
    name = f"test_{next(_number)}"
    source, target = (server.create_database(name) for server in servers)
    yield Pair(source, target)
    for server in servers:
        server.drop_database(name)


@pytest.fixture
def one_database(servers: tuple[Server, Server]) -> Iterator[Database]:
    """An empty database on server A, for what happens in place."""
    name = f"test_{next(_number)}"
    yield servers[0].create_database(name)
    servers[0].drop_database(name)


@pytest.fixture(scope="session")
def mariadb_servers() -> Iterator[tuple[MariaServer, MariaServer]]:
    """The same of MariaDB, or of MySQL where tests/family.py is told so."""
    with running(*(SERVER(name, parent=in_memory()) for name in ("source", "target"))) as (source, target):
        yield source, target


@pytest.fixture
def mariadb_databases(mariadb_servers: tuple[MariaServer, MariaServer]) -> Iterator[Pair]:
    """An empty source on server A and an empty target on server B, each with a user who has no rights but on it and on `airlift`."""
    name = f"test_{next(_number)}"
    source, target = (server.create_database(name) for server in mariadb_servers)
    yield Pair(source, target)
    for server in mariadb_servers:
        _drop(server, name)


@pytest.fixture(scope="session")
def sibling_server() -> Iterator[MariaServer]:
    """A server of MariaDB itself, whatever the product of the tests is."""
    with running(MariaServer("sibling", parent=in_memory())) as (server,):
        yield server


@pytest.fixture
def sibling_databases(sibling_server: MariaServer) -> Iterator[Pair]:
    """An empty database of it, at either end."""
    name = f"test_{next(_number)}"
    database = sibling_server.create_database(name)
    yield Pair(database, database)
    _drop(sibling_server, name)


BETWEEN = ["mariadb to mariadb", "mariadb to postgres", "postgres to mariadb", *SIBLINGS]
"""The ways with MariaDB at an end. But for those between siblings the name stands for the product of the tests."""


def slowly(ways: list[str], *slow: str) -> list[Any]:
    """Parameters, of which some are left to `make slow`: what takes long, and of which the others have all parts."""
    return [pytest.param(way, marks=pytest.mark.slow) if way in slow else way for way in ways]


_FIXTURES = {"mariadb": "mariadb_databases", "postgres": "databases"}
_OF_SIBLINGS = {"mysql": "mariadb_databases", "mariadb": "sibling_databases"}


@pytest.fixture(params=BETWEEN)
def ends(request: pytest.FixtureRequest) -> Pair:
    """An empty source and an empty target, of the engines that the parameter names."""
    source, target = request.param.split(" to ")
    fixtures = _OF_SIBLINGS if request.param in SIBLINGS else _FIXTURES
    made: dict[str, Pair] = {name: request.getfixturevalue(fixtures[name]) for name in {source, target}}
    return Pair(made[source].source, made[target].target)


@pytest.fixture(params=["postgres", "mariadb"])
def pair(request: pytest.FixtureRequest) -> Pair:
    """An empty source and an empty target of each engine: for what every engine has to pass."""
    found: Pair = request.getfixturevalue("databases" if request.param == "postgres" else "mariadb_databases")
    return found


@pytest.fixture
def mariadb_database(mariadb_servers: tuple[MariaServer, MariaServer]) -> Iterator[Database]:
    """An empty database on server A, for what happens in place."""
    name = f"test_{next(_number)}"
    yield mariadb_servers[0].create_database(name)
    _drop(mariadb_servers[0], name)


def _drop(server: MariaServer, name: str) -> None:
    """A test's database, and what it put into the one that all databases of a server share."""
    server.drop_database(name)
    server.drop_database(SHARED)


def in_memory() -> Path | None:
    """A folder in memory, where there is one with room: on a busy disk, to make a test's databases takes longer than many a test."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        return _MEMORY
    return None
