"""What somebody has put on an old table since its new one was made: nothing would bring it there, and it would be lost with the cutover.

Noted is what was there when the new table was made. What is on a table at the cutover and was not is told; what writers could feel the
lack of is refused. On a table that somebody made beforehand it is that person's to be made, so it is only told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from airlift.databases import Session
from airlift.databases.shapes import Attachment, Layout
from airlift.errors import Refused
from airlift.ledger import NOW, objects
from airlift.phases.migration import Migration
from airlift.spec import TableName

BEFORE = "before"
"""Kind of the ledger's objects: what was on an old table when its new one was made, a row for each table."""
INDEX, ROW_SECURITY = "index", "row security"
_NEVER_CARRIED = ("trigger", "rule", ROW_SECURITY)
"""What no new table that we make gets: where one was there, preflight has refused it."""


@dataclass(frozen=True)
class Addition:
    """Something that came to an old table. `is_refused`: the cutover refuses as long as it is there."""

    table: TableName
    attached: Attachment
    is_refused: bool

    def __str__(self) -> str:
        kind, name = self.attached.kind, self.attached.name
        if kind == ROW_SECURITY:
            return f'row security of table "{self.table}" was turned on after the migration began'
        return f'{kind} "{name}" of table "{self.table}" was made after the migration began'


def note_before(m: Migration, ledger: Session, layouts: Iterable[Layout], attached: Mapping[TableName, list[Attachment]]) -> None:
    """Note what the new tables were made from, in the transaction that makes them."""
    rows = []
    for layout in layouts:
        had = [asdict(each) for each in attached[layout.source] if not (layout.is_created and each.kind in _NEVER_CARRIED)]
        own = {"table_no": layout.no, "no": 0, "kind": BEFORE, "name": str(layout.source)}
        rows.append({**own, "definition": {"attached": had}})
    m.ledger.add_all(ledger, objects, rows)
    # nothing of it is still to be made
    m.ledger.change(ledger, objects, {"kind": BEFORE}, made_at=NOW)


def additions(m: Migration, source: Session, ledger: Session, layouts: list[Layout]) -> list[Addition]:
    """All that came since, in the callers' transactions on both servers."""
    relations = m.source.catalog.relations(source)
    there = {layout.no: relations[layout.source] for layout in layouts if layout.source in relations}
    now = m.source.catalog.attached_of(source, [relation.oid for relation in there.values()])
    before = {row["table_no"]: row["definition"]["attached"] for row in m.ledger.rows(ledger, objects, kind=BEFORE)}
    return [
        Addition(layout.source, each, is_refused=layout.is_created and each.kind != INDEX)
        for layout in layouts
        if layout.no in there and layout.no in before
        for each in _new(now[there[layout.no].oid], [Attachment(**each) for each in before[layout.no]])
    ]


def _new(now: list[Attachment], before: list[Attachment]) -> Iterator[Attachment]:
    known = {_meaning(each) for each in before}
    return (each for each in now if _meaning(each) not in known)


def _meaning(each: Attachment) -> tuple[str, str]:
    """What makes it another one: a unique index that became a constraint, or has another name, keeps the same rows out."""
    return each.kind.partition(" ")[0], each.definition


def refuse(found: Iterable[Addition]) -> None:
    """Refused, with all of them by name, where the service would miss something after the cutover."""
    refused = [each for each in found if each.is_refused]
    if not refused:
        return
    words = "; ".join(map(str, refused))
    off = " (ALTER TABLE ... DISABLE ROW LEVEL SECURITY)" if any(each.attached.kind == ROW_SECURITY for each in refused) else ""
    raise Refused(
        f"{words[:1].upper()}{words[1:]}: nothing would bring {'it' if len(refused) == 1 else 'them'} to the new table, and the service "
        f"would go on without. Take it off the old table{off}, and put it on the new one after the cutover; or reject the gate and start "
        "over."
    )
