"""A source and a target: how a table of the one becomes a table of the other. No connection.

Of one engine, a new table is made from the very words of the old one. Of two, it is translated.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from airlift.databases import laying_out
from airlift.databases.examined import Unfit
from airlift.databases.laying_out import Alike, Words
from airlift.databases.shapes import COMMON, Column, ForeignKey, Index, Layout
from airlift.databases.translating import Note, Shape, Translator, Twins
from airlift.spec import Table, TableName


@dataclass(frozen=True)
class Made:
    """All that a new table is made from, in the target's words, before the spec gives it another shape."""

    columns: list[Column]
    indexes: list[Index]
    checks: list[dict[str, Any]]
    statistics: list[dict[str, Any]]
    options: str
    notes: list[Note] = field(default_factory=list)


Labels = Mapping[TableName, list[str]]
"""The labels of enum types."""


class Pair(ABC):
    """One source and one target."""

    are_kindred: ClassVar[bool]
    """Whether both are of one engine: then their encodings have to be one, and their versions can be compared."""

    @property
    @abstractmethod
    def has_one_rulebook(self) -> bool:
        """Whether both are of one family, so that their settings say the same things."""

    @abstractmethod
    def made(self, name: TableName, old: Made, spec: Table, foreign_keys: Iterable[ForeignKey], enums: Labels) -> Made:
        """What the new table of an `old` one is made from; the spec gives it its own shape afterwards."""

    @abstractmethod
    def columns_there(self, columns: Iterable[Column]) -> list[Column]:
        """Old columns as the target's engine would have them."""

    @abstractmethod
    def shared_enums(self, enums: Labels) -> Labels:
        """Those of the source's enum types that the target has to have."""

    @abstractmethod
    def foreign_key(self, key: ForeignKey) -> ForeignKey:
        """A foreign key as the target makes it."""

    @abstractmethod
    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
        """What a foreign key is not there as it is here; `parent` are the indexes of the new table that it references."""

    @property
    @abstractmethod
    def has_names_once(self) -> bool:
        """Whether foreign keys of the source may have one name, and those of the target not."""

    @property
    @abstractmethod
    def mapping(self) -> laying_out.Mapping:
        """How columns of the one become columns of the other."""

    @abstractmethod
    def unfit(self, old: Iterable[Column], new: Iterable[Column], layout: Layout) -> dict[str, list[Unfit]]:
        """By the old columns: the values that the new ones can't hold."""

    @abstractmethod
    def is_finer(self, column: Column, spec: Table) -> bool:
        """Whether the target may tell texts apart that are one in an old column."""

    @abstractmethod
    def twins(self, indexes: Iterable[Index], columns: Iterable[Column], spec: Table) -> list[Twins]:
        """The old table's unique indexes in which rows that are two here may be one there."""


class Kindred(Pair):
    """Both of one engine."""

    are_kindred = True
    has_one_rulebook = True

    def __init__(self, words: Words) -> None:
        self._mapping = Alike(words)

    def made(self, name: TableName, old: Made, spec: Table, foreign_keys: Iterable[ForeignKey], enums: Labels) -> Made:  # noqa: ARG002
        return old

    def columns_there(self, columns: Iterable[Column]) -> list[Column]:
        return list(columns)

    def shared_enums(self, enums: Labels) -> Labels:
        return enums

    def foreign_key(self, key: ForeignKey) -> ForeignKey:
        return key

    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:  # noqa: ARG002
        return []

    @property
    def has_names_once(self) -> bool:
        return False

    @property
    def mapping(self) -> laying_out.Mapping:
        return self._mapping

    def unfit(self, old: Iterable[Column], new: Iterable[Column], layout: Layout) -> dict[str, list[Unfit]]:  # noqa: ARG002
        return {}

    def is_finer(self, column: Column, spec: Table) -> bool:  # noqa: ARG002
        return False

    def twins(self, indexes: Iterable[Index], columns: Iterable[Column], spec: Table) -> list[Twins]:  # noqa: ARG002
        return []


