"""The one place where PostgreSQL identifiers are quoted."""

from collections.abc import Iterable

from airlift.spec import TableName

LONGEST_NAME = 63
"""Bytes of an identifier that PostgreSQL keeps; what is longer it cuts without an error."""


def quoted(name: str) -> str:
    """One identifier, whatever its characters."""
    return '"' + name.replace('"', '""') + '"'


def table(name: TableName) -> str:
    """A table, view, sequence or type with its schema."""
    return f"{quoted(name.schema)}.{quoted(name.name)}"


def listed(names: Iterable[str], *, of: str = "") -> str:
    """Identifiers with commas between, each with the alias `of` in front when one is given."""
    return ", ".join(f"{of}.{quoted(name)}" if of else quoted(name) for name in names)


def matching(names: Iterable[str], left: str, right: str) -> str:
    """The condition that the columns `names` of two aliases are equal."""
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in names)
