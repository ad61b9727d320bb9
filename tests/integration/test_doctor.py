"""The doctor: healthy at every stage, each planted fault found and named, and what it repairs goes on to a right end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from airlift.__main__ import BLIND, FINDINGS, HEALTHY, main
from airlift.databases import CaptureNames, Session
from airlift.databases.postgres.inspection import Inspection
from airlift.doctor import PAGE_SECONDS, glance, spec_named
from airlift.errors import Interrupted, Refused
from airlift.ledger import Stage
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.cutover import attempt
from airlift.phases.cutover import validate as after
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from airlift.phases.doctor import examine
from airlift.phases.doctor import repair as repairing
from airlift.phases.doctor.doctor import Diagnosis, doctor
from airlift.phases.doctor.expected import CAPTURE, GUARD
from airlift.phases.doctor.judging import findings, way_back
from airlift.phases.doctor.repair import repair
from airlift.phases.doctor.telling import as_json, lines
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from testbed import dying, router
from testbed.driving import APPROVED, Driver
from testbed.live import RouterSwitch
from testbed.servers import Database
from testbed.serving import free_port
from tests.fix_gates import Gate
from tests.fix_servers import Pair
from tests.rules.tree import PROJECT
from tests.small import Service, ask, attempts, execute, session, small, stage

WAYS = pytest.mark.parametrize("way", ["across", "in place"])
PATIENT = 20.0
"""A longer pause than any of these tests takes on the busiest machine: attempts are counted."""
KEYS, GUARDED = "airlift_shop_log_keys", "airlift_shop_guard"
ALL_OF_OURS = """
SELECT format('trigger %s on %s: %s, %s', tgname, tgrelid::regclass, tgenabled, xmin) FROM pg_trigger WHERE tgname LIKE 'airlift%'
UNION ALL SELECT format('relation %s, %s', oid::regclass, xmin) FROM pg_class WHERE relnamespace = to_regnamespace('airlift')
UNION ALL SELECT format('function %s, %s', oid::regprocedure, xmin) FROM pg_proc WHERE pronamespace = to_regnamespace('airlift')
ORDER BY 1
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for others. A migration at its gate may be minutes old."""
    monkeypatch.setattr(way_back, "BEHIND_SECONDS", 3600.0)
    monkeypatch.setattr(attempt, "QUIET_WITHIN", 0.5)


def look(driver: Driver) -> Diagnosis:
    """A look that changes nothing: what is ours, and what the ledger says, is the same before and after."""
    before = state(driver)
    found = doctor(driver.migration("doctor"))
    assert state(driver) == before
    assert found.verdict == next(lines(found))
    as_json(found)
    return found


def state(driver: Driver) -> list[Any]:
    """All that a look could have changed."""
    found: list[Any] = [ask(database, ALL_OF_OURS) for database in (driver.source, driver.target)]
    if ask(driver.target, "SELECT to_regclass('airlift.attempts')") != [(None,)]:
        found += [ask(driver.target, "SELECT stage, position FROM airlift.migrations"), attempts(driver)]
    return found


def mend(driver: Driver) -> Diagnosis:
    """Look, repair and look again."""
    return repair(driver.migration("doctor"))


def told(found: Diagnosis) -> str:
    """All findings as text."""
    return "\n".join(map(str, found.findings))


def done(found: Diagnosis) -> list[str]:
    """What was repaired, in words."""
    assert all(deed.is_done for deed in found.deeds), found.deeds
    return [deed.words for deed in found.deeds]


def at_the_gate(gate: Gate, way: str = "across", path: Path | None = None) -> tuple[Driver, Service]:
    """A migration that waits for its approval, with something for the last windows to carry."""
    driver = gate(way, switch=RouterSwitch(path=path) if path else None, max_pause=PATIENT)
    service = Service(driver)
    service.write()
    return driver, service


def cut_over(driver: Driver) -> dict[str, Any]:
    """The cutover, as its task runs it."""
    return rename(driver.migration("rename"), APPROVED)


def finish(driver: Driver, service: Service) -> None:
    """Go on to the end; nothing was lost, and the doctor is content."""
    if stage(driver) < Stage.SETTLED:
        cut_over(driver)
    driver.run(after.validate)
    service.write()
    driver.contract()
    service.must_be_whole()
    assert told(look(driver)) == ""


# ---- healthy


@WAYS
def test_it_is_healthy_at_every_stage(databases: Pair, way: str) -> None:
    driver = small(databases.source, databases.target if way == "across" else None)
    found = look(driver)
    assert found.facts.stage is None
    assert found.verdict == 'HEALTHY: no ledger on the target knows migration "shop".'
    copied: Callable[[Driver], None] = Driver.copy
    steps: list[tuple[Stage, Callable[[Driver], Any]]] = [
        (Stage.PREPARED, lambda d: d.run(preflight)),
        (Stage.TARGET_CREATED, lambda d: d.run(create_target)),
        (Stage.CAPTURING, lambda d: d.run(install_triggers)),
        (Stage.WATERMARK_TAKEN, lambda d: d.run(watermark)),
        (Stage.INDEXED, copied),
        (Stage.IN_SYNC, Driver.catch_up),
        (Stage.REPORTED, Driver.validate),
        (Stage.VIEWS_CREATED, lambda d: d.run(create_views)),
        (Stage.SETTLED, Driver.cut_over),
        (Stage.CONTRACTING, lambda d: d.run(drop_views)),
        (Stage.CLEANED_UP, lambda d: d.run(clean_up)),
    ]
    for reached, step in steps:
        step(driver)
        found = look(driver)
        assert (found.facts.stage, told(found)) == (reached, "")
        assert found.verdict.startswith(f'HEALTHY: migration "shop" stands at "{reached.words}"; ')
        assert found.next


def test_it_is_healthy_after_a_reject(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    driver.run(clean_up)
    assert told(look(driver)) == ""


@WAYS
@pytest.mark.parametrize("point", ["clean_up.abandoned", "clean_up.triggers_dropped", "clean_up.target_left"])
def test_a_reject_that_died_halfway_is_told_as_that_and_no_task_goes_on_with_it(gate: Gate, way: str, point: str) -> None:
    driver, service = at_the_gate(gate, way)
    dying.killed(partial(driver.run, clean_up), point)
    found = look(driver)
    assert told(found) == (
        'Migration "shop" was abandoned by run "manual__1", and what is ours is not taken away yet. '
        "If contract.clean_up is not at work, clear it."
    )
    assert found.verdict.endswith("the service runs on the old tables, and the migration is abandoned.")
    assert found.next[-1].startswith("Next: contract.clean_up. The migration was abandoned. If contract.clean_up is not at work, clear it")
    with pytest.raises(Refused, match=r"Its gate was rejected: all that is left to do is contract\.clean_up"):
        rename(driver.migration("rename"), APPROVED)
    driver.run(clean_up)
    assert (stage(driver), told(look(driver))) == (Stage.CLEANED_UP, "")
    service.must_be_whole("children", driver.source)


@WAYS
def test_what_waits_is_counted(gate: Gate, way: str) -> None:
    driver, service = at_the_gate(gate, way)
    service.write()
    facts = look(driver).facts
    waiting = {table.layout.source.name: table.waiting for table in facts.tables}
    for table in facts.tables:
        assert ask(driver.source, f"SELECT count(*) FROM airlift.shop_log_{table.layout.no}") == [(table.waiting,)]
    assert waiting["children"] == 10
    assert facts.place.ahead is not None
    assert facts.place.ahead > 0
    few = doctor(driver.migration("doctor"), most=3).facts
    assert {table.layout.source.name: table.waiting for table in few.tables}["children"] == 3


def test_a_look_can_write_nothing(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _ = at_the_gate(gate)

    def write(_: Inspection, session: Session, *arguments: Any) -> None:
        session.run("prepare/create_schema")

    monkeypatch.setattr(Inspection, "triggers", write)
    with pytest.raises(Refused, match="read-only transaction"):
        doctor(driver.migration("doctor"))


# ---- each fault is found, is named, and stays as it is until somebody asks

Plant = tuple[str, str, str]
"""On which side, the SQL that plants it, and how it is told."""
FAULTS: dict[str, Plant] = {
    "a disabled trigger": (
        "source",
        f"ALTER TABLE children DISABLE TRIGGER {KEYS}",
        rf'Trigger "{KEYS}" of table "public\.children" is disabled; .*ENABLE ALWAYS TRIGGER "{KEYS}"',
    ),
    "a trigger that replicas don't fire": (
        "source",
        f"ALTER TABLE children ENABLE TRIGGER {KEYS}",
        rf'Trigger "{KEYS}" of table "public\.children" does not fire in every session',
    ),
    "a dropped trigger": (
        "source",
        f"DROP TRIGGER {KEYS} ON children",
        r'The capture triggers of table "public\.children" are not all there \("airlift_shop_log_truncate" of 2\).*Reject the gate',
    ),
    "a trigger that was off for a moment": (
        "source",
        f"ALTER TABLE children DISABLE TRIGGER {KEYS}; ALTER TABLE children ENABLE ALWAYS TRIGGER {KEYS}",
        r'Table "public\.children" is not what comparison 1 rests on any more: our triggers on the source were changed',
    ),
    "a rewritten table": (
        "source",
        "VACUUM FULL children",
        r'Table "public\.children" is not what comparison 1 rests on any more: a table of the source was rewritten',
    ),
    "a log that is gone": (
        "source",
        "DROP TABLE airlift.shop_log_{children}",
        r'The change log of table "public\.children" is gone and its triggers are there: every write of that table fails.*DROP TRIGGER "',
    ),
    "a heartbeat that is gone": ("source", "DROP TABLE airlift.shop_heartbeat", r'Table "airlift\.shop_heartbeat" on the source is gone'),
    "an old name that is gone": (
        "source",
        "ALTER TABLE children RENAME TO kids",
        r'Name "public\.children" on the source belongs to nothing and "public\.children_obsolete" to nothing; .*WHERE oid IN \(\d+\)',
    ),
    "an old name that somebody else has": (
        "source",
        "ALTER TABLE children RENAME TO kids; CREATE TABLE children (id int)",
        r'Name "public\.children" on the source belongs to a table \(oid \d+\)',
    ),
    "a rename before its time": (
        "source",
        "ALTER TABLE children RENAME TO children_obsolete",
        r'Name "public\.children" on the source stands for the new table, which does not fit the stage "views created"',
    ),
    "a new table that is gone": (
        "target",
        "ALTER TABLE children_v2 RENAME TO lost",
        r'Name "public\.children_v2" should be the new table on the target and is nothing',
    ),
    "a position before the pruning": (
        "source",
        'UPDATE airlift.shop_heartbeat SET pruned_to = \'{{"snapshot": "99999999:99999999:", "started": "x"}}\'',
        r"The change logs on the source were pruned beyond the ledger's position",
    ),
    "a restart since the comparison": (
        "target",
        "UPDATE airlift.passes SET premises = jsonb_set(premises, '{{started}}', '\"long ago\"')",
        r"The source was restarted since the last comparison",
    ),
    "a comparison that is too old": (
        "target",
        "UPDATE airlift.passes SET started_at = started_at - interval '2 days'",
        r"Comparison 1 is 17\d,\d{3} s old, and the cutover refuses one that is older than 1d",
    ),
    "keys that differ": (
        "target",
        "INSERT INTO airlift.shop_unverified_{children} SELECT id, true FROM children_v2 LIMIT 3",
        r'Table "public\.children" has 3 keys whose rows differ',
    ),
    "a log that belongs to the other side of the cutover": (
        "source",
        "CREATE TABLE airlift.shop_back_77 (id int)",
        r'Table "airlift\.shop_back_77" on .* should not be there at the stage "views created"',
    ),
}


def number_of(driver: Driver, name: str) -> int:
    """A table's number in the ledger."""
    return int(ask(driver.target, "SELECT no FROM airlift.tables WHERE layout -> 'source' ->> 1 = %s", (name,))[0][0])


