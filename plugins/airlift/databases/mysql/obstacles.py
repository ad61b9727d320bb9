"""What gets in the way of a migration on MySQL and MariaDB only: settings, rights, and what hangs on tables here. Reads only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from airlift.databases.examined import Obstacle, Part
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.guarding import trigger_names
from airlift.databases.mysql.quoting import LONGEST_NAME, table
from airlift.databases.mysql.rights import EVERYWHERE, TRUSTED, UNFROZEN, Privileges, needed, privileges
from airlift.databases.mysql.session import Session
from airlift.databases.naming import SCHEMA
from airlift.errors import Refused
from airlift.spec import TableName

_MODES = ("PAD_CHAR_TO_FULL_LENGTH", "ANSI_QUOTES", "PIPES_AS_CONCAT", "NO_BACKSLASH_ESCAPES", "HIGH_NOT_PRECEDENCE", "IGNORE_SPACE")
"""Modes of which a table keeps nothing; of the others an equal INSERT may do another thing."""

FOLDING = 1
"""The value of lower_case_table_names with which a server changes the names that it is given."""


def found(
    session: Session, parts: list[Part], *, everywhere: Iterable[str], migration: str, where: str, has_to_see_locks: bool
) -> Iterator[Obstacle]:
    """All of it on one side, of whose tables `parts` tells. `everywhere` are the rights that are needed on the whole server.

    `has_to_see_locks` says that this server can't be asked for a table without waiting for it.
    """
    rights = privileges(session)
    role = parts[0].role if parts else "source"
    yield from _rights(rights, role, sorted({part.name.schema for part in parts} | {SCHEMA}), everywhere, where)
    settings = session.records("preflight/read_settings")[0]
    yield from _settings(settings, rights, where)
    if has_to_see_locks:
        yield from _locks(session, rights, where)
    yield from _names(parts, migration)
    yield from _alike(parts)
    if role == "target" and settings["folds_names"] == FOLDING:
        yield from _folded(parts, where)
    if role == "source":
        yield from _tables(session, parts)
        yield from _views(session, parts)
        yield from _grants(session, parts, rights)


def between(source: Session, target: Session) -> Iterator[Obstacle]:
    """What the two servers have otherwise, and had better not."""
    old, new = (session.records("preflight/read_settings")[0] for session in (source, target))
    if bool(old["folds_names"]) != bool(new["folds_names"]):
        fact = f"is {new['folds_names']} on the target and {old['folds_names']} on the source: one of them takes tables for one that only"
        fact += " differ in case"
        yield Obstacle('"lower_case_table_names"', fact, "Set up the target with the source's value: it can't be changed later")
    left, right = _modes(old), _modes(new)
    if left != right:
        lists = " and ".join(f"{', '.join(sorted(one - other)) or 'none more'} on the {side}" for one, other, side in (
            (left, right, "source"), (right, left, "target")))  # fmt: skip
        fact = f"has {lists}: a statement of the service may pass on one and not on the other, or store another value"
        yield Obstacle('"sql_mode"', fact, "Give both servers the same, or see that the service sets its own", is_refused=False)


def _modes(settings: dict[str, Any]) -> set[str]:
    return {mode for mode in str(settings["sql_mode"]).split(",") if mode and mode not in _MODES}


def _rights(rights: Privileges, role: str, schemas: Iterable[str], everywhere: Iterable[str], where: str) -> Iterator[Obstacle]:
    thing = f'account "{rights.account}"'
    # what a role allows is not listed for the account
    is_refused = not rights.role
    for schema in schemas:
        lacking = rights.lacking(needed(role, schema), schema)
        if lacking:
            fact = f'lacks {", ".join(lacking)} in the database "{schema}" on {where}'
            yield Obstacle(thing, fact, f"Grant it these on {_all_of(schema)}", is_refused)
    for privilege in everywhere:
        if privilege not in rights.everywhere:
            yield Obstacle(thing, f"lacks {privilege} on {where}, {EVERYWHERE[privilege]}", f"Grant it {privilege} on *.*", is_refused)


def _all_of(schema: str) -> str:
    """A database as GRANT takes it: as a pattern."""
    name = schema.replace("_", "\\_")
    return f"`{name}`.*"


def _settings(settings: dict[str, Any], rights: Privileges, where: str) -> Iterator[Obstacle]:
    if settings["is_frozen"] or (settings["is_read_only"] and not rights.everywhere.intersection(UNFROZEN)):
        yield Obstacle(where, "is read-only: a replica, or somebody has frozen it", "Point the connection to the server that takes writes")
    if settings["wants_keys"]:
        fact = "has sql_require_primary_key on, and temporary tables of ours have no primary key"
        yield Obstacle(where, fact, "SET GLOBAL sql_require_primary_key = OFF for the time of the migration")
    if not settings["takes_files"]:
        fact = "has local_infile off, and rows arrive by LOAD DATA LOCAL; on the way back at the source, too"
        yield Obstacle(where, fact, "SET GLOBAL local_infile = ON for the time of the migration")
    if settings["logs_changes"] and not settings["trusts_creators"] and not rights.everywhere.intersection(TRUSTED):
        fact = "keeps a binary log and lets only privileged accounts make triggers (log_bin_trust_function_creators is off)"
        yield Obstacle(where, fact, "SET GLOBAL log_bin_trust_function_creators = ON for the time of the migration")
    if settings["logs_changes"] and settings["binlog_format"] == "STATEMENT":
        fact = "logs statements (binlog_format is STATEMENT), and so refuses to write at READ COMMITTED, as we do"
        yield Obstacle(where, fact, "SET GLOBAL binlog_format = ROW, or MIXED")


def _locks(session: Session, rights: Privileges, where: str) -> Iterator[Obstacle]:
    fact = (
        "can't be asked for a table without waiting for it. It is asked only while nobody uses the table; a transaction of the service "
        "that comes in that very instant, reads the table and then writes it, may be ended as a deadlock (1213). That is rare"
    )
    yield Obstacle(where, fact, "See that the service begins such a transaction anew, as with any deadlock", is_refused=False)
    try:
        sees = bool(session.value("cutover/sees_locks"))
    except Refused:
        sees = False
    if not sees:
        fact = f"can't see who holds a table on {where}: transactions of the service would be ended there for ours"
        remedy = "GRANT SELECT ON performance_schema.* to it, and leave the instrument wait/lock/metadata/sql/mdl enabled"
        yield Obstacle(f'account "{rights.account}"', fact, remedy)


def _alike(parts: list[Part]) -> Iterator[Obstacle]:
    """Tables that the server's own catalog takes for one."""
    times = Counter(_without_case(part.name) for part in parts)
    for part in parts:
        if times[_without_case(part.name)] > 1:
            fact = "has a name that differs from another one's in case only: this server's catalog takes the two for one"
            yield Obstacle(f'table "{part.name}"', fact, "Rename one of them, or leave one out with `skip: true`")


