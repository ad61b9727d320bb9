"""Compare a range of keys on both sides by checksum, and single out the keys whose rows differ."""

from collections.abc import Iterable

from airlift.databases.common_form import key_of
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.keysets import temporary
from airlift.databases.mysql.lines import Place, Value, checksum, places, sources, targets
from airlift.databases.mysql.loading import take_in
from airlift.databases.mysql.logs import key_column, log_columns
from airlift.databases.mysql.quoting import listed, matching, table
from airlift.databases.mysql.ranges import Key, between, boundary, equal, key_of_source, key_of_target
from airlift.databases.mysql.sending import texts
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.windows import CHECKSUM
from airlift.databases.naming import CaptureNames, own, unverified
from airlift.databases.sending import Sending
from airlift.databases.shapes import Layout
from airlift.databases.values import Difference, KeyRange, RangeSum

LOGGED_TOGETHER = 1000
"""Keys that go into a change log at a time."""


class Checksums:
    """Byte-exact comparison. A key that is found to differ is a suspect until a window has compared it at one position."""

    def __init__(self) -> None:
        self._catalog = Catalog()

    def next_boundary(self, source: Session, layout: Layout, lower: list[str] | None, rows: int) -> list[str] | None:
        """The key `rows` rows above `lower`, as this side sorts keys, or None where the table ends before."""
        return boundary(source, key_of_source(source, layout), lower, None, rows)

    def are_in_order(self, target: Session, layout: Layout, lower: list[str] | None, upper: list[str]) -> bool | None:
        """Whether this side has a key, `upper`, and sorts it not below another; None where it has it not."""
        key = key_of_target(target, layout)
        holes = {"table": table(layout.target), "above": between(target, key, lower, None), "key": equal(target, key, upper)}
        found = target.rows("sync/compare_bounds", holes)
        return bool(found[0][0]) if found else None

    def source_sum(self, source: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the source has it, in the new table's shape."""
        return _sum(source, key_of_source(source, layout), keys, sources(layout.carried))

    def target_sum(self, target: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the target has it."""
        return _sum(target, key_of_target(target, layout), keys, targets(layout.carried))

    def note_suspects(self, source: Sending, target: Session, migration: str, layout: Layout, keys: KeyRange) -> int:
        """Note the keys of a range whose rows are not the same on both sides now; how many."""
        holes = {**_receive_checksums(source, target, layout, keys), "unverified": table(unverified(migration, layout))}
        key = key_of_target(target, layout)
        # a temporary table may stand only once in a statement, on some servers
        surplus = {
            **holes,
            "range": between(target, key, keys.lower, keys.upper),
            "matching": " AND ".join(f"r.{listed([name])} = {table(layout.target)}.{listed([name])}" for name in layout.key),
        }
        return target.run("sync/note_differing", holes) + target.run("sync/note_surplus", surplus)

    def count_changed(self, source: Sending, target: Session, layout: Layout, keys: KeyRange) -> int:
        """How many rows of a range are there on both sides and not the same now."""
        return int(target.value("sync/count_changed", _receive_checksums(source, target, layout, keys)))

    def log_suspects(self, source: Session, target: Sending, migration: str, layout: Layout, names: CaptureNames) -> int:
        """Have the next window compare every key of the table that waits for a verdict, or on the way back bring its row; how many."""
        columns = log_columns(layout.source_key)
        suspects = own(f"airlift_suspects_{layout.no}")
        holes = {"suspects": table(suspects), "log": table(names.log), "log_columns": listed(columns)}
        source.run("sync/drop_temporary", {"table": table(suspects)})
        source.run("sync/create_suspects", holes)
        pairs = zip(columns, key_of(layout), strict=True)
        arrived = take_in(
            source, target.suspects(layout, migration), suspects, [Place(column, each.compared, each.type) for column, each in pairs]
        )
        op = "U" if layout.is_mirrored else "V"
        for first in range(1, arrived + 1, LOGGED_TOGETHER):
            source.run("sync/log_suspects", holes, op=op, first=first, last=first + LOGGED_TOGETHER - 1)
        return arrived

    def differences(self, source: Sending, target: Session, migration: str, layout: Layout, most: int) -> list[Difference]:
        """Some of the keys that were found to differ, with their rows as both sides have them now. Long values are cut."""
        holes = {
            "key_text": ", ".join(each.shown for each in targets(key_of(layout), of="u")),
            "first_key": listed(layout.key[:1], of="t"),
            "texts": texts(targets(layout.carried, of="t")),
            "key": listed(layout.key),
            "own_key": listed(layout.key, of="u"),
            "unverified": table(unverified(migration, layout)),
            "target": table(layout.target),
            "matching": matching(layout.key, "t", "u"),
        }
        names = [each.column for each in layout.carried]
        found = []
        for record in target.rows("sync/read_differing_rows", holes, most=most):
            key, is_there, theirs = record[: len(layout.key)], record[len(layout.key)], record[len(layout.key) + 1 :]
            ours = source.row(layout, [str(text) for text in key])
            found.append(
                Difference(
                    key=dict(zip(layout.key, map(str, key), strict=True)),
                    source=dict(zip(names, ours, strict=True)) if ours else None,
                    target=dict(zip(names, theirs, strict=True)) if is_there else None,
                )
            )
        return found

    def doubt(self, target: Session, migration: str, layout: Layout) -> int:
        """Let the keys of the table that were found to differ wait for a new verdict; how many."""
        return target.run("sync/doubt_verdicts", {"unverified": table(unverified(migration, layout))})

    def create_unverified(self, session: Session, migration: str, layouts: Iterable[Layout]) -> None:
        """Make our tables of keys without a verdict."""
        wanted = list(layouts)
        found = self._catalog.columns_named(session, [layout.target for layout in wanted])
        for layout in wanted:
            columns = {each.name: each for each in found[layout.target]}
            own_columns = ", ".join(key_column(name, columns[name]) for name in layout.key)
            holes = {"unverified": table(unverified(migration, layout)), "columns": own_columns, "key": listed(layout.key)}
            session.define("sync/create_unverified", holes)

    def drop_unverified(self, session: Session, migration: str, layout: Layout) -> None:
        """Remove our table of keys without a verdict."""
        session.define("contract/drop_own_table", {"table": table(unverified(migration, layout))})


def _receive_checksums(source: Sending, target: Session, layout: Layout, keys: KeyRange) -> dict[str, str]:
    """Bring the source's checksums of a range into a temporary table on the target; the holes of what is done with them."""
    holes = {
        "theirs": temporary("theirs", layout),
        "key": listed(layout.key),
        "own_key": listed(layout.key, of="r"),
        "first_key": listed(layout.key[:1], of="t"),
        "target": table(layout.target),
        "matching": matching(layout.key, "r", "t"),
        "checksum": checksum(targets(layout.carried, of="t")),
    }
    target.run("sync/drop_temporary", {"table": holes["theirs"]})
    target.run("sync/create_checksums", holes)
    columns = [*places(key_of(layout)), CHECKSUM]
    take_in(target, source.checksums_of(layout, keys), own(f"airlift_theirs_{layout.no}"), columns)
    return holes


def _sum(session: Session, key: Key, keys: KeyRange, values: Iterable[Value]) -> RangeSum:
    holes = {"checksum": checksum(values), "table": table(key.table), "range": between(session, key, keys.lower, keys.upper)}
    rows, total = session.row("sync/sum_range", holes)
    return RangeSum(rows=int(rows), checksum=str(total))
