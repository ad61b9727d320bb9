"""What the user may choose about a torture run, from the environment."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

MINUTES = 10.0


class BadOption(Exception):
    """A choice that means nothing. The text says which, and what it may be."""


@dataclass(frozen=True)
class Options:
    """How long to go on, and the seed of the first round; each later round has the next one."""

    minutes: float
    seed: int


def read(environment: Mapping[str, str]) -> Options:
    """MINUTES=10 SEED=4711. Without a seed one is drawn."""
    minutes, seed = environment.get("MINUTES", ""), environment.get("SEED", "")
    try:
        return Options(float(minutes) if minutes else MINUTES, int(seed) if seed else random.randrange(1, 1_000_000))
    except ValueError:
        raise BadOption(f"MINUTES={minutes!r} SEED={seed!r}: expected numbers, such as MINUTES=10 SEED=4711") from None
