"""The doctor and the way back: healthy after a cutover, after a roll back and forward again, each planted fault found and named."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from airlift.ledger import Stage
from airlift.phases.contract import validate as ending
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.cutover import attempt
from airlift.phases.doctor import repair as repairing
from airlift.phases.doctor.doctor import Diagnosis, doctor
from airlift.phases.doctor.judging import findings, way_back
from airlift.phases.doctor.telling import as_json, lines
from airlift.phases.roll_back import validate as after_roll_back
from airlift.phases.roll_back.preflight import ROLL_BACK
from airlift.phases.roll_back.rename_back import rename_back
from airlift.phases.sync.delta_windows import delta_windows
from testbed import dying, router
from testbed.driving import APPROVED, Driver
from testbed.live import RouterSwitch
from tests.faults.test_roll_back_undecided import write_old
from tests.fix_gates import Gate
from tests.integration.test_doctor import GUARDED, KEYS, PATIENT, WAYS, done, look, mend, number_of, state, told
from tests.integration.test_roll_back import left
from tests.small import Service, ask, attempts, execute, session, stage

KEYS_BACK, TRUNCATE_BACK = "airlift_shop_back_keys", "airlift_shop_back_truncate"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for others."""
    monkeypatch.setattr(way_back, "BEHIND_SECONDS", 3600.0)
    monkeypatch.setattr(attempt, "QUIET_WITHIN", 0.5)


def after_cutover(gate: Gate, way: str = "across", path: Path | None = None) -> tuple[Driver, Service]:
    """A migration after its cutover, with something for the windows back to carry."""
    if path:
        router.write(path, {"state": "source", "attempt": None})
    driver = gate(way, switch=RouterSwitch(path=path) if path else None, max_pause=PATIENT)
    service = Service(driver)
    driver.cut_over()
    service.write_back()
    return driver, service


def back(driver: Driver) -> dict[str, Any]:
    """The roll back, as its task runs it."""
    return dict(rename_back(driver.returning().migration("rename_back"), APPROVED, ROLL_BACK))


def rolled_back(driver: Driver, service: Service) -> None:
    """Go on to the end of a roll back; nothing was lost, and the doctor is content."""
    if stage(driver) >= Stage.SWITCHED:
        back(driver)
    driver.returning().run(lambda m: after_roll_back.validate(m, ROLL_BACK))
    service.must_be_whole("children", driver.source)
    found = look(driver)
    assert told(found) == ""
    assert found.verdict.endswith('stands at "views created"; the service runs on the old tables again: it was rolled back.')


def forward_again(driver: Driver, service: Service) -> None:
    """Go forward again after a roll back, up to the end; nothing was lost, and the doctor is content at every step."""
    driver.run(delta_windows)
    assert told(look(driver)) == ""
    driver.validate_again()
    assert told(look(driver)) == ""
    driver.cut_over()
    assert told(look(driver)) == ""
    service.write_back()
    finished(driver, service)


def finished(driver: Driver, service: Service) -> None:
    """Go on to the contract's end; nothing was lost, and nothing of ours is left."""
    driver.run(ending.validate)
    assert told(look(driver)) == ""
    driver.contract()
    service.must_be_whole("children_v2")
    assert told(look(driver)) == ""
    assert left(driver) == []


# ---- healthy


