"""What a MySQL or MariaDB session sends: lines that a SELECT makes, of rows, keys and checksums."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, cast

from airlift.databases import sending
from airlift.databases.common_form import key_of
from airlift.databases.mysql.blocks import Block, Facts, Line, escaped_line, plain_line
from airlift.databases.mysql.keysets import temporary
from airlift.databases.mysql.lines import Pieces, Value, checksum, pieces, row, sources, targets
from airlift.databases.mysql.logs import log_columns
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.ranges import Bound, Key, above, between, boundary, equal, key_of_source
from airlift.databases.mysql.session import Session
from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.pumping import Outgoing, Sender, Wire
from airlift.databases.shapes import Carried, Layout
from airlift.databases.values import KeyRange, Range

FIRST_ROWS, BLOCK_ROWS = 250, 4000
"""Rows that come as one block: of a range's first one, and at most, when they are short."""
BLOCK_BYTES = 2 << 20
"""What a block is to have at most: it is in our memory as one."""
LONG_ROW = 2048
"""Bytes of a row: where they are more, little is won by sending many as one."""
SHOWN = 200
"""Characters of a value that are shown of a row that differs."""


class Sending(sending.Sending):
    """Sends lines, in which values are of the kinds that the layout says."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows_of(self, layout: Layout, cut: Range) -> Outgoing:
        key = key_of_source(self._session, layout)
        names = {"schema": layout.source.schema, "name": layout.source.name}
        facts = {column: Facts(*map(bool, found)) for column, *found in self._session.rows("copying/read_column_facts", **names)}
        blocks = Blocks(self._session, key, layout.carried, facts, cut.bounds["lower"], cut.bounds["upper"])
        return Outgoing(blocks, "copying/send_block", Wire.ESCAPED)

    def some_rows(self, layout: Layout, most: int) -> Outgoing:
        line = pieces(sources(layout.carried))
        take = self._session.text("sync/send_trial", {"pieces": line.sql, "table": table(layout.source)}, most=most)
        return _outgoing(Rows(self._session, line), take)

    def logged_keys(self, layout: Layout, names: CaptureNames, since: str) -> Outgoing:  # noqa: ARG002
        # what makes the new table's key of the old one's columns is made of the log's, under their names
        as_key = zip(log_columns(layout.source_key), layout.source_key, strict=True)
        holes = {
            "line": row(sources(key_of(layout))),
            "log_key": ", ".join(f"{quoted(own_name)} AS {quoted(column)}" for own_name, column in as_key),
            "log": table(names.log),
            "source": quoted(layout.source.name),
        }
        return _outgoing(self._session, self._session.text("sync/send_keys", holes))

    @contextlib.contextmanager
    def logged_rows(
        self, layout: Layout, names: CaptureNames, since: str, *, are_few: bool, is_widened: bool  # noqa: ARG002
    ) -> Iterator[Outgoing]:  # fmt: skip
        line = pieces(sources(layout.carried), checksum(sources(layout.carried)))
        yield _outgoing(Rows(self._session, line), self._take_rows(layout, names, line.sql, is_widened=is_widened))

    def checksums_of(self, layout: Layout, keys: KeyRange) -> Outgoing:
        holes = {
            "line": row(sources(key_of(layout))),
            "checksum": checksum(sources(layout.carried)),
            "table": table(layout.source),
            "range": between(self._session, key_of_source(self._session, layout), keys.lower, keys.upper),
        }
        return _outgoing(self._session, self._session.text("sync/send_range_checksums", holes))

    def suspects(self, layout: Layout, migration: str) -> Outgoing:
        holes = {"line": row(targets(key_of(layout))), "unverified": table(unverified(migration, layout))}
        return _outgoing(self._session, self._session.text("sync/send_suspects", holes))

    def row(self, layout: Layout, key: list[str]) -> list[str | None] | None:
        wanted = equal(self._session, key_of_source(self._session, layout), key)
        holes = {"texts": texts(sources(layout.carried)), "table": table(layout.source), "wanted": wanted}
        found = self._session.rows("sync/read_row", holes)
        return list(found[0]) if found else None

    def _take_rows(self, layout: Layout, names: CaptureNames, line: str, *, is_widened: bool) -> str:
        """The statement that sends a window's rows, each as `line`."""
        logged = log_columns(layout.source_key)
        aliases = {column: f"airlift {column}" for column in logged}
        holes = {
            "logged": ", ".join(f"{quoted(column)} AS {quoted(alias)}" for column, alias in aliases.items()),
            "log": table(names.log),
            "log_columns": listed(logged),
            "key": listed(layout.source_key),
            "more": temporary("more", layout),
        }
        own_key = [f"{table(layout.source)}.{quoted(column)}" for column in layout.source_key]
        pairs = zip(own_key, aliases.values(), strict=True)
        return self._session.text(
            "sync/send_rows",
            {
                "pieces": line,
                "keys": self._session.text("sync/logged_and_more_keys" if is_widened else "sync/logged_keys", holes),
                "table": table(layout.source),
                "matching": " AND ".join(f"{column} = {quoted('airlift keys')}.{quoted(alias)}" for column, alias in pairs),
            },
        )


