"""Blocks of lines, read without a server: when one that was not escaped may be taken as it is, and what it is made of."""

from __future__ import annotations

import pytest

from airlift.databases.mysql.blocks import Block, Facts, escaped_line, plain_line
from airlift.databases.mysql.lines import sources
from airlift.databases.mysql.ranges import Bound, Key, KeyColumn, above
from airlift.databases.shapes import Carried
from airlift.spec import TableName

PLAIN = b"1\ta b\tc\n2\t\xc3\xa9\t\\N\n"
TABLE = TableName("shop", "orders")


def test_a_block_with_nothing_to_escape_is_taken() -> None:
    assert Block(PLAIN, 2, 1, 0).is_plain(3)
    assert Block(PLAIN, 2, 1, 0).is_whole
    assert Block(PLAIN.replace(b"\\N", b""), 2, 0, 0).is_plain(3)


@pytest.mark.parametrize("there", [b"\\", b"\t", b"\n", b"\r", b"\\N", b"a\n3\tb\tc"])
def test_a_block_whose_texts_have_what_is_escaped_is_not(there: bytes) -> None:
    assert not Block(PLAIN.replace(b"a b", there), 2, 1, 0).is_plain(3)


def test_a_text_that_is_told_from_a_null_by_its_backslash_alone_is_not_taken_for_one() -> None:
    """`\\N` as a text, and no NULL: the server says that there is none."""
    assert not Block(b"1\t\\N\n", 1, 0, 0).is_plain(2)
    assert Block(b"1\t\\N\n", 1, 1, 0).is_plain(2)


def test_a_block_that_was_cut_short_is_not_taken_even_if_its_texts_make_up_for_it() -> None:
    """The last line is missing, and a text has just a line more: by what is counted nothing is wrong. The server's warning tells."""
    text = b"1\ta\n1\tb\n"
    assert Block(text, 2, 0, 0).is_plain(2)
    assert not Block(text, 2, 0, 1).is_plain(2)


def test_a_row_that_the_server_left_out_is_missed() -> None:
    assert not Block(b"1\ta\n", 2, 0, 0).is_plain(2)
    assert not Block(b"1\ta\n", 2, 0, 0).is_whole
    assert not Block(None, 2, 0, 0).is_plain(2)
    assert not Block(None, 2, 0, 0).is_whole
    assert not Block(b"1\ta\n2\tb", 2, 0, 0).is_whole


def test_a_block_that_is_cut_short_is_told_from_one_with_something_to_escape() -> None:
    assert Block(b"1\ta\n2\tb", 2, 0, 1).is_cut
    assert Block(b"1\ta\n", 2, 0, 1).is_cut
    assert Block(None, 2, 0, 1).is_cut
    assert not Block(b"1\ta\\b\n2\tb\n", 2, 0, 0).is_cut
    assert not Block(None, 0, 0, 0).is_cut


def test_an_empty_block_is_whole() -> None:
    assert Block(None, 0, 0, 0).is_plain(2)
    assert Block(None, 0, 0, 0).is_whole


def test_only_what_the_catalog_vouches_for_is_sent_without_a_look_at_it() -> None:
    carried = [
        Carried("id", "int(11)", "`id`", "id", ["id"], "number"),
        Carried("a", "varchar(9)", "`a`", "a", ["a"], "text"),
        Carried("b", "varchar(9)", "`b`", "b", ["b"], "text"),
        Carried("c", "varchar(9)", "CONCAT(`a`, `b`)", None, ["a", "b"], "text"),
        Carried("d", "bytea", "`d`", "d", ["d"], "bytea"),
        Carried("e", "int(11)", "CAST(`id` AS SIGNED)", "id", ["id"], "number"),
    ]
    facts = {"id": Facts(False, True), "a": Facts(True, True), "b": Facts(False, False), "d": Facts(False, True)}
    line = plain_line(carried, facts)
    null = r"'\\N'"
    assert line.sql == (
        rf"(`id`), x'09', `a`, x'09', IFNULL(CONVERT(`b` USING utf8mb4), {null}), x'09', "
        rf"IFNULL(CONVERT(CONCAT(`a`, `b`) USING utf8mb4), {null}), x'09', CONCAT('\\', CONCAT('\\x', LOWER(HEX((`d`))))), "
        rf"x'09', IFNULL((CAST(`id` AS SIGNED)), {null}), CAST(x'0A' AS BINARY)"
    )
    is_null = ("`b`", "CONCAT(`a`, `b`)", "CAST(`id` AS SIGNED)")
    counts = [f"IF(({each}) IS NULL, 1, 0)" for each in is_null]
    assert line.backslashes == " + ".join([*counts[:2], "2", counts[2]])
    assert escaped_line(sources(carried[:1])).sql == r"IFNULL((`id`), '\\N'), CAST(x'0A' AS BINARY)"


@pytest.mark.parametrize(
    ("type_text", "lower", "upper", "rows", "is_dense"),
    [
        ("int(11)", ["1"], ["101"], 100, True),
        ("int(11)", ["1"], ["101"], 50, True),
        ("int(11)", ["1"], ["101"], 49, False),
        ("bigint(20) unsigned", ["-5"], ["5"], 10, True),
        ("int(11)", None, ["5"], 10, False),
        ("int(11)", ["1"], None, 10, False),
        ("decimal(20,10)", ["1"], ["2"], 10, False),
        ("varchar(9)", ["1"], ["2"], 10, False),
        ("bit(8)", ["1"], ["10"], 2, False),
        ("int(11) as bits", ["1"], ["10"], 2, False),
    ],
)
def test_where_numbers_lie_close(type_text: str, lower: Bound, upper: Bound, rows: int, *, is_dense: bool) -> None:
    kind = "bits" if type_text.endswith("bits") else "number"
    assert Key(TABLE, [KeyColumn("id", type_text, kind)]).is_dense(lower, upper, rows) is is_dense


@pytest.mark.parametrize(
    ("type_text", "kind", "text", "found"),
    [
        ("enum('a','','b')", "enum", "b", 3),
        ("enum('a','','b')", "enum", "", 2),
        ("enum('a','b')", "enum", "", 0),
        ("varbinary(40)", "bytes", "6162", b"ab"),
        ("varbinary(40)", "bytea", "\\x6162", b"ab"),
        ("varbinary(40)", "string", "6162", b"6162"),
    ],
)
def test_what_a_bound_is_compared_as(type_text: str, kind: str, text: str, found: object) -> None:
    assert KeyColumn("id", type_text, kind).value(text) == found


def test_a_key_of_two_numbers_lies_never_close() -> None:
    key = Key(TABLE, [KeyColumn("a", "int(11)", "number"), KeyColumn("b", "int(11)", "number")])
    assert not key.is_dense(["1", "1"], ["2", "1"], 100)


def test_a_block_of_close_numbers_ends_before_its_range_does() -> None:
    assert above(["1"], 100, ["102"]) == ["101"]
    assert above(["1"], 100, ["101"]) is None
    assert above(["1"], 100, None) == ["101"]
