"""What somebody has changed on an old table since its new one was made: nothing would do the same to that, and the cutover would lose it.

Noted is what was there when the new table was made. What is another one at the cutover is told; what the service could feel is refused.
On a table that somebody made beforehand it is that person's to be made, so it is only told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from airlift.databases import Session
from airlift.databases.shapes import Attachment, Layout
from airlift.errors import Refused
from airlift.ledger import NOW, Stage, objects
from airlift.phases.migration import Migration
from airlift.spec import TableName

BEFORE = "before"
"""Kind of the ledger's objects: what was on an old table when its new one was made, a row for each table."""
INDEX, ROW_SECURITY, COLUMN, OWNER, GRANT = "index", "row security", "column", "owner", "grant"
NOT_NULL, DEFAULT, IDENTITY, GENERATION = "NOT NULL", "default", "identity", "generation"
_NEVER_CARRIED = ("trigger", "rule", ROW_SECURITY)
"""What no new table that we make gets: where one was there, preflight has refused it."""
_OF_COLUMNS = {NOT_NULL: "NOT NULL", DEFAULT: "the default", IDENTITY: "the identity", GENERATION: "the generation expression"}
GRANTABLE = "GRANT OPTION FOR "
_ONLY_TOLD = (INDEX, OWNER)
_ON_BOTH_SIDES = (NOT_NULL, DEFAULT, GRANT)
"""What a service may need at once, so that taking it back is no remedy: it is settled where the new side has been given the same."""


class How(StrEnum):
    """What became of something."""

    MADE = "made"
    GONE = "dropped"
    CHANGED = "changed"


@dataclass(frozen=True)
class Addition:
    """Something that is otherwise on an old table. `is_refused`: the cutover refuses as long as it is.

    `lacking` are the table and the view of the new side on which the same is still to be done, where that is a remedy.
    """

    table: TableName
    how: How
    attached: Attachment
    is_refused: bool
    lacking: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self._fact()} after the migration began"

    def _fact(self) -> str:
        kind, name, table = self.attached.kind, self.attached.name, f'table "{self.table}"'
        if kind == ROW_SECURITY:
            return f"row security of {table} was turned {'off' if self.how == How.GONE else 'on'}"
        if kind == OWNER:
            return f"{self.attached.definition} became the owner of {table}"
        if kind == GRANT:
            privileges, whom = _grant(self.attached)
            column = f'column "{name}" of ' if name else ""
            return f"{whom} {'lost' if self.how == How.GONE else 'was granted'} {privileges} on {column}{table}"
        if kind in _OF_COLUMNS:
            return f'{_OF_COLUMNS[kind]} of column "{name}" of {table} was {"set" if self.how == How.MADE else self.how}'
        return f'{kind} "{name}" of {table} was {self.how}'


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
    """All that was made, dropped or changed since, in the callers' transactions on both servers."""
    relations = m.source.catalog.relations(source)
    there = {layout.no: relations[layout.source] for layout in layouts if layout.source in relations}
    now = m.source.catalog.attached_of(source, [relation.oid for relation in there.values()])
    before = {row["table_no"]: row["definition"]["attached"] for row in m.ledger.rows(ledger, objects, kind=BEFORE)}
    found = {
        layout.no: list(_changes(now[there[layout.no].oid], [Attachment(**each) for each in before[layout.no]]))
        for layout in layouts
        if layout.no in there and layout.no in before
    }
    changed = [layout for layout in layouts if found.get(layout.no)]
    if not changed:
        return []
    sides = _sides(m, ledger, [layout for layout in changed if layout.is_created])
    return [each for layout in changed for each in _together(_judged(layout, found[layout.no], sides.get(layout.no, [])))]


def _changes(now: list[Attachment], before: list[Attachment]) -> Iterator[tuple[How, Attachment]]:
    """What differs, but for columns that came, went or have another type, with what goes with them: the premises tell those."""
    others = {each.name for each in set(now) ^ set(before) if each.kind == COLUMN}
    known, present = {_meaning(each) for each in before}, {_meaning(each) for each in now}
    made = [each for each in now if _meaning(each) not in known]
    gone = [each for each in before if _meaning(each) not in present and not _is_of(each, _owner(now))]
    replaced = {_spot(each) for each in made} & {_spot(each) for each in gone}
    yield from ((How.MADE, each) for each in made if _spot(each) not in replaced and not (_has_own_name(each) and each.name in others))
    more = [(How.CHANGED, each) for each in made if _spot(each) in replaced]
    more += [(How.GONE, each) for each in gone if _spot(each) not in replaced]
    # an index or a constraint goes, or gets other words, with its column
    yield from ((how, each) for how, each in more if (each.name not in others if _has_own_name(each) else not others))


def _meaning(each: Attachment) -> tuple[str, str, str]:
    """What makes it another one: a unique index that became a constraint, or has another name, keeps the same rows out."""
    return each.kind.partition(" ")[0], each.name if _has_own_name(each) else "", each.definition


def _spot(each: Attachment) -> tuple[str, str, str]:
    """What there is only one of. A privilege never becomes another one."""
    return each.kind.partition(" ")[0], each.name, each.definition if each.kind == GRANT else ""


def _has_own_name(each: Attachment) -> bool:
    """Whether the name is that of a column, or of the table itself, and not one that somebody chose for it."""
    return each.kind in (COLUMN, OWNER, GRANT, *_OF_COLUMNS)


def _owner(attached: Iterable[Attachment]) -> str:
    return next((each.definition for each in attached if each.kind == OWNER), "")


def _is_of(each: Attachment, owner: str) -> bool:
    """Whether it is a grant to who may do all, being the owner."""
    return each.kind == GRANT and _grant(each)[1] == owner


