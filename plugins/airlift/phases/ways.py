"""The two ways in which changes are carried: forward, from the old tables to the new ones, and back, once the service is on the new ones.

What differs between them is said here. Whatever carries, compares or hands over is given a way and knows no direction.
"""

from dataclasses import dataclass

from airlift.databases import CaptureNames, Database, Position, Session
from airlift.databases.shapes import Layout
from airlift.errors import Interrupted
from airlift.ledger import Standing
from airlift.phases.migration import Migration


class Overtaken(Interrupted):
    """Another process has carried the window. This one changed nothing and reads anew."""


@dataclass(frozen=True)
class Way:
    """One direction. The sender has the service, the receiver is shut to all others."""

    m: Migration
    is_back: bool = False

    @property
    def sender(self) -> Database:
        """The database whose changes are carried."""
        return self.m.target if self.is_back else self.m.source

    @property
    def receiver(self) -> Database:
        """The database that they are carried to."""
        return self.m.source if self.is_back else self.m.target

    @property
    def owner(self) -> str:
        """The side that has the service, as `cutover.switch` is told it."""
        return "target" if self.is_back else "source"

    @property
    def other(self) -> str:
        """The side that the service is to go to, as `cutover.switch` is told it."""
        return "source" if self.is_back else "target"

    @property
    def side(self) -> str:
        """Which of the two captures notes the sender's changes."""
        return CaptureNames.BACK if self.is_back else CaptureNames.FORWARD

    @property
    def applying(self) -> str:
        """How our sessions mark what they write to the receiver.

        What comes forward is noted by no capture. What comes back is noted by that of the old tables, whose log nobody reads as long
        as the service is on the new ones: should it go forward again after a roll back, all those keys are carried and compared.
        """
        return "back" if self.is_back else "on"

    def layouts(self, ledger: Session) -> list[Layout]:
        """The tables, parents before children, as this way maps them."""
        found = self.m.layouts(ledger)
        return [layout.mirrored() for layout in found] if self.is_back else found

    def position(self, standing: Standing, receiving: Session) -> str:
        """Where the next window begins, in the caller's transaction on the receiver."""
        return self.m.source.way_back.read(receiving, self.m.name).position if self.is_back else str(standing.position)

    def move_position(self, receiving: Session, *, start: str, end: Position) -> None:
        """Move the position from `start` to `end`, in the transaction of the window's rows. Raises Overtaken."""
        m = self.m
        if self.is_back:
            is_moved = m.source.way_back.move(receiving, m.name, start=start, end=end)
        else:
            is_moved = m.ledger.move_position(receiving, start=start, end=end.text, at=end.at)
        if not is_moved:
            raise Overtaken(f'The window of migration "{m.name}" was carried by another process; this one changed nothing and reads anew.')
