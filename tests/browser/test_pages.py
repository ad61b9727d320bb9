"""Airlift's pages inside Airflow's: who may see them, what they say, and that no name of the user's becomes markup."""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from airlift.ledger import Stage
from testbed.servers import Database
from tests.browser import ledgers
from tests.fix_scheduler import Scheduler

pytestmark = pytest.mark.timeout(600)
DAG = "migrate_pages"


@dataclass(frozen=True)
class Shown:
    """A migration whose DAG is there and whose run stands still, so that only its ledger changes."""

    scheduler: Scheduler
    target: Database

    @property
    def url(self) -> str:
        return self.scheduler.airflow.url

    def at(self, stage: Stage) -> None:
        ledgers.write(self.target, "pages", stage=stage, run_id="first")


@pytest.fixture(scope="module")
def target(servers: tuple[object, object]) -> Database:
    return servers[1].create_database("pages")  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def shown(scheduler: Scheduler, target: Database) -> Shown:
    scheduler.connect("pages_target", target)
    hostile = {"name": "pages", "source": "pages_source", "target": "pages_target", "description": "<b>bold</b>"}
    scheduler.migrate(hostile)
    scheduler.api.patch(f"/api/v2/dags/{DAG}", {"is_paused": True})
    scheduler.api.trigger(DAG, run_id="first")
    return Shown(scheduler, target)


def tab(page: Page, shown: Shown, *, run: str = "first") -> FrameLocator:
    """The tab "Airlift" of a DAG run."""
    here = f"/dags/{DAG}/runs/{run}/plugin/airlift_run"
    page.goto(f"{shown.url}{here}")
    expect(page.locator(f"a[href='{here}']")).to_be_visible()
    return page.frame_locator("iframe")


@pytest.mark.filterwarnings("ignore:Using .httpx. with .starlette.testclient")
def test_every_route_demands_a_user() -> None:
    from airflow.api_fastapi.core_api.security import get_user

    from airlift.ui.routes import app

    for route in app.routes:
        assert get_user in [depends.dependency for depends in route.dependencies], route.path  # type: ignore[attr-defined]


def test_nobody_sees_anything_without_log_in(shown: Shown) -> None:
    for path in ("", "page.js", "page.css", "api/migrations", f"api/migrations/{DAG}", "docs", "openapi.json"):
        answer = httpx.get(f"{shown.url}/airlift/{path}", trust_env=False)
        assert answer.status_code in (401, 404), path
        assert "pages" not in answer.text.replace("page.", ""), path


def test_what_is_no_migration_is_not_found(shown: Shown) -> None:
    for name in ("migrate_nothing", "pages", "~", "..%2Fpages"):
        with pytest.raises(Exception, match="404"):
            shown.scheduler.api.get(f"/airlift/api/migrations/{name}")


def test_no_credential_is_in_the_answer(shown: Shown) -> None:
    shown.at(Stage.SWITCHED)
    answer = json.dumps(shown.scheduler.api.get(f"/airlift/api/migrations/{DAG}"))
    assert shown.target.dsn["password"] not in answer
    assert "postgres" not in answer


def test_the_tab_shows_a_copy_on_its_way(page: Page, shown: Shown) -> None:
    shown.at(Stage.PLANNED)
    frame = tab(page, shown)
    expect(frame.locator(".stages .now")).to_have_text("copying")
    expect(frame.locator("tbody tr")).to_have_count(len(ledgers.TABLES))
    expect(frame.locator("tbody tr").nth(1)).to_contain_text("50 %")
    expect(frame.locator(".tile").nth(2)).to_contain_text("to copy, at")
    shown.at(Stage.COPIED)
    expect(frame.locator(".stages .now")).to_have_text("building indexes")
    expect(frame.locator("tbody tr").nth(1)).to_contain_text("100 %")


