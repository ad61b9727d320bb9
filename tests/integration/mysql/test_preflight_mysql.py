"""What preflight finds on MariaDB and MySQL, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from airlift import sqlfiles
from airlift.errors import Refused
from airlift.phases.prepare.preflight import preflight
from testbed.driving import Driver
from testbed.mariadb import MariaServer
from testbed.serving import Database
from tests.examining import one
from tests.family import by_product, only_mariadb, only_mysql
from tests.fix_servers import Pair
from tests.integration.mysql.test_making_tables import CUT, ODD, run


def refusals(driver: Driver) -> list[str]:
    """The sentences with which preflight refuses. Neither server is changed by asking."""
    before = [traces(database) for database in (driver.source, driver.target)]
    with pytest.raises(Refused) as caught:
        driver.run(preflight)
    assert [traces(database) for database in (driver.source, driver.target)] == before
    head, *sentences = str(caught.value).splitlines()
    assert "nothing was changed" in head
    return [sentence.partition(". ")[2] for sentence in sentences]


def traces(database: Database) -> list[tuple[Any, ...]]:
    """All that a definition would leave on the server."""
    return admin(
        database.server,
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, CAST(CREATE_TIME AS CHAR) FROM information_schema.TABLES"
        " WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')"
        " UNION ALL SELECT TRIGGER_SCHEMA, TRIGGER_NAME, EVENT_MANIPULATION, CAST(CREATED AS CHAR) FROM information_schema.TRIGGERS"
        " UNION ALL SELECT SCHEMA_NAME, '', '', '' FROM information_schema.SCHEMATA ORDER BY 1, 2, 3, 4",
    )


def admin(server: Any, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements as the administrator; what the last one returned."""
    with contextlib.closing(server.connect()) as session, session.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall())


