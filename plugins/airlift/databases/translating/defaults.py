"""What fills a column where a row says nothing of it, from one engine's words into the other's. No connection.

Constants are translated, and the present time. What else an expression may compute is not.
"""

import re
from dataclasses import dataclass

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from airlift.databases.mysql.lines import members
from airlift.databases.shapes import Column
from airlift.databases.translating import mysql_columns, postgres_columns
from airlift.databases.translating.mysql_columns import AnyType

UUID_IN_POSTGRES, UUID_IN_MYSQL = "gen_random_uuid()", "(uuid())"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_DAY = re.compile(r"(?!0000)\d{4}-(?!00)\d\d-(?!00)\d\d")
_MOMENT = re.compile(rf"({_DAY.pattern})(?: (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?)?")
_TIME = re.compile(r"([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?")
_NOW_IN_MYSQL = re.compile(r"(current_timestamp|now|localtimestamp|localtime|curdate|current_date|curtime)\s*(\(\d*\))?", re.IGNORECASE)
_NOW_IN_POSTGRES = re.compile(
    r"(now|transaction_timestamp|statement_timestamp|clock_timestamp)\(\)"
    r"|(CURRENT_TIMESTAMP|LOCALTIMESTAMP|CURRENT_TIME|LOCALTIME)(\(\d\))?|CURRENT_DATE",
    re.IGNORECASE,
)
_UTC_IN_POSTGRES = re.compile(
    r"timezone\('utc'::text, (now\(\)|CURRENT_TIMESTAMP)\)|\((now\(\)|CURRENT_TIMESTAMP) AT TIME ZONE 'utc'::text\)", re.IGNORECASE
)
_CAST = re.compile(r"(.*?)(?:::[\w\s.\"]+(?:\([\d,-]+\))?[\w\s]*(?:\[\])*)+", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Constant:
    """A constant, as the text that it shows as. Of bytes it is their hex, of bits zeros and ones."""

    text: str
    word: str = "text"


@dataclass(frozen=True)
class Now:
    """The time at which a row comes. `is_utc`: as the clock in UTC shows it, whatever zone the session is in."""

    is_utc: bool = False


@dataclass(frozen=True)
class NewUuid:
    """A uuid that no other row has."""


Meaning = Constant | Now | NewUuid | None
"""None: an expression that is not translated."""


def of_mysql(expression: str) -> Meaning:
    """What a default in MySQL's or MariaDB's words means."""
    text = _without_parentheses(expression)
    if _NOW_IN_MYSQL.fullmatch(text):
        return Now()
    if re.fullmatch(r"utc_timestamp\s*(\(\d*\))?", text, re.IGNORECASE):
        return Now(is_utc=True)
    if re.fullmatch(r"uuid\(\)", text, re.IGNORECASE):
        return NewUuid()
    if quoted := re.fullmatch(r"(?:_\w+\s*)?('(?:[^'\\]|''|\\.)*')", text, re.DOTALL):
        return Constant(members(quoted[1])[0])
    if bits := re.fullmatch(r"b'([01]*)'", text, re.IGNORECASE):
        return Constant(bits[1], "bits")
    if found := re.fullmatch(r"x'([0-9a-f]*)'|0x([0-9a-f]+)", text, re.IGNORECASE):
        return Constant(found[1] or found[2] or "", "bytes")
    return Constant(text) if _NUMBER.fullmatch(text) else None


def of_postgres(expression: str) -> Meaning:
    """What a default in PostgreSQL's words means."""
    if _UTC_IN_POSTGRES.fullmatch(expression):
        return Now(is_utc=True)
    text = _without_cast(expression)
    if _NOW_IN_POSTGRES.fullmatch(text):
        return Now()
    if re.fullmatch(r"(\w+\.)?(gen_random_uuid|uuid_generate_v4)\(\)", text):
        return NewUuid()
    if quoted := re.fullmatch(r"B?'((?:[^']|'')*)'", text, re.DOTALL):
        return Constant(quoted[1].replace("''", "'"))
    if text in ("true", "false"):
        return Constant(text)
    return Constant(text) if _NUMBER.fullmatch(text) else None


def _without_parentheses(text: str) -> str:
    inner = text.strip()
    while re.fullmatch(r"\([^()]*(\(\d*\))?\)", inner):
        inner = inner[1:-1].strip()
    return inner


def _without_cast(expression: str) -> str:
    """`'x'::text` as `'x'`: a constant stands there as its type shows it."""
    found = _CAST.fullmatch(expression)
    inner = found[1] if found else expression
    return inner[1:-1] if re.fullmatch(r"\(([-+\d.e]+|\w+\(\))\)", inner, re.IGNORECASE) else inner


def for_postgres(meaning: Meaning, kind: AnyType, *, members_only: list[str] | None = None) -> str | None:
    """The SQL that fills a column of PostgreSQL's with the same; None where there is none."""
    if isinstance(meaning, Now):
        return _now_in_postgres(kind)
    if isinstance(meaning, NewUuid):
        return _uuid(kind, UUID_IN_POSTGRES, f"{UUID_IN_POSTGRES}::text")
    if meaning is None or (members_only is not None and meaning.text not in members_only):
        return None
    text, quoted = meaning.text, postgres_columns.literal(meaning.text)
    match kind:
        case types.Boolean():
            return {"0": "false", "1": "true"}.get(text.lstrip("0") or "0") if meaning.word != "bytes" else None
        case types.Integer() | types.Numeric() | types.Float():
            return text if meaning.word == "text" and _NUMBER.fullmatch(text) else None
        case postgresql.BIT(length=length):
            return f"B'{text.rjust(length or 1, '0')}'" if meaning.word == "bits" else None
        case postgresql.BYTEA():
            in_hex = text if meaning.word == "bytes" else text.encode().hex()
            return f"'\\x{in_hex}'" if text.isascii() else None
        case types.Date():
            return quoted if _DAY.fullmatch(text) else None
        case postgresql.TIMESTAMP(timezone=is_instant):
            zoned = postgres_columns.literal(f"{text}+00") if is_instant else quoted
            return zoned if _MOMENT.fullmatch(text) else None
        case types.Time():
            return quoted if _TIME.fullmatch(text) else None
        case types.Uuid():
            return quoted if _UUID.fullmatch(text) else None
    return quoted if meaning.word == "text" and "\0" not in text else None


def _uuid(kind: AnyType, itself: str, as_text: str) -> str | None:
    if isinstance(kind, types.Uuid):
        return itself
    has_room = isinstance(kind, types.CHAR | types.VARCHAR) and (kind.length or 0) >= 36
    return as_text if has_room else None


def _now_in_postgres(kind: AnyType) -> str | None:
    match kind:
        case postgresql.TIMESTAMP(timezone=is_instant, precision=digits):
            return f"{'CURRENT_TIMESTAMP' if is_instant else 'LOCALTIMESTAMP'}({digits})"
        case types.Date():
            return "CURRENT_DATE"
        case postgresql.TIME(precision=digits):
            return f"LOCALTIME({digits})"
    return None


def for_mysql(meaning: Meaning, kind: AnyType, *, is_instant: bool) -> str | None:
    """The SQL that fills a column of MySQL's or MariaDB's with the same; None where there is none.

    `is_instant` says that the source's column tells instants, which a DATETIME keeps as the clock in UTC shows them.
    """
    if isinstance(meaning, Now):
        return _now_in_mysql(kind, is_utc=meaning.is_utc or is_instant)
    if isinstance(meaning, NewUuid):
        return _uuid(kind, UUID_IN_MYSQL, UUID_IN_MYSQL)
    if meaning is None:
        return None
    return _constant_in_mysql(meaning.text, kind)


def _constant_in_mysql(text: str, kind: AnyType) -> str | None:
    match kind:
        case mysql.TINYINT(display_width=1):
            return {"false": "0", "true": "1"}.get(text)
        case types.Integer() | types.Numeric() | types.Float():
            return text if _NUMBER.fullmatch(text) else None
        case mysql.BIT():
            return f"b'{text}'" if re.fullmatch("[01]+", text) else None
        case types.VARBINARY() | mysql.LONGBLOB():
            return f"(x'{text[2:]}')" if re.fullmatch(r"\\x([0-9a-f]{2})*", text) else None
        case types.DateTime():
            found = _MOMENT.fullmatch(text)
            return mysql_columns.literal(" ".join(filter(None, found.groups()))) if found else None
        case mysql.LONGTEXT() | types.JSON():
            return f"({mysql_columns.literal(text)})"
    return mysql_columns.literal(text) if _is_one(text, kind) else None


def _is_one(text: str, kind: AnyType) -> bool:
    """Whether a text is a value of a type whose values are written as texts."""
    match kind:
        case types.Date():
            return _DAY.fullmatch(text) is not None
        case types.Time():
            return re.fullmatch(r"\d\d:\d\d:\d\d(\.\d+)?", text) is not None
        case types.Uuid():
            return _UUID.fullmatch(text) is not None
        case mysql.ENUM(enums=labels):
            return text in labels
    return True


def _now_in_mysql(kind: AnyType, *, is_utc: bool) -> str | None:
    match kind:
        case mysql.TIMESTAMP(fsp=digits):
            return f"current_timestamp({digits})"
        case mysql.DATETIME(fsp=digits):
            return f"(utc_timestamp({digits}))" if is_utc else f"current_timestamp({digits})"
        case types.Date():
            return "(curdate())"
        case mysql.TIME(fsp=digits):
            return f"(curtime({digits}))"
    return None


def is_number_of_a_sequence(column: Column) -> bool:
    """Whether the column of PostgreSQL's gets the next number of a sequence."""
    return bool(column.default_expression and column.default_expression.startswith("nextval("))