def test_the_tab_shows_windows_report_and_attempts(page: Page, shown: Shown) -> None:
    shown.at(Stage.SWITCHED)
    frame = tab(page, shown)
    expect(frame.locator("polyline.lag")).to_have_count(1)
    expect(frame.locator("rect.changes")).to_have_count(31)
    expect(frame.locator("section", has_text="The way back").locator(".tile").first).to_have_text("7changes carried back")
    expect(frame.locator("section", has_text="The way back").locator(".notice")).to_contain_text("stands still. value out of range")
    expect(frame.locator(".report td").first).to_have_text("orders")
    expect(frame.locator(".report a")).to_have_count(2)
    differences = frame.locator("section", has_text="Rows that differ").locator("tbody tr")
    expect(differences.first).to_contain_text("public.orders_v2: id = 7note<b>old</b>NULL")
    expect(differences.nth(1)).to_contain_text("id = 8only the old side has this row")
    attempts = frame.locator("section", has_text="Attempts at the cutover").locator("tbody tr")
    expect(attempts.first).to_contain_text("switched31 ms12 ms")
    expect(attempts.nth(1)).to_contain_text("<b>pid 4711</b> held orders")
    expect(frame.locator("img, script:not([src])")).to_have_count(0)


def test_the_tab_of_a_roll_back_shows_the_migration_too(page: Page, shown: Shown) -> None:
    shown.at(Stage.SWITCHED)
    api = shown.scheduler.api
    back = f"roll_back_{DAG.removeprefix('migrate_')}"
    run = api.trigger(back)
    answer = api.get(f"/airlift/api/migrations/{back}", run_id=run)
    assert (answer["dag_id"], answer["may_control"], answer["run"]["is_this"]) == (DAG, False, True)
    with pytest.raises(Exception, match="404"):
        api.post(f"/airlift/api/migrations/{back}/control", {"is_paused": True})


def test_a_mark_in_the_report_survives_the_next_look(page: Page, shown: Shown) -> None:
    shown.at(Stage.REPORTED)
    frame = tab(page, shown)
    frame.locator(".report").evaluate("element => { element.dataset.mark = 'here' }")
    before = frame.locator("header .now").inner_text()
    expect(frame.locator("header .now")).not_to_have_text(before)
    expect(frame.locator(".report[data-mark=here]")).to_have_count(1)


def test_another_run_is_told_whose_ledger_it_is(page: Page, shown: Shown) -> None:
    shown.at(Stage.REPORTED)
    shown.scheduler.api.trigger(DAG, run_id="second")
    frame = tab(page, shown, run="second")
    expect(frame.locator(".notice")).to_contain_text("The ledger speaks of another run")
    frame.get_by_role("link", name="first").click()
    page.wait_for_url(f"{shown.url}/dags/{DAG}/runs/first**")


def test_the_overview_lists_all_and_leads_on(page: Page, shown: Shown) -> None:
    shown.at(Stage.VIEWS_CREATED)
    (shown.scheduler.migrations / "page_bad.yaml").write_text("name: page_bad\nsorce: x\n")
    shown.scheduler.api.wait_for_dag("migrate_page_bad")
    page.goto(shown.url)
    page.get_by_role("link", name="Airlift").click()
    frame = page.frame_locator("iframe")
    row = frame.get_by_role("row", name="pages_target")
    expect(row).to_contain_text("waiting for the approval")
    expect(row).to_contain_text("<b>bold</b>")
    expect(frame.get_by_role("row", name="page_bad")).to_contain_text("did you mean `source`")
    frame.get_by_role("link", name="pages", exact=True).click()
    expect(page.frame_locator("iframe").locator(".stages .now")).to_contain_text("waiting for the approval")
    page.frame_locator("iframe").get_by_role("link", name="its DAG").click()
    page.wait_for_url(f"{shown.url}/dags/{DAG}**")


def test_a_ledger_out_of_reach_is_told_in_words(page: Page, shown: Shown, target: Database) -> None:
    with target.connect(admin=True) as session, session.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS airlift CASCADE")
    frame = tab(page, shown)
    expect(frame.locator(".notice")).to_contain_text("Nothing is known of this migration yet")
    target.server.drop_database(target.name)
    expect(frame.locator(".notice")).to_contain_text("can't be read from this web server")
    expect(frame.locator(".notice")).to_contain_text("the migration itself is not affected")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_light_and_dark(page: Page, shown: Shown, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    frame = tab(page, shown)
    expect(frame.locator("main header h1")).to_be_visible()
    ink = frame.locator("body").evaluate("element => getComputedStyle(element).color")
    brightness = sum(int(part) for part in ink.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 380) == (scheme == "dark")
