"""What a table looks like and how an old one maps to a new one. Values only: no connection, no SQL of an engine."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from airlift.spec import TableName


@dataclass(frozen=True)
class Relation:
    """A table or another object that takes up a table's name, as the catalog has it. `kind` is the engine's own letter."""

    name: TableName
    oid: int
    kind: str
    persistence: str
    is_partition: bool
    filenode: int
    bytes: int
    block_size: int
    rows: int
    row_security: bool
    has_rules: bool
    inherits: bool
    owner: str
    is_owner: bool
    is_typed: bool
    comment: str | None

    @property
    def blocks(self) -> int:
        """The blocks that the table takes up now."""
        return self.bytes // self.block_size


@dataclass(frozen=True)
class Column:
    """A column as the catalog has it; `definition` is what CREATE TABLE takes.

    `base_type` is the type below all domains, without a length: it takes every value that the column can have, and NULL.
    `collation` is quoted; None where the type has none.
    """

    name: str
    type: str
    type_name: str
    type_schema: str
    type_kind: str
    is_built_in: bool
    has_custom_element: bool
    has_binary_form: bool
    base_type: str
    not_null: bool
    identity: str
    generated: str
    default_expression: str | None
    is_deterministic: bool
    collation: str | None
    comment: str | None
    definition: str


@dataclass(frozen=True)
class Columns:
    """The columns of an old table and of its new one."""

    old: list[Column]
    new: list[Column]


@dataclass(frozen=True)
class Index:
    """An index, with the constraint that it carries; `tail` is its definition behind the table's name."""

    name: str
    is_unique: bool
    is_primary: bool
    is_valid: bool
    tail: str
    constraint_name: str | None
    constraint_type: str | None
    constraint_definition: str | None
    is_deferrable: bool
    deferring: str
    is_key: bool
    columns: list[str]


@dataclass(frozen=True)
class Attachment:
    """Something that hangs on a table, or a fact of one of its columns, by the column's name. `kind` is a word of ours.

    Two of a kind with the same `definition` do the same.
    """

    kind: str
    name: str
    definition: str


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key from `child` to `parent`; `actions` is what follows the referenced columns."""

    oid: int
    name: str
    child: TableName
    columns: list[str]
    parent: TableName
    parent_columns: list[str]
    actions: str
    is_validated: bool

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "ForeignKey":
        """As the ledger kept it."""
        return cls(**{**value, "child": TableName(*value["child"]), "parent": TableName(*value["parent"])})


@dataclass(frozen=True)
class Role:
    """A role of a server, seen from our session: whether objects may be handed to it, and whether it is ourselves."""

    name: str
    is_member: bool
    is_self: bool


@dataclass(frozen=True)
class Sequence:
    """A sequence that a column draws from. `grants` are as those of a table's rights."""

    table: TableName
    column: str
    name: TableName
    is_identity: bool
    is_owned: bool
    start_value: int
    increment: int
    minimum: int
    maximum: int
    cycles: bool
    cache: int
    type: str
    owner: str
    grants: list[dict[str, Any]]


@dataclass(frozen=True)
class Carried:
    """A column of the new table that comes from the old one.

    `expression` is the source's SQL over the old columns (`old` where it is a plain column), `reads` are those columns, `type` the
    new column's type.
    `compared` is the engine's own word for how it is hashed and sent, or that of the form that engines share (`common_form`).
    """

    column: str
    type: str
    expression: str
    old: str | None
    reads: list[str]
    compared: str


@dataclass(frozen=True)
class OldColumn:
    """A column of the old table as the compatibility view shows it.

    `expression` is the target's SQL over the new columns, `column` the new column where it is just that. The value of one that
    `is_lost` is nowhere in the new table: it reads as NULL. One that `is_generated` the old table computes itself. `compared` is as
    that of a carried column, for the way back.
    """

    name: str
    type: str
    expression: str
    column: str | None
    is_lost: bool
    is_generated: bool
    compared: str


BINARY, TEXT, COMMON = "binary", "text", "common"
"""The forms in which rows are written down on their way: two of an engine's own, and the one that engines share."""


@dataclass(frozen=True)
class Layout:
    """How one old table maps to its new one. Frozen in the ledger by preflight; all phases work from it.

    Its rows are sent in one `form`, and in another on the way back.
    """

    no: int
    source: TableName
    target: TableName
    source_key: list[str]
    key: list[str]
    carried: list[Carried]
    added: list[str]
    old_columns: list[OldColumn]
    form: str
    form_back: str
    is_created: bool
    needs_triggers: bool
    """Whether the server alone can't turn what is written to the view into what the new table is to hold."""
    is_mirrored: bool = False
    """Whether it is the way back: `source` is the new table then, and `target` the obsolete one."""

    @property
    def is_renamed(self) -> bool:
        """Whether the new table has another name, so that a compatibility view takes the old one."""
        return self.target.name != self.source.name

    @property
    def lost(self) -> list[str]:
        """The old columns that nothing in the new table comes from."""
        return [column.name for column in self.old_columns if column.is_lost and not self._is_read(column)]

    @property
    def merged(self) -> list[str]:
        """The old columns that new ones are made from and that can't be told from those any more."""
        return [column.name for column in self.old_columns if column.is_lost and self._is_read(column)]

    def _is_read(self, column: OldColumn) -> bool:
        return any(column.name in each.reads for each in self.carried)

    @property
    def computed(self) -> list[str]:
        """The old columns that the view computes from the new ones."""
        return [column.name for column in self.old_columns if column.column is None and not column.is_lost]

    @property
    def obsolete(self) -> TableName:
        """The old table's name after the switch."""
        return TableName(self.source.schema, f"{self.source.name}_obsolete")

    def mirrored(self) -> "Layout":
        """The way back, from the new table to the obsolete one, as the compatibility view maps it.

        What is lost in the new table is kept in the obsolete one, and what the old table generates it generates again.
        """
        own = [column for column in self.old_columns if not column.is_generated]
        return replace(
            self,
            source=self.target,
            target=self.obsolete,
            source_key=self.key,
            key=self.source_key,
            carried=[Carried(each.name, each.type, each.expression, each.column, [], each.compared) for each in own if not each.is_lost],
            added=[each.name for each in own if each.is_lost],
            form=self.form_back,
            form_back=self.form,
            is_mirrored=True,
        )

    def compatibility_view(self, *, in_place: bool) -> TableName:
        """The view's name before the switch: in place the old table still owns the final one."""
        name = f"{self.source.name}_compat" if in_place else self.source.name
        return TableName(self.target.schema, name)

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Layout":
        """As the ledger kept it."""
        return cls(
            **{
                **value,
                "source": TableName(*value["source"]),
                "target": TableName(*value["target"]),
                "carried": [Carried(**each) for each in value["carried"]],
                "old_columns": [OldColumn(**each) for each in value["old_columns"]],
            }
        )


@dataclass(frozen=True)
class Server:
    """Which server a session is on, and what it is like."""

    system: str
    timeline: int
    database: str
    started: str
    is_standby: bool
    version: int
    version_text: str
    encoding: str

    def is_same_as(self, other: "Server") -> bool:
        """Whether it is the very server, also after a restart."""
        return (self.system, self.timeline, self.database) == (other.system, other.timeline, other.database)
