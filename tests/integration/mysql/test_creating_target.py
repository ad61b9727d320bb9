"""The target's tables on MariaDB, made by tries that die at every definition: the last one finds, or makes, all that is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airlift.databases.mysql.session import Session
from airlift.errors import Refused
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from testbed.dialects import FAILURES
from testbed.driving import Driver
from tests.family import said
from tests.fix_servers import Pair
from tests.integration.mysql.test_making_tables import described, run

PLAIN = "CREATE TABLE plain (id int PRIMARY KEY, n int, KEY by_n (n), UNIQUE KEY one_n (n, id)) COMMENT = 'as it was'"
SHAPED = "CREATE TABLE shaped (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, p int, q int, gone int, KEY by_p (p), KEY by_gone (gone),"
SHAPED += " CONSTRAINT to_plain FOREIGN KEY (p) REFERENCES plain (id) ON DELETE CASCADE)"
OWN = "CREATE TABLE own (id int PRIMARY KEY, label varchar(20) NOT NULL, KEY by_label (label),"
OWN += " UNIQUE KEY label_id (label, id)) COMMENT = 'mine'"
SPEC = {
    "tables": {
        "plain": {}, "shaped": {"to": "shaped_v2", "columns": {"q": {"type": "bigint"}, "gone_too": {"from": "gone"}}}, "own": {},
    }
}  # fmt: skip


SHUT = "SELECT table_name, shut FROM airlift.shop_guard ORDER BY 1"
TRIGGERS = "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()"


class Died(BaseException):
    """The process is gone: nothing of it goes on."""


@pytest.fixture(params=["before", "behind"])
def dying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many definitions a try comes through, and where the next one ends it; a large number is for ever."""
    left = [10_000]
    define = Session.define

    def defined(session: Session, file: str, *arguments: Any, **values: Any) -> None:
        left[0] -= 1
        if left[0] < 0 and request.param == "before":
            raise Died
        define(session, file, *arguments, **values)
        if left[0] < 0:
            raise Died

    monkeypatch.setattr(Session, "define", defined)
    return left


def begun(pair: Pair) -> Driver:
    """A migration that stands before the target's tables."""
    run(pair.source, PLAIN, SHAPED, OWN, "INSERT INTO plain VALUES (1, 2)")
    run(pair.target, OWN)
    driver = Driver(pair.source, pair.target, SPEC)
    driver.run(preflight)
    return driver


def tries(dying: list[int], work: Callable[[], object]) -> int:
    """Let tries die one definition later each, until one comes to its end; how many have died."""
    deaths = 0
    while True:
        dying[0] = deaths
        try:
            work()
        except Died:
            deaths += 1
        else:
            dying[0] = 10_000
            return deaths


def load(driver: Driver) -> None:
    """Bring the rows over, up to the indexes."""
    driver.run(install_triggers, watermark)
    for stream in plan(driver.migration("plan")):
        dump_and_import(driver.migration("dump_and_import"), stream)


def set_aside(pair: Pair) -> dict[str, list[str]]:
    """What the ledger has noted of each table, by the kind."""
    found: dict[str, list[str]] = {}
    for no, kind, name, definition in run(pair.target, "SELECT table_no, kind, name, definition FROM airlift.objects ORDER BY 1, 2, 3"):
        if kind != "before":
            tail = json.loads(definition).get("tail", "")
            found.setdefault(f"{no} {kind}", []).append(f"{name}: {tail}" if tail else name)
    return found


def test_tries_that_die_at_every_definition_leave_what_one_would(mariadb_databases: Pair, dying: list[int]) -> None:
    driver = begun(mariadb_databases)
    target = mariadb_databases.target
    assert tries(dying, lambda: driver.run(create_target)) > 6
    assert "KEY `by_label`" not in described(target, "own")
    assert "COMMENT='mine'" in described(target, "own")
    plain = [
        "  `id` int(11) NOT NULL,", "  `n` int(11) DEFAULT NULL,", "  PRIMARY KEY (`id`)",
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='as it was'",
    ]  # fmt: skip
    shaped = [
        "  `id` int(11) NOT NULL AUTO_INCREMENT,", "  `p` int(11) DEFAULT NULL,", "  `q` bigint(20) DEFAULT NULL,",
        "  `gone_too` int(11) DEFAULT NULL,", "  PRIMARY KEY (`id`)", ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
    ]  # fmt: skip
    assert described(target, "plain").splitlines()[1:] == [said(line) for line in plain]
    assert described(target, "shaped_v2").splitlines()[1:] == [said(line) for line in shaped]
    numbers = dict(run(target, "SELECT JSON_UNQUOTE(JSON_EXTRACT(layout, '$.target[1]')), no FROM airlift.tables"))
    assert set_aside(mariadb_databases) == {
        f"{numbers['own']} index": ["by_label: KEY `by_label` (`label`)", "label_id: UNIQUE KEY `label_id` (`label`,`id`)"],
        f"{numbers['plain']} index": ["by_n: KEY `by_n` (`n`)", "one_n: UNIQUE KEY `one_n` (`n`,`id`)"],
        f"{numbers['shaped_v2']} foreign_key": ["to_plain"],
        f"{numbers['shaped_v2']} index": ["by_gone: KEY `by_gone` (`gone_too`)", "by_p: KEY `by_p` (`p`)"],
    }
    # a table that others may know by now is shut at once, a new one after the load
    assert run(target, SHUT) == [("own", 1)]
    assert run(target, TRIGGERS) == [(3,)]
    load(driver)
    assert tries(dying, lambda: driver.run(build_indexes)) > 3
    assert run(target, SHUT) == [("own", 1), ("plain", 1), ("shaped_v2", 1)]
    assert run(target, TRIGGERS) == [(9,)]
    assert "KEY `by_label`" in described(target, "own")


def test_a_rejected_migration_gives_back_what_it_found(mariadb_databases: Pair) -> None:
    driver = begun(mariadb_databases)
    target = mariadb_databases.target
    before = described(target, "own")
    driver.run(create_target)
    driver.run(clean_up)
    assert described(target, "own") == before
    assert run(target, "SHOW TABLES") == [("own",)]
    assert run(target, TRIGGERS) == [(0,)]
    ours = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'airlift' AND TABLE_NAME LIKE 'shop%'"
    assert run(target, ours) == run(mariadb_databases.source, ours) == []


def test_rows_that_somebody_put_into_an_unfinished_table_stay(mariadb_databases: Pair, dying: list[int]) -> None:
    driver = begun(mariadb_databases)
    dying[0] = 2
    with pytest.raises(Died):
        driver.run(create_target)
    dying[0] = 10_000
    run(mariadb_databases.target, "INSERT INTO plain VALUES (7, 7)")
    with pytest.raises(Refused, match="has rows"):
        driver.run(create_target)
    assert run(mariadb_databases.target, "SELECT * FROM plain") == [(7, 7)]


def test_what_somebody_writes_into_a_new_table_before_it_is_shut_is_found(mariadb_databases: Pair) -> None:
    driver = begun(mariadb_databases)
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "INSERT INTO plain VALUES (5, 5), (6, 6)")
    driver.run(create_target)
    load(driver)
    run(target, "UPDATE plain SET n = 50 WHERE id = 5", "DELETE FROM plain WHERE id = 6", "INSERT INTO plain VALUES (7, 7)")
    driver.run(build_indexes)
    with pytest.raises(FAILURES, match='shut by migration "shop"'):
        run(target, "INSERT INTO plain VALUES (8, 8)")
    driver.catch_up()
    assert [table["differing"] for table in driver.validate()["tables"] if not table["equal"]] == [3]
