"""Rows that foreign keys change without a word: no trigger sees what ON DELETE and ON UPDATE do to them.

When a window is applied, its keys are closed over the rows that reference a key that went, as the receiver still has them, and over those
that reference these. Where a row's own key goes along with the one that it references, it has another one on the sender by then: so there
the rows are looked for that reference any key of the window.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from airlift.databases.common_form import key_of
from airlift.databases.mysql.keysets import temporary
from airlift.databases.mysql.lines import Place, places, row, sources, targets
from airlift.databases.mysql.loading import take_in
from airlift.databases.mysql.logs import log_columns
from airlift.databases.mysql.quoting import listed, matching, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, own
from airlift.databases.pumping import Outgoing, Wire
from airlift.databases.shapes import Layout
from airlift.databases.values import Cascade
from airlift.errors import Refused
from airlift.spec import TableName


def read(session: Session, layouts: Sequence[Layout]) -> list[Cascade]:
    """The foreign keys among tables of the sender that change rows without a word."""
    numbers = {layout.source: layout.no for layout in layouts}
    found: dict[tuple[int, str], Cascade] = {}
    for schema in sorted({layout.source.schema for layout in layouts}):
        for record in session.records("sync/read_cascades", schema=schema):
            child = numbers.get(TableName(schema, record["child"]))
            parent = numbers.get(TableName(record["parent_schema"], record["parent"]))
            if child is not None and parent is not None:
                empty = Cascade(parent, child, [], [], moves_children=bool(record["moves_children"]))
                cascade = found.setdefault((child, record["name"]), empty)
                cascade.parent_columns.append(record["parent_column"])
                cascade.columns.append(record["child_column"])
    return list(found.values())


def widen(
    source: Session,
    target: Session,
    cascades: Iterable[Cascade],
    *,
    layouts: Iterable[Layout],
    names: Iterable[CaptureNames],
    changed: Collection[int],
) -> set[int]:
    """Find the keys that cascades of the `changed` tables have changed, and leave them on both sides; the tables that have such keys."""
    reached = _reached(list(cascades), changed)
    if not reached:
        return set()
    by_number, logs = {layout.no: layout for layout in layouts}, {each.no: each for each in names}
    involved = [by_number[no] for no in sorted({each.parent for each in reached} | {each.child for each in reached})]
    receiver = Side(target, involved, on_source=False)
    receiver.create()
    for layout in involved:
        if layout.no in changed and any(each.parent == layout.no for each in reached):
            _receive_gone(source, receiver, layout, logs[layout.no], [each for each in reached if each.parent == layout.no])
    receiver.close_over(reached)
    moving = [each for each in reached if each.moves_children and set(each.columns) & set(by_number[each.child].source_key)]
    sender = Side(source, involved, on_source=True)
    if moving or receiver.widened:
        sender.create()
    if moving:
        for layout in involved:
            if layout.no in changed:
                sender.seed(layout, logs[layout.no])
        sender.close_over(moving)
    for layout in involved:
        _exchange(sender, receiver, layout)
    return receiver.widened


def _reached(cascades: list[Cascade], changed: Collection[int]) -> list[Cascade]:
    """Those of the cascades that may have followed from a change of these tables."""
    tables, reached = set(changed), set[int]()
    while len(tables) > len(reached):
        reached = set(tables)
        tables |= {each.child for each in cascades if each.parent in tables}
    return [each for each in cascades if each.parent in tables]


@dataclass
class Side:
    """One side's rows, and what was found there: of each table keys with a level, at 0 those that were changed by somebody."""

    session: Session
    layouts: list[Layout]
    on_source: bool

    def __post_init__(self) -> None:
        self.widened: set[int] = set()
        self._by_number = {layout.no: layout for layout in self.layouts}

    def key(self, layout: Layout) -> list[str]:
        """The key's columns here."""
        return layout.source_key if self.on_source else layout.key

    def table(self, layout: Layout) -> str:
        """The table here."""
        return table(layout.source if self.on_source else layout.target)

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

    def create(self) -> None:
        """Make the temporary tables."""
        with self.session.batch():
            for layout in self.layouts:
                more, found = temporary("more", layout), temporary("found", layout)
                holes = {"more": more, "found": found, "key": listed(self.key(layout)), "table": self.table(layout)}
                for each in (more, found):
                    self.session.run("sync/drop_temporary", {"table": each})
                self.session.run("sync/create_more", holes)
                self.session.run("sync/create_found", holes)

    def seed(self, layout: Layout, names: CaptureNames) -> None:
        """Begin with all keys of the change log that is here."""
        columns = listed(log_columns(layout.source_key))
        self.session.run("sync/seed_more", {"more": temporary("more", layout), "log_columns": columns, "log": table(names.log)})

    def add(self, layout: Layout, level: int) -> int:
        """Add what was found and is not known yet; how many keys."""
        more, found, key = temporary("more", layout), temporary("found", layout), self.key(layout)
        self.session.run("sync/forget_known", {"more": more, "found": found, "matching": matching(key, "f", "m")})
        added = self.session.run("sync/add_found", {"more": more, "found": found, "key": listed(key)}, level=level)
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

    def _find(self, cascade: Cascade, level: int) -> None:
        parent, child = self._by_number[cascade.parent], self._by_number[cascade.child]
        own_key, references = self.key(parent), self.columns(parent, cascade.parent_columns)
        is_by_key = set(references) <= set(own_key)
        # a table that references itself stands twice
        alias = quoted("airlift parent") if parent is child else self.table(parent)
        referenced = "m" if is_by_key else alias
        pairs = zip(self.columns(child, cascade.columns), references, strict=True)
        holes = {
            "found": temporary("found", child),
            "more": temporary("more", parent),
            "child": self.table(child),
            "child_key": listed(self.key(child), of=self.table(child)),
            "parent": f"{self.table(parent)} AS {alias}" if parent is child else alias,
            "matching": " AND ".join(f"{alias}.{quoted(name)} = m.{quoted(name)}" for name in own_key),
            "referencing": " AND ".join(f"{self.table(child)}.{quoted(name)} = {referenced}.{quoted(to)}" for name, to in pairs),
        }
        self.session.run("sync/find_children" if is_by_key else "sync/find_children_by_rows", holes, level=level)


