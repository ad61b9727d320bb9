"""Rows that foreign keys change without a word: on some senders no trigger sees what ON DELETE and ON UPDATE do to them.

When a window is applied, its keys are closed over the rows that reference a key that went, as the receiver still has them, and over those
that reference these. Where a row's own key goes along with the one that it references, it has another one on the sender by then: so there
the rows are looked for that reference any key of the window. Knows no engine: each has its own kind of `Side`.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from typing import Any, Generic, Protocol, TypeVar

from airlift.databases.common_form import is_common
from airlift.databases.failures import UnfitValue
from airlift.databases.naming import CaptureNames
from airlift.databases.pumping import Outgoing
from airlift.databases.shapes import Layout
from airlift.databases.values import Cascade
from airlift.errors import Refused
from airlift.spec import TableName


class Spelling(Protocol):
    """How an engine writes names."""

    def quoted(self, name: str, /) -> str:
        """A name."""

    def table(self, name: TableName, /) -> str:
        """A table with its schema."""

    def listed(self, names: Iterable[str], /, *, of: str = "") -> str:
        """Names with commas between."""

    def matching(self, names: Iterable[str], left: str, right: str, /) -> str:
        """The condition that columns of two aliases are equal."""


class Runner(Protocol):
    """A session, as far as it runs statements."""

    def run(self, file: str, holes: dict[str, str], /, **values: Any) -> int:
        """Run one."""

    def value(self, file: str, holes: dict[str, str], /, **values: Any) -> Any:
        """The one value that one returns."""


S = TypeVar("S", bound=Runner)


class Side(ABC, Generic[S]):
    """One side's rows, and what was found there: of each table keys with a level, at 0 those that were changed by somebody."""

    spelling: Spelling

    def __init__(self, session: S, *, on_source: bool) -> None:
        self.session = session
        self.on_source = on_source
        self.widened: set[int] = set()
        self._by_number: dict[int, Layout] = {}

    @abstractmethod
    def temporary(self, what: str, layout: Layout) -> str:
        """A temporary table of ours."""

    @abstractmethod
    def make(self, layout: Layout) -> None:
        """Make the temporary tables of one table."""

    @abstractmethod
    def seed(self, layout: Layout, names: CaptureNames) -> None:
        """Begin with all keys of the change log that is here."""

    @abstractmethod
    def gone_keys(self, layout: Layout, names: CaptureNames, *, are_all: bool) -> Outgoing:
        """The keys of the change log that is here whose rows may have gone; all keys where `are_all`."""

    @abstractmethod
    def found_keys(self, layout: Layout) -> Outgoing:
        """The keys that were found here."""

    @abstractmethod
    def take(self, outgoing: Outgoing, layout: Layout) -> None:
        """Take keys in among those that were found."""

    def key(self, layout: Layout) -> list[str]:
        """The key's columns here."""
        return layout.source_key if self.on_source else layout.key

    def table(self, layout: Layout) -> str:
        """The table here."""
        return self.spelling.table(layout.source if self.on_source else layout.target)

    def columns(self, layout: Layout, names: Iterable[str]) -> list[str]:
        """The names here of the sender's columns."""
        if self.on_source:
            return list(names)
        carried = {each.old: each.column for each in layout.carried if each.old}
        lost = [name for name in names if name not in carried]
        if lost:
            raise Refused(
                f'Column "{lost[0]}" of table "{layout.source}" is in a foreign key that changes rows without a word, and is not carried: '
                f'what it changed can\'t be found in "{layout.target}". Keep the column, or drop the foreign key.'
            )
        return [carried[name] for name in names]

    def begin(self, layouts: Iterable[Layout]) -> None:
        """Get ready to find keys of these tables."""
        self._by_number = {layout.no: layout for layout in layouts}
        for layout in self._by_number.values():
            self.make(layout)

    def add(self, layout: Layout, level: int) -> int:
        """Add what was found and is not known yet; how many keys."""
        more, found, key = self.temporary("more", layout), self.temporary("found", layout), self.key(layout)
        self.session.run("sync/forget_known", {"more": more, "found": found, "matching": self.spelling.matching(key, "f", "m")})
        added = self.session.run("sync/add_found", {"more": more, "found": found, "key": self.spelling.listed(key)}, level=level)
        self.session.run("sync/empty_found", {"found": found})
        if added and level:
            self.widened.add(layout.no)
        return added

    def close_over(self, cascades: list[Cascade]) -> None:
        """Find what references the keys of a level, from level to level, until nothing more is found."""
        level, parents = 0, {each.parent for each in cascades}
        while parents:
            found = set()
            for cascade in cascades:
                if cascade.parent in parents:
                    self._find(cascade, level)
                    if self.add(self._by_number[cascade.child], level + 1):
                        found.add(cascade.child)
            level, parents = level + 1, found

    def strays(self, cascade: Cascade, child: Layout, parent: Layout) -> int:
        """How many rows that a window brought to a child reference none of the parent as they are spelled."""
        quoted = self.spelling.quoted
        own, theirs = self.columns(child, cascade.columns), self.columns(parent, cascade.parent_columns)
        holes = {
            "rows": self.temporary("rows", child),
            "parent": self.table(parent),
            "matching": " AND ".join(f"c.{quoted(name)} = p.{quoted(to)}" for name, to in zip(own, theirs, strict=True)),
            "is_set": " AND ".join(f"c.{quoted(name)} IS NOT NULL" for name in own),
            "first": quoted(theirs[0]),
        }
        return int(self.session.value("sync/count_strays", holes))

    def _find(self, cascade: Cascade, level: int) -> None:
        quoted = self.spelling.quoted
        parent, child = self._by_number[cascade.parent], self._by_number[cascade.child]
        own_key, references = self.key(parent), self.columns(parent, cascade.parent_columns)
        is_by_key = set(references) <= set(own_key)
        # a table that references itself stands twice
        alias = quoted("airlift parent") if parent is child else self.table(parent)
        referenced = "m" if is_by_key else alias
        pairs = zip(self.columns(child, cascade.columns), references, strict=True)
        holes = {
            "found": self.temporary("found", child),
            "more": self.temporary("more", parent),
            "child": self.table(child),
            "child_key": self.spelling.listed(self.key(child), of=self.table(child)),
            "parent": f"{self.table(parent)} AS {alias}" if parent is child else alias,
            "matching": " AND ".join(f"{alias}.{quoted(name)} = m.{quoted(name)}" for name in own_key),
            "referencing": " AND ".join(f"{self.table(child)}.{quoted(name)} = {referenced}.{quoted(to)}" for name, to in pairs),
        }
        self.session.run("sync/find_children" if is_by_key else "sync/find_children_by_rows", holes, level=level)


