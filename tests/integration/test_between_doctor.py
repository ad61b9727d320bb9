"""The doctor finds nothing amiss in a migration that goes well, between engines and in place, and says what is amiss where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlift.phases.contract.clean_up import clean_up
from airlift.phases.doctor.doctor import Diagnosis, doctor
from airlift.phases.doctor.repair import repair
from testbed.driving import Driver
from testbed.live import live_shop
from testbed.serving import Database
from tests.capturing import user_rows
from tests.family import only_mariadb
from tests.fix_servers import BETWEEN, Pair, slowly
from tests.integration.test_roll_back import roll_back

pytestmark = pytest.mark.usefixtures("somebody_writes")


def look(driver: Driver) -> Diagnosis:
    """What a look finds."""
    return doctor(driver.migration("doctor"))


def told(found: Diagnosis) -> str:
    """All findings as text."""
    return "\n".join(map(str, found.findings))


def from_gate_to_end(source: Database, target: Database | None, folder: Path) -> None:
    """A migration with a look after each step."""
    with live_shop(source, target, folder, rows=200) as live:
        live.driver.up_to_gate()
        assert told(look(live.driver)) == ""
        live.driver.cut_over()
        assert told(look(live.driver)) == ""
        roll_back(live.driver)
        assert told(look(live.driver)) == ""
        live.driver.validate_again()
        live.driver.cut_over()
        live.run_new_code()
        live.driver.contract()
        assert told(look(live.driver)) == ""


@pytest.mark.parametrize("ends", slowly(BETWEEN, "mariadb to postgres"), indirect=True)
def test_nothing_is_amiss_between_servers(ends: Pair, tmp_path: Path) -> None:
    from_gate_to_end(ends.source, ends.target, tmp_path)


@only_mariadb("foreign keys that can be moved under its locks")
def test_nothing_is_amiss_in_place(mariadb_database: Database, tmp_path: Path) -> None:
    from_gate_to_end(mariadb_database, None, tmp_path)


@only_mariadb("foreign keys that can be moved under its locks")
def test_a_guard_that_is_off_is_found_and_put_back_in_place(mariadb_database: Database, tmp_path: Path) -> None:
    with live_shop(mariadb_database, None, tmp_path, rows=200) as live:
        live.driver.up_to_gate()
        user_rows(mariadb_database, "UPDATE airlift.shop_guard SET shut = 0", "COMMIT", admin=True)
        assert "The guard of" in told(look(live.driver))
        mended = repair(live.driver.migration("doctor"))
        assert all(deed.is_done for deed in mended.deeds)
        assert told(look(live.driver)) == ""


@only_mariadb("foreign keys that can be moved under its locks")
def test_views_by_which_tables_were_locked_are_dropped_when_they_are_left(mariadb_database: Database, tmp_path: Path) -> None:
    left = [f"CREATE VIEW airlift.shop_{kind}_1 AS SELECT 1 AS locked" for kind in ("fence", "unfence")]
    with live_shop(mariadb_database, None, tmp_path, rows=200) as live:
        live.driver.up_to_gate()
        user_rows(mariadb_database, *left, admin=True)
        assert told(look(live.driver)) == ""
        live.driver.run(clean_up)
        user_rows(mariadb_database, *left, admin=True)
        assert [finding.is_repairable for finding in look(live.driver).findings] == [True, True]
        words = [deed.words.partition(" on ")[0] for deed in repair(live.driver.migration("doctor")).deeds if deed.is_done]
        assert words == ['View "airlift.shop_fence_1"', 'View "airlift.shop_unfence_1"']
        assert told(look(live.driver)) == ""
