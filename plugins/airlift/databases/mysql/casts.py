"""How an expression gets the very text that a column of another type shows once it holds the value. No connection.

Both sides compare rows by their texts, so that the sender has to say 1.50 where the receiver's column does. A CAST that can't be made
warns and gives something else: so none is asked for where the value may not fit. Then it goes as it is, and the receiver refuses it.
"""

import re

_INTEGERS = {"tinyint", "smallint", "mediumint", "int", "bigint", "year"}
_NUMBERS = {*_INTEGERS, "decimal", "float", "double", "bit"}
_MOMENTS = {"date", "datetime", "timestamp"}
_TEXTS = {"varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "uuid", "inet4", "inet6"}
_BYTES = {"varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
_NUMBER = r"^[-+]?[0-9]+(\\.[0-9]*)?$"
_REAL = r"^[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?$"
_MOMENT = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T][0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]*)?)?)?$"
_TIME = r"^-?[0-9]{1,3}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]*)?)?$"
_OTHER_WORDS = {"integer": "int", "bool": "tinyint", "boolean": "tinyint", "numeric": "decimal", "dec": "decimal", "real": "double"}
_SCALED = 10
"""The scale of a decimal number that may have any: what DECIMAL(65, s) leaves before the point has room for all whole numbers."""


def as_shown(expression: str, kind: str, *, of: str | None = None) -> str:
    """The expression as a column of type `kind` shows it; `of` is the expression's own type, where that is known."""
    word, own = _word(kind), _word(of or "")
    if word in _INTEGERS:
        if own in _INTEGERS:
            # what is shown with leading zeros has none in another column
            return f"({expression} + 0)" if "zerofill" in (of or "") and "zerofill" not in kind else expression
        return _whole(expression, own)
    if word == "decimal":
        cast = f"CAST({expression} AS DECIMAL(65, {_scale(kind)}))"
        return _if(expression, _NUMBER, cast, is_sure=own in _NUMBERS - {"float", "double"}, as_text=True)
    if word in ("float", "double"):
        return _if(expression, _REAL, f"CAST({expression} AS {word.upper()})", is_sure=own in _NUMBERS)
    if word in _MOMENTS:
        return _moment(expression, kind, own)
    if word == "time":
        cast = f"CAST({expression} AS TIME({_digits(kind)}))"
        return _if(expression, _TIME, cast, is_sure=own in ("time", *_MOMENTS), as_text=True)
    return _text(expression, kind, own)


def _whole(expression: str, own: str) -> str:
    if own == "bit":
        return f"({expression} + 0)"
    if own in _NUMBERS:
        return f"CAST(ROUND({expression}) AS DECIMAL(65, 0))"
    cast = f"CAST(ROUND(CAST({expression} AS DECIMAL(65, {_SCALED}))) AS DECIMAL(65, 0))"
    return _if(expression, _NUMBER, cast, is_sure=False, as_text=True)


def _moment(expression: str, kind: str, own: str) -> str:
    word = _word(kind)
    wanted = "DATE" if word == "date" else f"DATETIME({_digits(kind)})"
    if own in _MOMENTS:
        return f"CAST({expression} AS {wanted})"
    # a day that is in no calendar would become NULL
    return _if(expression, _MOMENT, f"COALESCE(CAST(CAST({expression} AS {wanted}) AS CHAR), {expression})", is_sure=False)


def _text(expression: str, kind: str, own: str) -> str:
    word = _word(kind)
    if word == "char":
        # blanks at the end are gone when it is read
        return f"RTRIM(CAST({expression} AS CHAR))"
    if word in _TEXTS:
        return f"CAST({expression} AS CHAR)"
    if word == "binary":
        # it is filled up with zero bytes
        return f"CAST(RPAD({expression}, GREATEST(LENGTH({expression}), {_length(kind)}), X'00') AS BINARY)"
    if word in _BYTES:
        return f"CAST({expression} AS BINARY)" if own not in (*_BYTES, "binary") else expression
    return f"CAST({expression} AS JSON)" if word == "json" and own != "json" else expression


def _if(expression: str, form: str, cast: str, *, is_sure: bool, as_text: bool = False) -> str:
    """The cast where the value has the form; `as_text`, because a CASE of two numbers shows the digits of the longer one."""
    if is_sure:
        return cast
    return f"CASE WHEN {expression} REGEXP '{form}' THEN {f'CAST({cast} AS CHAR)' if as_text else cast} ELSE {expression} END"


def _word(kind: str) -> str:
    found = re.match(r"\w+", kind.strip())
    word = found.group().lower() if found else ""
    return _OTHER_WORDS.get(word, word)


def _length(kind: str) -> int:
    found = re.search(r"\((\d+)", kind)
    return int(found.group(1)) if found else 1


def _digits(kind: str) -> int:
    """The digits of a second that a type of time keeps."""
    found = re.search(r"\((\d+)\)", kind)
    return int(found.group(1)) if found else 0


def _scale(kind: str) -> int:
    found = re.search(r"\(\s*\d+\s*,\s*(\d+)", kind)
    return int(found.group(1)) if found else 0
