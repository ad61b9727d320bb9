"""What preflight refuses in the tables, columns, names and references of a migration: all of it in one answer.

Each group is one pair of databases with many faults; preflight is asked once, and every fault must be in the one answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from testbed.driving import Driver
from testbed.servers import Server
from tests.examining import one, refusals, run
from tests.fix_servers import Pair

LONG = "l" * 63


class Fault(NamedTuple):
    """Something that is refused: how it is made, what the spec says of the table, and how the sentence goes."""

    sentence: str
    source: str = ""
    target: str = ""
    tables: Mapping[str, Any] = MappingProxyType({})
    by_admin: str = ""


KINDS = [
    Fault(r'Table "public.parted" is partitioned.* Leave it out', "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)"),
    Fault(r'Table "public.part" is a partition', "CREATE TABLE part PARTITION OF parted DEFAULT"),
    Fault(r'Table "public.ancestor" takes part in table inheritance', "CREATE TABLE ancestor (id int PRIMARY KEY)"),
    Fault(r'Table "public.heir" takes part', "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (ancestor)"),
    Fault(r'Table "public.careless" is unlogged', "CREATE UNLOGGED TABLE careless (id int PRIMARY KEY)"),
    Fault(r'Table "public.typed" is a typed table', "CREATE TYPE form AS (id int); CREATE TABLE typed OF form (PRIMARY KEY (id))"),
    Fault(r'Table "public.seen" is a view', "CREATE VIEW seen AS SELECT 1 AS id", tables={"seen": {}}),
    Fault(r'Table "public.kept" is a materialized view', "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS id", tables={"kept": {}}),
    Fault(
        r'Table "public.abroad" is a foreign table',
        tables={"abroad": {}},
        by_admin="CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;"
        "CREATE FOREIGN TABLE abroad (id int) SERVER far",
    ),
    Fault(
        r'Table "public.of_an_extension" belongs to extension "postgres_fdw"',
        by_admin="CREATE TABLE of_an_extension (id int PRIMARY KEY); ALTER TABLE of_an_extension OWNER TO airlift_owner;"
        "ALTER EXTENSION postgres_fdw ADD TABLE of_an_extension",
    ),
    Fault(
        r'Table "public.secret" has row security.* Leave it out',
        "CREATE TABLE secret (id int PRIMARY KEY); ALTER TABLE secret ENABLE ROW LEVEL SECURITY",
    ),
    Fault(
        r'Table "public.of_the_admin" belongs to role "airlift_admin", .* Make role "airlift_owner" a member',
        by_admin="CREATE TABLE of_the_admin (id int PRIMARY KEY)",
    ),
    Fault(
        r"Spec key `tables`: there is no table `ordrs`.* Did you mean `orders`",
        "CREATE TABLE orders (id int PRIMARY KEY)",
        tables={"ordrs": {}},
    ),
    # keys
    Fault(r'Table "public.keyless" has neither a primary key nor a unique key.* Add a primary key', "CREATE TABLE keyless (id int)"),
    Fault(r'Table "public.nullable" has neither', "CREATE TABLE nullable (id int UNIQUE)"),
    Fault(r'Table "public.partial" has neither', "CREATE TABLE partial (id int NOT NULL);CREATE UNIQUE INDEX ON partial (id) WHERE id > 0"),
    Fault(r'Table "public.computed" has neither', "CREATE TABLE computed (id int NOT NULL); CREATE UNIQUE INDEX ON computed (abs(id))"),
    Fault(r'Table "public.late" has neither', "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE)"),
    Fault(
        r'Key column "nope" of table "public.wrong_key" does not exist. Correct `key`',
        "CREATE TABLE wrong_key (id int PRIMARY KEY)",
        tables={"wrong_key": {"key": ["nope"]}},
    ),
    Fault(
        r'Table "public.unkeyed" has no unique index on exactly "b".* Create such an index',
        "CREATE TABLE unkeyed (a int PRIMARY KEY, b int NOT NULL)",
        tables={"unkeyed": {"key": ["b"]}},
    ),
]
TARGETS = [
    Fault(
        r'Target table "public.filled" has rows, .* Empty it',
        "CREATE TABLE filled (id int PRIMARY KEY)",
        "CREATE TABLE filled (id int PRIMARY KEY); INSERT INTO filled VALUES (1)",
    ),
    Fault(
        r'"public.shown" on target "new" is a view, not a table. Name another',
        "CREATE TABLE shown (id int PRIMARY KEY)",
        "CREATE VIEW shown AS SELECT 1 AS id",
    ),
    Fault(r'"public.counted" on target "new" is a sequence', "CREATE TABLE counted (id int PRIMARY KEY)", "CREATE SEQUENCE counted"),
    Fault(
        r'Target table "public.hidden" has row security',
        "CREATE TABLE hidden (id int PRIMARY KEY)",
        "CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
    ),
    Fault(
        r'Target table "public.ruled" has rules',
        "CREATE TABLE ruled (id int PRIMARY KEY)",
        "CREATE TABLE ruled (id int PRIMARY KEY); CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING",
    ),
    Fault(
        r'Trigger "t" of target table "public.triggered" would fire for every row.* Disable it',
        "CREATE TABLE triggered (id int PRIMARY KEY)",
        "CREATE TABLE triggered (id int PRIMARY KEY);"
        "CREATE TRIGGER t BEFORE UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    Fault(
        r'Target table "public.loose" has no unique index on exactly "id".* Add it',
        "CREATE TABLE loose (id int PRIMARY KEY)",
        "CREATE TABLE loose (id int)",
    ),
    Fault(
        r'Foreign key "child_id_fkey" of table "public.child" references target table "public.needed"',
        "CREATE TABLE needed (id int PRIMARY KEY)",
        "CREATE TABLE needed (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES needed)",
    ),
    Fault(
        r'Column "lost" of table "public.narrow" has no place in target table "public.narrow". Add it there',
        "CREATE TABLE narrow (id int PRIMARY KEY, lost int, adrift int)",
        "CREATE TABLE narrow (id int PRIMARY KEY)",
    ),
    Fault(r'Column "adrift" of table "public.narrow" has no place'),
    Fault(
        r'Column "own" of new table "public.wide" is NOT NULL without a default, .* Give it a DEFAULT',
        "CREATE TABLE wide (id int PRIMARY KEY)",
        "CREATE TABLE wide (id int PRIMARY KEY, own int NOT NULL)",
    ),
    Fault(
        r'Column "gone" of target table "public.plain" does not exist there',
        "CREATE TABLE plain (id int PRIMARY KEY, a int)",
        "CREATE TABLE plain (id int PRIMARY KEY, a int)",
        {"plain": {"columns": {"gone": {"add": "int"}}}},
    ),
    Fault(
        r'Column "a" of new table "public.cast" can\'t be filled by the source: cannot cast type boolean to date',
        'CREATE TABLE "cast" (id int PRIMARY KEY, a bool)',
        'CREATE TABLE "cast" (id int PRIMARY KEY, a date)',
    ),
    Fault(
        r'Schema "nowhere" does not exist on target "new". Create it there',
        "CREATE TABLE homeless (id int PRIMARY KEY)",
        tables={"homeless": {"to": "nowhere.homeless"}},
    ),
    Fault(
        r'Schema "airlift" holds our own objects',
        "CREATE TABLE intruder (id int PRIMARY KEY)",
        tables={"intruder": {"to": "airlift.intruder"}},
    ),
    Fault(
        r'Publication "of_one" publishes target table "public.published"',
        "CREATE TABLE published (id int PRIMARY KEY)",
        "CREATE TABLE published (id int PRIMARY KEY); CREATE PUBLICATION of_one FOR TABLE published",
    ),
    Fault(r'New table "public.with_domain" can\'t be made for table "public.with_domain": type "public.percent" does not exist'),
    Fault(r'New table "public.with_pairs" can\'t be made .*: type "public.pair\[\]" does not exist'),
    # types
    Fault(
        r'Domain "public.percent" does not exist on target "new". Create it there',
        "CREATE DOMAIN percent AS int CHECK (value < 101); CREATE TABLE with_domain (id int PRIMARY KEY, p percent)",
    ),
    Fault(
        r'Composite type "public.pair" does not exist',
        "CREATE TYPE pair AS (a int, b int);CREATE TABLE with_pairs (id int PRIMARY KEY, p pair[])",
    ),
    Fault(
        r"Enum \"public.mood\" is enum \('sad'\) on target \"new\", but enum \('sad', 'ok'\) on the source. Make the two alike",
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE with_mood (id int PRIMARY KEY, m mood)",
        "CREATE TYPE mood AS ENUM ('sad')",
    ),
]
COLUMNS = [
    Fault(
        r'Column "b" of new table "public.c1" is made from "amuont", which table "public.c1" does not have. Perhaps "amount" is meant',
        "CREATE TABLE c1 (id int PRIMARY KEY, amount int)",
        tables={"c1": {"columns": {"b": {"from": "amuont"}}}},
    ),
    Fault(
        r'Column "nope" of table "public.c2" does not exist and can\'t be dropped. Its columns are "id"',
        "CREATE TABLE c2 (id int PRIMARY KEY)",
        tables={"c2": {"drop": ["nope"]}},
    ),
    Fault(
        r'Column "b" of new table "public.c3" has a type, but .* Give it `from`, `using` or `add`',
        "CREATE TABLE c3 (id int PRIMARY KEY)",
        tables={"c3": {"columns": {"b": {"type": "int"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c4" is not accepted by the target: type "nonsense" does not exist. Correct',
        "CREATE TABLE c4 (id int PRIMARY KEY)",
        tables={"c4": {"columns": {"b": {"add": "nonsense NOT NULL"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c5" is not accepted by the target: syntax error',
        "CREATE TABLE c5 (id int PRIMARY KEY)",
        tables={"c5": {"columns": {"b": {"add": "int DEFAULT DEFAULT"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c6" can\'t be filled by the source: column "amuont" does not exist. Correct its `using`',
        "CREATE TABLE c6 (id int PRIMARY KEY, amount int)",
        tables={"c6": {"columns": {"b": {"type": "int", "using": "amuont + 5 % 3"}, "ok": {"type": "int", "using": "amount % 3"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c7" can\'t be filled by the source: cannot cast type integer to date',
        "CREATE TABLE c7 (id int PRIMARY KEY, a int)",
        tables={"c7": {"columns": {"b": {"type": "date", "using": "a"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c8n" is not accepted by the target: column "missing" does not exist',
        "CREATE TABLE c8 (id int PRIMARY KEY, a int)",
        tables={"c8": {"to": "c8n", "columns": {"b": {"type": "int", "using": "a", "back": "missing"}}}},
    ),
    Fault(
        r'Column "b" of new table "public.c9" is NOT NULL without a default, and nothing fills it. Give it a DEFAULT',
        "CREATE TABLE c9 (id int PRIMARY KEY)",
        tables={"c9": {"columns": {"b": {"add": "int NOT NULL"}}}},
    ),
    Fault(
        r'Column "a" of new table "public.c10" can\'t be filled by the source: cannot cast type integer to date',
        "CREATE TABLE c10 (id int PRIMARY KEY, a int)",
        tables={"c10": {"columns": {"a": {"type": "date"}}}},
    ),
    Fault(
        r'New table "public.c11" can\'t be made for table "public.c11": Key column "id" .* is not carried',
        "CREATE TABLE c11 (id int PRIMARY KEY, a int)",
        tables={"c11": {"columns": {"n": {"type": "text", "using": "id::text"}}, "drop": ["id"]}},
    ),
    Fault(
        r'New table "public.c12" can\'t be made for table "public.c12": function public.is_fine\(integer\) does not exist',
        "CREATE FUNCTION is_fine(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';"
        "CREATE TABLE c12 (id int PRIMARY KEY CHECK (is_fine(id)))",
    ),
    # names
    Fault(rf'Name "public.{LONG}_obsolete" has 72 bytes of 63 at most; the old table', f"CREATE TABLE {LONG} (id int PRIMARY KEY)"),
    Fault(
        r'Name "public.n{64}" has 64 bytes of 63 at most; the new table .* Choose a shorter name with `to`',
        "CREATE TABLE n1 (id int PRIMARY KEY)",
        tables={"n1": {"to": "n" * 64}},
    ),
    Fault(
        r'Column "n{64}" of new table "public.n2" has a name of 64 bytes',
        "CREATE TABLE n2 (id int PRIMARY KEY)",
        tables={"n2": {"columns": {"n" * 64: {"add": "int"}}}},
    ),
    Fault(
        r'Name "public.n3_obsolete" is taken on source "old" by table "public.n3_obsolete"; the old table "public.n3" gets it',
        "CREATE TABLE n3 (id int PRIMARY KEY); CREATE TABLE n3_obsolete (id int PRIMARY KEY)",
        tables={"n3_obsolete": {"skip": True}},
    ),
    Fault(
        r'Name "public.n4" is taken on target "new" by view "public.n4"; the compatibility view',
        "CREATE TABLE n4 (id int PRIMARY KEY)",
        "CREATE VIEW n4 AS SELECT 1",
        {"n4": {"to": "n4_v2"}},
    ),
    Fault(
        r'Name "public.n5" is taken on target "new" by type "public.n5"; the new table',
        "CREATE TABLE n5 (id int PRIMARY KEY)",
        "CREATE DOMAIN n5 AS int",
    ),
    Fault(
        r'Name "public.n6" is needed twice: .*table "public.n7".* with `to`',
        "CREATE TABLE n6 (id int PRIMARY KEY); CREATE TABLE n7 (id int PRIMARY KEY)",
        tables={"n6": {"to": "n8"}, "n7": {"to": "n6"}},
    ),
    # references
    Fault(
        r'Foreign key "r1_id_fkey" of table "public.r1" references table "public.stays", which does not move with it. Move that',
        "CREATE TABLE stays (id int PRIMARY KEY);CREATE TABLE r1 (id int PRIMARY KEY REFERENCES stays)",
        tables={"stays": {"skip": True}},
    ),
    Fault(
        r'Foreign key "r3_id_fkey" of table "public.r3" references table "public.r2", which moves to another server',
        "CREATE TABLE r2 (id int PRIMARY KEY); CREATE TABLE r3 (id int PRIMARY KEY REFERENCES r2)",
        tables={"r3": {"skip": True}},
    ),
    Fault(
        r'Foreign key "r5_id_fkey" of table "public.r5" needs column "code" of table "public.r4", which is not carried',
        "CREATE TABLE r4 (id int PRIMARY KEY, code int UNIQUE); CREATE TABLE r5 (id int PRIMARY KEY REFERENCES r4 (code))",
        tables={"r4": {"drop": ["code"]}},
    ),
    Fault(
        r'Foreign key "r7_id_fkey" of table "public.r7" would compare column "id" of type integer with "id" of type text',
        "CREATE TABLE r6 (id int PRIMARY KEY); CREATE TABLE r7 (id int PRIMARY KEY REFERENCES r6)",
        tables={"r6": {"columns": {"id": {"type": "text"}}}},
    ),
    # dependents
    Fault(
        r'View "public.d1_seen" depends on table "public.d1" and would go on with the old one.* Drop it, and make it again',
        "CREATE TABLE d1 (id int PRIMARY KEY, a int); CREATE VIEW d1_seen AS SELECT a FROM d1",
    ),
    Fault(r'Materialized view "public.d1_kept" depends on table "public.d1"', "CREATE MATERIALIZED VIEW d1_kept AS SELECT a FROM d1"),
    Fault(
        r'Function "public.d1_count\(\)" depends on table "public.d1"',
        "CREATE FUNCTION d1_count() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM d1; END",
    ),
    Fault(r'Function "public.d1_rows\(\)" depends on', "CREATE FUNCTION d1_rows() RETURNS SETOF d1 LANGUAGE sql AS 'SELECT * FROM d1'"),
    Fault(
        r'Table column "public.d2.d1" depends on table "public.d1"',
        "CREATE TABLE d2 (id int PRIMARY KEY, d1 d1)",
        tables={"d2": {"skip": True}},
    ),
    Fault(
        r'Policy "p on public.d3" depends on table "public.d1"',
        "CREATE TABLE d3 (id int PRIMARY KEY); CREATE POLICY p ON d3 USING (EXISTS (SELECT FROM d1))",
        tables={"d3": {"skip": True}},
    ),
    Fault(
        r'Rule "r on public.d4" depends on table "public.d4"',
        "CREATE TABLE d4 (id int PRIMARY KEY); CREATE RULE r AS ON DELETE TO d4 DO INSTEAD NOTHING",
    ),
    Fault(
        r'Trigger "t" of table "public.d5" would be missing on the new table.* yourself',
        "CREATE TABLE d5 (id int PRIMARY KEY);"
        "CREATE TRIGGER t BEFORE UPDATE ON d5 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    Fault(
        r'Trigger "airlift_other_log_keys" of table "public.d6" belongs to migration "other".* End that migration first',
        "CREATE TABLE d6 (id int PRIMARY KEY); CREATE TRIGGER airlift_other_log_keys"
        " BEFORE UPDATE ON d6 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    Fault(
        r'Trigger "airlift_shop_log_truncate" of table "public.d7" was left by an earlier run',
        "CREATE TABLE d7 (id int PRIMARY KEY); CREATE TRIGGER airlift_shop_log_truncate"
        " BEFORE UPDATE ON d7 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    Fault(
        r'Object "airlift.shop_log_7" on source "old" was left by an earlier run',
        "CREATE SCHEMA airlift; CREATE TABLE airlift.shop_log_7 ()",
    ),
]
IN_PLACE = [
    Fault(
        r'New table "elsewhere.p1" would be in another schema than table "public.p1".* Give it a name in the schema "public"',
        "CREATE SCHEMA elsewhere; CREATE TABLE p1 (id int PRIMARY KEY)",
        tables={"p1": {"to": "elsewhere.p1"}},
    ),
    Fault(
        r'Name "public.p2_compat" is taken on source "old" by table "public.p2_compat"; the compatibility view',
        "CREATE TABLE p2 (id int PRIMARY KEY); CREATE TABLE p2_compat ()",
        tables={"p2": {"to": "p2n"}},
    ),
    Fault(
        r'Target table "public.p3n" has rows',
        "CREATE TABLE p3 (id int PRIMARY KEY); CREATE TABLE p3n (id int PRIMARY KEY);INSERT INTO p3n VALUES (1)",
        tables={"p3": {"to": "p3n"}},
    ),
    Fault(
        r'View "public.p4_seen" depends on table "public.p4"',
        "CREATE TABLE p4 (id int PRIMARY KEY); CREATE VIEW p4_seen AS TABLE p4",
        tables={"p4": {"to": "p4n"}},
    ),
    Fault(
        r'Foreign key "p6_id_fkey" of table "public.p6" must be made anew, and table "public.p6" belongs to role "airlift_admin"',
        "CREATE TABLE p5 (id int PRIMARY KEY)",
        tables={"p5": {"to": "p5n"}},
        by_admin="CREATE TABLE p6 (id int PRIMARY KEY REFERENCES p5)",
    ),
    Fault(
        r'Foreign key "p7_id_fkey" of table "public.p7" can\'t be made anew: that table is partitioned',
        "CREATE TABLE p7 (id int PRIMARY KEY REFERENCES p5) PARTITION BY RANGE (id)",
    ),
    Fault(
        r'Publication "p8_changes" publishes table "public.p8" .* Take the table out of it',
        "CREATE TABLE p8 (id int PRIMARY KEY); CREATE PUBLICATION p8_changes FOR TABLE p8",
        tables={"p8": {"to": "p8n"}},
    ),
    Fault(
        r'Role "airlift_owner" can\'t see how old other roles\' transactions .* and "PUBLIC" may use the tables.*"pg_read_all_stats"',
        "GRANT SELECT ON p8 TO PUBLIC",
    ),
    Fault(
        r'Table "public.p9" would keep its name, though both connections lead to one database',
        "CREATE TABLE p9 (id int PRIMARY KEY)",
        tables={"p9": {}},
    ),
]


def asked(databases: Pair, faults: list[Fault], *, every_table: bool) -> list[str]:
    """All faults made, and what preflight says."""
    for fault in faults:
        for database, statements, admin in (
            (databases.source, fault.source, False),
            (databases.source, fault.by_admin, True),
            (databases.target, fault.target, False),
        ):
            if statements:
                run(database, statements, admin=admin)
    tables: dict[str, Any] = {"*": {}} if every_table else {}
    for fault in faults:
        tables.update(fault.tables)
    return refusals(Driver(databases.source, databases.target, {"tables": tables}))


def _group(servers: tuple[Server, Server], name: str, faults: list[Fault], *, in_place: bool = False) -> Iterator[list[str]]:
    source = servers[0].create_database(name)
    target = source if in_place else servers[1].create_database(name)
    yield asked(Pair(source, target), faults, every_table=not in_place)
    for server in servers:
        server.drop_database(name)


@pytest.fixture(scope="module")
def told_of_kinds(servers: tuple[Server, Server]) -> Iterator[list[str]]:
    yield from _group(servers, "kinds", KINDS)


@pytest.fixture(scope="module")
def told_of_targets(servers: tuple[Server, Server]) -> Iterator[list[str]]:
    yield from _group(servers, "targets", TARGETS)


@pytest.fixture(scope="module")
def told_of_columns(servers: tuple[Server, Server]) -> Iterator[list[str]]:
    yield from _group(servers, "columns", COLUMNS)


@pytest.fixture(scope="module")
def told_in_place(servers: tuple[Server, Server]) -> Iterator[list[str]]:
    yield from _group(servers, "in_place", IN_PLACE, in_place=True)


def _names(faults: list[Fault]) -> list[str]:
    return [re.sub(r"\W+", " ", fault.sentence)[:60].strip() for fault in faults]


@pytest.mark.parametrize("fault", KINDS, ids=_names(KINDS))
def test_a_table_that_can_not_move_is_refused(told_of_kinds: list[str], fault: Fault) -> None:
    _is_told_once(told_of_kinds, fault)


@pytest.mark.parametrize("fault", TARGETS, ids=_names(TARGETS))
def test_a_target_that_can_not_take_it_is_refused(told_of_targets: list[str], fault: Fault) -> None:
    _is_told_once(told_of_targets, fault)


@pytest.mark.parametrize("fault", COLUMNS, ids=_names(COLUMNS))
def test_what_would_not_come_along_is_refused(told_of_columns: list[str], fault: Fault) -> None:
    _is_told_once(told_of_columns, fault)


@pytest.mark.parametrize("fault", IN_PLACE, ids=_names(IN_PLACE))
def test_what_does_not_work_in_place_is_refused(told_in_place: list[str], fault: Fault) -> None:
    _is_told_once(told_in_place, fault)


def _is_told_once(told: list[str], fault: Fault) -> None:
    found = [sentence for sentence in told if re.match(fault.sentence, sentence)]
    assert len(found) == 1, "\n".join([f"{len(found)} match {fault.sentence}", *told])


@pytest.mark.parametrize("group", ["kinds", "targets", "columns", "in_place"])
def test_nothing_else_is_refused(group: str, request: pytest.FixtureRequest) -> None:
    """No fault is told twice in other words, and no check stumbles over another's fault."""
    faults = {"kinds": KINDS, "targets": TARGETS, "columns": COLUMNS, "in_place": IN_PLACE}[group]
    told = request.getfixturevalue(f"told_{group}" if group == "in_place" else f"told_of_{group}")
    strangers = [sentence for sentence in told if not any(re.match(fault.sentence, sentence) for fault in faults)]
    assert not strangers, "\n".join(strangers)


def test_two_tables_with_one_target_are_refused(databases: Pair) -> None:
    run(databases.source, "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
    told = refusals(Driver(databases.source, databases.target, {"tables": {"a": {"to": "c"}, "b": {"to": "c"}}}))
    assert "Give each a `to` of its own" in one(told, "Spec key `tables`: public.a and public.b have one target")


def test_a_spec_that_means_no_table_is_refused(databases: Pair) -> None:
    told = refusals(Driver(databases.source, databases.target, {"schema": "sales"}))
    assert "Name the schema with `schema`" in one(told, 'Spec key `tables` matches no table in the schema "sales" of source "old"')