@contextlib.contextmanager
def setting(server: MariaServer, name: str, value: str) -> Iterator[None]:
    """A global setting, for a while."""
    (before,) = admin(server, f"SELECT @@GLOBAL.{name}")[0]
    admin(server, f"SET GLOBAL {name} = '{value}'" if not value.isdigit() else f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        admin(server, f"SET GLOBAL {name} = {before!r}")


def test_what_fits_begins_and_is_told_of_once(mariadb_databases: Pair) -> None:
    children = "CREATE TABLE children (id int PRIMARY KEY, o int, FOREIGN KEY (o) REFERENCES `odd ``name` (id))"
    run(mariadb_databases.source, ODD, CUT, children)
    driver = Driver(mariadb_databases.source, mariadb_databases.target, {"tables": {"*": {}}})
    result = driver.run(preflight)
    assert result["tables"] == 3
    assert not result["in_place"]
    assert driver.run(preflight) == result
    status = run(mariadb_databases.target, "SELECT migration, stage, rows_copied, ranges_total, pause_ms FROM airlift.status")
    assert status == [("shop", status[0][1], 0, 0, None)]
    assert not status[0][1].isdigit()


def test_what_can_not_be_moved_is_named(mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(
        source,
        "CREATE TABLE old_engine (id int PRIMARY KEY) ENGINE = MyISAM",
        "CREATE TABLE no_key (a int, b int NOT NULL, UNIQUE (a), UNIQUE (b, a), KEY (b))",
        "CREATE TABLE by_text (id int PRIMARY KEY, code varchar(9) NOT NULL UNIQUE)",
        "CREATE TABLE watched (id int PRIMARY KEY)",
        "CREATE TRIGGER on_watched BEFORE INSERT ON watched FOR EACH ROW SET NEW.id = NEW.id",
        "CREATE TABLE renamed (id int PRIMARY KEY, old_price int, price int)",
        "CREATE TABLE occupied (id int PRIMARY KEY)",
    )
    run(target, "CREATE TABLE occupied (id int PRIMARY KEY)", "INSERT INTO occupied VALUES (1)")
    tables = {
        "old_engine": {}, "no_key": {}, "by_text": {"key": ["code"]}, "watched": {},
        "renamed": {"to": "renamed_v2", "columns": {"cents": {"type": "int", "using": "price * 100"}}}, "occupied": {},
    }  # fmt: skip
    found = refusals(Driver(source, target, {"tables": tables}))
    name = source.name
    assert "is of MyISAM, not InnoDB" in one(found, f'Table "{name}.old_engine" is')
    assert "neither a primary key nor a unique key" in one(found, f'Table "{name}.no_key" has')
    assert 'its rows lie in the order of "id"' in one(found, f'Table "{name}.by_text" is to be matched')
    assert "would be missing on the new table" in one(found, f'Trigger "on_watched" of table "{name}.watched"')
    assert "no triggers on views" in one(found, f'New table "{target.name}.renamed_v2" can\'t be made')
    assert "has rows" in one(found, f'Target table "{target.name}.occupied" has rows')


@only_mariadb("releases without a server_uid, before 10.11.9")
def test_servers_without_an_identity_of_their_own_are_told_from_each_other(
    mariadb_databases: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if there were no such variable."""
    statement = sqlfiles.statement

    def without(*of: Any) -> str:
        return statement(*of).replace("'SERVER_UID'", "'NO_SUCH_VARIABLE'")

    monkeypatch.setattr(sqlfiles, "statement", without)
    migration = Driver(mariadb_databases.source, mariadb_databases.target, {"tables": {"*": {}}}).migration()
    with migration.source.session() as session, migration.source.session() as again, migration.target.session() as other:
        own = migration.source.catalog.server(session)
        assert migration.source.catalog.server(again).system == own.system
        assert not migration.target.catalog.server(other).is_same_as(own)
    assert re.fullmatch("[0-9a-f]{32}", own.system)


@only_mariadb("sequences, periods and tables that keep their history")
def test_what_only_mariadb_has_is_not_moved(mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(
        source,
        "CREATE TABLE history (id int PRIMARY KEY) WITH SYSTEM VERSIONING",
        "CREATE SEQUENCE numbers",
        "CREATE TABLE drawing (id int NOT NULL DEFAULT nextval(numbers) PRIMARY KEY)",
        "CREATE TABLE periods (id int PRIMARY KEY, a date, b date, PERIOD FOR p (a, b))",
    )
    found = refusals(Driver(source, target, {"tables": {"history": {}, "drawing": {}, "periods": {}}}))
    name = source.name
    assert "system-versioned" in one(found, f'Table "{name}.history" is')
    assert "from a sequence" in one(found, f'Table "{name}.drawing" draws')
    assert "periods" in one(found, f'Table "{name}.periods" has periods')


def test_what_the_server_says_of_the_columns(mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY, a varchar(9), b int, d int NOT NULL DEFAULT 3)")
    columns = {
        "typo": {"type": "bigin", "from": "a"}, "c": {"type": "int", "using": "b + nothing"}, "e": {"add": "int DEFAULT 'x'"},
        "f": {"type": "int", "using": "b * 2", "back": "f / nowhere"}, "d": {"type": "date"},
    }  # fmt: skip
    found = refusals(Driver(source, target, {"tables": {"t": {"columns": columns}}}))
    new = f'of new table "{target.name}.t"'
    assert by_product(mariadb="Unknown data type", mysql="near 'bigin") in one(found, f'Column "typo" {new} is not accepted')
    assert "Unknown column 'nothing'" in one(found, f'Column "c" {new} can\'t be filled')
    assert "Invalid default value for 'e'" in one(found, f'Column "e" {new}')
    assert "Unknown column 'nowhere'" in one(found, f'Column "f" {new}')
    assert "Invalid default value for 'd'" in one(found, f'Column "d" {new}')


def test_settings_that_are_in_the_way(mariadb_servers: tuple[MariaServer, MariaServer], mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    driver = Driver(source, target, {"tables": {"t": {}}})
    with setting(mariadb_servers[1], "local_infile", "0"):
        assert "local_infile off" in one(refusals(driver), 'Target "new" has')
    with setting(mariadb_servers[0], "log_bin_trust_function_creators", "0"):
        assert "make triggers" in one(refusals(driver), 'Source "old" keeps a binary log')
    with setting(mariadb_servers[1], "read_only", "1"):
        assert "read-only" in one(refusals(driver), 'Target "new" is read-only')
    with setting(mariadb_servers[0], "binlog_format", "STATEMENT"):
        assert "READ COMMITTED" in one(refusals(driver), 'Source "old" logs statements')


@only_mysql("servers that are frozen for everybody, and that want a primary key of every table")
def test_settings_of_mysql_that_are_in_the_way(mariadb_servers: tuple[MariaServer, MariaServer], mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    admin(mariadb_servers[1], f"GRANT CONNECTION_ADMIN ON *.* TO '{target.owner}'@'127.0.0.1'")
    driver = Driver(source, target, {"tables": {"t": {}}})
    try:
        with setting(mariadb_servers[1], "super_read_only", "1"):
            assert "read-only" in one(refusals(driver), 'Target "new" is read-only')
        with setting(mariadb_servers[0], "sql_require_primary_key", "1"):
            assert "temporary tables" in one(refusals(driver), 'Source "old" has sql_require_primary_key')
        # which is on since the other was
        driver.run(preflight)
    finally:
        admin(mariadb_servers[1], "SET GLOBAL read_only = 0")
        admin(mariadb_servers[1], f"REVOKE CONNECTION_ADMIN ON *.* FROM '{target.owner}'@'127.0.0.1'")


@only_mysql("locks on tables that can't be asked for without waiting")
def test_who_can_not_see_who_holds_a_table_is_refused(mariadb_servers: tuple[MariaServer, MariaServer], mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    user = f"'{source.owner}'@'127.0.0.1'"
    admin(mariadb_servers[0], f"REVOKE SELECT ON performance_schema.* FROM {user}")
    try:
        found = refusals(Driver(source, target, {"tables": {"t": {}}}))
    finally:
        admin(mariadb_servers[0], f"GRANT SELECT ON performance_schema.* TO {user}")
    assert "SELECT ON performance_schema.*" in one(found, f'Account "{source.owner}@127.0.0.1" can\'t see who holds a table on source')


def test_rights_that_are_missing(mariadb_servers: tuple[MariaServer, MariaServer], mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    user = f"'{source.owner}'@'127.0.0.1'"
    name = source.name.replace("_", "\\_")
    admin(mariadb_servers[0], f"REVOKE TRIGGER, LOCK TABLES ON `{name}`.* FROM {user}")
    admin(mariadb_servers[1], f"REVOKE CREATE VIEW ON `airlift`.* FROM {user}")
    try:
        found = refusals(Driver(source, target, {"tables": {"t": {}}}))
    finally:
        admin(mariadb_servers[1], f"GRANT ALL ON `airlift`.* TO {user}")
    assert "lacks LOCK TABLES, TRIGGER in the database" in one(found, f'Account "{source.owner}@127.0.0.1" lacks LOCK')
    assert 'lacks CREATE VIEW in the database "airlift" on target' in one(found, f'Account "{source.owner}@127.0.0.1" lacks CREATE VIEW')


def test_what_is_told(mariadb_servers: tuple[MariaServer, MariaServer], mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)", "CREATE VIEW reading AS SELECT id FROM t")
    with setting(mariadb_servers[1], "sql_mode", "ANSI_QUOTES"):
        told = driver_warnings(Driver(source, target, {"tables": {"t": {}}}))
    assert "finds no table" in one(told, f'View "{source.name}.reading" reads')
    assert "STRICT_TRANS_TABLES on the source and none more on the target" in one(told, '"sql_mode" has')


def driver_warnings(driver: Driver) -> list[str]:
    """The sentences of which preflight warns where it refuses nothing."""
    return list(driver.run(preflight)["warnings"])


def test_an_xa_transaction_that_is_prepared_is_refused(mariadb_databases: Pair) -> None:
    source, target = mariadb_databases.source, mariadb_databases.target
    run(source, "CREATE TABLE t (id int PRIMARY KEY)")
    with contextlib.closing(source.connect()) as session, session.cursor() as cursor:
        for statement in ("XA START 'orphan'", "INSERT INTO t VALUES (1)", "XA END 'orphan'", "XA PREPARE 'orphan'"):
            cursor.execute(statement)
        try:
            found = refusals(Driver(source, target, {"tables": {"t": {}}}))
        finally:
            cursor.execute("XA ROLLBACK 'orphan'")
    assert "no window" in one(found, 'Prepared transaction "orphan"')
