"""What the user may choose about the demo, from the environment. Knows nothing of how it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from testbed.engines import ENGINES

_YES = ("yes", "y", "1", "true", "on")
_NO = ("", "no", "n", "0", "false", "off")
_FEWEST_ROWS = 100


class BadOption(Exception):
    """A choice that means nothing. The text says which, and what it may be."""


@dataclass(frozen=True)
class Options:
    """`rows` is the number of orders; `approve` answers the gates; `in_place` stays inside one database; port 0 is any.

    `roll_back` goes back after the cutover and ends there. `source` and `target` are engines.
    """

    rows: int = 300_000
    approve: bool = False
    in_place: bool = False
    roll_back: bool = False
    port: int = 0
    source: str = "postgres"
    target: str = "postgres"


def read(environment: Mapping[str, str]) -> Options:
    """ROWS, APPROVE, IN_PLACE, ROLL_BACK, PORT, SOURCE and TARGET. Raises BadOption."""
    source = _engine(environment, "SOURCE", default="postgres")
    if source == "mysql" and _choice(environment, "IN_PLACE"):
        raise BadOption("IN_PLACE=yes SOURCE=mysql: expected postgres or mariadb; MySQL moves no foreign key to a table that stays")
    return Options(
        rows=_number(environment, "ROWS", default=300_000, least=_FEWEST_ROWS),
        approve=_choice(environment, "APPROVE"),
        in_place=_choice(environment, "IN_PLACE"),
        roll_back=_choice(environment, "ROLL_BACK"),
        port=_number(environment, "PORT", default=0, least=0),
        source=source,
        target=_engine(environment, "TARGET", default=source),
    )


def _number(environment: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    text = environment.get(name, "").replace("_", "").replace(",", "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise BadOption(f"{name}={environment[name]!r}: expected a whole number, {least} or more, such as {name}={default}")
    return int(text)


def _choice(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").lower()
    if text not in (*_YES, *_NO):
        raise BadOption(f"{name}={environment[name]!r}: expected yes or no")
    return text in _YES


def _engine(environment: Mapping[str, str], name: str, *, default: str) -> str:
    text = environment.get(name, "").lower() or default
    if text not in ENGINES:
        raise BadOption(f"{name}={environment[name]!r}: expected one of {', '.join(ENGINES)}")
    return text
