"""New tables on MariaDB: as faithful as the server describes the old ones, brought into their new shape, shut and opened."""

from __future__ import annotations

import contextlib
import io
import re
import socket
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from airlift.databases.mysql import MySQL, catalog
from airlift.databases.mysql.definitions import Definitions
from airlift.databases.mysql.lines import NOTHINGS
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.statements import Statements
from airlift.databases.mysql.streams import Streams
from airlift.databases.shapes import Column, ForeignKey, Relation
from airlift.errors import Interrupted, Refused
from airlift.spec import Table, TableName
from testbed.driving import Driver
from testbed.serving import Database
from tests.family import by_product, engine_of, only_mysql, said, seq
from tests.fix_servers import Pair

_MARIADB_ODD = """
CREATE TABLE `odd ``name` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `we``ird, (col` varchar(20) DEFAULT 'it''s, )' COMMENT 'a ''b'' \\n, (',
  `kind` enum('a','b)','c,d') DEFAULT 'a',
  `doc` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`doc`)),
  `price` decimal(10,2) DEFAULT 1.50,
  `at` timestamp(3) NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  `hidden` int(11) INVISIBLE DEFAULT 3,
  `sum` int(11) GENERATED ALWAYS AS (`hidden` + 1) VIRTUAL,
  `kept` int(11) GENERATED ALWAYS AS (`hidden` * 2) STORED COMMENT 'q',
  `flags` bit(3) DEFAULT NULL,
  `token` uuid DEFAULT uuid(),
  `old` varchar(10) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  `place` point NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `u2` (`we``ird, (col`(5)),
  KEY `k` (`kind` DESC,`price`),
  SPATIAL KEY `sp` (`place`),
  FULLTEXT KEY `ft` (`old`),
  CONSTRAINT `CONSTRAINT_1` CHECK (`price` > 0),
  CONSTRAINT `n m` CHECK (`old` <> 'a\\nb' and `price` <> 7)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC COMMENT='tab''le (x, y)'
"""
_MYSQL_ODD = """
CREATE TABLE `odd ``name` (
  `id` int NOT NULL AUTO_INCREMENT,
  `we``ird, (col` varchar(20) DEFAULT 'it''s, )' COMMENT 'a ''b'' \\n, (',
  `kind` enum('a','b)','c,d') DEFAULT 'a',
  `doc` json DEFAULT (json_array(1, '(,')),
  `price` decimal(10,2) DEFAULT 1.50,
  `at` timestamp(3) NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
  `hidden` int DEFAULT 3 INVISIBLE,
  `sum` int GENERATED ALWAYS AS (`hidden` + 1) VIRTUAL,
  `kept` int GENERATED ALWAYS AS (`hidden` * 2) STORED COMMENT 'q',
  `flags` bit(3) DEFAULT NULL,
  `token` varchar(40) DEFAULT (uuid()),
  `old` varchar(10) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  `older` varchar(10) CHARACTER SET utf8mb3,
  `place` point NOT NULL SRID 4326,
  `filled` int(8) zerofill CHECK (`filled` > 0),
  `fixed` int COLUMN_FORMAT FIXED,
  `vector` vector(3),
  PRIMARY KEY (`id`),
  UNIQUE KEY `u2` (`we``ird, (col`(5)),
  KEY `k` (`kind` DESC,`price`),
  KEY `made` ((lower(`old`)),`kind`),
  KEY `unseen` (`flags`) INVISIBLE,
  KEY `many` ((cast(`doc`->'$.a' AS unsigned ARRAY))),
  SPATIAL KEY `sp` (`place`),
  FULLTEXT KEY `ft` (`old`) WITH PARSER ngram,
  CONSTRAINT `CONSTRAINT_1` CHECK (`price` > 0),
  CONSTRAINT `n m` CHECK (`old` <> 'a\\nb' and `price` <> 7) NOT ENFORCED
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci ROW_FORMAT=DYNAMIC COMMENT='tab''le (x, y)'
"""
ODD = by_product(mariadb=_MARIADB_ODD, mysql=_MYSQL_ODD)
CUT = """
CREATE TABLE `cut` (
  `id` bigint(20) unsigned NOT NULL,
  `day` date NOT NULL,
  `n` smallint(6) DEFAULT NULL COMMENT 'PARTITION BY',
  PRIMARY KEY (`id`,`day`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_german1_ci COMMENT='in parts'
 PARTITION BY RANGE  COLUMNS(`day`)
(PARTITION `p0` VALUES LESS THAN ('2024-01-01') COMMENT = 'x' ENGINE = InnoDB,
 PARTITION `p1` VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB)
"""


