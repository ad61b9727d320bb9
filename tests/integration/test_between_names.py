"""Odd names between engines: carried whole, there and back, or refused by preflight."""

from __future__ import annotations

import time

import pytest

from airlift.errors import Refused
from airlift.phases.prepare.preflight import preflight
from airlift.phases.roll_back.rename_back import rename_back
from testbed.driving import APPROVED, Driver
from testbed.mariadb import MariaServer
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import SIBLINGS
from tests.fix_servers import Pair

ODD = [
    "a'b\"c", "100%s", "{x}{}", "n" * 54, "with space", "select", "Käse", "CAPITAL", "back`tick", "k1", "op", "%(x)s",
    "semi;colon", "-- x", "b\\s",
]  # fmt: skip
both_ways = pytest.mark.parametrize("ends", ["mariadb to postgres", "postgres to mariadb", *SIBLINGS], indirect=True)


def quoted(database: Database, name: str) -> str:
    mark = '"' if database.engine == "postgres" else "`"
    return mark + name.replace(mark, mark * 2) + mark


@both_ways
def test_odd_names_go_there_and_back(ends: Pair) -> None:
    source, target = ends.source, ends.target
    for odd in ODD:
        own = quoted(source, odd)
        user_rows(source, f"CREATE TABLE {own} ({own} int PRIMARY KEY, x varchar(20))", f"INSERT INTO {own} VALUES (1, 'x'), (2, NULL)")
    driver = Driver(source, target, {})
    assert driver.up_to_gate()["equal"]
    for odd in ODD:
        own = quoted(source, odd)
        user_rows(
            source,
            f"INSERT INTO {own} VALUES (3, 'y')",
            f"UPDATE {own} SET {own} = 4 WHERE {own} = 1",
            f"DELETE FROM {own} WHERE x IS NULL",
        )
    driver.cut_over()
    for odd in ODD:
        assert user_rows(target, f"SELECT * FROM {quoted(target, odd)} ORDER BY 1") == [(3, "y"), (4, "x")]
        user_rows(target, f"INSERT INTO {quoted(target, odd)} VALUES (9, 'z')")
    with driver.synced_back():
        time.sleep(0.5)
        rename_back(driver.returning().migration("rename_back"), APPROVED, "roll back")
    for odd in ODD:
        assert user_rows(source, f"SELECT * FROM {quoted(source, odd)} ORDER BY 1") == [(3, "y"), (4, "x"), (9, "z")]


@both_ways
def test_tables_that_differ_in_case_only_are_refused_but_where_one_is_left_out(ends: Pair) -> None:
    for name in ("Things", "things"):
        user_rows(ends.source, f"CREATE TABLE {quoted(ends.source, name)} (id int PRIMARY KEY)")
    with pytest.raises(Refused) as told:
        Driver(ends.source, ends.target, {}).run(preflight)
    # to MySQL and MariaDB such a name is in the way at either end
    ends_of_these = max(1, [ends.source.engine, ends.target.engine].count("mysql"))
    assert str(told.value).count("has a name that differs from another one's in case only") == 2 * ends_of_these
    assert Driver(ends.source, ends.target, {"tables": {"*": {}, "things": {"skip": True}}}).up_to_gate()["equal"]


@both_ways
def test_a_key_that_is_named_like_our_own_columns_is_refused(ends: Pair) -> None:
    user_rows(ends.source, f"CREATE TABLE t ({quoted(ends.source, 'airlift op')} int PRIMARY KEY, {quoted(ends.source, 'airlift x')} int)")
    with pytest.raises(Refused, match=r'Key column "airlift op" of .* has a name that begins with "airlift "'):
        Driver(ends.source, ends.target, {}).run(preflight)


def test_capitals_are_refused_where_the_target_keeps_none(databases: Pair) -> None:
    user_rows(databases.source, 'CREATE TABLE "Orders" (id int PRIMARY KEY)', "CREATE TABLE items (id int PRIMARY KEY)")
    with MariaServer("folding", settings={"lower_case_table_names": "1"}) as server, pytest.raises(Refused) as told:
        Driver(databases.source, server.create_database("folded"), {}).run(preflight)
    assert '1 to put right:\n1. New table "folded."Orders"" has capitals, and target "new" keeps names in small letters' in str(told.value)
