"""A table of MySQL's as MariaDB would have it, and the other way: the same words but for what only one of them has."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from airlift.databases.examined import Unfit
from airlift.databases.mysql.lines import base
from airlift.databases.shapes import Column, ForeignKey, Index
from airlift.databases.translating import forms, limits, references
from airlift.databases.translating.mysql_columns import parsed
from airlift.databases.translating.siblings import columns, indexes, options, unfit
from airlift.databases.translating.siblings.collations import Counterpart, charset_of, is_padded, there
from airlift.databases.translating.terms import Note, Shape, Translated, Translator, Twins

__all__ = ["ToSibling"]


class ToSibling(Translator):
    """From one of the two to the other: `source_product` and `target_product` say which is which."""

    has_names_once = True

    def __init__(self, source_product: str, target_product: str) -> None:
        self._source, self._target = source_product, target_product

    def shape(self, shape: Shape) -> Translated:
        made = [self.there(column, given=shape.types.get(column.name)) for column in shape.columns]
        found, left_out = indexes.translated(shape, made, self._target)
        checks, unchecked = options.checks(shape, self._target)
        behind, told = options.options(shape, self._target)
        notes = [
            Note(own.name, fact, remedy)
            for own, other in zip(shape.columns, made, strict=True)
            for fact, remedy in columns.notes(own, other, self._target, is_given=own.name in shape.types)
        ]
        return Translated(made, found, checks, behind, [*notes, *self._collations(shape), *left_out, *unchecked, *told])

    def _collations(self, shape: Shape) -> Iterator[Note]:
        """What is told of texts that are compared otherwise: once for all columns of a collation."""
        named = defaultdict(list)
        for column in shape.columns:
            if column.collation is not None and column.name not in shape.types:
                named[column.collation].append(column.name)
        for name, found in named.items():
            other = there(name, self._target)
            if other.name != name:
                listed = ", ".join(f'"{each}"' for each in found)
                fact = f"compares the texts of {listed} by {name}; there it is {other.name}{_difference(name, other)}"
                yield Note(None, fact, "Give such a column a `type` with a COLLATE of your choice, if that matters")

    def there(self, column: Column, *, is_keyed: bool = False, labels: Sequence[str] = (), given: str | None = None) -> Column:  # noqa: ARG002
        return columns.translated(column, self._target, given=given)

    def back(self, column: Column) -> Column:
        return columns.translated(column, self._source)

    def kind(self, source: Column, target: Column) -> str:
        if source.type_name == target.type_name == "enum":
            return "enum"
        return forms.agreed(forms.of_mysql(source), forms.of_mysql(target))

    def is_written_alike(self, source: Column, target: Column) -> bool:
        if source.type_name == "vector" or ("zerofill" in source.type) != ("zerofill" in target.type):
            return False
        if base(source.type) in columns.REALS and base(source.type) != base(target.type):
            return False
        own, word = forms.of_mysql(source), self.kind(source, target)
        scales = limits.scale_of_mysql(parsed(source.type)), limits.scale_of_mysql(parsed(target.type))
        # a document is its text on both, whichever of them says so
        return word == "enum" or {own, word} == {"string", "json"} or forms.is_written_alike(own, word, scales)

    def actions(self, text: str) -> str:
        return text

    def foreign_key_notes(self, key: ForeignKey, parent: Iterable[Index]) -> list[Note]:
        return references.unique_parent(key, parent) if self._target == "MySQL" else []

    def unfit(self, source: Column, target: Column) -> list[Unfit]:
        return list(unfit.found(source, target))

    def is_finer(self, column: Column) -> bool:
        return column.collation is not None and there(column.collation, self._target).is_finer

    def twins(self, indexes_here: list[Index], columns_here: list[Column]) -> list[Twins]:
        return indexes.twins(indexes_here, columns_here, self._source, self._target)


def _difference(name: str, other: Counterpart) -> str:
    """What is otherwise by the other collation, in words."""
    found = []
    if charset_of(name) != charset_of(other.name):
        found.append(f"they are in {charset_of(other.name)}")
    if is_padded(name) != is_padded(other.name):
        found.append(f"a text and the same with blanks behind it are {'two' if is_padded(name) else 'one'}")
    elif other.is_finer:
        found.append("its rules are not quite the same")
    return "".join(f", and {words}" for words in found)
