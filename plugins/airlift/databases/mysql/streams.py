"""The bulk path: ranges of keys out of the source, LOAD DATA into the target, keys and indexes afterwards."""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from typing import Any

from airlift.databases.mysql.keysets import create_keys, keys_table, merge_keys, receive_keys
from airlift.databases.mysql.lines import places
from airlift.databases.mysql.loading import charset_for, take_in
from airlift.databases.mysql.quoting import matching, quoted, table
from airlift.databases.mysql.ranges import Bound, Key, boundary, key_of
from airlift.databases.mysql.session import LONGEST_REST, Session
from airlift.databases.naming import CaptureNames, own
from airlift.databases.sending import Sending
from airlift.databases.shapes import Layout, Relation
from airlift.databases.values import Range
from airlift.spec import TableName

SPARSE = 16
"""Where whole numbers have more than so many gaps for each row, even parts of them would be no even parts of the table."""


class Streams:
    """Moves rows in bulk between two sessions, in the transactions of their callers."""

    def cut(self, session: Session, relation: Relation, key: list[str], bytes_each: int) -> list[Range]:
        """Cut a table into ranges of about `bytes_each`, here of keys. The first and the last have an open end: none is left out."""
        parts = -(-relation.bytes // bytes_each)
        bounds = _bounds(session, key_of(session, relation.name, key), parts, relation.rows) if parts > 1 else []
        edges = [None, *bounds, None]
        each = relation.bytes // (len(edges) - 1)
        return [Range({"lower": lower, "upper": upper}, each) for lower, upper in pairwise(edges)]

    def hold_heaps(self, session: Session, names: Iterable[TableName]) -> None:
        """Keep tables from being rewritten while this transaction reads them. To be the transaction's first statement."""
        statements = [session.text("copying/hold_table", {"table": table(name)}) for name in names]
        if statements:
            session.joined(statements, " UNION ALL ")

    def copy_range(self, source: Sending, target: Session, layout: Layout, cut: Range) -> int:
        """Copy a range; how many rows. The bytes pass through unread."""
        charset = charset_for(target, layout.target)
        return take_in(target, source.rows_of(layout, cut), layout.target, places(layout.carried), charset=charset)

    def try_rows(self, source: Sending, target: Session, layout: Layout, most: int) -> int:
        """Bring some rows into a table like the layout's target, which is gone with the session; how many.

        Raises what the server says against them.
        """
        trial = own(f"airlift_trial_{layout.no}")
        holes = {"trial": table(trial), "table": table(layout.target)}
        target.run("sync/drop_temporary", {"table": table(trial)})
        may_be_like = not target.value("sync/has_more_than_temporary", schema=layout.target.schema, table=layout.target.name)
        # of a table that no temporary one can be like only the columns are tried
        target.run("sync/create_trial" if may_be_like else "sync/create_trial_of_columns", holes)
        return take_in(target, source.some_rows(layout, most), trial, places(layout.carried))

    def empty(self, session: Session, name: TableName) -> None:
        """Empty a target table."""
        session.run("copying/empty_table", {"table": table(name)})

    def remove_logged_keys(self, source: Sending, target: Session, layout: Layout, names: CaptureNames, since: str) -> int:
        """Take every key that is in the log so far out of the loaded table; how many rows went."""
        create_keys(target, layout)
        receive_keys(source, target, layout, names, since)
        merge_keys(target, layout)
        return target.run(
            "copying/delete_logged_keys",
            {"target": table(layout.target), "keys": keys_table(layout), "matching": matching(layout.key, "t", "k")},
        )

    def build(self, session: Session, target: TableName, made: list[dict[str, Any]]) -> None:
        """Make indexes that were set aside, as each one's `definition` says behind ADD (`tail`): all in one pass over the table, but for
        indexes of words, of which InnoDB makes one at a time.

        What is made is there at once and for good. So what a try has made that did not commit is found there.
        """
        there = _index_names(session, target)
        additions = {each["name"]: f"ADD {each['definition']['tail']}" for each in made if each["name"] not in there}
        of_words = [name for name, each in additions.items() if each.startswith("ADD FULLTEXT")]
        passes = [[name for name in additions if name not in of_words], *([name] for name in of_words)]
        # meanwhile this transaction rests for as long as that takes
        session.set_local(idle_in_transaction_session_timeout="0")
        for each in filter(None, passes):
            holes = {"table": table(target), "additions": ", ".join(additions[name] for name in each)}
            session.define_once(partial(_has_indexes, session, target, each), "copying/add_indexes", holes)
        session.set_local(idle_in_transaction_session_timeout=LONGEST_REST)

    def analyze(self, session: Session, names: list[TableName]) -> None:
        """Gather tables' statistics."""
        session.define("copying/analyze_tables", {"tables": ", ".join(map(table, names))})

    def tend(self, session: Session, names: list[TableName]) -> None:
        """Have the server tend tables of our making by itself: it does so all the time."""


def _has_indexes(session: Session, target: TableName, names: list[str]) -> bool:
    return set(names) <= _index_names(session, target)


def _index_names(session: Session, target: TableName) -> set[str]:
    return {name for (name,) in session.rows("copying/read_index_names", schema=target.schema, table=target.name)}


def _bounds(session: Session, key: Key, parts: int, rows: int) -> list[Bound]:
    """The keys at which a table is cut into about so many parts."""
    if key.is_one_integer:
        first, last = session.row("copying/read_extremes", {"key": quoted(key.columns[0].name), "table": table(key.table)})
        if first is None:
            return []
        low, span = _number(first), _number(last) - _number(first) + 1
        if span <= SPARSE * max(rows, 1):
            return [[str(each)] for each in sorted({low + span * part // parts for part in range(1, parts)} - {low})]
    bounds: list[Bound] = []
    lower: Bound = None
    while (lower := boundary(session, key, lower, None, max(1, rows // parts))) is not None:
        bounds.append(lower)
    return bounds


def _number(value: int | bytes) -> int:
    """A BIT comes as bytes."""
    return int.from_bytes(value) if isinstance(value, bytes) else int(value)
