"""After the load: take back what the copy can't be sure of, then build keys, indexes and statistics in parallel."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from airlift import faults
from airlift.databases import CaptureNames, IndexSpace, Session
from airlift.databases.shapes import Layout
from airlift.errors import Interrupted
from airlift.ledger import NOW, Stage, batches, objects, tables
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import BATCH_BYTES
from airlift.phases.migration import Migration
from airlift.phases.pacing import BOTH, Pacing, pacing

KINDS = ("index", "statistics", "constraint")
"""What was set aside for the load, in the order in which it is made. Constraints take indexes over."""
TOGETHER = 50
"""So many small tables get all of theirs in one transaction: each costs little but its round trips."""
MEMORY = "512MB"
"""What a build may sort in; there are as many at a time as workers."""


@dataclass(frozen=True)
class Work:
    """A piece of work on a session. `room` is about how many bytes it makes, with what it sorts in for a while."""

    do: Callable[[Session], None]
    room: int = 0


class UnderWay:
    """What the works that are under way take: their files are seen by nobody before they commit."""

    def __init__(self) -> None:
        self._bytes = 0
        self._changing = threading.Lock()

    @contextmanager
    def with_room(self, work: Work, paced: Pacing) -> Iterator[None]:
        """A work, once it fits beside the others. Raises Refused where it does not."""
        with self._changing:
            self._bytes += work.room
            ahead = self._bytes
        try:
            paced.rest(0.0, ahead=ahead)
            yield
        finally:
            with self._changing:
                self._bytes -= work.room


@dataclass(frozen=True)
class Waiting:
    """A loaded table, with what is still to be made of it as the ledger has it."""

    layout: Layout
    bytes: int
    objects: list[dict[str, Any]]
    indexes: IndexSpace

    @property
    def room(self) -> int:
        """About how many bytes all of it makes, with what the largest is sorted in."""
        return self.indexes.together + self.indexes.largest if self.objects else 0

    @property
    def room_for_one(self) -> int:
        """The same of one index alone."""
        return 2 * self.indexes.largest


def build_indexes(m: Migration) -> None:
    """Make the loaded tables' keys unique and build their indexes. May run again: the ledger has each object that is made."""
    standing = m.standing(Stage.PLANNED)
    if standing.stage >= Stage.INDEXED:
        m.log.info("The indexes are built already.")
        return
    with m.ledger_session() as ledger:
        left = m.ledger.rows(ledger, batches, done_at=None)
    if left:
        # a stream that froze holds its batch until the server ends its session, and by then all other streams may have come to their end
        m.log.warning("%s batches were left by the copy's streams; they are copied now.", len(left))
        dump_and_import(m, "build_indexes")
    with m.ledger_session() as ledger:
        # first, so that no stream can start a table over once it was seen that all is copied
        m.ledger.reach(ledger, Stage.COPIED)
        left = m.ledger.rows(ledger, batches, done_at=None)
        if left:
            raise Interrupted(f"{len(left)} batches of the copy are held by a stream that is not done. This step tries again.")
    began = time.monotonic()
    faults.reached("indexes.copied")
    _shut_loaded(m)
    _make_keys_unique(m, str(standing.watermark))
    faults.reached("indexes.keys_unique")
    waiting = _waiting(m)
    large = [each for each in waiting if each.bytes >= BATCH_BYTES]
    beside_each_other = [(each, made) for each in large for made in longest_first(each)]
    chunks = chunked([each for each in waiting if each.bytes < BATCH_BYTES], m.settings.workers)
    if m.target.definitions.indexes_in_one_pass:
        beside_each_other, chunks = [], [*([each] for each in large), *chunks]
    _side_by_side(m, [
        *(Work(partial(_build, m, each.layout, [made]), each.room_for_one) for each, made in beside_each_other),
        *(Work(partial(_build_small, m, chunk), sum(each.room for each in chunk)) for chunk in chunks),
    ])  # fmt: skip
    faults.reached("indexes.built")
    # an index and the constraint on it want locks that two at once on one table would wait for in a circle
    _side_by_side(m, [Work(partial(_finish, m, each)) for each in large])
    with m.ledger_session() as ledger:
        m.ledger.reach(ledger, Stage.INDEXED)
    number = sum(len(each.objects) for each in waiting)
    m.log.info("%s indexes and constraints of %s tables were built in %.1f s.", number, len(waiting), time.monotonic() - began)


