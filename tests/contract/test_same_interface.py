"""Every engine has all that phases know of PostgreSQL's: the same parts, with the same methods, that take the same."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from airlift.databases.mysql import MariaDB, MySQL
from airlift.databases.postgres import Postgres

NOWHERE = {"host": "127.0.0.1", "port": "1", "user": "nobody", "password": "", "database": "nothing"}
LIBPQ = {"host": "127.0.0.1", "port": "1", "user": "nobody", "dbname": "nothing"}
HELD_TO = Postgres(LIBPQ, where="here", schema=None)
ENGINES = {kind.__name__: kind(NOWHERE, where="here", schema=None) for kind in (MySQL, MariaDB)}


INNER = ("qualified", "run_between", "run_with")
"""Methods of a session that only PostgreSQL's own parts call."""


def public(thing: object) -> dict[str, Any]:
    """What others see of an object: methods, properties and attributes."""
    names = (name for name in dir(thing) if not name.startswith("_"))
    return {name: inspect.getattr_static(thing, name) for name in names}


def is_part(value: object) -> bool:
    """Whether it is one of an engine's parts, which has methods of its own."""
    return type(value).__module__.startswith("airlift.databases.postgres")


def parts(database: object, path: str = "database") -> Iterator[tuple[str, object]]:
    """An engine and its parts, and theirs, each with the way to it."""
    yield path, database
    for name, value in public(database).items():
        if is_part(value):
            yield from parts(value, f"{path}.{name}")


PARTS = list(parts(HELD_TO))


def at(engine: object, path: str) -> object:
    """The part of an engine at a path."""
    found = engine
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return found


def takes_the_same(wanted: Any, found: Any) -> bool:
    """Whether one method may be called like another: same parameters, given in the same way. What it takes besides may be left out."""
    takes, has = (
        [(each.name, each.kind, each.default is not each.empty) for each in inspect.signature(method).parameters.values()]
        for method in (wanted, found)
    )
    more = [each for each in has if each not in takes]
    return [each for each in has if each in takes] == takes and all(is_optional for _, _, is_optional in more)


def faults(path: str, wanted: object, found: object) -> Iterator[str]:
    """What a part lacks of another one, or takes otherwise."""
    for name, value in public(wanted).items():
        if not hasattr(type(found), name) and name not in vars(found):
            yield f"{path}.{name} is missing"
        elif isinstance(value, property) != isinstance(inspect.getattr_static(found, name), property):
            yield f"{path}.{name} is a property in one of them only"
        elif not isinstance(value, property) and callable(getattr(wanted, name)):
            takes, has = getattr(wanted, name), getattr(found, name)
            words = f"{path}.{name} takes {inspect.signature(has)}, not {inspect.signature(takes)}"
            yield from [] if takes_the_same(takes, has) else [words]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("path", "wanted"), PARTS, ids=[path for path, _ in PARTS])
def test_an_engine_has_all_that_phases_know(path: str, wanted: object, engine: str) -> None:
    found = list(faults(path, wanted, at(ENGINES[engine], path)))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_has_all_that_phases_know(engine: str) -> None:
    from airlift.databases.mysql.session import MariaDBSession
    from airlift.databases.mysql.session import Session as MySQLSession
    from airlift.databases.postgres.session import Session

    own = MariaDBSession if engine == "MariaDB" else MySQLSession
    for name, value in public(Session).items():
        if name not in INNER:
            assert hasattr(own, name), name
            assert not inspect.isfunction(value) or takes_the_same(value, getattr(own, name)), name


class _Less:
    """A part that lacks what another one has."""

    taken = 1

    def kept(self, one: int, *, two: int) -> None:
        """Do."""


class _More(_Less):
    """That other one."""

    given = 1

    def kept(self, one: int, *, two: int = 2) -> None:
        """Do."""

    @property
    def shown(self) -> int:
        """A number."""
        return 1


def test_what_is_missing_is_found() -> None:
    found = list(faults("part", _More(), _Less()))
    assert [fault.split(" ")[0] + " " + fault.split(" ")[1] for fault in found] == ["part.given is", "part.kept takes", "part.shown is"]
