"""What stands behind a table's columns, and its checks, from MySQL's words into MariaDB's and the other way. No connection."""

import re
import zlib
from collections.abc import Iterator
from typing import Any

from airlift.databases.mysql.clauses import column_clause
from airlift.databases.mysql.expressions import conditional, top_level
from airlift.databases.mysql.quoting import LONGEST_NAME
from airlift.databases.translating.mysql_columns import is_json_check
from airlift.databases.translating.siblings.collations import charset_of, there
from airlift.databases.translating.terms import Note, Shape

_ONE = re.compile(r"(?:DEFAULT )?`?(\w+)`?\s*=\s*('(?:[^'\\]|\\.|'')*'|[^\s,]+)")
_IN_A_COMMENT = re.compile(r"/\*!\d+ (.*) \*/", re.DOTALL)
_SHARED = (
    "ENGINE", "AUTO_INCREMENT", "ROW_FORMAT", "KEY_BLOCK_SIZE", "STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES", "MAX_ROWS",
    "MIN_ROWS", "AVG_ROW_LENGTH", "CHECKSUM", "DELAY_KEY_WRITE", "PACK_KEYS",
)  # fmt: skip
_SAYS_NOTHING = ("TRANSACTIONAL", "PAGE_CHECKSUM")
"""What means something to other engines than InnoDB only."""
_UNSAID = {
    "utf8mb3": "utf8mb3_general_ci", "ucs2": "ucs2_general_ci", "utf16": "utf16_general_ci", "utf32": "utf32_general_ci",
    "gb18030": "gb18030_chinese_ci",
}  # fmt: skip
"""How texts are compared where a table says only what set they are in; where two servers may see that otherwise."""
_OF_MARIADB = ("SYSTEM_TIME", "DEFAULT", "INTERVAL")
"""What MySQL does not know of partitions."""


def options(shape: Shape, product: str) -> tuple[str, list[Note]]:
    """What CREATE TABLE is to say behind the columns, and what is to be told of it."""
    said, _, partitions = shape.options.partition("\n")
    own = {match[1].upper(): match[2] for match in _ONE.finditer(said)}
    kept = [f"{name}={value}" for name, value in own.items() if name in _SHARED]
    left = [f"{name}={value}" for name, value in own.items() if name not in (*_SHARED, *_SAYS_NOTHING, "CHARSET", "COLLATE")]
    left += [words for words in conditional(said) if not _ONE.search(words)]
    notes = []
    if left:
        fact = f"has options of its server ({', '.join(left)}), which are left out"
        notes.append(Note(None, fact, "Set the like on the new table, if it has any"))
    text, told = _partitions(partitions, product)
    return f"{' '.join(filter(None, [*kept, _charset(own, product)]))}\n{text}".strip(), [*notes, *told]


def _charset(own: dict[str, str], product: str) -> str:
    collation = own.get("COLLATE") or _UNSAID.get(own.get("CHARSET", ""))
    if collation is None:
        return f"DEFAULT CHARSET={own['CHARSET']}" if "CHARSET" in own else ""
    name = there(collation, product).name
    return f"DEFAULT CHARSET={charset_of(name)} COLLATE={name}"


def _partitions(text: str, product: str) -> tuple[str, list[Note]]:
    """The clause without the comment that MySQL puts it in."""
    # what it says of one partition's algorithm is such a comment inside this one, and is left to the other server
    comment = _IN_A_COMMENT.fullmatch(text)
    bare = comment[1] if comment else text
    words = [(match["piece"] or "").upper() for match in top_level(bare)]
    inner = [(match["piece"] or "").upper() for match in top_level(_inside(bare))]
    strange = [word for word in _OF_MARIADB if product == "MySQL" and word in (*words, *inner)]
    if strange:
        fact = f"is cut into partitions by {strange[0]}, which MySQL does not know"
        return "", [Note(None, fact, "Cut it otherwise, or make the new table yourself beforehand", is_refused=True)]
    return bare, []


def _inside(text: str) -> str:
    """What stands in the last parentheses: the partitions themselves."""
    places = [match.start() for match in top_level(text) if match["piece"] in ("(", ")")]
    return text[places[-2] + 1 : places[-1]] if len(places) > 1 else ""


def checks(shape: Shape, product: str) -> tuple[list[dict[str, Any]], list[Note]]:
    """The conditions of a table, and of its columns where the other server has those at the table; and what is to be told of them."""
    if product == "MySQL":
        return [*_named(shape, shape.checks), *_of_columns(shape)], []
    left = [check for check in shape.checks if "NOT ENFORCED" in conditional(check["definition"])]
    fact = "is not enforced, which MariaDB has none of: it is left out"
    notes = [Note(None, f'check "{check["name"]}" {fact}', "Add it to the new table, if it is to hold there") for check in left]
    return [check for check in shape.checks if check not in left], notes


def _of_columns(shape: Shape) -> Iterator[dict[str, Any]]:
    for column in shape.columns:
        condition = column_clause(column.definition).check
        is_given = column.name in shape.types
        if condition and not (is_given and is_json_check(condition)):
            yield {"name": _name(shape, column.name), "definition": f"CHECK {condition}"}


def _named(shape: Shape, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for check in found:
        yield {**check, "name": _name(shape, check["name"])}


def _name(shape: Shape, name: str) -> str:
    """On MySQL the checks of a database have names of their own: so the table's is part of it."""
    table = shape.name.name
    whole = name if name.startswith(f"{table}_") else f"{table}_{name}"
    return whole if len(whole) <= LONGEST_NAME else f"{whole[: LONGEST_NAME - 9]}_{zlib.crc32(whole.encode()):08x}"
