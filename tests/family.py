"""Which of the two products the tests of MySQL and MariaDB run on: AIRLIFT_MYSQL_FAMILY is `mariadb`, or `mysql`.

The fixtures and the tests are the same for both. What only one of them has is asked of it alone, and the other run says why not.
"""

from __future__ import annotations

import os
import re
from typing import TypeVar

import pytest

from airlift.databases.mysql import MariaDB, MySQL
from airlift.databases.mysql.session import Session
from testbed.mariadb import MariaServer
from testbed.mysql8 import MySQLServer
from testbed.serving import Database

PRODUCTS: dict[str, tuple[type[MariaServer], type[MySQL]]] = {"mariadb": (MariaServer, MariaDB), "mysql": (MySQLServer, MySQL)}
FAMILY = os.environ.get("AIRLIFT_MYSQL_FAMILY") or "mariadb"
if FAMILY not in PRODUCTS:
    raise pytest.UsageError(f"AIRLIFT_MYSQL_FAMILY={FAMILY}: expected one of {', '.join(PRODUCTS)}")
SERVER, ENGINE = PRODUCTS[FAMILY]
"""What starts a server of the product, and the class of the product's code that serves it."""
IS_MARIADB = FAMILY == "mariadb"

Some = TypeVar("Some")


def by_product(*, mariadb: Some, mysql: Some) -> Some:
    """The one of two that is of the product."""
    return mariadb if IS_MARIADB else mysql


def only_mariadb(has: str) -> pytest.MarkDecorator:
    """For a test of what MySQL does not have."""
    return pytest.mark.skipif(not IS_MARIADB, reason=f"only MariaDB has {has}")


def only_mysql(has: str) -> pytest.MarkDecorator:
    """For a test of what MariaDB does not have."""
    return pytest.mark.skipif(IS_MARIADB, reason=f"only MySQL has {has}")


def seq(count: int) -> str:
    """What stands behind FROM for the numbers from one on, in their order, as the column `seq`."""
    return f"JSON_TABLE(CONCAT('[', REPEAT('0,', {count - 1}), '0]'), '$[*]' COLUMNS (seq FOR ORDINALITY)) AS numbered"


def said(text: str) -> str:
    """What MariaDB says of a table, in the product's words: MySQL says not how wide whole numbers are shown, and has another collation."""
    if IS_MARIADB:
        return text
    return re.sub(r"(int)\(\d+\)", r"\1", text).replace("utf8mb4_general_ci", "utf8mb4_0900_ai_ci")


SIBLINGS: list[str] = by_product(mariadb=[], mysql=["mysql to mariadb", "mariadb to mysql"])
"""The ways from one product to the other, each by its own name: where the tests run on MySQL, there is a MariaDB server beside."""


def class_of(database: Database) -> type[MySQL]:
    """The class of the code that serves a database's product."""
    return next(engine for _, engine in PRODUCTS.values() if engine.product == database.server.product)


def engine_of(database: Database, *, where: str) -> MySQL:
    """The product's code for a database."""
    return class_of(database)(database.dsn, where=where, schema=None)


def session_of(database: Database, *, where: str) -> Session:
    """A session of ours."""
    return engine_of(database, where=where)._connected()
