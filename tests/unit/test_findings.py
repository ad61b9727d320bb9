"""How the findings of preflight are put into words."""

from __future__ import annotations

from airlift.phases.prepare.checks.finding import Finding, message, refused, table_lines, warning

KEYLESS = refused('table "t"', "has no key", "Add one")
SLOW = warning('key column "long name" of table "t"', "has no hash", "Name another")


def test_a_finding_is_two_sentences() -> None:
    assert str(KEYLESS) == 'Table "t" has no key. Add one.'


def test_the_message_numbers_refusals_only() -> None:
    text = message("shop", [SLOW, KEYLESS, refused("`mode`", "is not in this release", "Leave it out")])
    assert text.splitlines() == [
        'Migration "shop" can\'t begin as written; nothing was changed. 2 to put right:',
        '1. Table "t" has no key. Add one.',
        "2. `mode` is not in this release. Leave it out.",
    ]


def test_the_table_has_refusals_first_and_columns_in_line() -> None:
    head, first, second = table_lines([SLOW, KEYLESS])
    assert [line[0] for line in (head, first, second)] == ["s", "r", "w"]
    assert len({tuple(place for place, letter in enumerate(line) if letter == "|") for line in (head, first, second)}) == 1


def test_nothing_found_is_no_table() -> None:
    assert list(table_lines(list[Finding]())) == []
