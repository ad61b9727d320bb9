"""What the user asked for, in the environment: which measures, how many rows, how many rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALL = ("copy", "small", "pump", "trigger", "apply", "validation", "cutover", "mariadb", "mariadb_cutover", "dag")
ROWS = 2_000_000
ROUNDS = 3


class BadOption(Exception):
    """Something that can't be done as asked; the text says what would do."""


@dataclass(frozen=True)
class Options:
    """`rows` of the wide table, to which all else keeps its proportion; `rounds` in which the contenders take turns."""

    what: tuple[str, ...] = ALL
    rows: int = ROWS
    rounds: int = ROUNDS


def read(environment: Mapping[str, str]) -> Options:
    """WHAT=copy,trigger ROWS=500000 ROUNDS=1. What is empty or missing is as it always is."""
    what = tuple(word.strip() for word in environment.get("WHAT", "").split(",") if word.strip())
    unknown = [word for word in what if word not in ALL]
    if unknown:
        raise BadOption(f"WHAT={','.join(what)}: {unknown[0]!r} is not measured; choose from {','.join(ALL)}")
    return Options(what or ALL, _number(environment, "ROWS", ROWS, least=1000), _number(environment, "ROUNDS", ROUNDS, least=1))


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = environment.get(name, "").replace("_", "").replace(",", "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise BadOption(f"{name}={environment[name]}: expected a whole number, {least} or more, such as {name}={default}")
    return int(text)
