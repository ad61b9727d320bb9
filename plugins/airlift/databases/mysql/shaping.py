"""Make a table like another one and bring it into its new shape, by statements that a caller runs. Knows no session.

A draft is made so, too: as a temporary table, which is gone with its session.
"""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from airlift.databases.mysql.clauses import column_clause
from airlift.databases.mysql.quoting import quoted, table
from airlift.databases.shapes import Column, Index
from airlift.spec import Table, TableName

_TEXTS = re.compile(r"\b(?:ENGINE|CHARSET|COLLATE)=\w+")
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
    is_text = column_clause(f"{quoted(column.name)} {kind}").type.split("(")[0].strip().lower() in _OF_CHARACTERS
    charset = own.charset if is_text and not new.charset else ""
    return " ".join(part for part in (kind, charset, own.rest) if part)
