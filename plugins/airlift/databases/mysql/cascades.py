"""What foreign keys change without a word on MySQL and MariaDB, and this side of the search for it."""

from collections.abc import Sequence
from dataclasses import replace

from airlift.databases import cascading
from airlift.databases.common_form import key_of
from airlift.databases.mysql import quoting
from airlift.databases.mysql.keysets import temporary
from airlift.databases.mysql.lines import Place, places, row, sources, targets
from airlift.databases.mysql.loading import take_in
from airlift.databases.mysql.logs import log_columns
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, own
from airlift.databases.pumping import Outgoing, Wire
from airlift.databases.shapes import Layout
from airlift.databases.values import Cascade
from airlift.spec import TableName


def read(session: Session, layouts: Sequence[Layout]) -> list[Cascade]:
    """The foreign keys among tables of the sender that change rows without a word."""
    numbers = {layout.source: layout.no for layout in layouts}
    found: dict[tuple[int, str], Cascade] = {}
    spelled = set()
    for schema in sorted({layout.source.schema for layout in layouts}):
        for record in session.records("sync/read_cascades", schema=schema):
            child = numbers.get(TableName(schema, record["child"]))
            parent = numbers.get(TableName(record["parent_schema"], record["parent"]))
            if child is not None and parent is not None:
                empty = Cascade(parent, child, [], [], moves_children=bool(record["moves_children"]))
                cascade = found.setdefault((child, record["name"]), empty)
                cascade.parent_columns.append(record["parent_column"])
                cascade.columns.append(record["child_column"])
                spelled |= {(child, record["name"])} if record["is_text"] else set()
    return [replace(cascade, takes_spellings=name in spelled) for name, cascade in found.items()]


class Side(cascading.Side[Session]):
    """Its temporary tables are in our own database, and are made anew each time."""

    spelling = quoting

    def temporary(self, what: str, layout: Layout) -> str:
        return temporary(what, layout)

    def make(self, layout: Layout) -> None:
        more, found = temporary("more", layout), temporary("found", layout)
        holes = {"more": more, "found": found, "key": listed(self.key(layout)), "table": self.table(layout)}
        with self.session.batch():
            for each in (more, found):
                self.session.run("sync/drop_temporary", {"table": each})
            self.session.run("sync/create_more", holes)
            self.session.run("sync/create_found", holes)

    def seed(self, layout: Layout, names: CaptureNames) -> None:
        columns = listed(log_columns(layout.source_key))
        self.session.run("sync/seed_more", {"more": temporary("more", layout), "log_columns": columns, "log": table(names.log)})

    def gone_keys(self, layout: Layout, names: CaptureNames, *, are_all: bool) -> Outgoing:
        columns = log_columns(layout.source_key)
        aliases = [quoted(f"airlift {column}") for column in columns]
        as_key = list(zip(map(quoted, columns), map(quoted, layout.source_key), aliases, strict=True))
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
        return self._outgoing("sync/send_gone_keys", holes)

    def found_keys(self, layout: Layout) -> Outgoing:
        key = sources(key_of(layout)) if self.on_source else targets(key_of(layout))
        alias = layout.source.name if self.on_source else layout.target.name
        return self._outgoing("sync/send_more_keys", {"line": row(key), "more": temporary("more", layout), "alias": quoted(alias)})

    def take(self, outgoing: Outgoing, layout: Layout) -> None:
        pairs = zip(self.key(layout), places(key_of(layout)), strict=True)
        arriving = [Place(column, each.kind, each.type) for column, each in pairs]
        take_in(self.session, outgoing, own(f"airlift_found_{layout.no}"), arriving)

    def _outgoing(self, file: str, holes: dict[str, str]) -> Outgoing:
        return Outgoing(self.session, self.session.text(file, holes), Wire.ESCAPED)
