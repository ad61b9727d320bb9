"""As on MySQL 8.0.13: a newer server that our sessions take for that one, so that they ask it only for what the old one has."""

from __future__ import annotations

import pytest

from airlift.databases.mysql import statements
from airlift.phases.cutover import validate as after
from tests.family import only_mysql
from tests.fix_servers import Pair
from tests.integration.test_roll_back import roll_back
from tests.small_mysql import Live, Service, small

OLDEST = 80013
pytestmark = [only_mysql("a version before 8.0.16"), pytest.mark.usefixtures("somebody_writes")]


@pytest.fixture(autouse=True)
def oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version, and types that the server shows otherwise than a later one: all have to agree on one form."""
    monkeypatch.setattr(statements, "version_of", lambda _connection: OLDEST)
    monkeypatch.setattr(statements.Statements, "type_shown", staticmethod(lambda kind: str(kind).replace("int", "INT")))


def test_a_whole_migration_there_and_back_makes_do_with_the_words_of_the_oldest_server(mariadb_databases: Pair) -> None:
    driver = small(mariadb_databases.source, mariadb_databases.target)
    service = Service(driver)
    with driver.migration().source.session() as source:
        assert source.engines == ("mysql8013", "mysql")
    with Live(service):
        assert driver.up_to_gate()["equal"]
        driver.cut_over()
    driver.run(after.validate)
    with Live(service, is_back=True), driver.synced_back():
        roll_back(driver)
    service.must_be_whole("children", driver.source)
    driver.validate_again()
    driver.cut_over()
    driver.contract()
    service.must_be_whole()
