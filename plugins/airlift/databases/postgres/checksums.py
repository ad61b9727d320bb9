"""Compare a range of keys on both sides by checksum, and single out the keys whose rows differ."""

from collections.abc import Iterable

from airlift.databases.common_form import is_common, key_of
from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.postgres import writing
from airlift.databases.postgres.capture import log_columns
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.ranges import between, equal
from airlift.databases.postgres.sending import sources
from airlift.databases.postgres.session import Session, version_of
from airlift.databases.postgres.streams import pump_into
from airlift.databases.postgres.values import record_hash, row_checksum, texts
from airlift.databases.postgres.windows import targets
from airlift.databases.sending import Sending
from airlift.databases.shapes import Carried, Layout
from airlift.databases.values import Difference, KeyRange, RangeSum
from airlift.spec import TableName


class Checksums:
    """Byte-exact comparison. A key that is found to differ is a suspect until a window has compared it at one position."""

    def next_boundary(self, source: Session, layout: Layout, lower: list[str] | None, rows: int) -> list[str] | None:
        """The key `rows` rows above `lower`, as this side sorts keys, or None where the table ends before."""
        holes = {
            "key_text": ", ".join(_key_text(layout, each, each.expression) for each in key_of(layout)),
            "key": listed(layout.source_key),
            "table": table(layout.source),
            "range": between(source, layout.source_key, KeyRange(lower, None)),
        }
        found = source.rows("sync/read_boundary", holes, rows=rows)
        return list(found[0][0]) if found else None

    def are_in_order(self, target: Session, layout: Layout, lower: list[str] | None, upper: list[str]) -> bool | None:
        """Whether this side has a key, `upper`, and sorts it not below another; None where it has it not."""
        holes = {
            "table": table(layout.target),
            "above": between(target, layout.key, KeyRange(lower, None)),
            "key": equal(target, layout.key, upper),
        }
        found = target.rows("sync/compare_bounds", holes)
        return bool(found[0][0]) if found else None

    def source_sum(self, source: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the source has it, in the new table's shape."""
        seed = _seed(((each, each.expression) for each in key_of(layout)), version=version_of(source))
        checksum = row_checksum(layout, sources(layout), seed=seed, version=version_of(source))
        return _sum(source, layout.source, layout.source_key, keys, checksum)

    def target_sum(self, target: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the target has it."""
        seed = _seed(((each, quoted(each.column)) for each in key_of(layout)), version=version_of(target))
        return _sum(target, layout.target, layout.key, keys, row_checksum(layout, targets(layout), seed=seed, version=version_of(target)))

    def note_suspects(self, source: Sending, target: Session, migration: str, layout: Layout, keys: KeyRange) -> int:
        """Note the keys of a range whose rows are not the same on both sides now; how many."""
        holes = self._receive_checksums(source, target, layout, keys)
        noted = {
            **holes,
            "unverified": table(unverified(migration, layout)),
            "either_key": ", ".join(f"coalesce(r.{quoted(name)}, t.{quoted(name)})" for name in layout.key),
        }
        return target.run("sync/note_suspects", noted)

    def count_changed(self, source: Sending, target: Session, layout: Layout, keys: KeyRange) -> int:
        """How many rows of a range are there on both sides and not the same now."""
        return int(target.value("sync/count_changed", self._receive_checksums(source, target, layout, keys)))

    def _receive_checksums(self, source: Sending, target: Session, layout: Layout, keys: KeyRange) -> dict[str, str]:
        """Bring the source's checksums of a range into a temporary table on the target; the holes of what is done with them."""
        theirs = quoted(f"airlift_theirs_{layout.no}")
        target.run("sync/create_checksums", {"theirs": theirs, "key": listed(layout.key), "target": table(layout.target)})
        pump_into(target, source.checksums_of(layout, keys), "sync/receive_keys", {"keys": theirs})
        return {
            "theirs": theirs,
            "target": table(layout.target),
            "key": listed(layout.key),
            "target_key": listed(layout.key),
            "checksum": row_checksum(layout, targets(layout), version=version_of(target)),
            "range": between(target, layout.key, keys),
            "matching": matching(layout.key, "r", "t"),
        }

    def log_suspects(self, source: Session, target: Sending, migration: str, layout: Layout, names: CaptureNames) -> int:
        """Have the next window compare every key of the table that waits for a verdict, or on the way back bring its row; how many."""
        holes = {
            "suspects": quoted(f"airlift_suspects_{layout.no}"),
            "log": table(names.log),
            "log_columns": listed(log_columns(layout.source_key)),
        }
        source.run("sync/create_suspects", holes)
        arrived = pump_into(source, target.suspects(layout, migration), "sync/receive_keys", {"keys": holes["suspects"]})
        source.run("sync/log_suspects", holes, op="U" if layout.is_mirrored else "V")
        return arrived

    def differences(self, source: Sending, target: Session, migration: str, layout: Layout, most: int) -> list[Difference]:
        """Some of the keys that were found to differ, with their rows as both sides have them now. Long values are cut."""
        holes = {
            "key_text": ", ".join(_key_text(layout, each, f"u.{quoted(each.column)}") for each in key_of(layout)),
            "first_key": listed(layout.key[:1], of="t"),
            "texts": texts(listed([each.column], of="t") for each in layout.carried),
            "key": listed(layout.key),
            "own_key": listed(layout.key, of="u"),
            "unverified": table(unverified(migration, layout)),
            "target": table(layout.target),
            "matching": matching(layout.key, "t", "u"),
        }
        names = [each.column for each in layout.carried]
        found = []
        for key, theirs in target.rows("sync/read_differing_rows", holes, most=most):
            ours = source.row(layout, key)
            found.append(
                Difference(
                    key=dict(zip(layout.key, key, strict=True)),
                    source=dict(zip(names, ours, strict=True)) if ours else None,
                    target=dict(zip(names, theirs, strict=True)) if theirs else None,
                )
            )
        return found

    def doubt(self, target: Session, migration: str, layout: Layout) -> int:
        """Let the keys of the table that were found to differ wait for a new verdict; how many."""
        return target.run("sync/doubt_verdicts", {"unverified": table(unverified(migration, layout))})

    def create_unverified(self, session: Session, migration: str, layouts: Iterable[Layout]) -> None:
        """Make our tables of keys without a verdict."""
        each = [
            {"unverified": table(unverified(migration, layout)), "key": listed(layout.key), "target": table(layout.target)}
            for layout in layouts
        ]
        if each:
            session.together([session.text("sync/create_unverified", holes) for holes in each])

    def drop_unverified(self, session: Session, migration: str, layout: Layout) -> None:
        """Remove our table of keys without a verdict."""
        session.run("contract/drop_own_table", {"table": table(unverified(migration, layout))})


def _key_text(layout: Layout, carried: Carried, expression: str) -> str:
    """A key's column as the text of a bound, which both sides read."""
    return writing.written(carried.compared, expression) if is_common(layout) else f"({expression})::pg_catalog.text"


def _seed(key: Iterable[tuple[Carried, str]], *, version: int) -> str:
    """A number that differs from row to row, from the key's columns and the SQL of each: what whole numbers are by themselves."""
    columns = list(key)
    if len(columns) == 1 and columns[0][0].type in ("smallint", "integer", "bigint"):
        return f"({columns[0][1]})::pg_catalog.int8"
    return record_hash(columns, version=version)


def _sum(session: Session, name: TableName, key: list[str], keys: KeyRange, checksum: str) -> RangeSum:
    holes = {"checksum": checksum, "table": table(name), "range": between(session, key, keys)}
    rows, total = session.row("sync/sum_range", holes)
    return RangeSum(rows=int(rows), checksum=str(total))
