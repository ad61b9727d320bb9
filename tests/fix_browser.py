"""A real browser, logged in to the tests' Airflow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from tests.fix_scheduler import Scheduler

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000  # milliseconds; a machine that runs all the tests at once is slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def logged_in(browser: Browser, scheduler: Scheduler) -> StorageState:
    """The cookies of somebody who has logged in, once for each file of tests."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(scheduler.airflow.url)
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", scheduler.airflow.password)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "login" not in url)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(browser: Browser, logged_in: StorageState) -> Iterator[Page]:
    """A page of somebody who is logged in. What its scripts complain about fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1400}, storage_state=logged_in)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
    yield page
    context.close()
    assert complaints == []
