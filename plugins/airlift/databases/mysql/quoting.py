"""The one place where MySQL's and MariaDB's identifiers are quoted."""

import re
from collections.abc import Iterable

from airlift.spec import TableName

LONGEST_NAME = 64
"""Characters of an identifier that the servers take; what is longer they refuse."""
_QUOTED = re.compile("`((?:[^`]|``)+)`")


def quoted(name: str) -> str:
    """One identifier, whatever its characters."""
    return "`" + name.replace("`", "``") + "`"


def table(name: TableName) -> str:
    """A table or view with its database."""
    return f"{quoted(name.schema)}.{quoted(name.name)}"


def unquoted(name: str) -> TableName:
    """The table or view that `table` has quoted."""
    schema, own = (part.replace("``", "`") for part in _QUOTED.findall(name))
    return TableName(schema, own)


def listed(names: Iterable[str], *, of: str = "") -> str:
    """Identifiers with commas between, each with the alias `of` in front when one is given."""
    return ", ".join(f"{of}.{quoted(name)}" if of else quoted(name) for name in names)


def matching(names: Iterable[str], left: str, right: str) -> str:
    """The condition that the columns `names` of two aliases are equal."""
    return " AND ".join(f"{left}.{quoted(name)} = {right}.{quoted(name)}" for name in names)
