"""Which PostgreSQL values can be hashed and sent as they are, and which only through another form. No connection."""

from collections.abc import Iterable

from airlift.databases.common_form import is_common
from airlift.databases.postgres import writing
from airlift.databases.shapes import Carried, Column, Layout

SHOWN = 200
"""Characters of a value that are shown of a row that differs."""

# Types whose values are equal only when every byte is, and whose hash takes in every byte. All else is hashed through its output, for
# PostgreSQL's hashes follow equality, where 1.0 = 1.00, -0 = 0, '1 mon' = '30 days', 'abc' = 'ABC' under some collations; and those of
# 8-byte integers fold them to 4, so that -1 and 4294967295 hash alike.
_IDENTITY = {"bool", "int2", "int4", "oid", "char", "name", "uuid", "bytea", "date", "macaddr", "macaddr8"}
# Equal values of these are the same in every byte, too, but not every byte goes into their hash.
_SAME_WHEN_EQUAL = {*_IDENTITY, "int8", "time", "timestamp", "timestamptz", "pg_lsn", "xid8"}
# Types whose binary output is exact and cheap. `float8send` tells -0 from 0; `numeric_send` tells 1.0 from 1.00.
_BINARY_OUTPUT = {
    "int8": "int8send",
    "time": "time_send",
    "timestamp": "timestamp_send",
    "timestamptz": "timestamptz_send",
    "pg_lsn": "pg_lsn_send",
    "xid8": "xid8send",
    "numeric": "numeric_send",
    "float4": "float4send",
    "float8": "float8send",
    "jsonb": "jsonb_send",
    "json": "json_send",
    "interval": "interval_send",
    "timetz": "timetz_send",
    "bpchar": "bpcharsend",
    "bit": "bit_send",
    "varbit": "varbit_send",
    "money": "cash_send",
    "inet": "inet_send",
    "cidr": "cidr_send",
}
# Their binary form is a number of a catalog row, which means something else on another server; or, of the last four, it is not
# taken back as it was: an empty vector or query is refused, and XML loses its declaration.
_ONLY_TEXT = {
    "regclass", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regrole", "regnamespace", "regconfig",
    "regdictionary", "regcollation", "oidvector", "int2vector", "tsquery", "xml",
}  # fmt: skip
# XML's own output drops the declaration that the value has; cast to text it is given as it is.
_AS_IT_IS = {"xml": "pg_catalog.text", "_xml": "pg_catalog.text[]"}


HASHES_RECORDS = 140000
"""The first version that has a hash of records."""


def compared(column: Column) -> str:
    """How a column is hashed: "value", "text", as a type of _AS_IT_IS, or the function of pg_catalog whose output is."""
    if column.type_schema != "pg_catalog":
        return "text"
    if column.type_name in ("text", "varchar"):
        return "value" if column.is_deterministic else "textsend"
    if column.type_name in _IDENTITY:
        return "value"
    return column.type_name if column.type_name in _AS_IT_IS else _BINARY_OUTPUT.get(column.type_name, "text")


def is_same_when_equal(column: Column) -> bool:
    """Whether two values of the column that are equal have the same bytes."""
    if column.type_schema != "pg_catalog":
        return False
    return column.is_deterministic if column.type_name in ("text", "varchar") else column.type_name in _SAME_WHEN_EQUAL


def can_pass_binary(column: Column) -> bool:
    """Whether COPY's binary form of the column means the same on every server: no catalog numbers inside, and nothing is lost."""
    if column.type_name.removeprefix("_") in _ONLY_TEXT or column.has_custom_element or not column.has_binary_form:
        return False
    return column.is_built_in or column.type_kind in ("e", "b")


def sent(layout: Layout, carried: Carried) -> str:
    """The source's SQL of what COPY sends for a carried column."""
    if is_common(layout):
        return writing.written(carried.compared, carried.expression)
    cast = _AS_IT_IS.get(carried.compared)
    return f"({carried.expression})::{cast}" if cast else carried.expression


def row_checksum(layout: Layout, values: Iterable[tuple[Carried, str]], *, version: int, seed: str = "0") -> str:
    """The SQL of a row's checksum on a server of a version, given the SQL of each column."""
    if is_common(layout):
        return writing.checksum(values)
    return record_hash(values, version=version, seed=seed)


def record_hash(values: Iterable[tuple[Carried, str]], *, version: int, seed: str = "0") -> str:
    """The SQL of PostgreSQL's own hash of some values, of which every byte goes into it. It is the same number on every version."""
    if version < HASHES_RECORDS:
        return _spelled_out(list(values), seed)
    return f"pg_catalog.hash_record_extended(ROW({', '.join(_hashed(*each) for each in values)}), {seed})"


def _spelled_out(values: list[tuple[Carried, str]], seed: str) -> str:
    """The same where the server has no function for it: 31 times what the columns so far gave, and the next one's hash, in 64 bits.

    An array is hashed just so, but begins with one instead of nothing: so that of one element is the element's and 31.
    """
    hashes = [f"pg_catalog.hash_array_extended(ARRAY[{_hashed(*each)}], {seed})::pg_catalog.numeric - 31" for each in values]
    powers = [pow(31, len(values) - 1 - position, 1 << 64) for position in range(len(values))]
    total = " + ".join(f"({hashed}) * {power}" for hashed, power in zip(hashes, powers, strict=True))
    # all the products together are far from 2^160, which makes the sum positive and is nothing in 64 bits
    return f"(pg_catalog.mod({total} + {(1 << 160) + (1 << 63)}, {1 << 64}) - {1 << 63})::pg_catalog.int8"


def texts(expressions: Iterable[str]) -> str:
    """The SQL of values as people read them, cut."""
    return ", ".join(f'pg_catalog."left"(({each})::pg_catalog.text, {SHOWN})' for each in expressions)


def _hashed(carried: Carried, expression: str) -> str:
    """The SQL whose value is hashed for a carried column, given the SQL of the column itself."""
    if carried.compared == "value":
        return expression
    if carried.compared == "text":
        return f"({expression})::pg_catalog.text"
    if carried.compared in _AS_IT_IS:
        return f"({expression})::{_AS_IT_IS[carried.compared]}::pg_catalog.text"
    return f"pg_catalog.{carried.compared}({expression})"
