"""In place: whoever waits at the fence goes on through the view and sees all that was committed before, also the last window's rows."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from airlift import faults
from airlift.phases.cutover import attempt
from airlift.phases.cutover.rename import rename
from testbed.driving import APPROVED
from testbed.live import until
from tests.fix_gates import Gate
from tests.small import Service, ask, attempts, execute

READ = "SELECT body FROM children WHERE id = 20"
CHANGE = "UPDATE children SET amount = 77 WHERE id = 20"
PLAIN = [READ, CHANGE + " RETURNING body", f"WITH found AS ({READ}) SELECT body FROM found", f"DECLARE look CURSOR FOR {READ}; FETCH look",
         f"EXPLAIN (ANALYZE) {CHANGE}; {READ}", f"DO $$ BEGIN {CHANGE}; END $$; {READ}"]  # fmt: skip
# The server takes their snapshot before it waits for the table, and keeps it. Which statement an EXECUTE stands for can't be seen.
EARLY = ["EXECUTE look", "EXECUTE change", "/* a * ; -- */ -- another\n EXECUTE look", "SELECT 1; execute look",
         "CREATE TEMP TABLE found AS EXECUTE look; TABLE found", f"COPY ({READ}) TO STDOUT"]  # fmt: skip


class Waiting:
    """A session that begins its one statement under the fence; what it was answered."""

    def __init__(self, made: Connection, statement: str) -> None:
        self._made, self._statement = made, statement
        self._thread = threading.Thread(target=self._work)
        self.answer: Any = None
        with made.cursor() as cursor:
            cursor.execute(f"PREPARE look AS {READ}")
            cursor.execute(f"PREPARE change AS {CHANGE} RETURNING body")
        made.commit()

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._thread.join()

    def _work(self) -> None:
        with self._made.cursor() as cursor:
            if self._statement.startswith("COPY"):
                cursor.copy_expert(self._statement, sink := io.StringIO())
                self.answer = [tuple(line.split("\t")) for line in sink.getvalue().splitlines()]
            else:
                cursor.execute(self._statement)
                self.answer = cursor.fetchall()
        self._made.commit()


def cut_over_beside(gate: Gate, monkeypatch: pytest.MonkeyPatch, statement: str) -> list[tuple[str, str | None]]:
    """A cutover in which somebody begins to wait before the last window, and has to be answered with what it holds."""
    driver = gate("in place", max_pause=10.0)
    service = Service(driver)
    is_quiet = attempt.wait_for_quiet
    written = ["UPDATE children SET body = 'acknowledged', amount = 5 WHERE id = 20"]

    def write_and_wait(*given: Any, **words: Any) -> list[str]:
        """The last moment before the fence: what is written now is in the last window."""
        while written:
            execute(driver.source, written.pop())
        return is_quiet(*given, **words)

    with closing(driver.source.connect()) as made:
        made.autocommit = False
        waiting = Waiting(made, statement)
        hooks: dict[str, Callable[[], None]] = {}

        def arrive() -> None:
            waiting.begin()
            queued = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted AND locktype = 'relation'"
            until(lambda: ask(driver.source, queued, (made.info.backend_pid,)))

        hooks["cutover.locked"] = arrive
        monkeypatch.setattr(attempt, "wait_for_quiet", write_and_wait)
        monkeypatch.setattr(faults, "reached", lambda point: hooks.pop(point, lambda: None)())
        rename(driver.migration("rename"), APPROVED)
        waiting.end()
    assert waiting.answer == [("acknowledged",)], waiting.answer
    amount = "77.00" if CHANGE in statement or "change" in statement else "5.00"
    service.rows[20] = (service.rows[20][0], "acknowledged", amount)
    service.write()
    driver.contract()
    service.must_be_whole()
    return attempts(driver)


@pytest.mark.parametrize("statement", PLAIN)
def test_a_plain_statement_looks_anew_when_it_goes_on(gate: Gate, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    assert [state for state, _ in cut_over_beside(gate, monkeypatch, statement)] == ["switched"]


@pytest.mark.parametrize("statement", EARLY)
def test_for_one_that_would_not_the_attempt_is_given_up(gate: Gate, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    made = cut_over_beside(gate, monkeypatch, statement)
    assert made[-1][0] == "switched"
    assert made[0][0] == "given up"
    assert "look at an instant before the last window" in str(made[0][1])