@WAYS
def test_it_is_healthy_back_and_forward_again(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    found = look(driver)
    assert told(found) == ""
    assert found.facts.back is not None
    waiting = {table.layout.source.name: table.waiting_back for table in found.facts.tables}
    for table in found.facts.tables:
        assert ask(driver.target, f"SELECT count(*) FROM airlift.shop_back_{table.layout.no}") == [(table.waiting_back,)]
    assert waiting["children"] == 5
    assert "trigger roll_back_shop: it says what it would do" in found.next[-1]
    driver.run(lambda m: sync_back(m, iter([False, True]).__next__))
    found = look(driver)
    assert told(found) == ""
    assert {table.waiting_back for table in found.facts.tables} == {0}
    service.write_back()
    rolled_back(driver, service)
    assert "clear sync.keep_in_sync and sync.validate with what comes after them" in look(driver).next[-1]
    assert "trigger roll_back_shop once more: before a cutover it abandons" in look(driver).next[-1]
    service.write()
    forward_again(driver, service)


def test_it_is_healthy_where_both_servers_gave_out_the_same_oid(gate: Gate) -> None:
    """Each server counts for itself: an obsolete table on the one may have the number of a new table on the other."""
    driver, _ = after_cutover(gate, "across")
    facts = look(driver).facts
    table, *others = facts.tables
    assert table.new is not None
    assert table.obsolete is not None
    assert facts.source is not None
    was, oid = table.obsolete.oid, table.new.oid
    triggers = [replace(each, oid=oid if each.oid == was else each.oid) for each in facts.source.triggers]
    alike = replace(table, old_oid=oid, obsolete=replace(table.obsolete, oid=oid))
    assert findings(replace(facts, tables=[alike, *others], source=replace(facts.source, triggers=triggers))) == []


@WAYS
def test_it_is_healthy_after_a_second_roll_back_that_abandons(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    rolled_back(driver, service)
    assert driver.returning().run(lambda m: rename_back(m, APPROVED, "abandon")) == {"action": "abandon"}
    found = look(driver)
    assert (found.facts.stage, told(found)) == (Stage.CLEANED_UP, "")
    assert as_json(found)["facts"]["abandoned_by"] == "roll_back__1"
    service.must_be_whole("children", driver.source)
    assert left(driver) == []


@WAYS
def test_it_is_healthy_between_the_steps_of_the_contract(gate: Gate, way: str) -> None:
    driver, _ = after_cutover(gate, way)
    driver.run(ending.validate, drop_views)
    assert told(look(driver)) == ""
    for point in ("clean_up.way_back_closed", "clean_up.triggers_dropped"):
        dying.killed(partial(driver.run, clean_up), point)
        found = look(driver)
        assert (found.facts.stage, told(found)) == (Stage.CONTRACTING, ""), point
    driver.run(clean_up)
    assert told(look(driver)) == ""
    assert left(driver) == []


@WAYS
def test_a_migration_that_is_abandoned_halfway_is_told(gate: Gate, way: str) -> None:
    driver = gate(way)
    dying.killed(lambda: rename_back(driver.returning().migration("rename_back"), APPROVED, "abandon"), "clean_up.triggers_dropped")
    found = look(driver)
    assert told(found) == (
        'Migration "shop" was abandoned by run "roll_back__1", and what is ours is not taken away yet. '
        "If rename_back of roll_back_shop is not at work, clear it."
    )
    assert found.verdict.endswith("the service runs on the old tables, and the migration is abandoned.")
    with session(driver.source, name="airlift shop rename_back"):
        assert told(look(driver)) == ""
    assert driver.returning().run(lambda m: rename_back(m, APPROVED, "abandon")) == {"action": "abandon"}
    assert told(look(driver)) == ""


# ---- each fault is found, is named, and stays as it is until somebody asks

FAULTS: dict[str, tuple[str, str, str]] = {
    "a capture trigger of a new table that is disabled": (
        "target",
        f"ALTER TABLE children_v2 DISABLE TRIGGER {KEYS_BACK}",
        rf'Trigger "{KEYS_BACK}" of table "public\.children_v2" is disabled; .*a roll back refuses.*A roll back then compares all rows',
    ),
    "a capture trigger of a new table that was off for a moment": (
        "target",
        f"ALTER TABLE children_v2 DISABLE TRIGGER {KEYS_BACK}; ALTER TABLE children_v2 ENABLE ALWAYS TRIGGER {KEYS_BACK}",
        r'^Table "public\.children_v2" is not what a roll back rests on any more: our triggers on the target were changed',
    ),
    "a new table that was rewritten": (
        "target",
        "VACUUM FULL children_v2",
        r'^Table "public\.children_v2" is not what a roll back rests on any more: a table of the target was rewritten[^\n]*$',
    ),
    "a column that a new table gained": (
        "target",
        "ALTER TABLE children_v2 ADD COLUMN more int",
        r'^Table "public\.children_v2" is not what a roll back rests on any more: columns of a table of the target were added',
    ),
    "a log of the way back that is gone": (
        "target",
        "DROP TABLE airlift.shop_back_{children}",
        r'The change log of table "public\.children_v2" is gone and its triggers are there: every write of that table fails.*DROP',
    ),
    "a heartbeat of the way back that is gone": (
        "target",
        "DROP TABLE airlift.shop_heartbeat_back",
        r'^Table "airlift\.shop_heartbeat_back" on the target is gone; no window can be carried back\. .*there is no way back[^\n]*$',
    ),
    "a way back that is gone": (
        "source",
        "DROP TABLE airlift.shop_way_back",
        r'^Table "airlift\.shop_way_back" on the source is gone: how far the way back has come is not known[^\n]*$',
    ),
    "a way back without its row": ("source", "DELETE FROM airlift.shop_way_back", r'^Table "airlift\.shop_way_back" .*has lost its row'),
    "verdicts of the way back that are gone": (
        "source",
        "DROP TABLE airlift.shop_unreturned_{children}",
        r'^Table "airlift\.shop_unreturned_\d" on the source is gone; no window can be carried back',
    ),
    "keys that differ after they came back": (
        "source",
        "INSERT INTO airlift.shop_unreturned_{children} SELECT id, true FROM children_obsolete LIMIT 3",
        r'^Table "public\.children_obsolete" has 3 keys whose rows differ from the new table\'s.*"airlift\.shop_unreturned_\d"',
    ),
    "a position of the way back before the pruning": (
        "target",
        'UPDATE airlift.shop_heartbeat_back SET pruned_to = \'{{"snapshot": "99999999:99999999:", "started": "x"}}\'',
        r"^The change logs on the target were pruned beyond the way back's position: the source is older",
    ),
    "a restart of the target since the cutover": (
        "source",
        "UPDATE airlift.shop_way_back SET premises = jsonb_set(premises, '{{started}}', '\"long ago\"')",
        r"^The target was restarted since the cutover.*A roll back compares all rows first",
    ),
    "an old table that was dropped": (
        "source",
        "DROP TABLE notes_obsolete",
        r'^The old table "public\.notes_obsolete" is gone on the source: there is no way back any more\. Restore it with all its rows',
    ),
    "a capture trigger of an old table that is gone": (
        "source",
        f"DROP TRIGGER {KEYS} ON children_obsolete",
        r'^The capture triggers of table "public\.children" are not all there .*A roll back works without them.*roll_back_shop twice',
    ),
    "a capture trigger of an old table that is disabled": (
        "source",
        f"ALTER TABLE children_obsolete DISABLE TRIGGER {KEYS}",
        rf'^Trigger "{KEYS}" of table "public\.children" is disabled; .*ALTER TABLE public.children_obsolete ENABLE ALWAYS TRIGGER',
    ),
    "a log of an old table that is gone": (
        "source",
        "DROP TABLE airlift.shop_log_{children}",
        r'^The change log of table "public\.children" is gone and its triggers are there: every write .*and no window comes back',
    ),
    "a guard on a new table": (
        "target",
        f"CREATE TRIGGER {GUARDED} BEFORE DELETE ON children_v2 FOR EACH STATEMENT EXECUTE FUNCTION airlift.shop_guard()",
        rf'Trigger "{GUARDED}" of table "public\.children_v2" .*should not be there at the stage "settled".*It keeps the service out',
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_planted_fault_is_found_and_left_as_it_is(gate: Gate, what: str) -> None:
    side, statements, words = FAULTS[what]
    driver, _ = after_cutover(gate)
    driver.run(lambda m: sync_back(m, iter([False, True]).__next__))
    for statement in statements.format(children=number_of(driver, "children")).split(";"):
        execute(getattr(driver, side), statement)
    found = look(driver)
    assert re.search(words, told(found), re.MULTILINE), told(found)
    assert not any(finding.is_repairable for finding in found.findings), told(found)
    before = state(driver)
    assert mend(driver).deeds == []
    assert state(driver) == before


def test_a_guard_on_an_old_table_that_has_the_service_is_found(gate: Gate) -> None:
    driver, service = after_cutover(gate)
    rolled_back(driver, service)
    made = f"CREATE TRIGGER {GUARDED} BEFORE DELETE ON children FOR EACH STATEMENT EXECUTE FUNCTION airlift.shop_guard()"
    execute(driver.source, made)
    assert re.search(rf'Trigger "{GUARDED}" of table "public\.children" on old .*It keeps the service out', told(mend(driver)))


@WAYS
def test_what_the_way_back_needs_is_missed_already_before_the_cutover(gate: Gate, way: str) -> None:
    driver = gate(way)
    execute(driver.target, f"ALTER TABLE children_v2 DISABLE TRIGGER {KEYS_BACK}")
    words = told(look(driver))
    assert 'The triggers that note early writes of "public.children_v2" are not all there and enabled' in words
    assert "where it is not open, trigger roll_back_shop, which leaves the source as it was" in words


def test_a_way_back_that_stands_still_is_told_with_its_reason(gate: Gate) -> None:
    driver, _ = after_cutover(gate)
    execute(driver.source, "ALTER TABLE children_obsolete ADD CONSTRAINT small CHECK (amount < 1000000)")
    execute(driver.target, "UPDATE children_v2 SET amount = 2000000 WHERE id = 5")
    driver.run(lambda m: sync_back(m, iter([False, True]).__next__))
    found = look(driver)
    assert re.search(r"^The way back stands still: .*small.*Mend that row on the new side", told(found))
    assert "STANDS STILL" in "\n".join(lines(found))
    execute(driver.target, "UPDATE children_v2 SET amount = 3 WHERE id = 5")
    driver.run(lambda m: sync_back(m, iter([False, True]).__next__))
    back(driver)
    assert told(look(driver)) == ""


def test_nobody_who_carries_back_is_told(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _ = after_cutover(gate)
    monkeypatch.setattr(way_back, "BEHIND_SECONDS", 0.0)
    assert re.search(
        r"ahead of the old tables with \d+ changes, and nobody carries them back. Clear contract\.sync_back", told(look(driver))
    )
    with session(driver.source, name="airlift shop contract.sync_back"):
        assert told(look(driver)) == ""


def test_nobody_who_carries_after_a_roll_back_is_told(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, service = after_cutover(gate)
    rolled_back(driver, service)
    service.write()
    monkeypatch.setattr(way_back, "BEHIND_SECONDS", 0.0)
    words = told(look(driver))
    assert re.search(r"nobody carries them. Clear sync\.keep_in_sync: .*Or trigger roll_back_shop", words), words


def test_services_that_were_not_moved_back_are_told(gate: Gate, tmp_path: Path) -> None:
    driver, service = after_cutover(gate, path=tmp_path / "route.json")
    dying.killed(partial(back, driver), "cutover.noted")
    assert stage(driver) == Stage.VIEWS_CREATED
    found = look(driver)
    assert told(found) == ""
    assert "Next: the rest of rename_back in roll_back_shop" in found.next[-1]
    execute(driver.target, "UPDATE airlift.migrations SET stage_at = stage_at - interval '5 minutes'")
    assert "was handed back" in told(look(driver))
    back(driver)
    rolled_back(driver, service)


# ---- the guard of the obsolete tables, and the capture of the new ones


@pytest.mark.parametrize("harm", [f"DROP TRIGGER {GUARDED} ON", f"ALTER TABLE {{}} DISABLE TRIGGER {GUARDED}"])
@WAYS
def test_a_guard_of_an_old_table_that_is_gone_is_put_back(gate: Gate, way: str, harm: str) -> None:
    driver, service = after_cutover(gate, way)
    statement = harm.format("children_obsolete") if "{}" in harm else f"{harm} children_obsolete"
    execute(driver.source, f"{statement}; UPDATE children_obsolete SET body = 'astray' WHERE id = 17")
    found = look(driver)
    assert 'The guard of table "public.children_obsolete" is missing or disabled: at this stage others may write' in told(found)
    assert [finding.is_repairable for finding in found.findings] == [True]
    found = mend(driver)
    assert done(found) == ['Table "public.children_obsolete" is shut again to all others; its rows are compared anew before a roll back']
    assert "not what a roll back rests on any more: the guard on an obsolete table" in told(found)
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.source, "UPDATE children_obsolete SET body = 'more' WHERE id = 17")
    service.write_back()
    rolled_back(driver, service)
    forward_again(driver, service)


def test_an_old_table_is_not_shut_when_a_roll_back_opened_it_meanwhile(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    driver, _ = after_cutover(gate)
    execute(driver.source, f"DROP TRIGGER {GUARDED} ON children_obsolete")
    facts = doctor(driver.migration("doctor")).facts
    execute(driver.target, "UPDATE airlift.migrations SET stage = 135")
    monkeypatch.setattr(repairing, "doctor", lambda m: Diagnosis(facts, findings(facts), []))
    assert [(deed.is_done, deed.words[:31]) for deed in mend(driver).deeds] == [(False, "The migration went on meanwhile")]
    execute(driver.source, "UPDATE children_obsolete SET body = body")


@WAYS
def test_capture_of_a_new_table_that_is_gone_is_put_back(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    execute(driver.target, f"DROP TRIGGER {KEYS_BACK} ON children_v2")
    service.write_back()
    found = look(driver)
    assert f'The capture triggers of table "public.children_v2" are not all there ("{TRUNCATE_BACK}" of 2)' in told(found)
    found = mend(driver)
    assert done(found) == ['Changes of table "public.children_v2" are noted again; all rows are compared before a roll back']
    assert "not what a roll back rests on any more: our triggers on the target" in told(found)
    service.write_back()
    rolled_back(driver, service)
    forward_again(driver, service)


@WAYS
def test_capture_that_is_put_back_lets_the_contract_go_on(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    execute(driver.target, f"DROP TRIGGER {KEYS_BACK} ON children_v2; DROP TRIGGER {TRUNCATE_BACK} ON children_v2")
    service.write_back()
    assert len(done(mend(driver))) == 1
    finished(driver, service)


# ---- attempts


@WAYS
def test_a_dead_attempt_at_a_roll_back_is_found_and_given_up(gate: Gate, tmp_path: Path, way: str) -> None:
    path = tmp_path / "route.json"
    driver, service = after_cutover(gate, way, path if way == "across" else None)
    dying.killed(partial(back, driver), "cutover.locked")
    assert "Attempt 2 was begun and its process is gone" in told(look(driver))
    assert "Clear rename_back in roll_back_shop" in told(look(driver))
    with session(driver.source, name="airlift shop rename_back"):
        assert told(look(driver)) == ""
        assert mend(driver).deeds == []
    found = mend(driver)
    assert done(found) == ["Attempt 2 is given up, and services that it held were told to go on at the target"]
    assert told(found) == ""
    assert [each for each, _ in attempts(driver)] == ["switched", "given up"]
    if way == "across":
        assert router.read(path) == {"state": "target", "attempt": "shop-2"}
    rolled_back(driver, service)


UNDECIDED = [
    ("across", "roll_back.announcing"), ("across", "cutover.announced"), ("across", "cutover.deciding"), ("in place", "cutover.announced"),
    ("in place", "cutover.deciding"),
]  # fmt: skip


@pytest.mark.parametrize(("way", "point"), UNDECIDED)
def test_an_undecided_roll_back_is_found_and_the_old_tables_are_shut(gate: Gate, tmp_path: Path, way: str, point: str) -> None:
    path = tmp_path / "route.json"
    driver, service = after_cutover(gate, way, path if way == "across" else None)
    dying.killed(partial(back, driver), point)
    found = look(driver)
    is_open = way == "across" and point != "roll_back.announcing"
    open_ = ", and the old ones are open" if is_open else ""
    assert told(found) == (
        f"Attempt 2 was announced and not decided before its process died: the new tables have the service{open_}. "
        "Clear rename_back in roll_back_shop: it looks who has the service and goes on from there; or have it given up from here."
    )
    assert found.verdict.endswith("the new tables are not shut: the service belongs on the new tables.")
    assert stage(driver) == Stage.ROLLING_BACK
    found = mend(driver)
    assert "it is given up. The service runs on the new tables. Clear rename_back in roll_back_shop" in "".join(done(found))
    assert stage(driver) == Stage.SETTLED
    # the guard of the old tables is another one than at the cutover, where they were open
    assert all("the guard on an obsolete table" in str(each) for each in found.findings)
    assert bool(found.findings) == is_open
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.source, "UPDATE children_obsolete SET body = 'astray' WHERE id = 17")
    if way == "across":
        assert router.read(path) == {"state": "target", "attempt": "shop-2"}
    service.write_back()
    rolled_back(driver, service)


@WAYS
def test_a_roll_back_that_the_ledger_does_not_know_is_found_and_noted(gate: Gate, tmp_path: Path, way: str) -> None:
    path = tmp_path / "route.json"
    driver, service = after_cutover(gate, way, path if way == "across" else None)
    dying.killed(partial(back, driver), "cutover.decided")
    found = look(driver)
    assert "Attempt 2 was decided before its process died: the new tables are shut" in told(found)
    assert len(found.findings) == 1
    assert found.verdict.endswith("the new tables are shut: the service belongs on the old tables.")
    assert done(mend(driver)) == [
        "The last attempt was decided, which is noted now. Clear rename_back in roll_back_shop: it moves the services and goes on"
    ]
    assert stage(driver) == Stage.VIEWS_CREATED
    back(driver)
    if way == "across":
        assert router.read(path) == {"state": "source", "attempt": "shop-2"}
    rolled_back(driver, service)
    forward_again(driver, service)


def test_a_write_on_the_open_old_tables_is_for_a_person_and_they_are_shut(gate: Gate) -> None:
    driver, service = after_cutover(gate)
    dying.killed(partial(back, driver), "cutover.announced")
    number = number_of(driver, "children")
    write_old(driver.source)
    assert re.search(rf'meanwhile somebody wrote the old ones.*the keys are in "airlift\.shop_log_{number}"', told(look(driver)))
    found = mend(driver)
    assert [deed.is_done for deed in found.deeds] == [False]
    assert "decide whose rows are right" in found.deeds[0].words
    assert stage(driver) == Stage.ROLLING_BACK
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.source, "UPDATE children_obsolete SET body = 'more' WHERE id = 18")
    # the person mends the row and says so; then it may be brought to its end from here too
    changed = f"UPDATE children_obsolete SET body = '{service.rows[17][1]}' WHERE id = 17; TRUNCATE airlift.shop_log_{number}"
    execute(driver.source, f"SET airlift.applying = 'on'; {changed}")
    assert done(mend(driver))
    rolled_back(driver, service)


def test_a_roll_back_that_may_still_decide_is_left_alone(gate: Gate) -> None:
    driver, service = after_cutover(gate)
    with dying.frozen(partial(back, driver), "cutover.deciding"):
        assert "Attempt 2 is deciding right now: its process is still connected" in told(look(driver))
        assert mend(driver).deeds == []
    assert done(mend(driver))
    rolled_back(driver, service)


def test_new_tables_that_are_shut_in_part_are_for_a_person(gate: Gate) -> None:
    driver, _ = after_cutover(gate)
    dying.killed(partial(back, driver), "cutover.announced")
    made = f"CREATE TRIGGER {GUARDED} BEFORE DELETE ON children_v2 FOR EACH STATEMENT EXECUTE FUNCTION airlift.shop_guard()"
    execute(driver.target, made)
    found = mend(driver)
    assert found.deeds == []
    assert "left only some of the new tables shut, which no commit of ours does" in told(found)
    assert found.verdict.endswith("who owns the service is not clear.")


# ---- leftovers


MAKE = "CREATE SCHEMA IF NOT EXISTS airlift; CREATE TABLE airlift.shop_"
LEFT: dict[str, tuple[str, str]] = {
    "a log of the way back": ("target", f"{MAKE}back_2 (id int); INSERT INTO airlift.shop_back_2 VALUES (1)"),
    "a heartbeat of the way back": ("target", f"{MAKE}heartbeat_back (id int)"),
    "the way back": ("source", f"{MAKE}way_back AS SELECT 1 AS one, 'x' AS at, 'x' AS position, '{{}}'::jsonb AS premises, 1 AS attempt"),
    "its verdicts": ("source", f"{MAKE}unreturned_2 (id int)"),
}


@WAYS
@pytest.mark.parametrize("what", LEFT)
def test_what_is_left_of_the_way_back_after_clean_up_is_dropped(gate: Gate, way: str, what: str) -> None:
    driver, _ = after_cutover(gate, way)
    driver.contract()
    side, statements = LEFT[what]
    execute(getattr(driver, side), statements)
    found = look(driver)
    assert [finding.is_repairable for finding in found.findings] == [True]
    assert "was left behind by a migration that is cleaned up" in told(found)
    assert len(done(found := mend(driver))) == 1
    assert told(found) == ""


def test_a_guard_left_on_an_old_table_after_clean_up_is_dropped(gate: Gate) -> None:
    driver, _ = after_cutover(gate)
    dying.killed(lambda: driver.run(drop_views, clean_up), "clean_up.way_back_closed")
    execute(driver.target, "UPDATE airlift.migrations SET stage = 150")
    found = mend(driver)
    assert any(f'Trigger "{GUARDED}" of table "public.children_obsolete" on old is dropped' == words for words in done(found))
    assert told(found) == ""
    assert left(driver) == []


@WAYS
def test_without_a_ledger_how_far_the_way_back_is_stays(gate: Gate, way: str) -> None:
    driver, service = after_cutover(gate, way)
    execute(driver.target, "DELETE FROM airlift.migrations")
    logged = ask(driver.target, f"SELECT count(*) FROM airlift.shop_back_{number_of_log(driver)}")
    found = mend(driver)
    assert "It may hold the only record of how far the way back is" in told(found)
    assert ask(driver.source, "SELECT premises IS NOT NULL FROM airlift.shop_way_back") == [(True,)]
    assert ask(driver.target, f"SELECT count(*) FROM airlift.shop_back_{number_of_log(driver)}") == logged
    service.write_back()
    with pytest.raises(psycopg2.errors.ObjectNotInPrerequisiteState):
        execute(driver.source, "DELETE FROM children_obsolete")


def number_of_log(driver: Driver) -> int:
    """The number of the table children."""
    return number_of(driver, "children")


def test_a_prepared_transaction_that_a_roll_back_waits_for_is_found(gate: Gate) -> None:
    driver, _ = after_cutover(gate)
    execute(driver.target, "BEGIN; UPDATE children_v2 SET body = body WHERE id = 20; PREPARE TRANSACTION 'half'")
    try:
        assert 'Prepared transaction "half" waits on the target' in told(look(driver))
    finally:
        execute(driver.target, "ROLLBACK PREPARED 'half'")
