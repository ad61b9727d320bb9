"""A column of MySQL's as MariaDB would have it, and the other way: nearly the same words. No connection."""

import re
from collections.abc import Iterator
from dataclasses import replace

from airlift.databases.mysql.catalog import type_name
from airlift.databases.mysql.clauses import ColumnClause
from airlift.databases.mysql.expressions import conditional
from airlift.databases.mysql.quoting import quoted
from airlift.databases.mysql.shaping import MOMENTS, retyped
from airlift.databases.shapes import Column
from airlift.databases.translating import defaults
from airlift.databases.translating.mysql_columns import clause, is_geometry, is_json, literal, says
from airlift.databases.translating.siblings.collations import charset_of, there

UUID, INET4, INET6 = "char(36)", "varchar(15)", "varchar(45)"
_TO_MYSQL = {"uuid": UUID, "inet4": INET4, "inet6": INET6, "vector": "blob", "geometrycollection": "geomcollection"}
"""What only MariaDB has. A vector is on both servers, but not in the oldest versions, and says another thing of its length."""
_TO_MARIADB = {"geomcollection": "geometrycollection", "vector": "blob"}
_TELLS_ALL_APART = "utf8mb4_0900_bin"
_WIDTHS = {"tinyint": (4, 3), "smallint": (6, 5), "mediumint": (9, 8), "int": (11, 10), "bigint": (20, 20)}
"""How wide MariaDB says that it shows whole numbers, and those without a sign."""
_WITHOUT_LITERALS = re.compile(r"(tiny|medium|long)?(text|blob)|json|geom\w*|point|multi\w+|linestring|polygon")
"""Types whose default is an expression on MySQL, whatever it is."""
REALS = ("float", "double")
_BYTES = re.compile(r"0x([0-9a-f]+)", re.IGNORECASE)


def translated(column: Column, product: str, *, given: str | None = None) -> Column:
    """The column as the other server would have it; `product` says which that is, `given` is the type that the spec says."""
    kind = _kind(column, product)
    shown = _shown(kind, product)
    own = clause(column)
    collation = _collation(column, kind, product)
    words = [quoted(column.name), kind if kind == "json" else shown, _charset(collation) if kind != "json" else ""]
    default = None if column.generated else _default(column, own, product)
    # a column that MariaDB computes can't be told whether it may be NULL
    may_be_null = bool(column.generated) and product == "MariaDB"
    words += [
        f"GENERATED ALWAYS AS {own.generation}" if column.generated else "",
        "" if may_be_null else "NOT NULL" if column.not_null else "NULL",
    ]
    words += [
        "INVISIBLE" if says(column, "INVISIBLE") else "", f"DEFAULT {default}" if default else "", f"ON {own.on}" if own.on else "",
        "AUTO_INCREMENT" if column.identity else "", f"COMMENT {literal(column.comment)}" if column.comment else "",
    ]  # fmt: skip
    made = replace(
        column, type=shown, type_name=type_name(shown), base_type=shown, collation=collation, default_expression=default,
        not_null=column.not_null and not may_be_null, definition=" ".join(filter(None, words)),
    )  # fmt: skip
    return made if given is None else _given(made, given)


def _given(made: Column, given: str) -> Column:
    """The column with the type that the spec says."""
    definition = f"{quoted(made.name)} {retyped(made, given)}"
    kind = given.strip().lower()
    return replace(made, type=kind, type_name=type_name(kind), base_type=kind, collation=None, definition=definition)


def _kind(column: Column, product: str) -> str:
    """The type's words, without how wide a number is shown."""
    if product == "MariaDB" and column.type_name == "json":
        return "json"
    others = _TO_MYSQL if product == "MySQL" else _TO_MARIADB
    kind = clause(column).type
    if (other := others.get(column.type_name)) is not None:
        return other
    if column.type_name in (*_WIDTHS, "year") and "zerofill" not in kind and kind != "tinyint(1)":
        return re.sub(r"\(\d+\)", "", kind)
    return kind