def widen(
    sender: Side[Any],
    receiver: Side[Any],
    cascades: Iterable[Cascade],
    *,
    layouts: Iterable[Layout],
    names: Iterable[CaptureNames],
    changed: Collection[int],
) -> set[int]:
    """Find the keys that cascades of the `changed` tables have changed, and leave them on both sides; the tables that have such keys.

    To be called before anything of the window is received.
    """
    reached = _reached(list(cascades), changed)
    if not reached:
        return set()
    by_number, logs = {layout.no: layout for layout in layouts}, {each.no: each for each in names}
    involved = [by_number[no] for no in sorted({each.parent for each in reached} | {each.child for each in reached})]
    receiver.begin(involved)
    for layout in involved:
        own = [each for each in reached if each.parent == layout.no]
        if layout.no in changed and own:
            # what references other columns than the key's follows any change of its row
            are_all = any(not set(each.parent_columns) <= set(layout.source_key) for each in own)
            receiver.take(sender.gone_keys(layout, logs[layout.no], are_all=are_all), layout)
            receiver.add(layout, 0)
    receiver.close_over(reached)
    moving = [each for each in reached if each.moves_children and set(each.columns) & set(by_number[each.child].source_key)]
    if moving or receiver.widened:
        sender.begin(involved)
    if moving:
        for layout in involved:
            if layout.no in changed:
                sender.seed(layout, logs[layout.no])
        sender.close_over(moving)
    for layout in involved:
        _exchange(sender, receiver, layout)
    return receiver.widened


def refuse_strays(receiver: Side[Any], cascades: Iterable[Cascade], layouts: Iterable[Layout]) -> None:
    """Refuse what came to these tables and references what the receiver takes for another text than the sender does.

    Else, when the sender changes such a row along with the one that it references, the receiver would not find it.
    """
    by_number = {layout.no: layout for layout in layouts}
    for cascade in cascades:
        child, parent = by_number.get(cascade.child), by_number.get(cascade.parent)
        if child is None or parent is None or not cascade.takes_spellings or not is_common(child):
            continue
        if strays := receiver.strays(cascade, child, parent):
            names = ", ".join(f'"{name}"' for name in cascade.columns)
            raise UnfitValue(
                f'{strays:,} changed rows of table "{child.source}" have in {names} another spelling than the row of "{parent.source}" '
                f'that they reference, and there they would reference none. Write there what "{parent.source}" has; then clear this task.'
            )


def _reached(cascades: list[Cascade], changed: Collection[int]) -> list[Cascade]:
    """Those of the cascades that may have followed from a change of these tables."""
    tables, reached = set(changed), set[int]()
    while len(tables) > len(reached):
        reached = set(tables)
        tables |= {each.child for each in cascades if each.parent in tables}
    return [each for each in cascades if each.parent in tables]


def _exchange(sender: Side[Any], receiver: Side[Any], layout: Layout) -> None:
    """Let each side have what was found on the other: the keys that are to be carried are the same on both."""
    found_there = layout.no in sender.widened
    if layout.no in receiver.widened:
        sender.take(receiver.found_keys(layout), layout)
        sender.add(layout, 1)
    if found_there:
        receiver.take(sender.found_keys(layout), layout)
        receiver.add(layout, 1)
