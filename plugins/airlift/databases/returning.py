"""The one row on the source that says how far the way back has come. It commits with the rows that it speaks of."""

import json
from abc import ABC, abstractmethod
from typing import Any

from airlift.databases.asking import Asking
from airlift.databases.values import Position


class WayBackRow(ABC):
    """Reads and writes the row, in its callers' transactions. How it comes and goes is the engine's."""

    @abstractmethod
    def _holes(self, migration: str) -> dict[str, str]:
        """What stands for the row's table in a statement."""

    def _fill(self, session: Asking, migration: str, position: Position) -> None:
        """Make the row in its table, unless it is there."""
        session.run("prepare/fill_way_back", self._holes(migration), at=position.at, position=position.text)

    def move(self, session: Asking, migration: str, *, start: str, end: Position) -> bool:
        """Move the position from `start` to `end`; whether it was at `start`."""
        return session.run("sync/move_way_back", self._holes(migration), start=start, position=end.text, at=end.at) == 1

    def open(self, session: Asking, migration: str, premises: dict[str, Any]) -> None:
        """Note what the proof of a roll back will rest on. In the transaction that hands the name over."""
        session.run("cutover/open_way_back", self._holes(migration), premises=json.dumps(premises))

    def claim(self, session: Asking, migration: str, attempt: int) -> None:
        """Note the attempt at a roll back that is under way: no other can open the old tables any more."""
        session.run("roll_back/claim_way_back", self._holes(migration), attempt=attempt)

    def release(self, session: Asking, migration: str, attempts: list[int]) -> bool:
        """Note that these attempts open nothing any more; no other can claim until the transaction ends. False when another has claimed."""
        return session.run("roll_back/release_way_back", self._holes(migration), attempts=attempts) == 1

    def is_claimed(self, session: Asking, migration: str, attempt: int) -> bool:
        """Whether the attempt is still the one under way; keeps others from claiming until the transaction ends."""
        return bool(session.rows("roll_back/lock_way_back", self._holes(migration), attempt=attempt))
