"""Cut the dump into ranges and put them in one queue in the ledger, from which all copy streams take."""

from collections.abc import Iterable, Iterator, Mapping

from airlift.databases import Range, Session
from airlift.databases.shapes import Layout, Relation
from airlift.ledger import Stage, batches, ranges
from airlift.phases.migration import Migration
from airlift.spec import TableName

RANGE_BYTES = 96 << 20
"""About as much of a table as is copied in one transaction: what a lost session costs."""
BATCH_BYTES = 32 << 20
BATCH_TABLES = 50
"""Small tables are copied together in one transaction, up to these limits: each costs little but its round trips."""


def plan(m: Migration) -> list[str]:
    """Write the queue once and return the names of the streams that work through it."""
    standing = m.standing(Stage.WATERMARK_TAKEN)
    streams = [f"stream {number} of {m.settings.workers}" for number in range(1, m.settings.workers + 1)]
    if standing.stage >= Stage.PLANNED:
        m.log.info("The copy is planned already.")
        return streams
    layouts = m.all_layouts()
    with m.source.session() as source, source.transaction():
        relations = m.source.catalog.relations(source)
        planned = [(layout, cut) for layout in layouts for cut in cut_up(m, source, layout, relations)]
    with m.ledger_session() as ledger:
        for number, batch in enumerate(batched(planned), start=1):
            add_batch(m, ledger, number, batch, relations)
        m.ledger.reach(ledger, Stage.PLANNED)
    total = sum(relations[layout.source].bytes for layout in layouts)
    m.log.info("%s tables, %s MB, in %s ranges and %s streams.", len(layouts), f"{total / 1e6:,.0f}", len(planned), m.settings.workers)
    return streams


def cut_up(m: Migration, source: Session, layout: Layout, relations: Mapping[TableName, Relation]) -> list[Range]:
    """The ranges of a table, in the caller's transaction on the source."""
    relation = relations[layout.source]
    return m.source.streams.cut(source, relation, layout.source_key, range_bytes(relation.bytes, m.settings.workers))


def range_bytes(table_bytes: int, streams: int) -> int:
    """How large a table's ranges are to be: none too large, and where it is no small table, as many for each stream as for any other."""
    rounds = max(1, -(-table_bytes // (RANGE_BYTES * streams)))
    return max(BATCH_BYTES, -(-table_bytes // (rounds * streams)))


def batched(planned: Iterable[tuple[Layout, Range]]) -> Iterator[list[tuple[Layout, Range]]]:
    """Group ranges into what is copied in one transaction: a large one alone, small ones together. Large ones come first."""
    batch: list[tuple[Layout, Range]] = []
    size = 0
    for layout, cut in sorted(planned, key=lambda each: -each[1].bytes):
        if batch and (size + cut.bytes > BATCH_BYTES or len(batch) >= BATCH_TABLES):
            yield batch
            batch, size = [], 0
        batch.append((layout, cut))
        size += cut.bytes
    if batch:
        yield batch


def add_batch(
    m: Migration, ledger: Session, number: int, batch: list[tuple[Layout, Range]], relations: Mapping[TableName, Relation]
) -> None:
    """Put a batch into the queue. Its ranges hold only as long as the tables have the heaps of `relations`."""
    m.ledger.add(ledger, batches, no=number)
    m.ledger.add_all(ledger, ranges, [
        {
            "batch": number, "no": no, "table_no": layout.no, "filenode": relations[layout.source].filenode,
            "bounds": cut.bounds, "bytes": cut.bytes,
        }
        for no, (layout, cut) in enumerate(batch, start=1)
    ])  # fmt: skip
