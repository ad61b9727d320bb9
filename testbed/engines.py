"""The servers that there are for tests and the demo, by the words that a person chooses them with."""

from __future__ import annotations

from testbed.mariadb import MariaServer
from testbed.mysql8 import MySQLServer
from testbed.servers import Server
from testbed.serving import LocalServer

ENGINES: dict[str, type[LocalServer]] = {"postgres": Server, "mariadb": MariaServer, "mysql": MySQLServer}
