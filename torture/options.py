"""What the user may choose about a torture run, from the environment."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from testbed.engines import ENGINES

MINUTES = 10.0


class BadOption(Exception):
    """A choice that means nothing. The text says which, and what it may be."""


@dataclass(frozen=True)
class Options:
    """How long to go on, and the seed of the first round; each later round has the next one. `source` and `target` are engines."""

    minutes: float
    seed: int
    source: str = "postgres"
    target: str = "postgres"


def read(environment: Mapping[str, str]) -> Options:
    """MINUTES=10 SEED=4711 SOURCE=mariadb TARGET=postgres. Without a seed one is drawn; the target is as the source, unless it is named."""
    minutes, seed = environment.get("MINUTES", ""), environment.get("SEED", "")
    source = _engine(environment, "SOURCE", default="postgres")
    target = _engine(environment, "TARGET", default=source)
    try:
        return Options(float(minutes) if minutes else MINUTES, int(seed) if seed else random.randrange(1, 1_000_000), source, target)
    except ValueError:
        raise BadOption(f"MINUTES={minutes!r} SEED={seed!r}: expected numbers, such as MINUTES=10 SEED=4711") from None


def _engine(environment: Mapping[str, str], name: str, *, default: str) -> str:
    found = environment.get(name, "").lower() or default
    if found not in ENGINES:
        raise BadOption(f"{name}={environment[name]!r}: expected one of {', '.join(ENGINES)}")
    return found
