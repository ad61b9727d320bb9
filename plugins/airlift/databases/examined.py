"""What an examination of a server finds, and what a draft of a table is made from. Values only: no connection, no SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airlift.databases.laying_out import Mapping
from airlift.databases.laying_out import layout as lay_out
from airlift.databases.shapes import Column, Index, Layout, Relation, Sequence
from airlift.errors import Refused
from airlift.spec import Table, TableName

TABLE = "table"
"""The form of what holds rows, among all that is ours."""


@dataclass(frozen=True)
class Powers:
    """What our role may do on a server, and what the server sets for everyone."""

    is_standby: bool
    is_read_only: bool
    role: str
    may_create_schemas: bool
    may_make_temporary: bool
    sees_activity: bool


@dataclass(frozen=True)
class SchemaRights:
    """What our role may do in a schema."""

    name: str
    is_there: bool
    may_use: bool
    may_create: bool


@dataclass(frozen=True)
class OwnObject:
    """Something in the schema of ours. `migration` is whose it is where the name says so; None for the ledger's."""

    name: str
    is_owner: bool
    migration: str | None


@dataclass(frozen=True)
class Trigger:
    """A trigger on a table. `migration` is the one that left it there, None for the user's own."""

    oid: int
    name: str
    is_enabled: bool
    migration: str | None


@dataclass(frozen=True)
class Occupant:
    """What a name stands for now: its number in the catalog, and what it is, in a word."""

    oid: int
    kind: str


@dataclass(frozen=True)
class Installed:
    """A trigger of a migration's, wherever it is. `kind` is a side of capture, "guard" or "view".

    `is_always` says that it fires in every session, `is_off` that it fires in none.
    """

    oid: int
    table: TableName
    name: str
    kind: str
    is_always: bool
    is_off: bool


@dataclass(frozen=True)
class Kept:
    """What is a migration's in the schema of ours: `form` is what the server calls it, `kind` a side of capture, or what it is for."""

    name: str
    kind: str
    form: str
    bytes: int


@dataclass(frozen=True)
class OurSession:
    """A session of a migration's that is connected now. `task` is whose it is."""

    pid: int
    task: str
    state: str
    seconds: float
    waits_for: str


@dataclass(frozen=True)
class Attached:
    """Something that has to do with the table `oid`: a view over it, a publication of it, a session that holds it. In words."""

    oid: int
    words: str


@dataclass(frozen=True)
class CustomType:
    """A type that somebody made. `definition` is what makes two types of one name the same."""

    name: TableName
    kind: str
    is_enum: bool
    definition: str


@dataclass(frozen=True)
class Objection:
    """What the server said against a part of a draft: a column's name, or None for the table as a whole."""

    column: str | None
    reason: str


@dataclass(frozen=True)
class Blueprint:
    """All that a new table is made from: columns and what hangs on them in the target's words, `old_columns` in the source's.

    `view` says whether a compatibility view is to stand over it.
    """

    source: TableName
    target: TableName
    spec: Table
    key: list[str]
    old_columns: list[Column]
    mapping: Mapping
    columns: list[Column]
    indexes: list[Index]
    checks: list[dict[str, Any]]
    statistics: list[dict[str, Any]]
    options: str
    rights: Any
    sequences: list[Sequence]
    existing: Relation | None
    view: bool

    def steps(self) -> Iterator[tuple[Table, str]]:
        """The parts of the table's new shape in their order, each with the column that it is about."""
        for name in self.spec.drop:
            yield self.spec.model_copy(update={"drop": (name,), "columns": {}}), name
        for name, how in self.spec.columns.items():
            yield self.spec.model_copy(update={"drop": (), "columns": {name: how}}), name

    def layout(self, columns: list[Column], objections: list[Objection]) -> Layout | None:
        """How the old table maps to the new one, which has got these columns; where it does not, None, and why is an objection more."""
        try:
            return lay_out(
                self.mapping, 0, source=self.source, target=self.target, old=self.old_columns, new=columns, spec=self.spec, key=self.key,
                is_created=self.existing is None,
            )  # fmt: skip
        except Refused as error:
            objections.append(Objection(None, str(error).rstrip(".")))
        return None


@dataclass(frozen=True)
class Draft:
    """A new table as the server would make it. `missing` are rights that can't be carried over, in words."""

    columns: list[Column]
    layout: Layout | None
    missing: list[str]
    objections: list[Objection]


@dataclass(frozen=True)
class Part:
    """A table's part in a migration on one side: "source" or "target". `name` is the one that it has, or gets, there."""

    role: str
    name: TableName
    key: list[str] | None


@dataclass(frozen=True)
class Obstacle:
    """What only one engine knows to be in the way: the object, the fact and the remedy. One that is not refused is told."""

    thing: str
    fact: str
    remedy: str
    is_refused: bool = True


@dataclass(frozen=True)
class Unfit:
    """Values that the other side can't hold: those that meet `condition`, the source's SQL over the quoted column.

    `fact` goes on behind "a value that ...".
    """

    condition: str
    fact: str
    remedy: str


@dataclass(frozen=True)
class Misfit:
    """Values of a column that the other side can't hold: how many rows have one, and some of them, each as key and value, both as text.

    A long value is cut. `fact` and `remedy` are those of the Unfit.
    """

    column: str
    fact: str
    remedy: str
    rows: int
    examples: list[tuple[list[str], str]]