def _grant(each: Attachment) -> tuple[str, str]:
    """The privileges, and whose."""
    privileges, _, whom = each.definition.partition(" to ")
    return privileges, whom


@dataclass(frozen=True)
class _Side:
    """What the service goes on with: a new table, or the view over it. `names` are those that it has for the old table's columns."""

    words: str
    names: Mapping[str, str]
    attached: frozenset[Attachment]
    takes: Callable[[Attachment], bool]

    def lacks(self, how: How, each: Attachment) -> bool:
        """Whether the same is still to be done here."""
        if not self.takes(each) or (each.name and each.name not in self.names) or _is_of(each, _owner(self.attached)):
            return False
        there = replace(each, name=self.names.get(each.name, ""))
        return _spot(there) in {_spot(has) for has in self.attached} if how == How.GONE else there not in self.attached


def _sides(m: Migration, ledger: Session, layouts: list[Layout]) -> dict[int, list[_Side]]:
    """The new tables and their views as far as there are any, by the layouts' numbers."""
    in_place = m.ledger.must_stand(ledger, Stage.TARGET_CREATED).in_place
    relations = m.target.catalog.relations(ledger)
    views = {layout.no: relations.get(layout.compatibility_view(in_place=in_place)) for layout in layouts if layout.is_renamed}
    chosen = [relations[layout.target] for layout in layouts if layout.target in relations]
    attached = m.target.catalog.attached_of(ledger, [each.oid for each in (*chosen, *views.values()) if each is not None])

    def view_takes(each: Attachment) -> bool:
        if each.kind == DEFAULT:
            return m.target.views.has_defaults
        return each.kind == GRANT and m.target.views.takes(_grant(each)[0].removeprefix(GRANTABLE))

    def sides(layout: Layout) -> Iterator[_Side]:
        table, view = relations.get(layout.target), views.get(layout.no)
        if table is not None:
            yield _Side(f'table "{table.name}"', _homes(layout), frozenset(attached[table.oid]), lambda _: True)
        if view is not None and view.kind == "v":
            names = {each.name: each.name for each in layout.old_columns}
            yield _Side(f'view "{view.name}"', names, frozenset(attached[view.oid]), view_takes)

    return {layout.no: list(sides(layout)) for layout in layouts}


def _homes(layout: Layout) -> dict[str, str]:
    """The new columns that are an old one's, be it in another type."""
    carried = {each.old: each.column for each in layout.carried if each.old}
    return {**carried, **{each.name: each.column for each in layout.old_columns if each.column}}


def _judged(layout: Layout, found: list[tuple[How, Attachment]], sides: list[_Side]) -> Iterator[Addition]:
    for how, each in found:
        is_told = not layout.is_created or each.kind in _ONLY_TOLD or (each.kind in _OF_COLUMNS and each.name in layout.lost)
        if is_told or each.kind not in _ON_BOTH_SIDES:
            yield Addition(layout.source, how, each, is_refused=not is_told)
        elif lacking := tuple(side.words for side in sides if side.lacks(how, each)):
            yield Addition(layout.source, how, each, is_refused=True, lacking=lacking)
        elif each.kind in _OF_COLUMNS and each.name not in _homes(layout):
            yield Addition(layout.source, how, each, is_refused=False)


def _together(found: Iterable[Addition]) -> Iterator[Addition]:
    """With all that one role was granted, or has lost, on one thing as one."""
    grants: dict[tuple[object, ...], list[Addition]] = {}
    for each in found:
        if each.attached.kind == GRANT:
            grants.setdefault((each.how, each.attached.name, _grant(each.attached)[1]), []).append(each)
        else:
            yield each
    for (*_, whom), alike in grants.items():
        definition = f"{', '.join(_grant(each.attached)[0] for each in alike)} to {whom}"
        lacking = tuple(dict.fromkeys(place for each in alike for place in each.lacking))
        yield replace(alike[0], attached=replace(alike[0].attached, definition=definition), lacking=lacking)


def refuse(found: Iterable[Addition]) -> None:
    """Refused, with all of them by name, where the service would meet something else after the cutover."""
    refused = [each for each in found if each.is_refused]
    if not refused:
        return
    alike = [each for each in refused if each.lacking]
    taken_off = [each for each in refused if each.how == How.MADE and not each.lacking and each.attached.kind not in _OF_COLUMNS]
    put_back = [each for each in refused if each not in alike and each not in taken_off]
    sentences = [words(group) for words, group in ((_take_off, taken_off), (_put_back, put_back), (_do_the_same, alike)) if group]
    raise Refused(f"{'. '.join(sentences)}; or reject the gate and start over.")


def _take_off(found: list[Addition]) -> str:
    off = " (ALTER TABLE ... DISABLE ROW LEVEL SECURITY)" if any(each.attached.kind == ROW_SECURITY for each in found) else ""
    it = "it" if len(found) == 1 else "them"
    return (
        f"{_listed(found)}: nothing would bring {it} to the new table, and the service would go on without. Take {it} off the old "
        f"table{off}, and put {it} on the new one after the cutover"
    )


def _put_back(found: list[Addition]) -> str:
    return (
        f"{_listed(found)}: nothing would do the same to the new table, and the service would go on with what was there before. Bring that "
        "back on the old table, and change the new one after the cutover"
    )


def _do_the_same(found: list[Addition]) -> str:
    places = list(dict.fromkeys(place for each in found for place in each.lacking))
    return (
        f"{_listed(found)}: nothing would do the same to what the service goes on with. Do it for {', '.join(places)} too, or undo it on "
        "the old table"
    )


def _listed(found: list[Addition]) -> str:
    words = "; ".join(map(str, found))
    return f"{words[:1].upper()}{words[1:]}"
