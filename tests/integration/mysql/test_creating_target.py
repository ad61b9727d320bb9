"""The target's tables on MariaDB, made by tries that die at every definition: the last one finds, or makes, all that is wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airlift.databases.mysql.session import Session
from airlift.errors import Refused
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.preflight import preflight
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
    deaths = 0
    while True:
        dying[0] = deaths
        try:
            driver.run(create_target)
            break
        except Died:
            deaths += 1
    assert deaths > 10
    dying[0] = 10_000
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
    assert run(target, "SELECT table_name, shut FROM airlift.shop_guard ORDER BY 1") == [("own", 1), ("plain", 1), ("shaped_v2", 1)]
    assert run(target, "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()") == [(9,)]


def test_a_rejected_migration_gives_back_what_it_found(mariadb_databases: Pair) -> None:
    driver = begun(mariadb_databases)
    target = mariadb_databases.target
    before = described(target, "own")
    driver.run(create_target)
    driver.run(clean_up)
    assert described(target, "own") == before
    assert run(target, "SHOW TABLES") == [("own",)]
    assert run(target, "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()") == [(0,)]
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
