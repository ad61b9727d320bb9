"""Make a table like another one and bring it into its new shape, by statements that a caller runs. Knows no session.

A draft is made so, too: as a temporary table, which is gone with its session.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from airlift.databases.mysql.clauses import column_clause
from airlift.databases.mysql.expressions import top_level
from airlift.databases.mysql.quoting import quoted, table
from airlift.databases.shapes import Column, Index
from airlift.spec import Table, TableName

_TEXTS = re.compile(r"\b(?:ENGINE|CHARSET|COLLATE)=\w+")
MOMENTS = ("datetime", "timestamp")
"""Types whose columns may be filled with the present time as such, and not as an expression."""
_OF_CHARACTERS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set")


class Act(Protocol):
    """Runs a statement file, filled with names and values."""

    def __call__(self, file: str, holes: dict[str, str], /, **values: Any) -> Any:
        """Run it."""


def create(
    act: Act,
    name: TableName,
    *,
    like: Iterable[Column],
    indexes: Iterable[Index],
    checks: Iterable[dict[str, Any]],
    options: str,
    comment: str,
    is_draft: bool = False,
) -> None:
    """Make a table. A draft is a temporary one, which can't have partitions, an index of words, or a place and form of its own."""
    parts = [
        *(column.definition for column in like),
        *(index.tail for index in indexes if not (is_draft and index.tail.startswith("FULLTEXT"))),
        *(f"CONSTRAINT {quoted(check['name'])} {check['definition']}" for check in checks),
    ]
    others, _, partitions = options.partition("\n")
    if is_draft:
        others = " ".join(_TEXTS.findall(others))
    holes = {"temporary": "TEMPORARY" if is_draft else "", "options": others, "partitions": "" if is_draft else partitions}
    act("prepare/create_table", {**holes, "table": table(name), "parts": ", ".join(parts)}, comment=comment)


def reshape(act: Act, name: TableName, spec: Table, old: Iterable[Column]) -> None:
    """Bring a table of the old shape into the new one."""
    columns = {column.name: column for column in old}
    holes = {"table": table(name)}
    for gone in spec.drop:
        act("prepare/drop_column", {**holes, "column": quoted(gone)})
    for new_name, how in spec.columns.items():
        column = {**holes, "column": quoted(new_name)}
        if how.add is not None:
            act("prepare/add_column", {**column, "definition": how.add})
            continue
        if how.from_ is not None:
            act("prepare/rename_column", {**holes, "old": quoted(how.from_), "new": quoted(new_name)})
        origin = columns.get(how.from_ or new_name)
        if how.type is not None and origin is not None:
            act("prepare/change_column", {**column, "definition": retyped(origin, how.type)})
        elif how.type is not None:
            act("prepare/add_column", {**column, "definition": how.type})


def retyped(column: Column, kind: str) -> str:
    """The column's definition behind its name with another type; a type that says more than a type stands for all of it."""
    own, new = column_clause(column.definition), column_clause(f"{quoted(column.name)} {kind}")
    if new.rest:
        return kind
    word, _, digits = new.type.lower().rstrip(")").partition("(")
    charset = own.charset if word.strip() in _OF_CHARACTERS and not new.charset else ""
    rest = _now_with(own.rest, digits) if word.strip() in MOMENTS else own.rest
    return " ".join(part for part in (kind, charset, rest) if part)


def _now_with(rest: str, digits: str) -> str:
    """The rest of a definition whose moments of now have as many digits as the type: MySQL takes it for wrong otherwise."""
    now = f"CURRENT_TIMESTAMP({digits})" if digits else "CURRENT_TIMESTAMP"
    found = list(top_level(rest))
    cuts = [number for number, match in enumerate(found) if match.group().upper() == "CURRENT_TIMESTAMP"]
    for number in reversed(cuts):
        has_digits = [match["piece"] for match in found[number + 1 : number + 3]] == ["(", ")"]
        rest = rest[: found[number].start()] + now + rest[found[number + (2 if has_digits else 0)].end() :]
    return rest
