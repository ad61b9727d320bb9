"""Compare a range of keys on both sides by checksum, and single out the keys whose rows differ."""

from collections.abc import Iterable

from airlift.databases.naming import CaptureNames, unverified
from airlift.databases.postgres.capture import log_columns
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.postgres.streams import form
from airlift.databases.postgres.values import hashed
from airlift.databases.postgres.windows import source_hashed, target_hashed
from airlift.databases.pumping import pump
from airlift.databases.shapes import Carried, Layout
from airlift.databases.values import Difference, KeyRange, RangeSum

BOUNDS = '"airlift bounds"'
SHOWN = 200
"""Characters of a value that are shown of a row that differs."""


class Checksums:
    """Byte-exact comparison. A key that is found to differ is a suspect until a window has compared it at one position."""

    def next_boundary(self, source: Session, layout: Layout, lower: list[str] | None, rows: int) -> list[str] | None:
        """The key `rows` rows above `lower`, or None where the table ends before."""
        holes = {
            "key_text": ", ".join(f"{quoted(name)}::pg_catalog.text" for name in layout.source_key),
            "key": listed(layout.source_key),
            "table": table(layout.source),
            "lower": _bound(layout, "lower"),
        }
        found = source.rows("sync/read_boundary", holes, lower=lower, has_lower=lower is not None, rows=rows)
        return list(found[0][0]) if found else None

    def source_sum(self, source: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the source has it, in the new table's shape."""
        return _sum(
            source,
            keys,
            {
                "table": table(layout.source),
                "hashed": source_hashed(layout),
                "seed": _seed((each, each.expression) for each in _key_of(layout)),
                **_range_holes(layout, layout.source_key),
            },
        )

    def target_sum(self, target: Session, layout: Layout, keys: KeyRange) -> RangeSum:
        """The range as the target has it."""
        return _sum(
            target,
            keys,
            {
                "table": table(layout.target),
                "hashed": target_hashed(layout),
                "seed": _seed((each, listed([each.column])) for each in _key_of(layout)),
                **_range_holes(layout, layout.key),
            },
        )

    def note_suspects(self, source: Session, target: Session, migration: str, layout: Layout, keys: KeyRange) -> int:
        """Note the keys of a range whose rows are not the same on both sides now; how many."""
        holes = self._receive_checksums(source, target, layout, keys)
        noted = {
            **holes,
            "unverified": table(unverified(migration, layout)),
            "either_key": ", ".join(f"coalesce(r.{quoted(name)}, t.{quoted(name)})" for name in layout.key),
        }
        return target.run("sync/note_suspects", noted, **_range_values(keys))

    def count_changed(self, source: Session, target: Session, layout: Layout, keys: KeyRange) -> int:
        """How many rows of a range are there on both sides and not the same now."""
        return int(target.value("sync/count_changed", self._receive_checksums(source, target, layout, keys), **_range_values(keys)))

    def _receive_checksums(self, source: Session, target: Session, layout: Layout, keys: KeyRange) -> dict[str, str]:
        """Bring the source's checksums of a range into a temporary table on the target; the holes of what is done with them."""
        theirs = quoted(f"airlift_theirs_{layout.no}")
        holes = {"theirs": theirs, "key": listed(layout.key), "target": table(layout.target), "format": form(layout)}
        target.run("sync/create_checksums", holes)
        types = {each.column: each.type for each in layout.carried}
        sent = {
            "typed_key": ", ".join(f"{quoted(old)}::{types[new]}" for old, new in zip(layout.source_key, layout.key, strict=True)),
            "hashed": source_hashed(layout),
            "table": table(layout.source),
            "format": form(layout),
            **_range_holes(layout, layout.source_key),
        }
        take = source.text("sync/send_range_checksums", sent, **_range_values(keys))
        pump(source, take, target, target.text("sync/receive_keys", {"keys": theirs, "format": form(layout)}))
        return {
            **holes,
            "target_key": listed(layout.key),
            "hashed": target_hashed(layout),
            "lower": _bound(layout, "lower"),
            "upper": _bound(layout, "upper"),
            "matching": matching(layout.key, "r", "t"),
        }

    def log_suspects(self, source: Session, target: Session, migration: str, layout: Layout, names: CaptureNames) -> int:
        """Have the next window compare every key of the table that waits for a verdict, or on the way back bring its row; how many."""
        holes = {"key": listed(layout.key), "unverified": table(unverified(migration, layout))}
        take = target.text("sync/send_suspects", holes, op="U" if layout.is_mirrored else "V")
        put = source.text("sync/receive_suspects", {"log": table(names.log), "log_columns": listed(log_columns(layout.key))})
        return pump(target, take, source, put)

    def differences(self, source: Session, target: Session, migration: str, layout: Layout, most: int) -> list[Difference]:
        """Some of the keys that were found to differ, with their rows as both sides have them now. Long values are cut."""
        holes = {
            "key_text": ", ".join(f"u.{quoted(name)}::pg_catalog.text" for name in layout.key),
            "first_key": listed(layout.key[:1], of="t"),
            "texts": _texts(listed([each.column], of="t") for each in layout.carried),
            "key": listed(layout.key),
            "own_key": listed(layout.key, of="u"),
            "unverified": table(unverified(migration, layout)),
            "target": table(layout.target),
            "matching": matching(layout.key, "t", "u"),
        }
        wanted = {
            "texts": _texts(each.expression for each in layout.carried),
            "table": table(layout.source),
            "key": listed(layout.source_key),
            "wanted": _bound(layout, "key"),
        }
        names = [each.column for each in layout.carried]
        found = []
        for key, theirs in target.rows("sync/read_differing_rows", holes, most=most):
            ours = source.rows("sync/read_row", wanted, key=key)
            found.append(
                Difference(
                    key=dict(zip(layout.key, key, strict=True)),
                    source=dict(zip(names, ours[0][0], strict=True)) if ours else None,
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


def _key_of(layout: Layout) -> list[Carried]:
    """The carried columns that make the key."""
    by_name = {each.column: each for each in layout.carried}
    return [by_name[name] for name in layout.key]


def _seed(key: Iterable[tuple[Carried, str]]) -> str:
    """A number that differs from row to row, from the key's columns and the SQL of each: what whole numbers are by themselves."""
    columns = list(key)
    if len(columns) == 1 and columns[0][0].type in ("smallint", "integer", "bigint"):
        return f"({columns[0][1]})::pg_catalog.int8"
    return f"pg_catalog.hash_record_extended(ROW({', '.join(hashed(*each) for each in columns)}), 0)"


def _texts(expressions: Iterable[str]) -> str:
    return ", ".join(f'pg_catalog."left"(({each})::pg_catalog.text, {SHOWN})' for each in expressions)


def _sum(session: Session, keys: KeyRange, holes: dict[str, str]) -> RangeSum:
    rows, checksum = session.row("sync/sum_range", holes, **_range_values(keys))
    return RangeSum(rows=int(rows), checksum=str(checksum))


def _range_values(keys: KeyRange) -> dict[str, object]:
    return {
        "lower": keys.lower,
        "upper": keys.upper,
        "has_lower": keys.lower is not None,
        "has_upper": keys.upper is not None,
    }


def _range_holes(layout: Layout, key: list[str]) -> dict[str, str]:
    return {"key": listed(key), "lower": _bound(layout, "lower"), "upper": _bound(layout, "upper")}


def _bound(layout: Layout, which: str) -> str:
    """A bound's values out of their array of text, in the key's own types."""
    types = {each.column: each.type for each in layout.carried}
    return ", ".join(
        f"({BOUNDS}.{quoted(f'airlift {which}')})[{position}]::{types[name]}" for position, name in enumerate(layout.key, start=1)
    )
