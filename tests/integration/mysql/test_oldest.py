"""As on MySQL 8.0.13: a newer server that our sessions take for that one, so that they ask it only for what the old one has."""

from __future__ import annotations

import pytest

from airlift.databases.mysql import statements
from airlift.phases.cutover.rename import rename
from testbed.driving import APPROVED
from tests.family import only_mysql
from tests.fix_servers import Pair
from tests.small_mysql import Live, Service, small

OLDEST = 80013
pytestmark = only_mysql("a version before 8.0.16")


def test_a_whole_migration_asks_for_nothing_that_the_oldest_server_lacks(mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "version_of", lambda _connection: OLDEST)
    driver = small(mariadb_databases.source, mariadb_databases.target)
    service = Service(driver)
    with Live(service):
        assert driver.up_to_gate()["equal"]
        rename(driver.migration("rename"), APPROVED)
    service.must_be_whole()
    with driver.migration().source.session() as source:
        assert source.engines == ("mysql8013", "mysql")
