"""What the doctor finds: the object, the fact, the remedy, and whether it may be mended from here. Knows no server."""

from dataclasses import dataclass
from enum import StrEnum


class Repair(StrEnum):
    """What may be done about a finding without a person. In the order in which they are done."""

    UNDECIDED = "bring the undecided attempt to its end"
    ATTEMPTS = "give up the attempts whose process is gone"
    GUARD = "put the guard back"
    CAPTURE_BACK = "capture the new tables again"
    LEFTOVERS = "drop what was left behind"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    `object` is a kind and a name in quotes, `fact` goes on from it, `remedy` is a sentence of its own; none ends in a stop.
    """

    object: str
    fact: str
    remedy: str
    repair: Repair | None = None

    @property
    def is_repairable(self) -> bool:
        """Whether the doctor mends it when it is asked to."""
        return self.repair is not None

    def __str__(self) -> str:
        """Both sentences."""
        return f"{self.object[:1].upper()}{self.object[1:]} {self.fact}. {self.remedy}."


@dataclass(frozen=True)
class Deed:
    """What a repair did, or why it did not."""

    repair: Repair
    is_done: bool
    words: str
