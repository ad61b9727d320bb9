"""What the rounds do to a server in its own words: one ground for each kind of engine. Knows no round."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from airlift.databases.mysql import capture as mysql_capture
from airlift.databases.mysql import session as mysql_sessions
from airlift.databases.postgres import capture, session
from testbed.serving import Database

_MOOD = {"mood": {"add": "varchar(20) NOT NULL DEFAULT 'good'"}}
_LEASE, _READING_LEASE = "2s", "8s"
_PRUNE_EVERY = 2


@dataclass(frozen=True)
class Ground:
    """The words of an engine. `schema` is the expression for where a session's tables are."""

    schema: str
    terminate: str
    """Ends our sessions on the server, seen from the administrator's, or only finds them; a row for each."""
    rewrite: str
    foreign_keys: str
    """The child and the parent of each foreign key that holds for all rows. Those of obsolete tables are nobody's."""
    leftovers: str
    patience: tuple[str, ...]
    """Makes the service's waits short: whoever thaws a frozen process must not wait for it."""
    touch: str
    """Changes nothing in a table, and is told if that is shut."""
    kill: str | None = None
    """Ends a session that was found, where finding does not end it."""
    notes_truncate: bool = True
    """Whether capture hears of a TRUNCATE. Where it does not, one of an old table is found by the comparison, and the cutover refuses."""
    truncates_in_transaction: bool = True
    forgets: str | None = None
    """Makes commits to a database no longer durable at once; None where only the whole server could be told so."""
    shared: str | None = None
    """What all databases of a server have of ours together."""
    diary: Mapping[str, Any] = field(default_factory=dict)
    """The columns that the new diary has otherwise, where the engine's views can show them."""
    fine: Decimal = Decimal("0.2")
    """A weight that the new diary can say."""

    def session(self, database: Database) -> Any:
        """A session of the service's, in which every statement commits."""
        made = database.connect()
        with made.cursor() as cursor:
            for statement in self.patience:
                cursor.execute(statement)
        return made


POSTGRES = Ground(
    schema="current_schema()",
    terminate="SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name LIKE 'airlift shop %' AND pid <> pg_backend_pid()",
    rewrite="VACUUM FULL {}",
    foreign_keys="SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint "
    "WHERE contype = 'f' AND convalidated AND conrelid::regclass::text NOT LIKE '%\\_obsolete'",
    leftovers="SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'airlift' AND c.relname LIKE 'shop\\_%' "
    "UNION ALL SELECT tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'airlift\\_%'",
    patience=("SET lock_timeout = '150ms'", "SET statement_timeout = '5s'"),
    touch="DELETE FROM {} WHERE false",
    forgets='ALTER DATABASE "{}" SET synchronous_commit = off',
    diary={"columns": {**_MOOD, "weight": {"type": "numeric(9, 3)"}}},
    fine=Decimal("0.234"),
)
MYSQL = Ground(
    schema="database()",
    terminate="SELECT PROCESSLIST_ID FROM performance_schema.session_connect_attrs "
    "WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE LIKE 'airlift shop %' AND PROCESSLIST_ID <> connection_id()",
    rewrite="ALTER TABLE {} FORCE",
    foreign_keys="SELECT TABLE_NAME, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS "
    "WHERE CONSTRAINT_SCHEMA = database() AND right(TABLE_NAME, 9) <> '_obsolete'",
    leftovers="SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'airlift' AND left(TABLE_NAME, 5) = 'shop_' "
    "UNION ALL SELECT concat(TRIGGER_NAME, ' on ', EVENT_OBJECT_TABLE) FROM information_schema.TRIGGERS "
    "WHERE left(TRIGGER_NAME, 8) = 'airlift_' AND EVENT_OBJECT_SCHEMA = database()",
    patience=("SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, sql_mode = 'NO_BACKSLASH_ESCAPES'",),
    touch="UPDATE {} SET id = id",
    kill="KILL {}",
    notes_truncate=False,
    truncates_in_transaction=False,
    shared="airlift",
    diary={"columns": _MOOD},
)
BY_ENGINE: Mapping[str, Ground] = {"postgres": POSTGRES, "mysql": MYSQL}
ATTEMPTS = "SELECT no, state FROM airlift.attempts WHERE state IN ('begun', 'deciding')"
HAS_LEDGER = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'airlift' AND table_name = 'attempts'"


def of(database: Database) -> Ground:
    """The ground of a database's engine."""
    return BY_ENGINE[database.engine]


def ask(database: Database, statement: str, *, admin: bool = False) -> list[tuple[Any, ...]]:
    """The rows that a statement returns."""
    with contextlib.closing(database.connect(admin=admin)) as session, session.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def hurry() -> None:
    """What takes minutes in earnest takes seconds here: for this process and those that it forks."""
    session.SETTINGS["idle_in_transaction_session_timeout"] = _LEASE
    session.LONGEST_REST_READING = _READING_LEASE
    mysql_sessions._DEFAULTS["idle_in_transaction_session_timeout"] = _LEASE
    mysql_sessions.LONGEST_REST_READING = _READING_LEASE
    capture.Positions.prune_every = _PRUNE_EVERY
    mysql_capture.Positions.prune_every = min(_PRUNE_EVERY, mysql_capture.Positions.prune_every)