def _shut_loaded(m: Migration) -> None:
    """Shut to all others what was left open for the load: from here on nobody else writes, and what was written before is compared."""
    definitions = m.target.definitions
    left = [layout.target for layout in m.all_layouts() if definitions.is_shut_once_loaded(layout)]
    if not left:
        return
    with m.target.session() as target, target.transaction():
        if m.ledger.hold(target) >= Stage.INDEXED:
            # a try that comes late: the service may be on these tables by now
            raise Interrupted("Another try of this task has built the indexes; this one changed nothing more.")
        definitions.create_guard(target, m.name, left)
    m.log.info("%s new tables are shut to all others until the switch.", len(left))


def _make_keys_unique(m: Migration, watermark: str) -> None:
    """Remove every key that is in the log so far, before the unique key is built; the first window brings them back.

    Ranges were read at different instants: a row that moved between two of them is there twice or not at all, and its key is
    in the log. Done as long as no window was carried, so that nothing is removed that a window has brought.
    """
    with m.ledger_session() as ledger:
        done = {row["no"] for row in m.ledger.rows(ledger, tables) if row["keys_unique_at"] is not None}
        layouts = [layout for layout in m.layouts(ledger) if layout.no not in done]
    with m.source.session() as source, source.transaction(snapshot=True):
        found = m.source.windows.changes(source, [m.capture_names(layout) for layout in layouts], watermark)
    faults.reached("indexes.log_read")
    changed = {each.no for each in found}
    # all ranges were read before this look at the log: a table without a row in it was read as it was at X
    with m.ledger_session() as ledger:
        m.ledger.change(ledger, tables, {"no": [layout.no for layout in layouts if layout.no not in changed]}, keys_unique_at=NOW)
    _side_by_side(m, [Work(partial(_remove_changed, m, layout, watermark)) for layout in layouts if layout.no in changed])


def _remove_changed(m: Migration, layout: Layout, watermark: str, target: Session) -> None:
    with m.source.session() as source, target.transaction(airlift__applying="on"):
        if m.ledger.change(target, tables, {"no": layout.no, "keys_unique_at": None}, keys_unique_at=NOW) != 1:
            # a try that comes late: windows have brought those rows back by now
            return
        with source.transaction(snapshot=True):
            removed = m.target.streams.remove_logged_keys(m.source.sends(source), target, layout, m.capture_names(layout), watermark)
        with source.transaction():
            # a crash of the source could take keys out of the log again, and no window would bring their rows back
            m.source.positions.make_durable(source, m.name, CaptureNames.FORWARD)
    if removed:
        m.log.info('%s rows of "%s" changed during the copy; the first window brings them anew.', f"{removed:,}", layout.target)


def _waiting(m: Migration) -> list[Waiting]:
    """All tables, the largest first, with what is still to be made."""
    with m.ledger_session() as ledger:
        sizes = {row["no"]: row["bytes"] for row in m.ledger.rows(ledger, tables)}
        left = [row for row in m.ledger.rows(ledger, objects, made_at=None) if row["kind"] in KINDS]
        layouts = m.layouts(ledger)
    left.sort(key=lambda row: KINDS.index(row["kind"]))
    indexes = _old_indexes(m, layouts)
    found = [Waiting(each, sizes[each.no], [row for row in left if row["table_no"] == each.no], indexes[each.no]) for each in layouts]
    return sorted(found, key=lambda each: -each.bytes)


def _old_indexes(m: Migration, layouts: list[Layout]) -> dict[int, IndexSpace]:
    """What the old tables' indexes take, by the tables' numbers: about what those of the new ones will."""
    with m.source.session() as source, source.transaction():
        heaps = m.source.capture.heaps(source, [layout.source for layout in layouts])
        found = m.source.signals.index_space(source, [int(heap["oid"]) for heap in heaps.values()])
    oids = {layout.no: int(heaps[layout.source]["oid"]) for layout in layouts if layout.source in heaps}
    return {layout.no: found.get(oids.get(layout.no, 0), IndexSpace(0, 0)) for layout in layouts}