def _outgoing(sender: Sender, statement: str) -> Outgoing:
    return Outgoing(sender, statement, Wire.ESCAPED)


def texts(values: Iterable[Value]) -> str:
    """The SQL of values as people read them, cut."""
    return ", ".join(f"LEFT({each.shown}, {SHOWN})" for each in values)


@dataclass(frozen=True)
class Rows:
    """A sender of lines in pieces, of which some come as they are."""

    session: Session
    line: Pieces

    def copy_out(self, statement: str, sink: IO[bytes], /) -> int:
        """Write what the statement sends into `sink`; the number of rows."""
        return self.session.copy_out(statement, sink, raw=self.line.raw)

    def cancel(self) -> None:
        """End what runs on the server, from any thread."""
        self.session.cancel()


@dataclass
class Blocks:
    """A sender of a range, block after block, each by a statement of its own: what a server makes of many rows at once is a text in its
    memory, and in ours. Where rows are long, a block is sent row by row.
    """

    session: Session
    key: Key
    carried: list[Carried]
    facts: Mapping[str, Facts]
    lower: Bound
    upper: Bound
    rows: int = field(default_factory=lambda: min(FIRST_ROWS, BLOCK_ROWS))
    is_escaped: bool = False
    are_long: bool = False

    def copy_out(self, statement: str, sink: IO[bytes], /) -> int:
        """Write all lines of the range into `sink`; how many. `statement` names the file that makes a block."""
        lines, lower, is_dense, is_last = 0, self.lower, False, False
        while not is_last:
            # numbers that lie close need not be counted: there are no more rows than numbers
            dense = lower if is_dense else None
            upper = above(dense, self.rows, self.upper) if dense else boundary(self.session, self.key, lower, self.upper, self.rows)
            is_last = upper is None
            holes = {"table": table(self.key.table), "range": between(self.session, self.key, lower, self.upper if is_last else upper)}
            sent = self._send(statement, holes, _Counted(sink))
            is_dense = self.key.is_dense(lower, upper, sent)
            lines += sent
            lower = upper
        return lines

    def _send(self, statement: str, holes: dict[str, str], sink: "_Counted") -> int:
        lines = None if self.are_long else self._send_block(statement, holes, sink)
        if lines is None:
            lines = self._send_rows(holes, sink)
            self.are_long = sink.bytes > lines * LONG_ROW
        if lines:
            self.rows = max(1, min(BLOCK_ROWS, lines * BLOCK_BYTES // sink.bytes))
        return lines

    def _send_block(self, statement: str, holes: dict[str, str], sink: "_Counted") -> int | None:
        """Send it as one value; how many lines, or None where the server has cut it short."""
        block = None if self.is_escaped else self._block(statement, holes, plain_line(self.carried, self.facts))
        if block is None or not block.is_plain(len(self.carried)):
            if block is not None and block.is_cut:
                return None
            # where one text has what is escaped, others of the range will have it
            self.is_escaped = True
            block = self._block(statement, holes, escaped_line(sources(self.carried)))
            if not block.is_whole:
                return None
        sink.write(block.text or b"")
        return block.lines

    def _block(self, statement: str, holes: dict[str, str], line: Line) -> Block:
        take = self.session.text(statement, {**holes, "line": line.sql, "backslashes": line.backslashes})
        text, lines, backslashes, warnings = self.session.one_value(take)
        return Block(text, int(lines), int(backslashes), warnings)

    def _send_rows(self, holes: dict[str, str], sink: "_Counted") -> int:
        line = pieces(sources(self.carried))
        take = self.session.text("copying/send_rows", {**holes, "pieces": line.sql})
        return self.session.copy_out(take, cast(IO[bytes], sink), raw=line.raw)

    def cancel(self) -> None:
        """End what runs on the server, from any thread."""
        self.session.cancel()


class _Counted:
    """A sink that knows how much went into it."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink = sink
        self.bytes = 0

    def write(self, block: bytes) -> int:
        self.bytes += len(block)
        return self._sink.write(block)
