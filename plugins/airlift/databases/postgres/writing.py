"""How a PostgreSQL value is written down in the form that engines share. No connection.

What is written down has to be the very text that the other engine makes of the same value, so that checksums of both are one.
"""

from collections.abc import Iterable

from airlift.databases.common_form import NULL, is_long, is_text
from airlift.databases.shapes import Carried

_DIGITS = "YYYY-MM-DD HH24:MI:SS.US"


def written(kind: str, expression: str) -> str:
    """The SQL of a value as text; NULL where it is that."""
    if kind in ("date", "datetime"):
        return f"pg_catalog.to_char({expression}, '{_DIGITS[:10] if kind == 'date' else _DIGITS}')"
    if kind == "instant":
        return f"pg_catalog.to_char(({expression}) AT TIME ZONE 'UTC', '{_DIGITS}')"
    if kind == "time":
        return f"pg_catalog.to_char(({expression})::pg_catalog.interval, '{_DIGITS[11:]}')"
    if kind == "boolean":
        return f"({expression})::pg_catalog.int4::pg_catalog.text"
    if kind == "numeral":
        return f"pg_catalog.trim_scale({expression})::pg_catalog.text"
    if kind == "uuid":
        return f"pg_catalog.lower(({expression})::pg_catalog.text)"
    if kind == "double":
        # all digits of a float4 too
        return f"({expression})::pg_catalog.float8::pg_catalog.text"
    return f"({expression})::pg_catalog.text"


def checksum(values: Iterable[tuple[Carried, str]]) -> str:
    """The SQL of a row's checksum, given the SQL of each column. Never NULL."""
    line = ", ".join(["E'\\t'", *(_hashed(*each) for each in values)])
    digest = f"pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws({line}), 'UTF8'))"
    # as text a digest begins with \x
    return f"('x' || pg_catalog.substr({digest}::pg_catalog.text, 3, 16))::pg_catalog.bit(64)::pg_catalog.int8"


def _hashed(carried: Carried, expression: str) -> str:
    kind, text = carried.compared, written(carried.compared, expression)
    if is_long(kind, carried.type):
        octets = expression if kind == "bytea" else f"pg_catalog.convert_to({text}, 'UTF8')"
        text = f"pg_catalog.encode(pg_catalog.sha256({octets}), 'hex')"
    elif kind == "double":
        # a zero below zero is one above by then
        text = f"pg_catalog.encode(pg_catalog.float8send(({expression})::pg_catalog.float8 + 0), 'hex')"
    elif is_text(kind):
        text = f"pg_catalog.octet_length(pg_catalog.convert_to({text}, 'UTF8')) || ':' || {text}"
    return f"coalesce({text}, '{NULL}')"
