"""What an account must be allowed on a MySQL or MariaDB server, and what it may do there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airlift.databases.mysql.session import Session
from airlift.databases.naming import SCHEMA

_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_TABLES = ("CREATE", "DROP", "ALTER", "LOCK TABLES")
_NEW = ("INDEX", "CREATE TEMPORARY TABLES", "CREATE VIEW", "SHOW VIEW")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "source": (*_ROWS, *_TABLES, "TRIGGER"),
    "target": (*_ROWS, *_TABLES, "TRIGGER", "REFERENCES", *_NEW),
    "own": (*_ROWS, *_TABLES, *_NEW),
}
"""In the databases of the old tables, of the new ones, and in our own. Rows go back to the old tables, too, when the way back is open."""
PROCESS = "PROCESS"
EVERYWHERE: Mapping[str, str] = {
    PROCESS: "without which it sees neither the tables' numbers nor who holds a table",
    "XA_RECOVER_ADMIN": "without which it sees no prepared transactions, whose rows would be in no window",
}
"""What is needed on the whole server, and why; MariaDB has no such right as the second."""
TRUSTED = ("SUPER", "BINLOG ADMIN")
"""Who has any of these may make triggers where changes are logged."""
UNFROZEN = ("SUPER", "READ ONLY ADMIN", "READ_ONLY ADMIN", "CONNECTION_ADMIN")


@dataclass(frozen=True)
class Privileges:
    """What an account may do: everywhere, and in databases whose names are like a pattern. A `role` may allow it more."""

    account: str
    role: str
    everywhere: frozenset[str]
    inside: tuple[tuple[str, str], ...]

    def has(self, privilege: str, schema: str) -> bool:
        """Whether it may do something in a database."""
        return privilege in self.everywhere or any(each == privilege and _is_like(schema, pattern) for pattern, each in self.inside)

    def lacking(self, wanted: Iterable[str], schema: str) -> list[str]:
        """What of all that it may not do there."""
        return [privilege for privilege in wanted if not self.has(privilege, schema)]


def privileges(session: Session) -> Privileges:
    """What our account may do."""
    ((account, role),) = session.rows("preflight/read_account")
    user, _, host = account.rpartition("@")
    found = session.rows("preflight/read_privileges", grantee=f"'{user}'@'{host}'")
    return Privileges(
        account=account,
        role=role,
        everywhere=frozenset(privilege for pattern, privilege in found if pattern is None),
        inside=tuple((pattern, privilege) for pattern, privilege in found if pattern is not None),
    )


def needed(role: str, schema: str) -> tuple[str, ...]:
    """What is needed in a database on the side of a role."""
    return NEEDED["own" if schema == SCHEMA else role]


def _is_like(schema: str, pattern: str) -> bool:
    """Whether a database's name is like a grant's pattern, in which a backslash makes a sign stand for itself."""
    parts = [
        re.escape(part[1:]) if part.startswith("\\") and len(part) > 1 else {"%": ".*", "_": "."}.get(part, re.escape(part))
        for part in re.findall(r"\\.|.", pattern, re.DOTALL)
    ]
    return re.fullmatch("".join(parts), schema, re.DOTALL) is not None