def _shown(kind: str, product: str) -> str:
    """The type as the server shows it."""
    if product == "MySQL" or "(" in kind:
        return kind
    word = type_name(kind)
    if word in _WIDTHS:
        width = _WIDTHS[word]["unsigned" in kind]
        return kind.replace(word, f"{word}({width})", 1)
    return {"year": "year(4)", "json": "longtext"}.get(kind, kind)


def _collation(column: Column, kind: str, product: str) -> str | None:
    if kind == "json":
        return "utf8mb4_bin"
    if column.collation is None:
        return _TELLS_ALL_APART if kind in (UUID, INET4, INET6) else None
    return there(column.collation, product).name


def _charset(collation: str | None) -> str:
    return " ".join(["CHARACTER SET", charset_of(collation), "COLLATE", collation]) if collation else ""


def _default(column: Column, own: ColumnClause, product: str) -> str | None:
    if own.default is None:
        return None
    meaning = defaults.of_mysql(own.default)
    if product == "MariaDB":
        # which shows such bytes as if they were a text
        found = _BYTES.fullmatch(own.default)
        return f"(unhex('{found[1]}'))" if found else own.default
    is_now = isinstance(meaning, defaults.Now) and column.type_name in MOMENTS and not meaning.is_utc
    is_plain = is_now or (isinstance(meaning, defaults.Constant) and not _WITHOUT_LITERALS.fullmatch(column.type_name))
    return own.default if is_plain else f"({own.default})"


def notes(source: Column, target: Column, product: str, *, is_given: bool) -> Iterator[tuple[str, str]]:
    """What a DBA has to know of a column: fact and remedy. Of a type that the spec has given he knows."""
    if source.generated:
        yield from _of_generated(source, product)
    for words in conditional(clause(source).rest):
        if words != "INVISIBLE":
            yield f"has {words} in its definition, which is left out", "Set the like on the new table, if it has any"
    if is_geometry(source):
        yield (
            "keeps places, which come over byte by byte; where their SRID is that of a globe, MySQL shows and takes the latitude first",
            "See that the service means the same by both numbers",
        )
    if not is_given:
        yield from _of_type(source, target, product)


def _of_generated(source: Column, product: str) -> Iterator[tuple[str, str]]:
    yield (
        f"is computed there by the same words, {clause(source).generation}, and not compared",
        "See that both servers mean the same by them",
    )
    if source.not_null and product == "MariaDB":
        yield "is computed and NOT NULL; there it may be NULL, for a computed column can't be told so", "Add a CHECK to the new table"


def _of_type(source: Column, target: Column, product: str) -> Iterator[tuple[str, str]]:
    if source.type_name in ("uuid", "inet4", "inet6"):
        fact = f"is of type {source.type}; there it is {target.type}, which takes any text: one that is written otherwise than"
        fact += f" {source.type} shows it differs on the way back, and holds a roll back up"
        yield fact, "Let the service write them so"
    if source.type_name == "vector":
        yield f"is of type {source.type}; there it is its bytes, four of each number", f"Give it `type: {source.type}`, where there is one"
    if product == "MariaDB" and source.type_name in REALS:
        yield "tells -0 from 0; there both are 0", "Give it a varchar as its `type` if that matters"
    if is_json(source) and product == "MySQL":
        fact = "is a document; there it is its text with the same check, because MySQL would keep it in a form of its own, which can't be"
        fact += " proven equal; what MySQL takes for no document stops the copy"
        yield fact, "Change the column's type after the switch, or give it `type: json` if documents are written as MySQL shows them"
    elif is_json(source):
        fact = "is a document; there it is its text, and on the way back one that is written otherwise than MySQL shows it differs, and"
        fact += " holds a roll back up"
        yield fact, "Make it longtext before you begin, if you count on a roll back"
