"""What a MySQL or MariaDB session sends: lines that a SELECT makes, of rows, keys and checksums."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from airlift.databases import sending
from airlift.databases.common_form import key_of
from airlift.databases.mysql.keysets import temporary
from airlift.databases.mysql.lines import Pieces, Value, block, checksum, pieces, row, sources, targets
from airlift.databases.mysql.logs import log_columns
from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.ranges import Bound, Key, between, boundary, equal, key_of_source
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.transfers import CutShort
from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.pumping import Outgoing, Sender, Wire
from airlift.databases.shapes import Layout
from airlift.databases.values import KeyRange, Range

BLOCK_ROWS = 4000
"""Rows that come as one block, when they are short."""
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
        blocks = Blocks(self._session, key, sources(layout.carried), cut.bounds["lower"], cut.bounds["upper"])
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
    values: list[Value]
    lower: Bound
    upper: Bound
    rows: int = BLOCK_ROWS
    are_long: bool = False

    def copy_out(self, statement: str, sink: IO[bytes], /) -> int:
        """Write all lines of the range into `sink`; how many. `statement` names the file that makes a block."""
        lines, lower, is_last = 0, self.lower, False
        while not is_last:
            upper = boundary(self.session, self.key, lower, self.upper, self.rows)
            is_last = upper is None
            holes = {"table": table(self.key.table), "range": between(self.session, self.key, lower, self.upper if is_last else upper)}
            lines += self._send(statement, holes, _Counted(sink))
            lower = upper
        return lines

    def _send(self, statement: str, holes: dict[str, str], sink: "_Counted") -> int:
        lines = None
        if not self.are_long:
            # what the server cuts short is sent row by row
            with contextlib.suppress(CutShort):
                text = self.session.text(statement, {**holes, "line": block(self.values)})
                lines = self.session.copy_out(text, cast(IO[bytes], sink))
        if lines is None:
            lines = self._send_rows(holes, sink)
            self.are_long = sink.bytes > lines * LONG_ROW
        self.rows = max(1, min(BLOCK_ROWS, lines * BLOCK_BYTES // max(sink.bytes, 1)))
        return lines

    def _send_rows(self, holes: dict[str, str], sink: "_Counted") -> int:
        line = pieces(self.values)
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