def run(database: Database, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements as the owner, in the server's own mode but for quotes and backslashes; what the last one returned."""
    with contextlib.closing(database.connect()) as session, session.cursor() as cursor:
        cursor.execute("SET sql_mode = 'STRICT_ALL_TABLES'")
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


@contextlib.contextmanager
def opened(database: Database) -> Iterator[tuple[MySQL, Session]]:
    """A session of ours."""
    engine = engine_of(database, where="here")
    with engine.session() as session:
        yield engine, session


def described(database: Database, name: str) -> str:
    """A table as the server describes it."""
    return str(run(database, f"SHOW CREATE TABLE {name}")[0][1])


def old(database: Database, name: str) -> tuple[Relation, list[Column], dict[str, Any]]:
    """A table as the catalog reads it, and what a new one is made from besides."""
    with opened(database) as (engine, session), session.transaction():
        catalog = engine.catalog
        relation = catalog.relations(session)[TableName(database.name, name)]
        oids = [relation.oid]
        return (
            relation,
            catalog.columns(session, relation),
            {
                "indexes": catalog.indexes(session, relation),
                "checks": catalog.checks_of(session, oids)[relation.oid],
                "options": catalog.options_of(session, oids)[relation.oid],
            },
        )


def make(pair: Pair, name: str, spec: dict[str, Any] | None = None, *, to: str | None = None) -> str:
    """Make a new table on the target, as create_target does; how the server describes it."""
    relation, columns, others = old(pair.source, name)
    target = TableName(pair.target.name, to or name)
    definitions = Definitions()
    with opened(pair.target) as (_, session), session.transaction():
        definitions.create_table(
            session, target, migration="shop", like=columns, statistics=[], old_name=relation.name, taken=set(), statistics_taken=set(),
            **others,
        )  # fmt: skip
        definitions.reshape(session, target, Table.model_validate(spec or {}), columns)
    return described(pair.target, "`" + target.name.replace("`", "``") + "`")


def uncommented(text: str) -> str:
    """Without the table's own comment; nor is it said twice which characters a column has, as MySQL does where it was told so."""
    text = re.sub(r"CHARACTER SET \w+ (?=COLLATE)", "", text)
    head, _, tail = text.rpartition(" COMMENT='")
    return head + tail[tail.index("\n") :] if "\n" in tail else head


@pytest.mark.parametrize(("name", "statement"), [("odd `name", ODD), ("cut", CUT)], ids=["all that there is", "partitions"])
def test_a_new_table_is_the_old_one_to_the_letter(mariadb_databases: Pair, name: str, statement: str) -> None:
    run(mariadb_databases.source, statement)
    before = described(mariadb_databases.source, "`" + name.replace("`", "``") + "`")
    assert uncommented(make(mariadb_databases, name)) == uncommented(before)


def test_a_retyped_column_keeps_what_else_is_said_of_it(mariadb_databases: Pair) -> None:
    run(
        mariadb_databases.source,
        "CREATE TABLE t (id int NOT NULL AUTO_INCREMENT, name varchar(10) CHARACTER SET latin1 NOT NULL DEFAULT 'x' COMMENT 'who, (',"
        " gone int, n int, amount int NOT NULL DEFAULT 3 CHECK (amount > 0), "
        " at timestamp NOT NULL DEFAULT now() COMMENT 'CURRENT_TIMESTAMP',"
        " until timestamp(3) NOT NULL DEFAULT now(3) ON UPDATE now(3), PRIMARY KEY (id),"
        " KEY (n), KEY (gone))",
    )
    spec = {
        "drop": ["gone"],
        "columns": {
            "id": {"type": "bigint"}, "called": {"from": "name", "type": "varchar(40)"}, "total": {"from": "n"},
            "amount": {"type": "decimal(10,2)"}, "at": {"type": "datetime(6)"}, "until": {"type": "timestamp"},
            "doubled": {"type": "bigint", "using": "n * 2"},
            "label": {"add": "varchar(5) DEFAULT 'new' AFTER id"},
        },
    }  # fmt: skip
    lines = [line.strip().rstrip(",") for line in make(mariadb_databases, "t", spec).splitlines()[1:-1]]
    assert lines == [
        *map(
            said,
            (
                "`id` bigint(20) NOT NULL AUTO_INCREMENT",
                "`label` varchar(5) DEFAULT 'new'",
                "`called` varchar(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL DEFAULT 'x' COMMENT 'who, ('",
                "`total` int(11) DEFAULT NULL",
            ),
        ),
        *by_product(
            mariadb=[
                "`amount` decimal(10,2) NOT NULL DEFAULT 3.00 CHECK (`amount` > 0)",
                "`at` datetime(6) NOT NULL DEFAULT current_timestamp(6) COMMENT 'CURRENT_TIMESTAMP'",
                "`until` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()",
            ],
            mysql=[
                "`amount` decimal(10,2) NOT NULL DEFAULT '3.00'",
                "`at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) COMMENT 'CURRENT_TIMESTAMP'",
                "`until` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
            ],
        ),
        said("`doubled` bigint(20) DEFAULT NULL"),
        "PRIMARY KEY (`id`)",
        "KEY `n` (`total`)",
        *by_product(mariadb=[], mysql=["CONSTRAINT `t_chk_1` CHECK ((`amount` > 0))"]),
    ]


@only_mysql("primary keys that it makes itself")
def test_a_key_that_the_server_has_made_itself_comes_along(mariadb_databases: Pair) -> None:
    """Where both servers make such keys, too: the new table's is the old one's, with its numbers."""
    made = "SET sql_generate_invisible_primary_key = ON"
    with contextlib.closing(mariadb_databases.source.connect(admin=True)) as session, session.cursor() as cursor:
        for statement in (made, "CREATE TABLE t (a int) COMMENT = 'x'", "INSERT INTO t VALUES (7)"):
            cursor.execute(statement)
    text = make(mariadb_databases, "t")
    assert uncommented(text) == uncommented(described(mariadb_databases.source, "t"))
    assert "`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */" in text
    _, columns, others = old(mariadb_databases.source, "t")
    assert [column.name for column in columns] == ["my_row_id", "a"]
    assert [index.columns for index in others["indexes"] if index.is_key] == [["my_row_id"]]


def test_what_is_set_aside_goes_only_after_it_was_noted(mariadb_databases: Pair) -> None:
    run(
        mariadb_databases.target,
        "CREATE TABLE parents (id int PRIMARY KEY)",
        "CREATE TABLE t (no int NOT NULL AUTO_INCREMENT, code varchar(9) NOT NULL, p int, UNIQUE KEY by_code (code), KEY by_no (no),"
        " KEY by_p (p), UNIQUE KEY two (p, code), CONSTRAINT of_parent FOREIGN KEY (p) REFERENCES parents (id) ON DELETE CASCADE)",
    )
    definitions, name = Definitions(), TableName(mariadb_databases.target.name, "t")
    before = described(mariadb_databases.target, "t")
    with opened(mariadb_databases.target) as (engine, session), session.transaction():
        relation = engine.catalog.relations(session)[name]
        (key,) = engine.catalog.foreign_keys(session, [relation])
        found = definitions.set_aside(session, relation)
        assert {each for _, each, _ in found} == {"by_p", "two"}  # the rows lie in the order of by_code, and by_no numbers them
        assert described(mariadb_databases.target, "t") == before
        noted = [("foreign_key", key.name), *((kind, each) for kind, each, _ in found)]
        definitions.drop_aside(session, name, noted)
        definitions.drop_aside(session, name, noted)  # a try that comes again finds nothing more
        assert [index.name for index in engine.catalog.indexes(session, relation)] == ["by_code", "by_no"]
        assert engine.catalog.foreign_keys(session, [relation]) == []
        definitions.add_foreign_keys(session, [key])
        definitions.add_foreign_keys(session, [key])
        assert engine.catalog.foreign_keys(session, [relation]) == [key]


def test_only_an_empty_table_that_says_so_was_left_by_a_try(mariadb_databases: Pair) -> None:
    run(mariadb_databases.source, "CREATE TABLE t (id int PRIMARY KEY, n int)")
    target = mariadb_databases.target
    make(mariadb_databases, "t")
    make(mariadb_databases, "t", to="filled")
    run(target, "INSERT INTO filled VALUES (1, 1)", "CREATE TABLE users_own (id int PRIMARY KEY)")
    definitions = Definitions()
    with opened(target) as (engine, session):
        with session.transaction():
            relations = engine.catalog.relations(session)
            assert definitions.unfinished(session, "other", relations.values()) == []
            (begun,) = definitions.unfinished(session, "shop", relations.values())
            assert begun.name == "t"
            definitions.drop_table(session, begun)
        with session.transaction():
            assert {name.name for name in engine.catalog.relations(session)} == {"filled", "users_own"}


def _refused(database: Database, statement: str) -> str:
    with pytest.raises(pymysql.Error) as caught:
        run(database, statement)
    return str(caught.value.args[1])


def test_a_guard_opens_and_shuts_with_the_transaction_also_under_another_name(mariadb_databases: Pair) -> None:
    target = mariadb_databases.target
    run(target, "CREATE DATABASE airlift", "CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE other (id int PRIMARY KEY)")
    run(target, "INSERT INTO t VALUES (1)")
    definitions, name, later = Definitions(), TableName(target.name, "t"), TableName(target.name, "t_obsolete")
    with opened(target) as (_, session):
        with session.transaction():
            definitions.prepare_guard(session, "shop", {name: later})
            definitions.prepare_guard(session, "shop", {name: later})
            assert definitions.shut_tables(session, "shop", [name]) == []
        run(target, "INSERT INTO t VALUES (2)")
        with contextlib.suppress(ZeroDivisionError), session.transaction():
            definitions.create_guard(session, "shop", [name])
            raise ZeroDivisionError
        run(target, "INSERT INTO t VALUES (3)")
        with session.transaction():
            definitions.create_guard(session, "shop", [name])
        words = f'table "{target.name}.t" is shut by migration "shop"'
        for statement in ("INSERT INTO t VALUES (4)", "UPDATE t SET id = 5 WHERE id = 1", "DELETE FROM t WHERE id = 2"):
            assert _refused(target, statement) == words
        with session.transaction(airlift__applying="on"):
            session._run_all([f"INSERT INTO `{target.name}`.t VALUES (9)"])
        run(target, "RENAME TABLE t TO t_obsolete", "INSERT INTO other VALUES (1)")
        assert _refused(target, "INSERT INTO t_obsolete VALUES (4)") == words
        with session.transaction():
            assert definitions.shut_tables(session, "shop", [later, TableName(target.name, "other")]) == [later]
            definitions.drop_guard(session, "shop", later)
        run(target, "INSERT INTO t_obsolete VALUES (10)")
        with session.transaction():
            definitions.drop_guard_function(session, "shop")
    assert run(target, "SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()") == [(0,)]
    assert run(target, "SELECT id FROM t_obsolete ORDER BY id") == [(1,), (2,), (3,), (9,), (10,)]


def test_a_writer_with_an_old_snapshot_is_shut_out_too(mariadb_databases: Pair) -> None:
    target = mariadb_databases.target
    run(target, "CREATE DATABASE airlift", "CREATE TABLE t (id int PRIMARY KEY)")
    definitions, name = Definitions(), TableName(target.name, "t")
    with opened(target) as (_, session), contextlib.closing(target.connect()) as writer:
        with session.transaction():
            definitions.prepare_guard(session, "shop", {name: TableName(target.name, "t_obsolete")})
        cursor = writer.cursor()
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        with session.transaction():
            definitions.create_guard(session, "shop", [name])
        with pytest.raises(pymysql.Error, match="is shut by migration"):
            cursor.execute("INSERT INTO t VALUES (1)")


def test_a_table_that_is_taken_is_refused(mariadb_databases: Pair) -> None:
    run(mariadb_databases.source, "CREATE TABLE t (id int PRIMARY KEY)")
    run(mariadb_databases.target, "CREATE TABLE t (id int PRIMARY KEY)")
    with pytest.raises(Refused, match="already exists"):
        make(mariadb_databases, "t")


def test_who_was_ended_in_a_transaction_defines_nothing_any_more(mariadb_databases: Pair) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE t (id int PRIMARY KEY)")

    def define_when_ended(session: Session) -> None:
        with session.transaction():
            session.rows_aside("sessions/read_version")
            run(target, f"KILL {session.pid}")
            Definitions().drop_table(session, TableName(target.name, "t"))

    with opened(target) as (_, session), pytest.raises(Interrupted):
        define_when_ended(session)
    assert run(target, "SHOW TABLES") == [("t",)]


def test_a_connection_that_breaks_while_it_takes_rows_in_is_an_interruption(mariadb_databases: Pair) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE t (id int PRIMARY KEY, c text)")

    class Breaking(io.BytesIO):
        """Rows, in the midst of which the network breaks."""

        def __init__(self, session: Session) -> None:
            super().__init__()
            self.session, self.blocks = session, 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.blocks += 1
            if self.blocks == 3:
                self.session._raw._sock.shutdown(socket.SHUT_RDWR)
            numbers = range(1000 if self.blocks < 10 else 0)
            return "".join(f"{self.blocks * 1000 + number}\t{'x' * 1000}\n" for number in numbers).encode()

    take = "LOAD DATA LOCAL INFILE 'airlift file' INTO TABLE t (id, c)"
    with opened(target) as (_, session), pytest.raises(Interrupted, match="here, during LOAD DATA"), session.transaction():
        session.copy_in(take, Breaking(session))
    assert run(target, "SELECT count(*) FROM t") == [(0,)]


def _raced(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """What another try has asked the server for is done just before ours: it died, and its statement went on."""
    define = Session.define

    def second(self: Session, file: str, holes: Any = None, /, **values: Any) -> None:
        run(database, self.text(file, holes, **values))
        define(self, file, holes, **values)

    monkeypatch.setattr(Session, "define", second)


def test_what_a_dead_try_had_asked_for_is_no_error(mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (id int PRIMARY KEY, p int, KEY of_p (p))")
    parent, child = TableName(target.name, "p"), TableName(target.name, "c")
    key = ForeignKey(0, "c_fk", child, ["p"], parent, ["id"], "ON DELETE CASCADE", is_validated=True)
    definitions, streams = Definitions(), Streams()
    with opened(target) as (_, session), monkeypatch.context() as patch:
        _raced(patch, target)
        with session.transaction():
            definitions.add_foreign_keys(session, [key])
            streams.build(session, child, [{"name": "more", "definition": {"tail": "INDEX more (p, id)"}}])
        assert "c_fk" in described(target, "c")
        assert "more" in described(target, "c")
        with session.transaction():
            definitions.drop_aside(session, child, [("foreign_key", "c_fk"), ("index", "more")])
        assert "c_fk" not in described(target, "c")
        assert "more" not in described(target, "c")


def test_what_another_try_is_making_is_seen_when_the_catalog_shows_its_table_again(mariadb_databases: Pair) -> None:
    """Of two tries at once one is told that a trigger is there, and asks for it while the other one still has the table for itself."""
    target = mariadb_databases.target
    run(target, "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW SET @t = 1")
    holes = {
        "trigger": f"`{target.name}`.`t`", "table": f"`{target.name}`.`p`", "event": "INSERT", "body": "SET @t = 1",
    }  # fmt: skip
    seen = iter([False, False, False, True])
    with opened(target) as (_, session):
        session.define_once(lambda: next(seen), "prepare/create_trigger", holes)
        assert not list(seen)
        with pytest.raises(Refused, match="already exists"):
            session.define_once(lambda: False, "prepare/create_trigger", holes)


def test_a_view_that_the_server_shows_otherwise_for_a_moment_is_kept(mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """As while another try of ours defines something on the table below it."""
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    answers: list[list[Any]] = [[], [("NO",)]]
    rows = Statements.rows

    def at_first_otherwise(self: Statements, file: str, *holes: Any, **values: Any) -> list[Any]:
        return answers.pop() if file == "cutover/read_view" and answers else rows(self, file, *holes, **values)

    monkeypatch.setattr(Statements, "rows", at_first_otherwise)
    Driver(source, target, {"tables": {"t": {"to": "t_v2"}}}).up_to_gate()
    assert not answers
    assert run(target, "SELECT TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()") == [("t",)]


def test_a_name_that_another_table_has_is_refused_all_the_same(mariadb_databases: Pair) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (id int PRIMARY KEY, p int, KEY of_p (p))")
    run(target, "CREATE TABLE d (p int, CONSTRAINT c_fk FOREIGN KEY (p) REFERENCES p (id))")
    key = ForeignKey(0, "c_fk", TableName(target.name, "c"), ["p"], TableName(target.name, "p"), ["id"], "", is_validated=True)
    with opened(target) as (_, session), pytest.raises(Refused, match="c_fk"), session.transaction():
        Definitions().add_foreign_keys(session, [key])


def test_a_table_that_the_server_leaves_out_for_a_moment_is_looked_at_anew(
    mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE t (id int PRIMARY KEY)")
    with opened(target) as (engine, session), session.transaction():
        relation = engine.catalog.relations(session)[TableName(target.name, "t")]
        shown = catalog._shown

        def left_out(session: Session, file: str, names: list[TableName]) -> dict[TableName, list[dict[str, Any]]]:
            found = shown(session, file, names)
            return {each: [] for each in found} if file == "prepare/read_columns" else found  # as while somebody defines something on it

        with monkeypatch.context() as patch:
            patch.setattr(catalog, "_shown", left_out)
            with pytest.raises(Interrupted, match="was just being changed by somebody"):
                engine.catalog.columns(session, relation)
        assert [each.name for each in engine.catalog.columns(session, relation)] == ["id"]


@pytest.mark.parametrize("words", ["", f" SET a = {NOTHINGS}"])
def test_a_connection_that_is_lost_before_rows_are_taken_in_is_an_interruption(mariadb_databases: Pair, words: str) -> None:
    target = mariadb_databases.target
    run(target, "CREATE TABLE t (a int)")
    with opened(target) as (_, session):
        run(target, f"KILL {session.pid}")
        with pytest.raises(Interrupted):
            session.copy_in(f"LOAD DATA LOCAL INFILE 'airlift file' INTO TABLE t{words}", io.BytesIO(b"1\n"))


def test_a_connection_that_is_lost_between_two_rows_is_an_interruption(mariadb_databases: Pair) -> None:
    source = mariadb_databases.source

    class Sink(io.BytesIO):
        def write(self, block: Any) -> int:
            if not self.tell():
                run(source, f"KILL {session.pid}")
            return super().write(block)

    with opened(source) as (_, session), pytest.raises(Interrupted, match="Lost connection"):
        session.copy_out(f"SELECT CONCAT(REPEAT('x', 100000), '\n'), 1 FROM {seq(2000)}", Sink())
