"""A process that freezes with a transaction open: the server ends it, the next try goes on, and what comes to life changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from airlift.databases.postgres import session as sessions
from airlift.errors import Interrupted
from airlift.ledger import Stage, attempts
from airlift.phases.copying import build_indexes as building
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover.create_views import create_views
from airlift.phases.migration import Migration
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.sync.delta_windows import delta_windows
from testbed import dying
from testbed.driving import Driver
from testbed.live import until
from tests import small_mysql
from tests.fix_servers import Pair
from tests.small import Service, ask, execute, small

LEASE = "2s"


@contextmanager
def frozen(driver: Driver, step: Callable[[Migration], Any], point: str) -> Iterator[dying.Victim]:
    """A try that has stopped itself, for which nobody waits long. The others rest as long as a busy machine lets them."""
    work = partial(step, driver.migration("zombie"))
    with ExitStack() as until_gone:
        with patch.dict(sessions.SETTINGS, idle_in_transaction_session_timeout=LEASE):
            zombie = until_gone.enter_context(dying.frozen(work, point))
        yield zombie


def copied(m: Migration) -> Any:
    """The copy as one stream."""
    return dump_and_import(m, "stream 1 of 1")


def to_the_end(driver: Driver, service: Service) -> None:
    """The rest of the migration, in which nothing is frozen."""
    driver.validate()
    driver.run(create_views)
    service.write()
    driver.cut_over()
    service.write()
    driver.contract()
    service.must_be_whole()


@pytest.mark.parametrize(
    ("step", "point"),
    [(copied, "copy.imported"), (build_indexes, "indexes.built"), (delta_windows, "window.durable"), (delta_windows, "window.applied")],
)
def test_the_next_try_goes_on_beside_a_frozen_one(databases: Pair, step: Callable[[Migration], Any], point: str) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    steps: list[Callable[[Migration], Any]] = [plan, copied, build_indexes, delta_windows]
    service.write()
    driver.run(*steps[: steps.index(step)])
    service.write()
    with frozen(driver, step, point) as zombie:
        service.write()
        for each in steps[steps.index(step) :]:
            driver.until_done(each)
        zombie.thaw()
        assert not zombie.wait().killed
    driver.catch_up()
    to_the_end(driver, service)


def test_a_late_try_makes_no_table_and_notes_no_foreign_key_twice(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    service = Service(driver)
    driver.run(preflight)
    with frozen(driver, create_target, "target.tables_made") as zombie:
        driver.run(create_target)
        zombie.thaw()
        assert zombie.wait().error == "Interrupted"
    assert ask(driver.target, "SELECT count(*) FROM airlift.objects WHERE kind = 'foreign_key'") == [(2,)]
    driver.run(install_triggers, watermark)
    driver.copy()
    driver.catch_up()
    to_the_end(driver, service)


def test_a_late_try_takes_no_row_away_that_a_window_has_brought(databases: Pair) -> None:
    """The worst that a zombie could do: all is compared and equal, and it goes on with what it read before the first window."""
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    service.write()
    driver.run(plan, copied)
    service.write()
    with frozen(driver, build_indexes, "indexes.log_read") as zombie:
        driver.run(build_indexes)
        driver.catch_up()
        driver.validate()
        driver.run(create_views)
        zombie.thaw()
        zombie.wait()
    driver.cut_over()
    driver.contract()
    service.must_be_whole()


def test_a_late_try_shuts_no_table_that_the_service_is_on(mariadb_databases: Pair) -> None:
    driver = small_mysql.small(mariadb_databases.source, mariadb_databases.target)
    driver.prepare()
    service = small_mysql.Service(driver)
    driver.run(plan, copied)
    with frozen(driver, build_indexes, "indexes.copied") as zombie:
        driver.run(build_indexes)
        driver.catch_up()
        driver.validate()
        driver.run(create_views)
        driver.cut_over()
        assert service.write_back() == "target"
        zombie.thaw()
        assert zombie.wait().error == "Interrupted"
        assert service.write_back() == "target"
    driver.contract()
    service.must_be_whole()


def test_a_late_try_empties_no_table_that_was_started_over(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    driver.run(plan)
    execute(driver.source, "VACUUM FULL children")
    with frozen(driver, copied, "copy.moved") as zombie:
        driver.run(copied, build_indexes)
        service.write()
        driver.catch_up()
        driver.validate()
        driver.run(create_views)
        zombie.thaw()
        assert zombie.wait().error == "Interrupted"
    driver.cut_over()
    driver.contract()
    service.must_be_whole()


def test_a_second_stream_finds_a_table_started_over_already(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    driver.run(plan)
    execute(driver.source, "VACUUM FULL children")
    with frozen(driver, copied, "copy.moved") as zombie:
        driver.run(copied)
        before = ask(driver.target, "SELECT ctid, xmin, id FROM children_v2")
        zombie.thaw()
        assert zombie.wait().is_done
    assert ask(driver.target, "SELECT ctid, xmin, id FROM children_v2") == before
    driver.run(build_indexes)
    driver.catch_up()
    to_the_end(driver, service)


def test_an_index_that_another_try_makes_is_waited_for_and_made_once(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    service = Service(driver)
    driver.run(plan, copied)
    m = driver.migration("zombie")
    m.standing(Stage.PLANNED)
    waiting = building._waiting(m)
    driver.run(build_indexes)
    with m.target.session() as target:
        for each in waiting:
            with pytest.raises(Interrupted, match="Another try"):
                building._build_small(m, [each], target)
            building._build(m, each.layout, each.objects, target)
    driver.catch_up()
    to_the_end(driver, service)


def test_a_late_try_puts_no_view_and_no_trigger_back(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.prepare()
    driver.copy()
    driver.catch_up()
    driver.validate()
    service = Service(driver)
    with frozen(driver, create_views, "views.created") as zombie:
        driver.run(create_views)
        driver.cut_over()
        driver.contract()
        zombie.thaw()
        assert zombie.wait().error == "Interrupted"
    assert ask(driver.target, "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'airlift%'") == []
    service.table = "children_v2"
    service.write_at(driver.target)
    service.must_be_whole()


def test_two_tries_at_once_that_make_one_thing_interrupt_and_refuse_nothing(databases: Pair) -> None:
    driver = small(databases.source, databases.target)
    driver.run(preflight)
    m = driver.migration()
    with m.ledger_session() as first:
        m.ledger.add(first, attempts, no=1, state="begun")
    with pytest.raises(Interrupted, match="attempts_pkey"), m.ledger_session() as second:
        m.ledger.add(second, attempts, no=1, state="begun")
    # as the server says it where CREATE ... IF NOT EXISTS meets its like
    with m.target.session() as one, m.target.session() as other, ThreadPoolExecutor(1) as beside:
        one._cursor().execute("BEGIN; CREATE SCHEMA IF NOT EXISTS twice")
        made = beside.submit(other.together, ["CREATE SCHEMA IF NOT EXISTS twice"])
        until(lambda: ask(driver.target, "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", (other.pid,)))
        one._cursor().execute("COMMIT")
        with pytest.raises(Interrupted, match="pg_namespace_nspname_index"):
            made.result(20)
