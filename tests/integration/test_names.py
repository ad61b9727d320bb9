"""Names that break what is put together carelessly: each goes through the whole migration, as schema, table, column, index and value."""

from __future__ import annotations

from typing import Any

import pytest

from airlift.errors import Refused
from airlift.phases.cutover.create_views import create_views
from airlift.phases.prepare.preflight import preflight
from testbed.driving import Driver
from testbed.servers import Database
from tests.comparing import carried, differences, in_sync
from tests.examining import run
from tests.fix_servers import Pair

ODD = ["Quo\"te it's", "per%cent %s %(name)s", "cur{ly} {table} {} $1 $$", "back\\slash dot.ted 😀", "a;b--c /*\t\n", "select", "x" * 53]
LONG = "y" * 63


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def create(name: str, *, schema: str = "public") -> list[str]:
    """A table, its key, columns, index, check and statistics, all of that name."""
    own = f"{quoted(schema)}.{quoted(name)}"
    key, note, gone, more = (quoted(f"{name}{suffix}") for suffix in ("", " n", " g", " m"))
    return [
        (
            f"CREATE TABLE {own} ({key} text, {quoted(LONG)} int, {note} text, {gone} int, {more} int, "
            f"PRIMARY KEY ({key}, {quoted(LONG)}), "
            f"CONSTRAINT {quoted(name + ' c')} CHECK ({note} <> 'never'))"
        ),
        f"CREATE INDEX {quoted(name + ' i')} ON {own} (lower({note})) WHERE {gone} > 0",
        f"CREATE STATISTICS {quoted(schema)}.{quoted(name + ' s')} ON {gone}, {more} FROM {own}",
        f"INSERT INTO {own} SELECT 'k' || n, n, 'note', n, n FROM generate_series(1, 20) AS n",
    ]


def change(name: str, *, schema: str = "public") -> list[str]:
    own = f"{quoted(schema)}.{quoted(name)}"
    return [
        f"UPDATE {own} SET {quoted(name + ' n')} = 'changed' WHERE {quoted(LONG)} < 5",
        f"UPDATE {own} SET {quoted(name)} = 'moved' WHERE {quoted(LONG)} = 7",
        f"DELETE FROM {own} WHERE {quoted(LONG)} = 9",
        f"INSERT INTO {own} VALUES ('new', 100, NULL, 1, 2)",
    ]


def shape(name: str) -> dict[str, Any]:
    """The table under another odd name, with a column renamed, one added, one computed and one dropped."""
    return {
        "to": quoted(f"{name} 2"),
        "columns": {
            quoted(f"{name} new"): {"from": quoted(f"{name} n")},
            quoted(f"{name} added"): {"add": "text DEFAULT '100% {x} \\ ''q'''"},
            quoted(f"{name} made"): {"type": "text", "using": f"'100% {{x}} %s ' || {quoted(name + ' g')} % 3"},
        },
        "drop": [quoted(f"{name} g")],
    }


def carry_and_compare(driver: Driver, name: str, schema: str = "public") -> None:
    old, new = f"{quoted(schema)}.{quoted(name)}", f"{quoted(schema)}.{quoted(name + ' 2')}"
    same = {name: name, LONG: LONG, f"{name} n": f"{name} new", f"{name} m": f"{name} m"}
    assert differences(driver, old, new, same) == []
    made = f"SELECT {quoted(LONG)}, '100% {{x}} %s ' || {quoted(name + ' g')} % 3 FROM {old} ORDER BY 1"
    found = f"SELECT {quoted(LONG)}, {quoted(name + ' made')} FROM {new} ORDER BY 1"
    assert run(driver.target, found) == run(driver.source, made)


def test_odd_names_across_servers(databases: Pair) -> None:
    driver = in_sync(
        databases.source, databases.target, *(statement for name in ODD for statement in create(name)),
        tables={quoted(name): shape(name) for name in ODD},
    )  # fmt: skip
    run(databases.source, *(statement for name in ODD for statement in change(name)))
    carried(driver)
    for name in ODD:
        carry_and_compare(driver, name)
    assert driver.validate()["equal"]
    driver.run(create_views)
    driver.cut_over()
    seen_through_views(databases.target)
    driver.contract()
    assert run(databases.source, "SELECT to_regnamespace('airlift')") == [(None,)]


def test_odd_names_in_place(one_database: Database) -> None:
    names = [name for name in ODD if "\n" not in name]
    driver = in_sync(
        one_database, one_database, *(statement for name in names for statement in create(name)),
        tables={quoted(name): shape(name) for name in names}, target="old",
    )  # fmt: skip
    run(one_database, *(statement for name in names for statement in change(name)))
    carried(driver)
    for name in names:
        carry_and_compare(driver, name)
    assert driver.validate()["equal"]
    driver.run(create_views)
    driver.cut_over()
    seen_through_views(one_database, names)


def seen_through_views(database: Database, names: list[str] = ODD) -> None:
    """Old code reads and writes under the old names."""
    for name in names:
        old = quoted(name)
        run(database, f"INSERT INTO {old} ({old}, {quoted(LONG)}, {quoted(name + ' m')}) VALUES ('view', 500, 5)")
        (found,) = run(database, f"SELECT {old}, {quoted(name + ' n')}, {quoted(name + ' m')} FROM {old} WHERE {quoted(LONG)} = 500")
        assert found == ("view", None, 5)


def test_odd_schemas(databases: Pair) -> None:
    schemas = [*[name for name in ODD if name != "select"][:6], LONG]
    for name in schemas:
        run(databases.target, f"CREATE SCHEMA {quoted(name)}")
    statements = [s for name in schemas for s in (f"CREATE SCHEMA {quoted(name)}", *create("Some table", schema=name))]
    driver = in_sync(
        databases.source, databases.target, *statements, tables={f'{quoted(name)}."Some table"': shape("Some table") for name in schemas}
    )
    run(databases.source, *(statement for name in schemas for statement in change("Some table", schema=name)))
    carried(driver)
    for name in schemas:
        carry_and_compare(driver, "Some table", name)
    assert driver.validate()["equal"]


def test_a_long_table_name_keeps_its_length(databases: Pair) -> None:
    """54 bytes leave room for `_obsolete`; what is longer could not be renamed, and is refused before anything changes."""
    name, longer = "é" * 27, "é" * 28
    run(databases.source, f"CREATE TABLE {longer} (id int PRIMARY KEY)")
    with pytest.raises(Refused, match="nothing was changed"):
        Driver(databases.source, databases.target, {"tables": {"*": {}}}).run(preflight)
    run(databases.source, f"DROP TABLE {longer}")
    driver = in_sync(databases.source, databases.target, f"CREATE TABLE {name} (id int PRIMARY KEY)")
    run(databases.source, f"INSERT INTO {name} VALUES (1)")
    carried(driver)
    driver.validate()
    driver.run(create_views)
    driver.cut_over()
    assert run(databases.target, f"SELECT * FROM {name}") == run(databases.source, f"SELECT * FROM {name}_obsolete") == [(1,)]
