"""Find a SQL statement's file and fill its holes. Knows no database: who quotes names and binds values is the engine's business.

A file holds one statement below a header of `--` lines. `{name}` holes take text that the engine has quoted; `%(name)s` holes
are left for the driver, which binds values. A per cent sign in a filled hole is doubled, so that the driver takes it as itself.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "include" / "sql"
_HOLE = re.compile(r"\{([a-z_]+)\}")


@cache
def read(engines: tuple[str, ...], name: str) -> str:
    """The text of statement `name` ("sync/read_position") without its header, from the first of `engines` that has it."""
    for engine in engines:
        path = ROOT / engine / f"{name}.sql"
        if path.exists():
            lines = path.read_text(encoding="utf-8").splitlines()
            return "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    raise FileNotFoundError(f'no SQL file "{name}.sql" below {ROOT} for {" or ".join(engines)}')


def statement(engines: tuple[str, ...], name: str, holes: Mapping[str, str]) -> str:
    """Statement `name` with its `{holes}` filled, ready for a driver that binds `%(values)s`."""
    return _fill(read(engines, name), {hole: text.replace("%", "%%") for hole, text in holes.items()})


def body(engines: tuple[str, ...], name: str, holes: Mapping[str, str]) -> str:
    """A function's body: filled like a statement, but taken literally, for it is itself bound as a value."""
    return _fill(read(engines, name), holes)


def _fill(text: str, holes: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda match: holes[match.group(1)], text)
