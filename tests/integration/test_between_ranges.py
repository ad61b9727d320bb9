"""Ranges of keys that two servers sort differently: a row too many, too few or changed is found, wherever either of the two has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airlift.phases.sync import ranges
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from airlift.phases.ways import Way
from testbed.driving import Driver
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import by_product
from tests.fix_servers import Pair

COUNT = 120
OURS = {"postgres": "SET airlift.applying = 'on'", "mysql": "SET @airlift_applying = 1"}
TYPES = {
    "text in any case": {"PostgreSQL": "varchar(40)", "MariaDB": "varchar(40) COLLATE utf8mb4_general_ci"},
    "uuid": {"PostgreSQL": "uuid", "MariaDB": "uuid", "MySQL": "char(36)"},
    "number": {"PostgreSQL": "bigint"},
}
"""The key's types on a source; on another product they are as on MariaDB or PostgreSQL."""


def _scattered(number: int) -> str:
    """Letters of both cases, signs and digits, as no two servers sort them."""
    letters = "aBcDeFgHiJkLmNoPqRsTuVwXyZ-_ .9"
    return "".join(letters[(number * step) % len(letters)] for step in (7, 11, 13)) + f"{number:04}"


KEYS = {
    "alike": ("text", lambda n: f"key-{n:05}"),
    "alike, and not in case": ("text in any case", lambda n: f"Key {n:05}"),
    "not alike": ("text", _scattered),
    "uuids": ("uuid", lambda n: f"{n * 2654435761 % (1 << 32):08x}-{n:04x}-4222-8333-{n * 40503 % (1 << 48):012x}"),
    "text and number": ("text", lambda n: "aBcD"[n % 4]),
    "numbers": ("number", str),
}


def _made(database: Database, kind: str) -> str:
    types = TYPES.get(kind, {"PostgreSQL": "varchar(40)"})
    family = "PostgreSQL" if database.engine == "postgres" else "MariaDB"
    id_type = types.get(database.server.product) or types.get(family) or types["PostgreSQL"]
    return f"CREATE TABLE things (id {id_type} NOT NULL, part int NOT NULL, note varchar(40), PRIMARY KEY (id, part))"


def _row(key: str, number: int, note: str) -> str:
    return f"('{key}', {number}, '{note}')"


def _carried(ends: Pair, kind: str, rows: list[str]) -> Driver:
    """A migration of a table with these rows, up to the end of its first windows."""
    user_rows(ends.source, _made(ends.source, kind), f"INSERT INTO things VALUES {', '.join(rows)}")
    return _moved(ends, {})


def _moved(ends: Pair, spec: dict[str, Any]) -> Driver:
    driver = Driver(ends.source, ends.target, {"tables": {"things": spec}})
    driver.prepare()
    driver.copy()
    driver.catch_up()
    return driver


def _compared(driver: Driver, *, try_number: int = 1) -> dict[str, Any]:
    with driver.kept_in_sync():
        validate(driver.migration("validate", try_number=try_number), "stream 1")
        return dict(report(driver.migration("report")))


@pytest.mark.parametrize("name", KEYS)
def test_what_either_side_has_alone_is_found_however_it_sorts(ends: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 8)
    kind, key = KEYS[name]
    source, target = ends.source, ends.target
    driver = _carried(ends, kind, [_row(key(number), number, f"note {number}") for number in range(0, COUNT, 2)])
    content = _compared(driver)
    assert content["equal"]
    assert content["tables"][0]["suspects"] == 0
    if (source.server.product, target.server.product) == ("MariaDB", "PostgreSQL") and name in ("not alike", "uuids"):
        # ranges would have other rows on each side, and nearly all of these would be suspects
        assert content["tables"][0]["ranges"] == 1
    # one row too many beside every one that is right, wherever it is sorted; some that are missing; some that are other ones
    more = [_row(key(number), number, "too many") for number in range(1, COUNT, 2)]
    gone, changed = range(0, COUNT, 20), range(10, COUNT, 20)
    user_rows(
        target,
        OURS["postgres" if target.engine == "postgres" else "mysql"],
        f"INSERT INTO things VALUES {', '.join(more)}",
        f"DELETE FROM things WHERE part IN ({', '.join(map(str, gone))})",
        f"UPDATE things SET note = 'other' WHERE part IN ({', '.join(map(str, changed))})",
    )
    content = _compared(driver, try_number=2)
    assert not content["equal"]
    assert content["tables"][0]["differing"] == len(more) + len(gone) + len(changed)


@pytest.mark.parametrize("name", ["alike", "alike, and not in case", "numbers"])
def test_keys_that_both_sort_alike_are_compared_in_many_ranges(ends: Pair, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 8)
    kind, key = KEYS[name]
    driver = _carried(ends, kind, [_row(key(number), number, f"note {number}") for number in range(COUNT)])
    content = _compared(driver)
    assert content["equal"]
    assert content["tables"][0]["suspects"] == 0
    assert content["tables"][0]["ranges"] == COUNT / 8


@pytest.mark.parametrize("ends", ["mariadb to postgres"], indirect=True)
@pytest.mark.parametrize("name", by_product(mariadb=["not alike", "uuids"], mysql=["not alike"]))
@pytest.mark.parametrize("rows", [9, 17, 30])
def test_few_rows_that_are_in_order_by_chance_are_no_two_ranges(ends: Pair, name: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 8)
    kind, key = KEYS[name]
    content = _compared(_carried(ends, kind, [_row(key(number), number, "note") for number in range(rows)]))
    assert content["equal"]
    assert (content["tables"][0]["ranges"], content["tables"][0]["suspects"]) == (1, 0)


@pytest.mark.parametrize("ends", ["mariadb to mariadb"], indirect=True)
def test_an_enum_is_in_the_order_of_its_members(ends: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 8)
    rows = ", ".join(f"('{'zam'[number % 3]}', {number})" for number in range(COUNT))
    user_rows(
        ends.source,
        "CREATE TABLE things (kind enum('z', 'a', 'm') NOT NULL, id int NOT NULL, PRIMARY KEY (kind, id))",
        f"INSERT INTO things VALUES {rows}",
    )
    content = _compared(_moved(ends, {}))
    assert content["equal"]
    assert content["tables"][0]["ranges"] == COUNT / 8


@pytest.mark.parametrize("ends", ["postgres to mariadb"], indirect=True)
@pytest.mark.parametrize("form", ["key-{:05}", "{:032x}"], ids=["text", "hexadecimal digits"])
def test_a_text_that_becomes_bytes_is_compared_in_ranges_both_ways(ends: Pair, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ROWS", 8)
    rows = ", ".join(f"('{form.format(number)}', {number})" for number in range(COUNT))
    user_rows(ends.source, "CREATE TABLE things (id varchar(40) PRIMARY KEY, n int)", f"INSERT INTO things VALUES {rows}")
    driver = _moved(ends, {"columns": {"id": {"type": "varbinary(40)"}}})
    content = _compared(driver)
    assert content["equal"]
    assert content["tables"][0]["ranges"] == COUNT / 8
    m = driver.migration()
    (layout,) = m.all_layouts()
    with m.target.session() as target, m.source.session() as source:
        back = replace(layout.mirrored(), target=layout.source)
        assert len(ranges.ranges(Way(m, is_back=True), target, source, back)) == COUNT / 8
