"""What a translation is asked and what it answers. Values only: no connection, no SQL of an engine."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from airlift.databases.examined import Unfit
from airlift.databases.shapes import Column, ForeignKey, Index
from airlift.spec import TableName


@dataclass(frozen=True)
class Shape:
    """A table as the source's catalog has it.

    `keyed` are the columns at either end of a foreign key: they get a type that can be indexed and is the same at both ends. `labels` are
    those of PostgreSQL's enum columns, `options` what the catalog's `options_of` says. `types` are what the spec says of columns, in the
    target's words: the new table is made with them at once, for there is no cast from every type that would be made to every other one.
    """

    name: TableName
    columns: list[Column]
    indexes: list[Index]
    checks: list[dict[str, Any]]
    keyed: frozenset[str] = frozenset()
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    options: str = ""
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Note:
    """Something that is told, or refused, in a DBA's words. `column` is None where it is about the table."""

    column: str | None
    fact: str
    remedy: str
    is_refused: bool = False


@dataclass(frozen=True)
class Translated:
    """A table as the target's catalog would have it, for the target's `create_table`, and what a DBA has to know of the difference."""

    columns: list[Column]
    indexes: list[Index]
    checks: list[dict[str, Any]]
    options: str
    notes: list[Note]


@dataclass(frozen=True)
class Twins:
    """A unique index in which rows that are two on the source may be one on the target.

    `expressions` are the source's SQL of its parts, the texts among them as they are compared there, as near as the source knows that.
    """

    index: str
    expressions: list[str]


class Translator(ABC):
    """From one engine to another one."""

    has_names_once: ClassVar[bool]
    """Whether no two foreign keys of a schema may have one name there."""

    @abstractmethod
    def shape(self, shape: Shape) -> Translated:
        """A table of the source as the target would have it."""

    @abstractmethod
    def there(self, column: Column, *, is_keyed: bool = False, labels: Sequence[str] = (), given: str | None = None) -> Column:
        """A column of the source as the target would have it; `labels` are those of an enum type, `given` is the spec's type."""

    @abstractmethod
    def back(self, column: Column) -> Column:
        """A column of the target as the source's engine would have it; only its type counts."""

    @abstractmethod
    def kind(self, source: Column, target: Column) -> str:
        """The form in which the values of both are sent and compared: one word of `common_form`."""

    @abstractmethod
    def is_written_alike(self, source: Column, target: Column) -> bool:
        """Whether the source's value, as it is, has the very text of the target's in the form in which they are sent."""

    @abstractmethod
    def actions(self, text: str) -> str:
        """What follows the referenced columns of a foreign key, in the target's words."""

    @abstractmethod
    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
        """What a foreign key is not there as it is here; `parent` are the indexes that the table it references has there."""

    @abstractmethod
    def unfit(self, source: Column, target: Column) -> list[Unfit]:
        """The values that the source's column may have and the target's can't hold."""

    def is_finer(self, column: Column) -> bool:
        """Whether the target tells texts apart that are one in a column of the source."""
        return bool(column.collation)

    def twins(self, indexes: list[Index], columns: list[Column]) -> list[Twins]:  # noqa: ARG002
        """The unique indexes in which rows that are two on the source may be one on the target: none where it tells all texts apart."""
        return []