def plant(driver: Driver, side: str, statements: str) -> None:
    """Do the harm."""
    for statement in statements.format(children=number_of(driver, "children")).split(";"):
        execute(getattr(driver, side), statement)


@pytest.mark.parametrize("what", FAULTS)
def test_a_planted_fault_is_found_and_left_as_it_is(gate: Gate, what: str) -> None:
    side, statements, words = FAULTS[what]
    driver, _ = at_the_gate(gate)
    plant(driver, side, statements)
    found = look(driver)
    assert re.search(words, told(found)), told(found)
    assert "FINDING" in found.verdict
    assert not any(finding.is_repairable for finding in found.findings), told(found)
    before = state(driver)
    assert mend(driver).deeds == []
    assert state(driver) == before


@WAYS
def test_a_view_that_is_gone_is_found(gate: Gate, way: str) -> None:
    driver, _ = at_the_gate(gate, way)
    execute(driver.target, f"DROP VIEW {'children' if way == 'across' else 'children_compat'}")
    assert "should be the compatibility view on the target and is nothing" in told(look(driver))


def test_an_edited_spec_is_found(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    assert "was edited after preflight froze it" in told(look(replace(driver, spec={**driver.spec, "obsolete": "drop"})))


def test_another_server_is_found(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    execute(driver.target, "UPDATE airlift.migrations SET source_server = jsonb_set(source_server, '{timeline}', '7')")
    found = mend(driver)
    assert re.search(r'^Server "old" is another server than the one that preflight saw: system \d+, timeline \d', told(found))
    assert (len(found.findings), found.deeds) == (1, [])


def test_an_old_name_on_the_source_after_the_cutover_is_found(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    driver.cut_over()
    execute(driver.source, "CREATE TABLE children (id int)")
    assert 'Name "public.children" stands for a table' in told(look(driver))


def test_a_guard_that_keeps_the_service_out_is_for_a_person(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    driver.cut_over()
    guard_again(driver)
    found = mend(driver)
    assert f'It keeps the service out. If the service should run there: DROP TRIGGER "{GUARDED}"' in told(found)
    assert found.deeds == []


def guard_again(driver: Driver) -> None:
    """Put a guard where none belongs any more."""
    m = driver.migration()
    layouts = m.all_layouts()
    with m.target.session() as target, target.transaction():
        m.target.definitions.create_guard(target, m.name, [layout.target for layout in layouts])


# ---- who is in the way


@WAYS
def test_a_prepared_transaction_is_found(gate: Gate, way: str) -> None:
    driver, _ = at_the_gate(gate, way)
    execute(driver.source, "BEGIN; UPDATE children SET body = body WHERE id = 20; PREPARE TRANSACTION 'it''s half done'")
    try:
        words = told(look(driver))
    finally:
        execute(driver.source, "ROLLBACK PREPARED 'it''s half done'")
    assert 'Prepared transaction "it\'s half done" waits on the source' in words
    assert "ROLLBACK PREPARED 'it''s half done'" in words
    assert told(look(driver)) == ""


@WAYS
def test_who_waits_and_who_holds_is_told(gate: Gate, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine, "OLD_SECONDS", 0.0)
    monkeypatch.setattr(examine, "BLOCKED_SECONDS", 0.0)
    driver, _ = at_the_gate(gate, way)
    with session(driver.source, autocommit=False, name="reader") as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM children")
        with waiting(driver.source):
            words = told(look(driver))
    assert re.search(r'Table "public\.children" is held by process \d+ of role "\w+" \(reader\), open for', words), words
    waits = r'lock on table "public\.children" is waited for: process \d+ .*\(ddl\) has waited .* behind process \d+ .*\(reader\)'
    assert re.search(waits, words), words


@contextmanager
def waiting(database: Database) -> Iterator[None]:
    """A session that waits for a lock on the table children, for as long as the block runs."""
    with session(database, name="ddl") as ddl:
        pid = ddl.info.backend_pid

        def lock() -> None:
            with ddl.cursor() as cursor, pytest.raises(psycopg2.Error):
                cursor.execute("BEGIN; LOCK TABLE children IN ACCESS EXCLUSIVE MODE")

        thread = threading.Thread(target=lock)
        thread.start()
        try:
            while ask(database, "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", (pid,)) != [(1,)]:
                pass
            yield
        finally:
            execute(database, "SELECT pg_cancel_backend(%s)", (pid,))
            thread.join()


def test_sessions_of_ours_are_told(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    with session(driver.source, name="airlift shop sync.keep_in_sync"), session(driver.target, name="airlift shop_two cutover.rename"):
        found = look(driver)
    assert [(each.task, each.state) for each in found.facts.at_work] == [("sync.keep_in_sync", "idle")]
    assert "At work now: sync.keep_in_sync. Look into their logs before clearing anything." in found.next


def test_nobody_who_carries_is_told(gate: Gate) -> None:
    driver, service = at_the_gate(gate)
    service.write()
    execute(driver.target, "UPDATE airlift.migrations SET position_at = '2026-01-01T00:00:00.000000Z'")
    assert re.search(r"ahead of the target with \d+ changes, and nobody carries them. Clear sync\.keep_in_sync", told(look(driver)))
    with session(driver.source, name="airlift shop sync.keep_in_sync"):
        assert told(look(driver)) == ""


# ---- the guard


@pytest.mark.parametrize("harm", [f"DROP TRIGGER {GUARDED} ON children_v2", f"ALTER TABLE children_v2 DISABLE TRIGGER {GUARDED}"])
@WAYS
def test_a_guard_that_is_gone_is_put_back(gate: Gate, way: str, harm: str) -> None:
    driver, service = at_the_gate(gate, way)
    execute(driver.target, f"{harm}; UPDATE children_v2 SET state = state")
    found = look(driver)
    assert 'The guard of table "public.children_v2" is missing or disabled: at this stage others may write' in told(found)
    assert [finding.is_repairable for finding in found.findings] == [True]
    found = mend(driver)
    assert done(found) == ['Table "public.children_v2" is shut again to all others; its rows are compared anew before the cutover']
    # what it proved before is void, and that is told until it is compared anew
    assert "not what comparison 1 rests on any more: the guard" in told(found)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.target, "UPDATE children_v2 SET state = state")
    service.write()
    finish(driver, service)


def test_the_target_is_not_shut_when_an_attempt_opened_it_meanwhile(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _ = at_the_gate(gate)
    execute(driver.target, f"DROP TRIGGER {GUARDED} ON children_v2")
    facts = doctor(driver.migration("doctor")).facts
    execute(driver.target, "UPDATE airlift.migrations SET stage = 120")
    monkeypatch.setattr(repairing, "doctor", lambda m: Diagnosis(facts, findings(facts), []))
    assert [(deed.is_done, deed.words[:31]) for deed in mend(driver).deeds] == [(False, "The migration went on meanwhile")]
    execute(driver.target, "UPDATE children_v2 SET state = state")


# ---- attempts


@WAYS
def test_a_dead_attempt_is_found_and_given_up(gate: Gate, tmp_path: Path, way: str) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = at_the_gate(gate, way, path if way == "across" else None)
    dying.killed(partial(cut_over, driver), "cutover.locked")
    assert "Attempt 1 was begun and its process is gone" in told(look(driver))
    with session(driver.source, name="airlift shop cutover.rename"):
        assert told(look(driver)) == ""
        assert mend(driver).deeds == []
    assert attempts(driver) == [("begun", None)]
    found = mend(driver)
    assert done(found) == ["Attempt 1 is given up, and services that it held were told to go on at the source"]
    assert told(found) == ""
    assert attempts(driver)[0][0] == "given up"
    if way == "across":
        assert router.read(path) == {"state": "source", "attempt": "shop-1"}
    assert cut_over(driver)["attempts"] == 2
    finish(driver, service)


@WAYS
@pytest.mark.parametrize("point", ["cutover.announced", "cutover.deciding"])
def test_an_undecided_attempt_is_found_and_shut(gate: Gate, way: str, point: str) -> None:
    driver, service = at_the_gate(gate, way)
    dying.killed(partial(cut_over, driver), point)
    found = look(driver)
    assert "Attempt 1 was announced and not decided before its process died: the source owns the service" in told(found)
    assert found.verdict.endswith("the source owns the names: the service belongs on the old tables.")
    assert stage(driver) == Stage.OPENING
    assert "The service runs on the old tables" in "".join(done(found := mend(driver)))
    # the guard is another one than that of the comparison
    assert [each.object for each in found.findings] == (
        ['tables "public.parents", "public.children", "public.notes"'] if way == "across" else []
    )
    assert stage(driver) == Stage.VIEWS_CREATED
    if way == "across":
        with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
            execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    assert cut_over(driver)["attempts"] == 2
    finish(driver, service)


@WAYS
def test_a_decision_that_the_ledger_does_not_know_is_found_and_noted(gate: Gate, tmp_path: Path, way: str) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, service = at_the_gate(gate, way, path if way == "across" else None)
    dying.killed(partial(cut_over, driver), "cutover.decided")
    found = look(driver)
    assert "Attempt 1 was decided before its process died" in told(found)
    assert found.verdict.endswith("the service belongs on the new tables.")
    assert done(mend(driver))[0].startswith("The last attempt was decided, which is noted now. Clear cutover.rename: it moves the services")
    assert stage(driver) == Stage.SWITCHED
    cut_over(driver)
    if way == "across":
        assert router.read(path) == {"state": "target", "attempt": "shop-1"}
    finish(driver, service)


def test_a_write_on_the_open_target_is_for_a_person_and_the_target_is_shut(gate: Gate) -> None:
    driver, service = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    number = number_of(driver, "children")
    assert re.search(rf'meanwhile somebody wrote the target.*"airlift\.shop_back_{number}"', told(look(driver)))
    found = mend(driver)
    assert [deed.is_done for deed in found.deeds] == [False]
    assert "decide whose rows are right" in found.deeds[0].words
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.target, "UPDATE children_v2 SET body = 'more' WHERE id = 18")
    assert stage(driver) == Stage.OPENING
    assert ask(driver.target, f"SELECT k1 FROM airlift.shop_back_{number}") == [(17,)]
    # the person mends the row and says so; then it may be brought to its end from here too
    body = service.rows[17][1]
    changed = f"UPDATE children_v2 SET body = '{body}' WHERE id = 17; TRUNCATE airlift.shop_back_{number}"
    execute(driver.target, f"SET airlift.applying = 'on'; {changed}")
    assert done(mend(driver))
    finish(driver, service)


def test_an_attempt_that_may_still_decide_is_left_alone(gate: Gate) -> None:
    driver, service = at_the_gate(gate)
    with dying.frozen(partial(cut_over, driver), "cutover.deciding"):
        found = look(driver)
        assert "Attempt 1 is deciding right now: its process is still connected. Wait some seconds and look again" in told(found)
        assert mend(driver).deeds == []
    assert done(mend(driver))
    finish(driver, service)


def test_names_that_are_handed_over_in_part_are_for_a_person(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    execute(driver.source, "ALTER TABLE notes RENAME TO notes_obsolete")
    found = mend(driver)
    assert found.deeds == []
    assert "handed over only in part, which no commit of ours does. Touch nothing more and look on the source at: SELECT" in told(found)
    assert found.verdict.endswith("who owns the service is not clear.")


def test_services_that_were_not_moved_are_told(gate: Gate, tmp_path: Path) -> None:
    path = tmp_path / "route.json"
    router.write(path, {"state": "source", "attempt": None})
    driver, _ = at_the_gate(gate, "across", path)
    dying.killed(partial(cut_over, driver), "cutover.noted")
    assert stage(driver) == Stage.SWITCHED
    assert told(look(driver)) == ""
    execute(driver.target, "UPDATE airlift.migrations SET stage_at = stage_at - interval '5 minutes'")
    assert "that the services were moved is not noted yet" in told(look(driver))


def test_what_goes_on_while_it_is_looked_at_is_no_fault(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, service = at_the_gate(gate)
    see, seen = examine._on_source, []

    def cut_over_between(*arguments: Any, **words: Any) -> Any:
        if not seen:
            driver.cut_over()
        seen.append(see(*arguments, **words))
        return seen[-1]

    monkeypatch.setattr(examine, "_on_source", cut_over_between)
    found = doctor(driver.migration("doctor"))
    assert (len(seen), told(found), found.facts.stage) == (2, "", Stage.SETTLED)
    assert findings(seen[0])
    finish(driver, service)


# ---- leftovers


def capture_again(driver: Driver, table: str) -> None:
    """Put capture on a table as it was before clean-up."""
    m = driver.migration()
    layout = next(each for each in m.all_layouts() if each.source.name == "children")
    name = layout.source._replace(name=table)
    with m.source.session() as source, source.transaction():
        m.source.capture.prepare(source, m.name, CaptureNames.FORWARD)
        own = {column.name: column for column in m.source.catalog.columns(source, m.source.catalog.relations(source)[name])}
        m.source.capture.create_log(source, m.capture_names(layout), [own[each] for each in layout.source_key])
        m.source.capture.create_triggers(source, m.capture_names(layout), name)


@pytest.mark.parametrize("end", ["rejected", "contracted"])
@WAYS
def test_what_is_left_after_clean_up_is_dropped_in_order(gate: Gate, way: str, end: str) -> None:
    driver, _ = at_the_gate(gate, way)
    if end == "contracted":
        driver.cut_over()
        driver.contract()
    else:
        driver.run(clean_up)
    table = "children" if end == "rejected" else "children_obsolete"
    capture_again(driver, table)
    execute(driver.source, f"UPDATE {table} SET body = body WHERE id = 20")
    found = look(driver)
    assert f'Trigger "{KEYS}" of table "public.{table}" on old was left behind by a migration that is cleaned up' in told(found)
    assert all(finding.is_repairable for finding in found.findings)
    with session(driver.source, name="airlift shop contract.clean_up"):
        assert mend(driver).deeds == []
    found = mend(driver)
    assert [words.partition(" ")[0] for words in done(found)] == [*["Trigger"] * 2, *["Function"] * 2, *["Table"] * 2]
    assert told(found) == ""
    execute(driver.source, f"UPDATE {table} SET body = body WHERE id = 20")
    assert ask(driver.source, "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'airlift%'") == [(0,)]
    if way == "across":
        assert ask(driver.source, "SELECT to_regnamespace('airlift')") == [(None,)]


def test_a_lone_log_is_dropped_after_clean_up(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    driver.run(clean_up)
    execute(driver.source, "CREATE SCHEMA airlift; CREATE TABLE airlift.shop_log_2 (id int); CREATE TABLE airlift.other_log_1 (id int)")
    assert done(mend(driver)) == ['Table "airlift.shop_log_2" on old is dropped']
    assert ask(driver.source, "SELECT to_regclass('airlift.other_log_1')::text") == [("airlift.other_log_1",)]


@WAYS
def test_where_no_ledger_knows_it_the_source_is_left_as_it_was(gate: Gate, way: str) -> None:
    driver, service = at_the_gate(gate, way)
    execute(driver.target, "DELETE FROM airlift.migrations")
    found = look(driver)
    assert "which the ledger on the target does not know" in told(found)
    with session(driver.source, name="airlift shop sync.keep_in_sync"):
        assert mend(driver).deeds == []
    found = mend(driver)
    assert sum(words.startswith("Trigger") for words in done(found)) == (6 if way == "across" else 2)
    service.write()
    kinds = {trigger.kind for side in found.facts.sides for trigger in side.triggers}
    assert CAPTURE not in kinds
    # a person decides about what may be half filled
    assert GUARD in kinds
    assert "It keeps others from a table that may be half filled, so a person decides" in told(found)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.target, "UPDATE children_v2 SET body = 'x'")
    assert mend(driver).deeds == []


def test_without_a_ledger_the_record_of_writes_astray_stays(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    execute(driver.target, "DROP TABLE airlift.migrations CASCADE")
    found = mend(driver)
    assert done(found)
    assert ask(driver.target, f"SELECT k1 FROM airlift.shop_back_{back_log(driver)}") == [(17,)]
    assert "It may hold the only record of what was written to the target, so a person decides" in told(found)
    execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 18")


def test_without_a_ledger_what_a_trigger_writes_stays_with_it(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    execute(driver.target, "DELETE FROM airlift.migrations")
    found = mend(driver)
    assert not any(finding.is_repairable for finding in found.findings)
    execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    assert ask(driver.target, f"SELECT k1 FROM airlift.shop_back_{back_log(driver)}") == [(17,)]


def test_without_a_ledger_a_record_stays_also_when_its_triggers_are_gone(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    number = back_log(driver)
    execute(driver.target, "UPDATE children_v2 SET body = 'astray' WHERE id = 17")
    for table in ("parents", "children_v2", "notes"):
        for kind in ("keys", "truncate"):
            execute(driver.target, f"DROP TRIGGER airlift_shop_back_{kind} ON {table}")
    execute(driver.target, "DELETE FROM airlift.migrations")
    mend(driver)
    assert ask(driver.target, f"SELECT k1 FROM airlift.shop_back_{number}") == [(17,)]


def back_log(driver: Driver) -> int:
    """The number of the table children, as its triggers have it."""
    wanted = "SELECT tgfoid::regproc::text FROM pg_trigger WHERE tgname = 'airlift_shop_back_keys' AND tgrelid = 'children_v2'::regclass"
    return int(ask(driver.target, wanted)[0][0].rpartition("_")[2])


def test_a_view_of_a_migration_that_is_over_is_never_dropped(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    execute(driver.target, "CREATE FUNCTION airlift.shop_view_2() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    driver.run(clean_up)
    execute(driver.target, "CREATE OR REPLACE FUNCTION airlift.shop_view_2() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    assert "Old code may use the view that it belongs to, so a person decides" in told(found := mend(driver))
    assert found.deeds == []


# ---- what can't be looked at


def test_a_source_that_is_away_is_told_beside_what_the_ledger_says(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    dying.killed(partial(cut_over, driver), "cutover.announced")
    away = replace(driver, source=Away(driver.source))  # type: ignore[arg-type]
    found = doctor(away.migration("doctor"))
    assert not found.is_complete
    assert "THE SOURCE COULD NOT BE LOOKED AT" in found.verdict
    assert "who owns the name on the source can't be seen from here" in told(found)
    assert not any(finding.is_repairable for finding in found.findings)
    assert "could not be looked at" in "\n".join(lines(found))


def test_a_target_that_is_away_is_an_error(gate: Gate) -> None:
    driver, _ = at_the_gate(gate)
    with pytest.raises(Interrupted, match="new, during connecting"):
        doctor(replace(driver, target=Away(driver.target)).migration("doctor"))  # type: ignore[arg-type]


def test_a_page_waits_for_nothing_long(command: Any) -> None:
    _, driver = command("shop")
    spec = spec_named("shop")
    assert glance(spec)["is_healthy"]
    for database in (driver.source, driver.target):
        table = "airlift.shop_heartbeat" if database is driver.source else "airlift.migrations"
        with session(database, autocommit=False) as holder, holder.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            if database is driver.target:
                with pytest.raises(Interrupted, match=r"new .*(lock|statement) timeout"):
                    glance(spec)
            else:
                assert not glance(spec)["is_complete"]
            assert time.monotonic() - began < PAGE_SECONDS + 5


class Away:
    """A database whose server does not answer."""

    def __init__(self, database: Database) -> None:
        self.dsn = {**database.dsn, "port": free_port()}
        self.engine = database.engine


# ---- the command line


@pytest.fixture
def command(gate: Gate, migrations_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Driver]]:
    """A migration at its gate, as Airflow on this machine knows it."""
    driver = gate("across", max_pause=PATIENT)  # nothing waits, so that nobody has to carry it
    monkeypatch.setenv("AIRFLOW_CONN_OLD", driver.source.uri)
    monkeypatch.setenv("AIRFLOW_CONN_NEW", driver.target.uri)
    spec = {"name": "shop", "source": "old", "target": "new", **driver.spec}
    (migrations_folder / "shop.yaml").write_text(yaml.safe_dump(spec))
    return lambda *arguments: (main(["doctor", *arguments]), driver)


def test_the_command_says_what_it_found_by_its_status(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, driver = command("shop")
    said = capsys.readouterr()
    assert status == HEALTHY, said
    assert said.out.startswith('HEALTHY: migration "shop" stands at "views created"; the service runs on the old tables.\n')
    assert said.err == ""
    execute(driver.target, f"DROP TRIGGER {GUARDED} ON children_v2")
    assert command("shop")[0] == FINDINGS
    said = capsys.readouterr()
    assert "  1. The guard of table" in said.out
    assert said.out.count("[repair]") == 2
    for database in (driver.source, driver.target):
        assert database.dsn["password"] not in said.out + said.err


def test_the_command_repairs_only_when_it_is_asked(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, driver = command("shop")
    execute(driver.target, f"DROP TRIGGER {GUARDED} ON children_v2")
    before = state(driver)
    assert command("shop", "--json")[0] == FINDINGS
    assert state(driver) == before
    capsys.readouterr()
    assert command("shop", "--repair", "--json")[0] == FINDINGS  # the comparison is void until it is made anew
    found = json.loads(capsys.readouterr().out)
    assert [deed["is_done"] for deed in found["deeds"]] == [True]
    assert [each["is_repairable"] for each in found["findings"]] == [False]
    assert found["stage"] == "views created"
    assert command("shop", "--repair")[0] == FINDINGS
    assert "Repaired" not in capsys.readouterr().out


def test_the_command_says_when_it_could_not_look(command: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("shpo")[0] == BLIND
    assert 'There is no migration "shpo"' in capsys.readouterr().err
    source = os.environ["AIRFLOW_CONN_OLD"]
    monkeypatch.setenv("AIRFLOW_CONN_OLD", re.sub(r":\d+/", f":{free_port()}/", source))
    assert command("shop")[0] == BLIND
    assert "AND THE SOURCE COULD NOT BE LOOKED AT" in capsys.readouterr().out
    monkeypatch.delenv("AIRFLOW_CONN_OLD")
    assert command("shop")[0] == BLIND
    assert 'Airflow knows no connection "old" (the source)' in capsys.readouterr().err


@pytest.mark.filterwarnings("default")
def test_the_command_finds_the_connections_that_airflow_keeps(command: Any, metadata_database: None) -> None:
    from airflow.models import Connection
    from airflow.utils.session import create_session

    environment = {**os.environ, "PYTHONPATH": str(PROJECT.root / "plugins")}
    kept = [Connection(conn_id=name.lower(), uri=environment.pop(f"AIRFLOW_CONN_{name}")) for name in ("OLD", "NEW")]
    with create_session() as airflow:
        airflow.add_all(kept)
    try:
        asked = [sys.executable, "-m", "airlift", "doctor", "shop"]
        run = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    finally:
        with create_session() as airflow:
            airflow.query(Connection).filter(Connection.conn_id.in_(["old", "new"])).delete()
    assert (run.returncode, run.stdout.partition(":")[0], run.stderr) == (HEALTHY, "HEALTHY", "")
