"""Foreign keys between engines: what the other one takes otherwise is refused or told before anything begins."""

from __future__ import annotations

import pytest

from airlift.databases import UnfitValue
from airlift.errors import Refused
from airlift.ledger import Stage
from airlift.phases.prepare.preflight import preflight
from airlift.phases.sync.carrying import carrier
from testbed.driving import Driver
from tests.capturing import user_rows
from tests.fix_servers import Pair

to_postgres = pytest.mark.parametrize("ends", ["mariadb to postgres"], indirect=True)
to_mariadb = pytest.mark.parametrize("ends", ["postgres to mariadb"], indirect=True)
SPELLED = (
    "CREATE TABLE parents (code varchar(20) PRIMARY KEY) COLLATE utf8mb4_general_ci",
    """CREATE TABLE children (id int PRIMARY KEY, code varchar(20), CONSTRAINT of_parent FOREIGN KEY (code) REFERENCES parents (code)
       ON DELETE CASCADE ON UPDATE CASCADE) COLLATE utf8mb4_general_ci""",
    "INSERT INTO parents VALUES ('a'), ('b')",
    "INSERT INTO children VALUES (1, 'a')",
)


def refused(driver: Driver) -> str:
    """What preflight says."""
    with pytest.raises(Refused) as told:
        driver.run(preflight)
    return str(told.value)


@to_postgres
def test_references_in_another_spelling_are_refused(ends: Pair) -> None:
    user_rows(ends.source, *SPELLED, "INSERT INTO children VALUES (2, 'B'), (3, 'a ')")
    words = refused(Driver(ends.source, ends.target, {"tables": {"parents": {}, "children": {}}}))
    assert f'Foreign key "of_parent" of table "{ends.source.name}.children" is spelled otherwise in 2 rows' in words


@to_postgres
def test_a_reference_in_another_spelling_stops_the_window_before_a_cascade_can_take_it_away(ends: Pair) -> None:
    source, target = ends.source, ends.target
    user_rows(source, *SPELLED)
    driver = Driver(source, target, {"tables": {"parents": {}, "children": {}}})
    assert driver.up_to_gate()["equal"]
    user_rows(source, "INSERT INTO children VALUES (2, 'B')")
    with (
        carrier(driver.migration()) as windows,
        pytest.raises(UnfitValue, match=r'1 changed rows of table ".*children" have in "code" another'),
    ):
        windows.carry(Stage.VIEWS_CREATED)
    user_rows(source, "UPDATE children SET code = 'b' WHERE id = 2", "DELETE FROM parents WHERE code = 'A'")
    driver.cut_over()
    assert user_rows(target, "SELECT * FROM children") == [(2, "b")]


@to_mariadb
def test_a_value_that_came_after_preflight_and_is_none_there_is_told_with_the_remedy(ends: Pair) -> None:
    user_rows(ends.source, "CREATE TABLE things (id int PRIMARY KEY, day date)", "INSERT INTO things VALUES (1, 'today')")
    driver = Driver(ends.source, ends.target, {})
    assert driver.up_to_gate()["equal"]
    user_rows(ends.source, "UPDATE things SET day = 'infinity'")
    with carrier(driver.migration()) as windows, pytest.raises(UnfitValue) as told:
        windows.carry(Stage.VIEWS_CREATED)
    assert str(told.value).startswith(
        f'A row of table "public.things" does not fit table "{ends.target.name}.things": new, during LOAD DATA'
    )
    assert "for column 'day' at row 1. Nothing of it was carried. Change that value" in str(told.value)
    user_rows(ends.source, "UPDATE things SET day = 'tomorrow'")
    driver.cut_over()


@to_postgres
def test_a_reference_to_no_unique_key_is_refused(ends: Pair) -> None:
    user_rows(
        ends.source,
        "CREATE TABLE parents (id int PRIMARY KEY, n int, KEY (n))",
        "CREATE TABLE children (id int PRIMARY KEY, n int, CONSTRAINT of_parent FOREIGN KEY (n) REFERENCES parents (n))",
    )
    words = refused(Driver(ends.source, ends.target, {"tables": {"parents": {}, "children": {}}}))
    assert '"of_parent"' in words
    assert 'references "n", which there has to have a unique index of its own' in words


@to_mariadb
def test_foreign_keys_that_mariadb_has_not_are_refused_or_told(ends: Pair) -> None:
    user_rows(
        ends.source,
        "CREATE TABLE p (id int PRIMARY KEY, a int, b int, UNIQUE (a, b))",
        "CREATE TABLE c1 (id int PRIMARY KEY, r int DEFAULT 1, CONSTRAINT one FOREIGN KEY (r) REFERENCES p ON DELETE SET DEFAULT)",
        "CREATE TABLE c2 (id int PRIMARY KEY, r int CONSTRAINT twice REFERENCES p)",
        'CREATE TABLE c3 (id int PRIMARY KEY, r int CONSTRAINT "TWICE" REFERENCES p)',
    )
    words = refused(Driver(ends.source, ends.target, {}))
    assert 'Foreign key "one" of table "public.c1" is ON DELETE SET DEFAULT' in words
    assert words.count("has the name of another table's foreign key") == 2
    user_rows(
        ends.source,
        "ALTER TABLE c1 DROP CONSTRAINT one",
        "ALTER TABLE c2 RENAME CONSTRAINT twice TO once",
        "CREATE TABLE c4 (id int PRIMARY KEY, a int, b int, CONSTRAINT in_full FOREIGN KEY (a, b) REFERENCES p (a, b) "
        "MATCH FULL DEFERRABLE)",
    )
    content = Driver(ends.source, ends.target, {}).up_to_gate()
    told = [words for words in content["warnings"] if '"in_full"' in words]
    assert len(told) == 2
