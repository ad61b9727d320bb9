"""What phases and engines hand each other: positions, ranges, changes, locks, verdicts. Values only: no connection, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airlift.databases.shapes import Sequence
from airlift.spec import TableName


@dataclass(frozen=True)
class Position:
    """A point in the source's history. `text` is opaque to all but the engine that read it."""

    at: str
    text: str


@dataclass(frozen=True)
class Returning:
    """How far the way back has come. `premises` are as they were at the switch, None before it; `attempt` is the one under way."""

    at: str
    position: str
    premises: dict[str, Any] | None
    attempt: int | None


@dataclass(frozen=True)
class Captured:
    """The catalog rows of our triggers, `oid` and `filenode` of the tables that are there, the columns of all, each as number, name and
    type, and when the server was started.
    """

    evidence: list[dict[str, Any]]
    heaps: dict[TableName, dict[str, int]]
    columns: dict[TableName, list[list[Any]]]
    started: str


@dataclass(frozen=True)
class Changes:
    """What the log of one table holds since a position. `seen` is what the engine needs to prune just that."""

    no: int
    changes: int
    checks: int
    is_truncated: bool
    seen: Any = None


@dataclass(frozen=True)
class Cascade:
    """A foreign key by which the sender changes rows of table number `child` without telling, when those of number `parent` change.

    Columns are the sender's. It `moves_children` where they get the parent's new values, and `takes_spellings` where a reference may be
    spelled otherwise than what it references.
    """

    parent: int
    child: int
    parent_columns: list[str]
    columns: list[str]
    moves_children: bool
    takes_spellings: bool = False


@dataclass(frozen=True)
class Unverified:
    """Keys of one table without a verdict, and keys that were found to differ."""

    no: int
    waiting: int
    differing: int


@dataclass(frozen=True)
class Range:
    """A part of a table that is copied as one, of about `bytes`. What `bounds` say only the engine knows that cut the table."""

    bounds: dict[str, Any]
    bytes: int


@dataclass(frozen=True)
class KeyRange:
    """The keys from `lower` up to but not with `upper`, as text; None is an open end."""

    lower: list[str] | None
    upper: list[str] | None


@dataclass(frozen=True)
class Difference:
    """A key whose rows differ: what each side has in the new table's columns, as text; None where it has no row."""

    key: dict[str, str]
    source: dict[str, str | None] | None
    target: dict[str, str | None] | None


@dataclass(frozen=True)
class RangeSum:
    """Rows and checksum of a range on one side."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Lock:
    """A lock to be taken."""

    table: TableName
    mode: str
    is_named: bool = False
    """Whether it has to be asked for by its own name where a server asks for those first: a view of the user's, or a sentry of ours."""


@dataclass(frozen=True)
class Exchange:
    """A name that passes from what has it, which becomes another one, to what follows it."""

    name: TableName
    becomes: TableName
    follows: TableName


@dataclass(frozen=True)
class Follower:
    """A sequence (its quoted name) that goes on where another one ends, `leader` (quoted too), which is `like` this."""

    sequence: str
    leader: str
    like: Sequence


@dataclass(frozen=True)
class Standby:
    """A physical standby. `seconds` is None where it waits for nothing; where it is hidden, all that is known is that it's there."""

    name: str
    is_hidden: bool
    seconds: float | None
    bytes: int | None


@dataclass(frozen=True)
class Slot:
    """A replication slot and the WAL that it keeps. At risk: the server is about to drop what the slot still needs."""

    name: str
    is_at_risk: bool
    bytes: int


@dataclass(frozen=True)
class Disk:
    """The disk that a server's tables are on, in bytes: all of it, and what is free for the server."""

    total: int
    free: int


@dataclass(frozen=True)
class IndexSpace:
    """What the indexes of a table take, in bytes: the largest alone, all together, and `each` by its name.

    Who can't tell them apart says all twice, and of none alone.
    """

    largest: int
    together: int
    each: Mapping[str, int] = field(default_factory=dict)