def _without_case(name: TableName) -> tuple[str, str]:
    return name.schema.casefold(), name.name.casefold()


def _folded(parts: list[Part], where: str) -> Iterator[Obstacle]:
    """The new tables that the server would give other names than they are to have."""
    for part in parts:
        if tuple(part.name) != (part.name.schema.lower(), part.name.name.lower()):
            fact = f"has capitals, and {where} keeps names in small letters (lower_case_table_names is {FOLDING})"
            remedy = "Rename the old table to small letters, or set up the target with lower_case_table_names = 0"
            yield Obstacle(f'new table "{part.name}"', fact, remedy)


def _names(parts: list[Part], migration: str) -> Iterator[Obstacle]:
    longest = max(len(f"{name}_{len(parts)}") for name in trigger_names(migration))
    if longest > LONGEST_NAME:
        fact = f"has too long a name: triggers of ours would have names of {longest} characters of {LONGEST_NAME} at most"
        yield Obstacle(f'migration "{migration}"', fact, "Choose a shorter name")


def _tables(session: Session, parts: list[Part]) -> Iterator[Obstacle]:
    catalog = Catalog()
    made = catalog.clauses(session, [part.name for part in parts])
    for part in parts:
        thing, clauses = f'table "{part.name}"', made[part.name]
        if clauses.has_periods or "SYSTEM VERSIONING" in clauses.options.upper():
            yield Obstacle(thing, "has periods or keeps its history, which is not moved", "Leave it out with `skip: true`")
        drawing = [column.name for column in clauses.columns if "nextval(" in (column.default or "").lower()]
        if drawing:
            fact = f'draws its column "{drawing[0]}" from a sequence, which is not carried over'
            yield Obstacle(thing, fact, "Make the column AUTO_INCREMENT, or leave the table out with `skip: true`")
        primary = next((index.columns for index in clauses.indexes if index.definition.startswith("PRIMARY")), None)
        if part.key and primary and set(part.key) != set(primary):
            fact = f"is to be matched by {_listed(part.key)}, while its rows lie in the order of {_listed(primary)}: a row that moves"
            fact += " during the copy would stop it"
            yield Obstacle(thing, fact, "Leave `key` out, so that the primary key is used")
        if "DIRECTORY" in clauses.partitions.upper():
            yield Obstacle(thing, "has partitions in folders of their own, which the target may lack", "See that they are there", False)


def _views(session: Session, parts: list[Part]) -> Iterator[Obstacle]:
    for part in parts:
        for schema, name in session.rows("preflight/read_views_over", quoted=table(part.name)):
            fact = f'reads table "{part.name}" and is not carried over: after the switch it finds no table'
            yield Obstacle(f'view "{schema}.{name}"', fact, "Make it on the target, and drop it here after the switch", is_refused=False)


def _grants(session: Session, parts: list[Part], rights: Privileges) -> Iterator[Obstacle]:
    own = "'{}'@'{}'".format(*rights.account.rsplit("@", 1))
    tables = [tuple(part.name) for part in parts]
    found = session.rows("preflight/read_grantees", tables=tables) if tables else []
    for part in parts:
        grantees = [grantee for schema, name, grantee in found if (schema, name) == tuple(part.name) and grantee != own]
        if grantees:
            fact = f"is granted to {', '.join(grantees)} by itself or by columns; the new table and the view are not"
            yield Obstacle(f'table "{part.name}"', fact, "Grant the same on the target before the switch", is_refused=False)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
