"""What foreign keys change without a word comes along with the window of the table that was changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airlift.databases.mysql.sending import Sending
from testbed.serving import running
from tests.family import SERVER, by_product
from tests.fix_servers import Pair, in_memory
from tests.moving import Moving, carry_all, move, run, sessions

TABLES = {
    "people": "(id int PRIMARY KEY, boss int, code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci UNIQUE, note int DEFAULT 0, "
    "FOREIGN KEY (boss) REFERENCES people (id) ON DELETE CASCADE)",
    "orders": "(id int PRIMARY KEY, person int, FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "badges": "(id int PRIMARY KEY, code varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, "
    "FOREIGN KEY (code) REFERENCES people (code) ON DELETE SET NULL ON UPDATE CASCADE)",
    "items": "(ordered int, no int, note int DEFAULT 0, PRIMARY KEY (ordered, no), "
    "FOREIGN KEY (ordered) REFERENCES orders (id) ON DELETE CASCADE ON UPDATE CASCADE)",
    "parts": "(ordered int, no int, part int, PRIMARY KEY (part, ordered, no), "
    "FOREIGN KEY (ordered, no) REFERENCES items (ordered, no) ON DELETE CASCADE ON UPDATE CASCADE)",
}
ROWS = [
    "INSERT INTO people (id, boss, code) VALUES (1, NULL, 'one'), (2, 1, 'two'), (3, 2, 'three'), (4, NULL, 'four'), (9, NULL, 'nine')",
    "INSERT INTO orders VALUES (10, 1), (20, 2), (30, 3), (40, 4), (41, 4)",
    "INSERT INTO badges VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four')",
    "INSERT INTO items (ordered, no) VALUES (10, 1), (20, 1), (20, 2), (30, 1), (40, 1), (41, 1), (41, 2)",
    "INSERT INTO parts VALUES (10, 1, 7), (20, 1, 7), (20, 2, 8), (30, 1, 7), (40, 1, 7), (41, 1, 7), (41, 2, 9)",
]
# what is written, and the keys that are to come along in each table beside those that were written
CHANGES: dict[str, tuple[list[str], dict[str, int]]] = {
    "a plain update moves nothing along": (["UPDATE orders SET person = person"], {}),
    "a row that goes": (["DELETE FROM orders WHERE id = 20"], {"orders": 1, "items": 2, "parts": 2}),
    "a chain of four tables, one of which references itself": (["DELETE FROM people WHERE id = 1"], {"people": 3, "orders": 3, "items": 4}),
    "set to NULL": (["UPDATE people SET code = NULL WHERE id = 4"], {"badges": 0}),
    "parent goes and comes again": (
        ["DELETE FROM orders WHERE id = 20", "INSERT INTO orders VALUES (20, 2)"], {"items": 2, "parts": 2},
    ),
    "a key that moves takes the children's keys along": (
        ["UPDATE orders SET id = 21 WHERE id = 20"], {"orders": 2, "items": 4, "parts": 4},
    ),
    "a key that moves twice": (
        ["UPDATE orders SET id = 21 WHERE id = 20", "UPDATE orders SET id = 22 WHERE id = 21"],
        {"orders": 3, "items": 4, "parts": 4},
    ),
    "keys that are swapped": (
        ["UPDATE orders SET id = 99 WHERE id = 20", "UPDATE orders SET id = 20 WHERE id = 41", "UPDATE orders SET id = 41 WHERE id = 99"],
        {"orders": 3},
    ),
    "a referenced column that is no key": (["UPDATE people SET code = 'five' WHERE id = 4"], {"people": 1}),
    "the same word in other letters": (["UPDATE people SET code = 'FOUR' WHERE id = 4"], {}),
    "a child that moved to another parent": (
        ["UPDATE orders SET person = 9 WHERE id = 40", "DELETE FROM people WHERE id = 4"], {"people": 1, "orders": 2, "items": 3},
    ),
    "a child that came and went": (
        ["INSERT INTO items (ordered, no) VALUES (20, 3)", "INSERT INTO parts VALUES (20, 3, 7)", "DELETE FROM orders WHERE id = 20"], {},
    ),
}  # fmt: skip


# MySQL 9.6 and later cascade above InnoDB, unless they are told otherwise, and refuse these statements of the service's themselves
NEED_INNODB = {
    "a chain of four tables, one of which references itself", "a key that moves takes the children's keys along", "a key that moves twice",
    "keys that are swapped",
}  # fmt: skip
WHERE = by_product(mariadb=["as it is"], mysql=["as it is", "in InnoDB"])
"""Where a server cascades."""


@pytest.fixture(scope="module")
def in_innodb() -> Iterator[Pair]:
    """Databases on servers that are told so."""
    made = (SERVER(name, settings={"innodb_native_foreign_keys": "ON"}, parent=in_memory()) for name in ("source", "target"))
    with running(*made) as servers:
        yield Pair(*(server.create_database("cascading") for server in servers))


@pytest.fixture(params=WHERE)
def place(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two empty databases on servers that cascade in one way or the other."""
    if request.param == "as it is":
        yield request.getfixturevalue("mariadb_databases")
        return
    found: Pair = request.getfixturevalue("in_innodb")
    yield found
    for database in (found.source, found.target):
        run(database, "DROP DATABASE cascading", "DROP DATABASE airlift", "CREATE DATABASE cascading")


@pytest.fixture
def family(place: Pair) -> Iterator[list[Moving]]:
    """Parents and children, copied and captured."""
    for database in (place.source, place.target):
        run(database, *(f"CREATE TABLE {name} {definition}" for name, definition in TABLES.items()))
    run(place.source, *ROWS)
    with sessions(place) as (source, target):
        moved = [move(place, source, target, name, no=no) for no, name in enumerate(TABLES, 1)]
        for each in moved:
            each.capture()
            each.copy()
        yield moved


def written(family: list[Moving], *statements: str) -> None:
    """Write as the service does, with its foreign keys at work."""
    run(family[0].pair.source, "SET foreign_key_checks = 1", *statements)


@pytest.mark.parametrize(
    ("place", "name"),
    [(where, name) for where in WHERE for name in CHANGES if where == WHERE[-1] or name not in NEED_INNODB],
    indirect=["place"],
)
def test_what_follows_a_change_comes_along(family: list[Moving], name: str) -> None:
    statements, expected = CHANGES[name]
    written(family, *statements)
    keys = carry_all(family)
    assert [each.exact() for each in family] == [True] * len(family)
    assert {table: keys.get(table, 0) for table, number in expected.items() if number} == {t: n for t, n in expected.items() if n}


def test_rows_that_are_only_updated_often_do_not_bring_what_references_them(family: list[Moving]) -> None:
    written(family, "UPDATE items SET note = 1 WHERE ordered = 20")
    assert carry_all(family).keys() <= {"items", "parts"}
    written(family, "INSERT INTO people (id, code) VALUES (5, 'new')", "UPDATE orders SET person = 5 WHERE id = 40")
    assert carry_all(family)["orders"] == 1


@pytest.mark.parametrize("place", WHERE[-1:], indirect=True)
def test_what_followed_a_change_during_the_copy_comes_along(family: list[Moving]) -> None:
    written(family, "UPDATE orders SET id = 21 WHERE id = 20", "DELETE FROM orders WHERE id = 10")
    with family[1].target.transaction(airlift__applying="on"), family[1].source.transaction(snapshot=True):
        assert family[1].streams.remove_logged_keys(Sending(family[1].source), family[1].target, family[1].layout, family[1].names, "") == 2
    carry_all(family)
    assert [each.exact() for each in family] == [True] * len(family)