def _receive_gone(source: Session, receiver: Side, layout: Layout, names: CaptureNames, cascades: list[Cascade]) -> None:
    """Begin on the receiver with the keys whose rows may have gone on the sender."""
    columns = log_columns(layout.source_key)
    aliases = [quoted(f"airlift {column}") for column in columns]
    as_key = list(zip(map(quoted, columns), map(quoted, layout.source_key), aliases, strict=True))
    # what references other columns than the key's follows any change of its row
    are_all = any(not set(each.parent_columns) <= set(layout.source_key) for each in cascades)
    holes = {
        "line": row(sources(key_of(layout))),
        "log_key": ", ".join(f"{logged} AS {column}" for logged, column, _ in as_key),
        "own_log_key": ", ".join(f"{logged} AS {alias}" for logged, _, alias in as_key),
        "log": table(names.log),
        "log_columns": listed(columns),
        "source": quoted(layout.source.name),
        "are_all": "TRUE" if are_all else "FALSE",
        "table": table(layout.source),
        "matching": " AND ".join(f"{table(layout.source)}.{column} = {alias}" for _, column, alias in as_key),
    }
    _pump(source, source.text("sync/send_gone_keys", holes), receiver, layout)
    receiver.add(layout, 0)


def _exchange(sender: Side, receiver: Side, layout: Layout) -> None:
    """Let each side have what was found on the other: the keys that are to be carried are the same on both."""
    found_there = layout.no in sender.widened
    if layout.no in receiver.widened:
        take = _take_more(receiver, layout, row(targets(key_of(layout))), alias=layout.target.name)
        _pump(receiver.session, take, sender, layout)
        sender.add(layout, 1)
    if found_there:
        take = _take_more(sender, layout, row(sources(key_of(layout))), alias=layout.source.name)
        _pump(sender.session, take, receiver, layout)
        receiver.add(layout, 1)


def _take_more(side: Side, layout: Layout, line: str, *, alias: str) -> str:
    return side.session.text("sync/send_more_keys", {"line": line, "more": temporary("more", layout), "alias": quoted(alias)})


def _pump(sender: Session, take: str, receiver: Side, layout: Layout) -> None:
    """Bring keys to where found ones arrive on a side."""
    pairs = zip(receiver.key(layout), places(key_of(layout)), strict=True)
    arriving = [Place(column, each.kind, each.type) for column, each in pairs]
    take_in(receiver.session, Outgoing(sender, take, Wire.ESCAPED), own(f"airlift_found_{layout.no}"), arriving)