class Strangers(Pair):
    """Of two engines, which may be `siblings` of one family. `translators` are those there and back."""

    are_kindred = False

    def __init__(self, here: Words, there: Words, translators: tuple[Translator, Translator], *, siblings: bool) -> None:
        self._translator, _ = translators
        self._siblings = siblings
        self._mapping = Between(here, there, translators)

    @property
    def has_one_rulebook(self) -> bool:
        return self._siblings

    def made(self, name: TableName, old: Made, spec: Table, foreign_keys: Iterable[ForeignKey], enums: Labels) -> Made:
        found = self._translator.shape(
            Shape(
                name=name, columns=old.columns, indexes=old.indexes, checks=old.checks, options=old.options,
                keyed=frozenset(_keyed(name, foreign_keys)),
                labels={each.name: labels for each in old.columns if (labels := enums.get(TableName(each.type_schema, each.type_name)))},
                types=_types(spec),
            )
        )  # fmt: skip
        left = [Note(None, f'statistics "{each["name"]}" are left out', "Nothing") for each in old.statistics]
        notes = [note for note in found.notes if note.column not in spec.drop]
        return Made(found.columns, found.indexes, found.checks, [], found.options, [*notes, *left])

    def columns_there(self, columns: Iterable[Column]) -> list[Column]:
        return [self._translator.there(column) for column in columns]

    def shared_enums(self, enums: Labels) -> Labels:  # noqa: ARG002
        return {}

    def foreign_key(self, key: ForeignKey) -> ForeignKey:
        return replace(key, actions=self._translator.actions(key.actions))

    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
        return self._translator.foreign_key_notes(key, parent)

    @property
    def has_names_once(self) -> bool:
        return self._translator.has_names_once

    @property
    def mapping(self) -> laying_out.Mapping:
        return self._mapping

    def unfit(self, old: Iterable[Column], new: Iterable[Column], layout: Layout) -> dict[str, list[Unfit]]:
        ours, theirs = {each.name: each for each in old}, {each.name: each for each in new}
        pairs = [(ours[each.old], theirs[each.column]) for each in layout.carried if each.old]
        return {own.name: found for own, other in pairs if (found := self._translator.unfit(own, other))}

    def is_finer(self, column: Column, spec: Table) -> bool:
        return bool(column.collation and column.name in _types(spec)) or self._translator.is_finer(column)

    def twins(self, indexes: Iterable[Index], columns: Iterable[Column], spec: Table) -> list[Twins]:
        others = {*_types(spec), *spec.drop}
        return self._translator.twins(list(indexes), [column for column in columns if column.name not in others])


class Between(laying_out.Mapping):
    """Columns of one engine that become columns of another one: sent and compared in the form that all engines share."""

    def __init__(self, here: Words, there: Words, translators: tuple[Translator, Translator]) -> None:
        self._here, self._there = here, there
        self._translator, self._way_back = translators

    @property
    def here(self) -> Words:
        return self._here

    def quoted_there(self, name: str) -> str:
        return self._there.quoted(name)

    def shown(self, home: Column, column: Column) -> str | None:
        plain = self._there.quoted(home.name)
        if self._way_back.is_written_alike(home, column):
            return plain
        there = self._translator.there(column)
        return self._there.given_back(plain, there, of=home) if self._there.shows(home, there) else None

    def given_back(self, expression: str, column: Column, *, of: Column | None) -> str:
        return self._there.given_back(expression, self._translator.there(column), of=of)

    def carried(self, origin: Column, column: Column) -> str:
        plain = self._here.quoted(origin.name)
        if self._translator.is_written_alike(origin, column):
            return plain
        return self._here.carried(plain, self._translator.back(column), of=origin)

    def computed(self, expression: str, column: Column) -> str:
        return self._here.carried(expression, self._translator.back(column), of=None)

    def compared(self, origin: Column | None, column: Column) -> str:
        return self._translator.kind(origin or self._translator.back(column), column)

    def compared_back(self, home: Column | None, column: Column) -> str:
        return self._way_back.kind(home or self._translator.there(column), column)

    def form(self, old: list[Column], new: list[Column]) -> tuple[str, str]:  # noqa: ARG002
        return COMMON, COMMON


def _types(spec: Table) -> dict[str, str]:
    """What the spec says of old columns' types."""
    return {how.from_ or new: how.type for new, how in spec.columns.items() if how.type is not None}


def _keyed(name: TableName, keys: Iterable[ForeignKey]) -> set[str]:
    found: set[str] = set()
    for key in keys:
        found |= set(key.columns) if key.child == name else set()
        found |= set(key.parent_columns) if key.parent == name else set()
    return found
