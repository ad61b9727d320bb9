"""What a PostgreSQL session sends: COPY ... TO STDOUT, of rows, keys and checksums."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from airlift.databases import sending
from airlift.databases.common_form import is_common, key_of
from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.postgres import writing
from airlift.databases.postgres.capture import log_columns, snapshot_of
from airlift.databases.postgres.quoting import listed, quoted, table
from airlift.databases.postgres.ranges import between, equal
from airlift.databases.postgres.session import Session, version_of
from airlift.databases.postgres.values import row_checksum, sent, texts
from airlift.databases.pumping import Outgoing, Wire
from airlift.databases.shapes import BINARY, Carried, Layout
from airlift.databases.values import KeyRange, Range

LAST_BLOCK = 2**32 - 1
MEMORY = "64MB"
"""What a statement of a window may take to sort and to join: in the server's usual 4 MB a large window would go through files."""
_QUOTED = "csv, DELIMITER E'\\t', NULL 'NULL', FORCE_QUOTE *"


class Sending(sending.Sending):
    """Sends in the form that the layout says."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rows_of(self, layout: Layout, cut: Range) -> Outgoing:
        end = LAST_BLOCK if cut.bounds["end"] is None else cut.bounds["end"]
        holes = {"expressions": _expressions(layout, layout.carried), "table": table(layout.source)}
        values = {"first": f"({cut.bounds['first']},0)", "end": f"({end},0)", "table": table(layout.source)}
        return self._outgoing(layout, "copying/send_range", holes, **values)

    def some_rows(self, layout: Layout, most: int) -> Outgoing:
        holes = {"expressions": _expressions(layout, layout.carried), "table": table(layout.source)}
        return self._outgoing(layout, "sync/send_trial", holes, most=most)

    def logged_keys(self, layout: Layout, names: CaptureNames, since: str) -> Outgoing:
        as_key = zip(log_columns(layout.source_key), layout.source_key, strict=True)
        only_check = "pg_catalog.bool_and(\"airlift op\" = 'V')"
        holes = {
            "key": _expressions(layout, key_of(layout)),
            "only_check": writing.written("boolean", only_check) if is_common(layout) else only_check,
            "log_key": ", ".join(f"{quoted(own)} AS {quoted(column)}" for own, column in as_key),
            "log": table(names.log),
            "source": quoted(layout.source.name),
            "source_key": listed(layout.source_key),
        }
        return self._outgoing(layout, "sync/send_keys", holes, since=snapshot_of(since))

    @contextlib.contextmanager
    def logged_rows(
        self, layout: Layout, names: CaptureNames, since: str, *, are_few: bool, is_widened: bool  # noqa: ARG002
    ) -> Iterator[Outgoing]:  # fmt: skip
        holes = {
            "expressions": _expressions(layout, layout.carried),
            "checksum": row_checksum(layout, sources(layout), version=version_of(self._session)),
            "table": table(layout.source),
            "key": listed(layout.source_key),
            "own_key": listed(layout.source_key, of=quoted(layout.source.name)),
            "log": table(names.log),
            "log_columns": listed(log_columns(layout.source_key)),
        }
        with self._planned(are_few=are_few):
            yield self._outgoing(layout, "sync/send_rows", holes, since=snapshot_of(since))

    def checksums_of(self, layout: Layout, keys: KeyRange) -> Outgoing:
        holes = {
            "key": _expressions(layout, key_of(layout)),
            "checksum": row_checksum(layout, sources(layout), version=version_of(self._session)),
            "table": table(layout.source),
            "range": between(self._session, layout.source_key, keys),
        }
        return self._outgoing(layout, "sync/send_range_checksums", holes)

    def suspects(self, layout: Layout, migration: str) -> Outgoing:
        key = [Carried(each.column, each.type, quoted(each.column), None, [], each.compared) for each in key_of(layout)]
        return self._outgoing(
            layout, "sync/send_suspects", {"key": _expressions(layout, key), "unverified": table(unverified(migration, layout))}
        )

    def row(self, layout: Layout, key: list[str]) -> list[str | None] | None:
        holes = {
            "texts": texts(each.expression for each in layout.carried),
            "table": table(layout.source),
            "wanted": equal(self._session, layout.source_key, key),
        }
        found = self._session.rows("sync/read_row", holes)
        return list(found[0][0]) if found else None

    def _outgoing(self, layout: Layout, file: str, holes: dict[str, str], **values: Any) -> Outgoing:
        return outgoing(self._session, layout, file, holes, **values)

    @contextlib.contextmanager
    def _planned(self, *, are_few: bool) -> Iterator[None]:
        """In this block a window's rows are looked up by their keys where they are few, and else the table is read once.

        The server takes one processor for that: the others are the service's, and the receiver has the rows of the keys to remove.
        """
        ways = ("hashjoin", "mergejoin") if are_few else ("nestloop",)
        self._session.set_local(work_mem=MEMORY, max_parallel_workers_per_gather="0", **{f"enable_{way}": "off" for way in ways})
        yield
        self._session.set_local(**{f"enable_{way}": "on" for way in ways})


_FORMATS = {Wire.BINARY: "binary", Wire.ESCAPED: "text", Wire.QUOTED: _QUOTED}


def outgoing(session: Session, layout: Layout, file: str, holes: dict[str, str], **values: Any) -> Outgoing:
    """What a session sends by the COPY of a file, in the form that the layout says."""
    wire = Wire.QUOTED if is_common(layout) else Wire.BINARY if layout.form == BINARY else Wire.ESCAPED
    return Outgoing(session, session.text(file, {**holes, "format": _FORMATS[wire]}, **values), wire)


def sources(layout: Layout) -> list[tuple[Carried, str]]:
    """The carried columns as the source has them, in the target's types."""
    return [(each, each.expression) for each in layout.carried]


def _expressions(layout: Layout, carried: Iterable[Carried]) -> str:
    return ", ".join(sent(layout, each) for each in carried)
