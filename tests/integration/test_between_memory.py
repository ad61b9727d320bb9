"""What a migration with MySQL or MariaDB at an end takes of memory, with long rows and with short ones: as little as one of PostgreSQL."""

from __future__ import annotations

import pytest

from airlift.phases.copying.plan import plan
from testbed.driving import Driver
from tests.capturing import user_rows
from tests.family import seq
from tests.fix_servers import BETWEEN, Pair, slowly
from tests.memory import MOST_MB, growth

LONG, SHORT = 15, 100_000
TABLES = {
    "postgres": (
        "CREATE TABLE long_rows (id int PRIMARY KEY, data bytea)",
        "ALTER TABLE long_rows ALTER data SET STORAGE EXTERNAL",
        f"INSERT INTO long_rows SELECT n, decode(repeat('00ff5c0a', 1250000), 'hex') FROM generate_series(1, {LONG}) AS n",
        "CREATE TABLE short_rows (id int PRIMARY KEY, a text, b text)",
        f"INSERT INTO short_rows SELECT n, md5(n::text), repeat('x', 100) FROM generate_series(1, {SHORT}) AS n",
    ),
    "mysql": (
        "CREATE TABLE long_rows (id int PRIMARY KEY, data longblob)",
        f"INSERT INTO long_rows SELECT seq, REPEAT(0x00ff5c0a, 1250000) FROM {seq(LONG)}",
        "CREATE TABLE short_rows (id int PRIMARY KEY, a varchar(32), b varchar(100))",
        f"INSERT INTO short_rows SELECT seq, MD5(seq), REPEAT('x', 100) FROM {seq(SHORT)}",
    ),
}
CHANGED = ("UPDATE long_rows SET id = -id", "UPDATE short_rows SET b = a")
"""What makes one window of all rows."""


@pytest.mark.parametrize("ends", slowly(BETWEEN, "mariadb to postgres"), indirect=True)
def test_neither_the_copy_nor_a_window_of_all_rows_takes_more_for_more_rows(ends: Pair) -> None:
    for statement in TABLES[ends.source.engine]:
        user_rows(ends.source, statement)
    driver = Driver(ends.source, ends.target, {"tables": {"*": {}}})
    driver.prepare()
    driver.run(plan)
    copied, megabytes = growth(driver, "copying.dump_and_import", "stream 1 of 1")
    assert copied["rows"] == LONG + SHORT
    assert megabytes < MOST_MB
    driver.copy()
    for statement in CHANGED:
        user_rows(ends.source, statement)
    carried, megabytes = growth(driver, "sync.delta_windows")
    assert carried["changes"] >= 2 * LONG + SHORT
    assert megabytes < MOST_MB
    assert driver.validate()["equal"]
