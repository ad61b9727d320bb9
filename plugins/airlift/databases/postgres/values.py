"""Which PostgreSQL values can be hashed as they are, and which must be hashed through their output. No connection."""

from airlift.databases.shapes import Carried, Column

# Types whose equality is identity: two values are equal only when every byte is. All else is hashed through its output, for
# PostgreSQL's hashes follow equality, and 1.0 = 1.00, -0 = 0, '1 mon' = '30 days', 'abc' = 'ABC' under some collations.
_IDENTITY = {
    "bool", "int2", "int4", "int8", "oid", "char", "name", "uuid", "bytea", "date", "time", "timestamp", "timestamptz",
    "macaddr", "macaddr8", "pg_lsn", "xid8",
}  # fmt: skip
# Types whose binary output is exact and cheap. `float8send` tells -0 from 0; `numeric_send` tells 1.0 from 1.00.
_BINARY_OUTPUT = {
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
# Their values are numbers of catalog rows, which mean something else on another server.
_SERVER_BOUND = {
    "regclass", "regproc", "regprocedure", "regoper", "regoperator", "regtype", "regrole", "regnamespace", "regconfig",
    "regdictionary", "regcollation",
}  # fmt: skip


def compared(column: Column) -> str:
    """How a column is hashed: "value", "text", or the function of pg_catalog whose output is."""
    if column.type_schema != "pg_catalog":
        return "text"
    if column.type_name in ("text", "varchar"):
        return "value" if column.is_deterministic else "textsend"
    if column.type_name in _IDENTITY:
        return "value"
    return _BINARY_OUTPUT.get(column.type_name, "text")


def can_pass_binary(column: Column) -> bool:
    """Whether COPY's binary form of the column means the same on every server: no catalog numbers inside."""
    if column.type_name in _SERVER_BOUND or column.has_custom_element:
        return False
    return column.is_built_in or column.type_kind in ("e", "b")


def hashed(carried: Carried, expression: str) -> str:
    """The SQL whose value is hashed for a carried column, given the SQL of the column itself."""
    if carried.compared == "value":
        return expression
    if carried.compared == "text":
        return f"({expression})::pg_catalog.text"
    return f"pg_catalog.{carried.compared}({expression})"
