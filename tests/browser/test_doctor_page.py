"""The doctor's page inside Airflow: the same diagnosis as the command's, of two real databases, in words and never in markup."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Page, expect

from testbed.driving import Driver
from tests.fix_gates import Gate
from tests.fix_scheduler import Scheduler
from tests.small import execute

pytestmark = pytest.mark.timeout(600)
DAG = "migrate_shop"
_number = itertools.count(1)


@dataclass(frozen=True)
class Shown:
    """A migration at its gate whose DAG is in Airflow, where it never runs."""

    scheduler: Scheduler
    driver: Driver

    @property
    def address(self) -> str:
        return f"{self.scheduler.airflow.url}/airlift/?dag_id={DAG}"

    def ask(self) -> dict[str, object]:
        return dict(self.scheduler.api.get(f"/airlift/api/migrations/{DAG}/doctor"))


@pytest.fixture
def shown(scheduler: Scheduler, gate: Gate) -> Shown:
    driver, no = gate("across"), next(_number)
    scheduler.connect(f"doctor_old_{no}", driver.source)
    scheduler.connect(f"doctor_new_{no}", driver.target)
    scheduler.migrate({"name": "shop", "source": f"doctor_old_{no}", "target": f"doctor_new_{no}", **driver.spec})
    return Shown(scheduler, driver)


def test_the_page_says_what_the_command_says(page: Page, shown: Shown) -> None:
    page.goto(shown.address)
    page.get_by_role("link", name="doctor").click()
    # the spec in Airflow names other connections than the frozen one, which is a finding of its own
    expect(page.locator(".notice")).to_contain_text('1 FINDING: migration "shop" stands at "views created"')
    expect(page.locator("section", has_text="Findings").locator("tbody tr")).to_have_count(1)
    tables = page.locator("section", has_text="Tables").locator("tbody tr")
    expect(tables).to_have_count(3)
    expect(tables.nth(1)).to_contain_text("public.childrenpublic.children_v2the old tablenothingthe new tableviewon0")
    execute(shown.driver.target, "DROP TRIGGER airlift_shop_guard ON children_v2")
    finding = page.locator("section", has_text="Findings").locator("tbody tr", has_text="The guard of table".lower())
    expect(finding).to_contain_text("public.children_v2", timeout=30_000)
    expect(finding).to_contain_text("airlift doctor --repair")
    page.get_by_role("link", name="its progress").click()
    expect(page.locator(".stages .now")).to_contain_text("waiting for the approval")


def test_it_only_reads_and_tells_no_credential(shown: Shown) -> None:
    execute(shown.driver.target, "DROP TRIGGER airlift_shop_guard ON children_v2")
    answer = str(shown.ask())
    assert "The guard of table" in answer
    execute(shown.driver.target, "UPDATE children_v2 SET state = state")  # nobody put it back
    for database in (shown.driver.source, shown.driver.target):
        assert database.dsn["password"] not in answer
    assert httpx.get(f"{shown.scheduler.airflow.url}/airlift/api/migrations/{DAG}/doctor", trust_env=False).status_code == 401


def test_what_is_no_migration_has_no_doctor(shown: Shown) -> None:
    with pytest.raises(Exception, match="404"):
        shown.scheduler.api.get("/airlift/api/migrations/migrate_nothing/doctor")
