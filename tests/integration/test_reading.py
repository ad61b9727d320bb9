"""What a page reads of a ledger, on a real server."""

from __future__ import annotations

import time

import pytest

from airlift.connections import Address
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.ui.progress import progress
from airlift.ui.reading import read
from testbed.servers import Database
from testbed.serving import free_port
from tests.browser import ledgers
from tests.fix_servers import Pair


def address(database: Database, **changes: object) -> Address:
    dsn = {name: str(value) for name, value in {**database.dsn, **changes}.items()}
    return Address("postgres", "the target", dsn)


@pytest.mark.parametrize("stage", Stage)
def test_a_page_is_made_of_every_stage(databases: Pair, stage: Stage) -> None:
    ledgers.write(databases.target, "shop", stage=stage, run_id="first")
    records = read(address(databases.target), "shop")
    assert records is not None
    found = progress(records, run_id="first")
    half = len(ledgers.TABLES) * 2_000_000
    assert found["copy"]["bytes"] == 2 * half
    assert found["copy"]["bytes_done"] == (half if stage <= Stage.PLANNED else 2 * half)
    assert found["copy"]["rows"] == len(ledgers.TABLES) * (150 if stage <= Stage.PLANNED else 300)
    assert (found["carried"] is not None) == (stage >= Stage.IN_SYNC)
    if stage >= Stage.REPORTED:
        assert (found["comparison"]["checks_done"], found["comparison"]["suspects"]) == (6, 1)
        assert found["report"]["task"] == "sync.report"


def test_only_the_newest_comparison_counts(databases: Pair) -> None:
    ledgers.write(databases.target, "shop", stage=Stage.REPORTED, run_id="first")
    with databases.target.connect() as session, session.cursor() as cursor:
        cursor.execute("UPDATE airlift.checks SET pass_no = 2 WHERE no > 4")
        cursor.execute("INSERT INTO airlift.passes SELECT migration, 2, premises, 9 FROM airlift.passes")
    records = read(address(databases.target), "shop")
    assert records is not None
    assert progress(records, run_id=None)["comparison"]["checks"] == 2


def test_where_nothing_is_recorded_there_is_nothing(databases: Pair) -> None:
    assert read(address(databases.target), "shop") is None
    ledgers.write(databases.target, "shop", stage=Stage.PREPARED, run_id="first")
    assert read(address(databases.target), "another") is None


def test_a_server_that_is_away_is_told_at_once(databases: Pair) -> None:
    began = time.monotonic()
    with pytest.raises(Interrupted, match="the target, during connecting"):
        read(address(databases.target, port=free_port()), "shop")
    assert time.monotonic() - began < 5


def test_a_locked_ledger_does_not_hold_a_page(databases: Pair) -> None:
    ledgers.write(databases.target, "shop", stage=Stage.COPIED, run_id="first")
    holder = databases.target.connect()
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE airlift.migrations IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Interrupted):
            read(address(databases.target), "shop")
    holder.close()
