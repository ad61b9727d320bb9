"""What is wrong with a file, in sentences. Knows nothing of what a spec holds."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from airlift.errors import Refused

_URI = re.compile(r"://|:[^@\s]*@")
KeyPath = tuple[str | int, ...]


class Problem(NamedTuple):
    """One thing that is wrong. `text` goes on from the key: "is `two`; expected a whole number"."""

    path: KeyPath
    text: str
    line: int | None = None

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        return f"{where}`{key_path(self.path)}` {self.text}" if self.path else f"{where}{self.text}"


def key_path(path: KeyPath) -> str:
    """Write a place in the file as people do: `tables.orders.drop[0]`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def shown(value: object) -> str:
    """A value as the file has it, for a sentence. URIs are left out: one in the wrong place may hold a password."""
    match value:
        case None | True | False:
            return {None: "null", True: "true", False: "false"}[value]
        case str() if _URI.search(value):
            return "a URI (not shown)"
        case str():
            line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in value)
            return f"`{line if len(line) <= 80 else line[:77] + '...'}`"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
    return f"{value}"


def refusal(path: Path, problems: Iterable[Problem]) -> Refused:
    """One refusal for a file, with all that is wrong with it, in the file's order."""
    lines = [str(problem) for problem in sorted(problems, key=lambda problem: problem.line or 0)]
    if len(lines) == 1:
        return Refused(f"{path}: {lines[0]}")
    return Refused("\n- ".join([f"{path} has {len(lines)} problems:", *lines]))
