"""Each phase is killed between two statements that change something, then between two later ones, until it comes to its end.

A service writes between the deaths. In the end every row is there once, as it was acknowledged. Boundaries are taken in strides, so that
it takes seconds, and in half as wide ones by `make slow`; a stride of 1 is a run of every one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg2
import pymysql
import pytest

from airlift.ledger import Stage
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover import validate as after
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.roll_back.preflight import ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.roll_back.validate import validate as still_whole
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from testbed import dying
from testbed.driving import APPROVED, Driver
from testbed.servers import Database
from tests import small, small_mysql
from tests.capturing import user_rows
from tests.family import only_mariadb
from tests.fix_servers import Pair

Service = small.Service | small_mysql.Service
Begin = Callable[..., tuple[Driver, Service]]
NO_TABLE, NO_DATABASE = 1146, 1049


WAYS = [
    "postgres across", "postgres in place", "mariadb across",
    pytest.param("mariadb in place", marks=only_mariadb("foreign keys that can be moved under its locks")),
]  # fmt: skip


@pytest.fixture(params=WAYS)
def begin(request: pytest.FixtureRequest) -> Begin:
    """`begin()`: the small migration of a way before its first step, and its service; `begin(at_gate=True)`: at its gate."""
    engine, _, way = request.param.partition(" ")
    databases: Pair = request.getfixturevalue("databases" if engine == "postgres" else "mariadb_databases")
    kit = small if engine == "postgres" else small_mysql

    def made(*, at_gate: bool = False, **words: Any) -> tuple[Driver, Service]:
        driver = kit.small(databases.source, databases.target if way == "across" else None, **words)
        if at_gate:
            driver.up_to_gate()
        return driver, kit.Service(driver)

    return made


def begun(driver: Driver) -> Stage | None:
    """Where the migration stands; None before it has a ledger."""
    try:
        return stage(driver)
    except (psycopg2.errors.UndefinedTable, IndexError):
        return None
    except pymysql.MySQLError as error:
        if error.args[0] not in (NO_TABLE, NO_DATABASE):
            raise
        return None


def stage(driver: Driver) -> Stage:
    """Where it stands."""
    return (small if driver.target.engine == "postgres" else small_mysql).stage(driver)


def kill_everywhere(
    driver: Driver,
    service: Service,
    step: Callable[[Migration], Any],
    *,
    stride: int,
    undecided: Stage = Stage.OPENING,
    recovery: str = "cutover.recovered",
    write: Callable[[], Any] | None = None,
) -> int:
    """Run a step, killed ever later, until it comes to its end; how often it was killed. The count begins anew at every stage.

    A recovery is gone through from its first statement to its last once; later ones are only killed at their end, for with the fence
    behind them they would go on to the end of the migration.
    """
    tries: Counter[Stage | None] = Counter()
    recovered = False
    kills = 0
    while True:
        was = begun(driver)
        work = partial(step, driver.migration("killed"))
        if was == undecided and recovered:
            end = dying.start(work, fault=f"{recovery}:kill").wait()
        else:
            end = dying.start(work, statement=1 + stride * tries[was]).wait()
        tries[was] += 1
        recovered |= was == undecided and begun(driver) != was
        if not end.killed:
            assert end.is_done, end.said
            return kills
        kills += 1
        (write or service.write)()


@pytest.fixture(params=[2, pytest.param(1, marks=pytest.mark.slow)], ids=["", "closely"])
def times(request: pytest.FixtureRequest) -> int:
    """How many times as wide as it may be a stride is."""
    return int(request.param)


def in_stream(step: Callable[[Migration, str], Any], m: Migration) -> Any:
    """A mapped step as its first stream."""
    return step(m, "stream 1 of 1")


def approved(m: Migration) -> Any:
    """The cutover."""
    return rename(m, APPROVED)


def test_every_phase_up_to_the_gate_goes_on_where_it_died(begin: Begin, times: int) -> None:
    driver, service = begin()
    kills = {}
    for step, stride in (
        (preflight, 9), (create_target, 13), (install_triggers, 11), (watermark, 1), (plan, 2), (partial(in_stream, dump_and_import), 3),
        (build_indexes, 7), (delta_windows, 6),
    ):  # fmt: skip
        kills[str(step)] = kill_everywhere(driver, service, step, stride=stride * times)
    with driver.kept_in_sync():
        kills["validate"] = kill_everywhere(driver, service, partial(in_stream, validate), stride=3 * times)
        driver.run(report)
    kills["views"] = kill_everywhere(driver, service, create_views, stride=3 * times)
    assert all(kills.values()), kills
    driver.cut_over()
    driver.contract()
    service.must_be_whole()


def test_the_cutover_goes_on_where_it_died(begin: Begin, times: int) -> None:
    driver, service = begin(at_gate=True)
    service.write()
    assert kill_everywhere(driver, service, approved, stride=3 * times) > 12 // times
    service.write()
    driver.run(after.validate)
    driver.contract()
    service.must_be_whole()


def test_a_roll_back_goes_on_where_it_died(begin: Begin, times: int) -> None:
    driver, service = begin(at_gate=True)
    driver.cut_over()
    service.write_back()

    def back(m: Migration) -> Any:
        return rename_back(m, APPROVED, ROLL_BACK)

    words: dict[str, Any] = {"undecided": Stage.ROLLING_BACK, "recovery": "roll_back.recovered", "write": service.write_back}
    assert kill_everywhere(driver.returning(), service, back, stride=3 * times, **words) > 12 // times
    service.write_back()
    driver.returning().run(partial(still_whole, action=ROLL_BACK))
    service.must_be_whole("children", driver.source)
    assert stage(driver) == Stage.VIEWS_CREATED
    driver.validate_again()
    driver.cut_over()
    driver.contract()
    service.must_be_whole()


def test_the_end_goes_on_where_it_died(begin: Begin, times: int) -> None:
    driver, service = begin(at_gate=True, spec={"obsolete": "drop"})
    driver.run(approved)
    assert kill_everywhere(driver, service, after.validate, stride=2 * times)
    service.table = "children_v2"
    assert kill_everywhere(driver, service, drop_views, stride=times)
    assert kill_everywhere(driver, service, clean_up, stride=4 * times)
    service.must_be_whole()
    assert left(driver.source) == []


def test_an_abandoned_migration_is_abandoned_wherever_that_died(begin: Begin, times: int) -> None:
    driver, service = begin(at_gate=True)
    assert kill_everywhere(driver, service, clean_up, stride=3 * times) > 3 // times
    service.must_be_whole("children", driver.source)
    assert left(driver.source) == []
    assert not {"children_v2", "children_compat"} & names(driver.target)


def names(database: Database) -> set[str]:
    """What there is of tables and views in a database of the service's."""
    schema = "public" if database.engine == "postgres" else database.name
    return {name for (name,) in user_rows(database, f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'")}


def left(database: Database) -> list[Any]:
    """What a migration left on a server: triggers, functions and tables of its own."""
    return user_rows(database, LEFT[database.engine])


LEFT = {
    "postgres": """
        SELECT tgname FROM pg_trigger WHERE tgname LIKE 'airlift%'
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace('airlift')
        UNION ALL SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('airlift') AND relname LIKE 'shop%'
        """,
    "mysql": """
        SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE 'airlift%'
        UNION ALL SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'airlift' AND TABLE_NAME LIKE 'shop%'
        """,
}
