"""MySQL's and MariaDB's columns: what a type says, and a column as the catalog would have it. No connection."""

import re
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import mysql
from sqlalchemy.types import NullType, TypeEngine

from airlift.databases.mysql.clauses import ColumnClause, column_clause
from airlift.databases.mysql.expressions import top_level
from airlift.databases.mysql.lines import members
from airlift.databases.mysql.quoting import quoted
from airlift.databases.shapes import Column

AnyType = TypeEngine[Any]
# as bytes they have their SRID in front, and then well-known binary
_GEOMETRIES = (
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection",
)  # fmt: skip
# with another driver's way to bind values a per cent sign would be doubled
_DIALECT = mysql.dialect(paramstyle="named")
_TYPES: dict[str, type[AnyType]] = {
    **_DIALECT.ischema_names,
    **dict.fromkeys((*_GEOMETRIES, "vector"), mysql.LONGBLOB),
    **dict.fromkeys(("inet4", "inet6"), mysql.VARCHAR),
    "bool": mysql.TINYINT,
    "boolean": mysql.TINYINT,
    "dec": mysql.DECIMAL,
    "real": mysql.DOUBLE,
}
_COLLATIONS = {"MariaDB": "utf8mb4_nopad_bin", "MySQL": "utf8mb4_0900_bin"}
"""What tells all texts apart, blanks at their ends too."""
_WIDTHS: dict[type[AnyType], int] = {mysql.SMALLINT: 6, mysql.INTEGER: 11, mysql.BIGINT: 20}
BYTES = (types.BINARY, types.VARBINARY, types.BLOB, mysql.TINYBLOB, mysql.MEDIUMBLOB, mysql.LONGBLOB)
TEXTS = (types.String, types.Enum)
LONGEST_COMMENT = 1024
"""Characters."""


def parsed(text: str) -> AnyType:
    """What a type such as "int(10) unsigned" says."""
    found = re.fullmatch(r"(\w+)\s*(?:\((.*)\))?(.*)", text.strip(), re.DOTALL)
    made = _TYPES.get(found[1].lower()) if found else None
    if found is None or made is None:
        return NullType()
    if made is mysql.ENUM:
        return mysql.ENUM(*members(text))
    if made is mysql.SET:
        # with its members it would have an opinion on empty ones
        return mysql.SET()
    numbers = [int(number) for number in re.findall(r"\d+", found[2] or "")]
    if issubclass(made, mysql.DATETIME | mysql.TIMESTAMP | mysql.TIME):
        return made(fsp=numbers[0] if numbers else 0)
    if issubclass(made, mysql.TINYINT) and found[1].lower().startswith("bool"):
        return made(display_width=1)
    signs = {word: True for word in ("unsigned", "zerofill") if word in found[3].lower()}
    return made(*numbers, **signs)


def is_geometry(column: Column) -> bool:
    """Whether its values are places."""
    return column.type_name in _GEOMETRIES


def is_json(column: Column) -> bool:
    """Whether its values are documents. MariaDB has a check on a text for that."""
    found = clause(column)
    return "json" in (column.type_name, found.type.lower()) or (column.type_name == "longtext" and is_json_check(found.check or ""))


def is_json_check(condition: str) -> bool:
    """Whether a check asks for documents, as MariaDB puts it to a column of type JSON."""
    return bool(re.fullmatch(r"\(?\s*json_valid\s*\(`(?:[^`]|``)+`\)\s*\)?", condition.strip(), re.IGNORECASE))


def clause(column: Column) -> ColumnClause:
    """The parts of a column's definition."""
    return column_clause(column.definition)


def says(column: Column, word: str) -> bool:
    """Whether its definition has a word such as INVISIBLE."""
    return any((match["piece"] or "").upper() == word for match in top_level(clause(column).rest))


def character(kind: type[Any], product: str, *numbers: int) -> AnyType:
    """A type for texts, which the server tells apart byte by byte."""
    found: AnyType = kind(*numbers, charset="utf8mb4", collation=_COLLATIONS[product])
    return found


def members_of(labels: list[str], product: str) -> mysql.ENUM:
    """An ENUM with these members."""
    return mysql.ENUM(*labels, charset="utf8mb4", collation=_COLLATIONS[product])


def options(product: str) -> str:
    """What CREATE TABLE is to say behind the columns."""
    return f"ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={_COLLATIONS[product]}"


def made(source: Column, kind: AnyType, product: str, *, is_numbered: bool, default: str | None, given: str | None = None) -> Column:
    """The column of a type that stands for one of another engine, or of the `given` one; `default` is its SQL."""
    whole = given or ("uuid" if isinstance(kind, types.Uuid) else str(kind.compile(dialect=_DIALECT)))
    parts = [
        quoted(source.name), whole, "NOT NULL" if source.not_null else "", f"DEFAULT {default}" if default is not None else "",
        "AUTO_INCREMENT" if is_numbered else "", f"COMMENT {literal(source.comment[:LONGEST_COMMENT])}" if source.comment else "",
    ]  # fmt: skip
    shown = given or _shown(kind, whole, product)
    collation = getattr(kind, "collation", None)
    return Column(
        name=source.name, type=shown, type_name=re.split(r"\W", shown)[0], type_schema="", type_kind="b", is_built_in=True,
        has_custom_element=False, has_binary_form=False, base_type=shown, not_null=source.not_null,
        identity="d" if is_numbered else "", generated="", default_expression=default, is_deterministic=True, collation=collation,
        comment=source.comment, definition=" ".join(part for part in parts if part),
    )  # fmt: skip


def _shown(kind: AnyType, whole: str, product: str) -> str:
    """The type as the server shows it: in small letters, on MariaDB with the width of a whole number, and without its collation."""
    if isinstance(kind, mysql.JSON) and product == "MariaDB":
        return "longtext"
    text = whole.rpartition(" CHARACTER SET ")[0] or whole
    if isinstance(kind, mysql.ENUM):
        return f"enum{text[4:]}"
    shown = text.lower().replace(", ", ",").replace("integer", "int")
    width = _WIDTHS.get(type(kind))
    return f"{shown}({width})" if width and product == "MariaDB" else shown


def literal(text: str) -> str:
    """A text as SQL writes it, in our sessions' mode."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
