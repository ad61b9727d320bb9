"""How a PostgreSQL value is written down in the form that engines share. No connection.

What is written down has to be the very text that the other engine makes of the same value, so that checksums of both are one.
"""

from collections.abc import Iterable

from airlift.databases.common_form import NULL, is_long, is_text
from airlift.databases.shapes import Carried

_DIGITS = "YYYY-MM-DD HH24:MI:SS.US"
_FIRST = "0001-01-01"


def written(kind: str, expression: str) -> str:
    """The SQL of a value as text; NULL where it is that."""
    if kind in ("date", "datetime"):
        return _moment(f"({expression})", f"({expression})", _DIGITS[:10] if kind == "date" else _DIGITS)
    if kind == "instant":
        return _moment(f"({expression})", f"({expression}) AT TIME ZONE 'UTC'", _DIGITS)
    if kind == "time":
        return _time(f"({expression})::pg_catalog.interval")
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


def _moment(value: str, shown: str, digits: str) -> str:
    # of an infinity to_char makes NULL, and of a year before the first one after it: as a text either is one that no other server takes
    is_one = f"{value} >= '{_FIRST}' AND {value} < 'infinity'"
    return f"CASE WHEN {is_one} THEN pg_catalog.to_char({shown}, '{digits}') ELSE {value}::pg_catalog.text END"


def _time(value: str) -> str:
    # to_char would leave days and months out; not compared as a whole, for a month is equal to 30 days
    is_one = " AND ".join(f"pg_catalog.date_part('{part}', {value}) = 0" for part in ("year", "month", "day"))
    # it would also give each part of what is below zero a sign of its own
    digits, other = (f"pg_catalog.to_char({span}, '{_DIGITS[11:]}')" for span in (value, f"-({value})"))
    return f"CASE WHEN {is_one} THEN CASE WHEN {value} < '0' THEN '-' || {other} ELSE {digits} END ELSE {value}::pg_catalog.text END"


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
