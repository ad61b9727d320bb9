"""What MySQL and MariaDB write, read without a server: expressions, definitions of tables, grants; and what their driver is told."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any

import pytest

from airlift.connections import address
from airlift.databases.mysql.clauses import column_clause, taken_apart
from airlift.databases.mysql.connecting import DriverConnection
from airlift.databases.mysql.expressions import columns_read, split
from airlift.databases.mysql.rights import Privileges
from airlift.databases.mysql.session import MariaDBSession, Session
from airlift.databases.mysql.shaping import retyped
from airlift.databases.shapes import Column

COLUMNS = ("amount", "lower", "Odd `name", "e", "a$1", "größe", "1st")


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("amount / 100.0", ["amount"]),
        ("AMOUNT + Orders.E + `orders`.amount + shop.orders.amount", ["amount", "e"]),
        ("CONCAT(`Odd ``name`, 'amount', \"e\", 'it\\'s amount', 'it''s e')", ["Odd `name"]),
        ("lower /* amount */ -- e\n # e\n + 1", ["lower"]),
        ("1 /*!50100 + amount */ /*M! + e */", ["amount", "e"]),
        ("amount--e", ["amount", "e"]),
        ("(SELECT o.amount FROM others AS o WHERE o.id = e)", ["e"]),
        ("a$1 + 1e5 + amounts + 1st", ["a$1", "1st"]),
        ("`AMOUNT` + `lower` (1) + LOWER(größe)", ["amount", "größe"]),
        ("now()", []),
    ],
)  # fmt: skip
def test_the_columns_that_an_expression_reads(expression: str, read: list[str]) -> None:
    assert columns_read(expression, COLUMNS, table="orders") == read


def test_a_list_is_cut_at_its_own_commas_only() -> None:
    assert split("a, b(1, (2, 3)), 'x, y', `c,d` -- e, f\n, g") == ["a", "b(1, (2, 3))", "'x, y'", "`c,d` -- e, f", "g"]


def test_a_definition_is_taken_apart() -> None:
    found = column_clause("`n` decimal(10,2) unsigned NOT NULL DEFAULT (1 + f('DEFAULT, (')) COMMENT 'NOT NULL (' CHECK (`n` > 0)")
    assert (found.name, found.type, found.is_not_null, found.default, found.check) == (
        "n", "decimal(10,2) unsigned", True, "(1 + f('DEFAULT, ('))", "(`n` > 0)",
    )  # fmt: skip
    assert column_clause("`c` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin NULL DEFAULT NULL").default is None
    assert not column_clause("`c` int COMMENT 'AUTO_INCREMENT NOT NULL'").is_numbered
    assert column_clause("`c` int GENERATED ALWAYS AS (`a` + 1) STORED").generation == "(`a` + 1) STORED"


def test_a_table_is_taken_apart() -> None:
    found = taken_apart(
        "CREATE TABLE `t(` (\n  `a` int,\n  PRIMARY KEY (`a`),\n  KEY `k,` (`a` DESC,(lower(`b`))) COMMENT '(',\n"
        "  CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `u` (`a`),\n  CONSTRAINT `c` CHECK (`a` <> ')')\n"
        ") ENGINE=InnoDB DATA DIRECTORY='/x' COMMENT=' PARTITION BY ('\n PARTITION BY HASH (`a`)\nPARTITIONS 2"
    )
    assert [each.name for each in found.columns] == ["a"]
    assert [(each.name, each.columns, each.is_whole) for each in found.indexes] == [("PRIMARY", ["a"], True), ("k,", ["a"], False)]
    assert [each.definition for each in found.checks] == ["CHECK (`a` <> ')')"]
    assert [each.name for each in found.foreign_keys] == ["fk"]
    assert (found.options, found.partitions) == ("ENGINE=InnoDB", "PARTITION BY HASH (`a`)\nPARTITIONS 2")


def column(definition: str) -> Column:
    """A column of that definition."""
    return Column(
        name="c", type="", type_name="", type_schema="", type_kind="b", is_built_in=True, has_custom_element=False, has_binary_form=False,
        base_type="", not_null=False, identity="", generated="", default_expression=None, is_deterministic=True, collation=None,
        comment=None, definition=definition,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("definition", "kind", "made"),
    [
        ("`c` int NOT NULL DEFAULT 3", "bigint unsigned", "bigint unsigned NOT NULL DEFAULT 3"),
        ("`c` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin NULL", "text", "text CHARACTER SET latin1 COLLATE latin1_bin NULL"),
        ("`c` varchar(9) COLLATE latin1_bin NOT NULL", "varchar(20) COLLATE utf8mb4_bin", "varchar(20) COLLATE utf8mb4_bin NOT NULL"),
        ("`c` varchar(9) CHARACTER SET latin1 DEFAULT '7'", "int", "int DEFAULT '7'"),
        ("`c` int DEFAULT 3", "bigint NOT NULL", "bigint NOT NULL"),
    ],
)
def test_another_type_keeps_what_else_is_said(definition: str, kind: str, made: str) -> None:
    assert retyped(column(definition), kind) == made


def test_a_grant_on_a_pattern_is_one_on_the_databases_that_are_like_it() -> None:
    inside = (("shop\\_1", "SELECT"), ("te%", "DROP"), ("a_c", "ALTER"))
    rights = Privileges("me@here", "", frozenset({"PROCESS"}), inside)
    assert rights.has("SELECT", "shop_1")
    assert not rights.has("SELECT", "shopx1")
    assert rights.has("DROP", "test")
    assert rights.has("ALTER", "abc")
    assert rights.lacking(("DROP", "ALTER", "PROCESS"), "text") == ["ALTER"]


@dataclass
class Given:
    """An Airflow connection."""

    conn_type: str
    extra_dejson: dict[str, Any] = field(default_factory=dict)
    conn_id: str = "shop_old"
    host: str = "db1"
    port: int = 3307
    login: str = "me"
    password: str = "secret"
    schema: str = "shop"


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_what_the_driver_is_told_of_a_connection(kind: str) -> None:
    extras = {"ssl_ca": "/ca.pem", "ssl_verify_cert": True, "charset": "latin1", "sslmode": "require", "cursor": "SSCursor"}
    found = address(Given(kind, extras), application_name="airlift shop preflight")
    own = {"host": "db1", "port": "3307", "user": "me", "password": "secret", "database": "shop"}
    assert found.dsn == {**own, "ssl_ca": "/ca.pem", "ssl_verify_cert": "1", "application_name": "airlift shop preflight"}
    assert found.conn_type == kind
    assert "secret" not in f"{found!r} {found.where}"


def test_what_libpq_is_told_stays_as_it_is() -> None:
    assert address(Given("postgres", {"sslmode": "require", "ssl_ca": "/ca.pem"})).dsn == {
        "host": "db1", "port": "3307", "user": "me", "password": "secret", "dbname": "shop", "sslmode": "require",
    }  # fmt: skip


def test_connections_that_ask_no_server_who_it_is_share_what_they_need_for_tls() -> None:
    one, other = (DriverConnection(defer_connect=True) for _ in range(2))
    assert one.ctx is other.ctx
    assert (one.ctx.verify_mode, one.ctx.check_hostname, one._ssl_required) == (ssl.CERT_NONE, False, False)


def test_a_connection_that_verifies_its_server_has_its_own() -> None:
    verifying = DriverConnection(defer_connect=True, ssl_verify_cert=True, ssl_ca=ssl.get_default_verify_paths().cafile)
    assert verifying.ctx is not DriverConnection(defer_connect=True).ctx
    assert verifying.ctx.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("shown", "later"),
    [
        ("int(11)", "int"), ("bigint(20) unsigned", "bigint unsigned"), ("tinyint(1)", "tinyint(1)"), ("tinyint(4)", "tinyint"),
        ("tinyint(1) unsigned", "tinyint unsigned"), ("int(5) unsigned zerofill", "int(5) unsigned zerofill"), ("year(4)", "year"),
        ("decimal(10,2)", "decimal(10,2)"), ("varchar(11)", "varchar(11)"), ("enum('int(11)')", "enum('int(11)')"), ("int", "int"),
    ],
)  # fmt: skip
def test_a_type_is_the_same_whether_its_server_shows_widths_or_not(shown: str, later: str) -> None:
    assert (Session.type_shown(shown), MariaDBSession.type_shown(shown)) == (later, shown)
