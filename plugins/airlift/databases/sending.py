"""What a side sends to the other: its rows, keys and checksums, as one stream of lines or bytes that the other takes in.

Each engine makes that of its own tables, and takes in what any other has made; only here they meet.
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from airlift.databases.naming import CaptureNames
from airlift.databases.pumping import Outgoing
from airlift.databases.shapes import Layout
from airlift.databases.values import KeyRange, Range


class Sending(ABC):
    """What one session sends, in its caller's transaction. Rows are in the new table's shape."""

    @abstractmethod
    def rows_of(self, layout: Layout, cut: Range) -> Outgoing:
        """The rows of a range."""

    @abstractmethod
    def some_rows(self, layout: Layout, most: int) -> Outgoing:
        """Some rows."""

    @abstractmethod
    def logged_keys(self, layout: Layout, names: CaptureNames, since: str) -> Outgoing:
        """The keys that came into the change log since a position, each with whether it is only to be compared.

        One key may come more than once, in several spellings.
        """

    @abstractmethod
    def logged_rows(
        self, layout: Layout, names: CaptureNames, since: str, *, are_few: bool, is_widened: bool
    ) -> AbstractContextManager[Outgoing]:
        """The rows of these keys as they are now, each once and with its checksum; they are sent in this block.

        `are_few`: of the table's. `is_widened`: the keys that cascades have changed are among them.
        """

    @abstractmethod
    def checksums_of(self, layout: Layout, keys: KeyRange) -> Outgoing:
        """Key and checksum of every row of a range."""

    @abstractmethod
    def suspects(self, layout: Layout, migration: str) -> Outgoing:
        """The keys that wait for a verdict: the one that is asked is the side that has the new tables."""

    @abstractmethod
    def row(self, layout: Layout, key: list[str]) -> list[str | None] | None:
        """The values of the row with a key, as texts that are cut; None where there is no such row."""