def chunked(small: list[Waiting], workers: int) -> list[list[Waiting]]:
    """Group small tables, the largest first, into what is made in one transaction: none too large, and some for every worker."""
    together = min(TOGETHER, -(-len(small) // workers))
    chunks: list[list[Waiting]] = []
    size = 0
    for each in small:
        if not chunks or len(chunks[-1]) >= together or size + each.bytes > BATCH_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(each)
        size += each.bytes
    return chunks


def longest_first(waiting: Waiting) -> list[dict[str, Any]]:
    """What is built beside each other of a large table. What takes longest is not begun last, when all others have come to their end:
    that is the index that takes the most on the source. Of those that have another name there, and of statistics, nothing is known.
    """
    made = [each for each in waiting.objects if each["kind"] != "constraint"]
    return sorted(made, key=lambda each: -waiting.indexes.each.get(each["name"], 0))


def _side_by_side(m: Migration, works: Iterable[Work]) -> None:
    """Do works on as many sessions as there are workers, each session one after the other. The first failure ends all.

    An index can't be built slowly, but between two of them a person may pause, and the change log or the target's disk have no room left.
    """
    waiting = deque(works)

    under_way = UnderWay()

    def work_through(number: int) -> None:
        stream = f"session {number}"
        with m.source.session() as source, m.target.session() as target, pacing(m, source, target, stream=stream, fills=BOTH) as paced:
            while waiting:
                try:
                    work = waiting.popleft()
                except IndexError:  # another session took the last one
                    return
                try:
                    with under_way.with_room(work, paced):
                        work.do(target)
                    paced.rest(0.0, ahead=0)
                except BaseException:
                    waiting.clear()
                    raise

    workers = min(m.settings.workers, len(waiting))
    if not workers:
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="airlift-index") as pool:
        for done in [pool.submit(work_through, number) for number in range(1, workers + 1)]:
            done.result()


def _build(m: Migration, layout: Layout, made: list[dict[str, Any]], target: Session) -> None:
    """Make objects of one table, each in a transaction of its own."""
    for each in made:
        began = time.monotonic()
        with target.transaction(airlift__applying="on", maintenance_work_mem=MEMORY):
            # noted first: another try that makes it is waited for, and what that has made is not made again
            if m.ledger.change(target, objects, {"table_no": layout.no, "no": each["no"], "made_at": None}, made_at=NOW) != 1:
                continue
            m.target.streams.build(target, layout.target, [each])
        m.log.info('"%s" on "%s": %.1f s.', each["name"], layout.target, time.monotonic() - began)


def _finish(m: Migration, each: Waiting, target: Session) -> None:
    _build(m, each.layout, [made for made in each.objects if made["kind"] == "constraint"], target)
    with target.transaction():
        _settle(m, [each.layout], target)


def _settle(m: Migration, layouts: list[Layout], target: Session) -> None:
    """Loaded tables become like all others."""
    m.target.streams.analyze(target, [layout.target for layout in layouts])
    m.target.streams.tend(target, [layout.target for layout in layouts if layout.is_created])


def _build_small(m: Migration, chunk: list[Waiting], target: Session) -> None:
    """Make everything of some small tables, and gather their statistics, in one transaction."""
    with target.transaction(airlift__applying="on", maintenance_work_mem=MEMORY):
        own = {"table_no": [each.layout.no for each in chunk], "kind": list(KINDS), "made_at": None}
        if m.ledger.change(target, objects, own, made_at=NOW) != sum(len(each.objects) for each in chunk):
            raise Interrupted("Another try of this task has made some of the indexes; this one reads anew.")
        for each in chunk:
            m.target.streams.build(target, each.layout.target, each.objects)
        _settle(m, [each.layout for each in chunk], target)
    m.log.info("All indexes of %s small tables are built.", len(chunk))
