"""Take away what is ours. After a switch the obsolete tables stay or go as the spec says; before it the source is as it was."""

from airlift.databases import Lock, Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Refused
from airlift.ledger import Stage, objects
from airlift.phases.cutover.create_views import early_names
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.spec import TableName


def clean_up(m: Migration) -> None:
    """Clean up after `contract`, or abandon a migration whose gate was rejected. May run again."""
    standing = m.standing(Stage.PREPARED, even_if_edited=True)
    if standing.stage == Stage.CLEANED_UP:
        m.log.info("All is clean already.")
        return
    if standing.stage == Stage.OPENING:
        raise Refused("The last attempt at the cutover is not decided yet. Clear cutover.rename, which looks and goes on.")
    is_switched = standing.stage >= Stage.SWITCHED
    if is_switched and standing.stage < Stage.CONTRACTING:
        raise Refused("The service runs on the new tables and the views are still there. Only after contract.drop_views all else goes.")
    layouts = m.all_layouts()
    _leave_source(m, layouts, is_switched=is_switched)
    if is_switched:
        _leave_old_tables(m, layouts)
    else:
        for layout in reversed(layouts):
            _leave_target(m, layout, in_place=standing.in_place)
    with m.target.session() as target, target.transaction():
        for layout in layouts:
            m.target.checksums.drop_unverified(target, m.name, layout)
        m.target.definitions.drop_guard_function(target, m.name)
        m.ledger.reach(target, Stage.CLEANED_UP)
    m.log.info("%s", "The migration is complete." if is_switched else "The migration was abandoned; the source is as it was.")


def _leave_source(m: Migration, layouts: list[Layout], *, is_switched: bool) -> None:
    """Triggers first, on every table; only then functions and logs: a log that goes first fails every write."""
    for layout in layouts:
        name = layout.obsolete if is_switched else layout.source
        names = m.capture_names(layout)
        with m.source.session() as source, source.transaction():
            is_there = bool(m.source.capture.evidence(source, [name], names.triggers))
        if is_there:
            _drop_triggers(m, layout, name)
    with m.source.session() as source, source.transaction():
        for layout in layouts:
            m.source.capture.drop_log(source, m.capture_names(layout))
        m.source.capture.leave(source, m.name)
    m.log.info("%s is left: no trigger, no log.", m.source.where)


def _drop_triggers(m: Migration, layout: Layout, name: TableName) -> None:
    def work(session: Session) -> None:
        m.source.capture.drop_triggers(session, m.capture_names(layout), name)

    under_locks(m, m.source, [Lock(name, m.source.fence.writers_out)], work)


def _leave_old_tables(m: Migration, layouts: list[Layout]) -> None:
    if m.spec.obsolete != "drop":
        return
    with m.source.session() as source, source.transaction():
        for layout in reversed(layouts):
            m.source.definitions.drop_table(source, layout.obsolete)
            m.log.info('Table "%s" is dropped.', layout.obsolete)


def _leave_target(m: Migration, layout: Layout, *, in_place: bool) -> None:
    """Before a switch: drop what we made; give an existing table back empty, with its indexes and foreign keys."""
    with m.target.session() as target, target.transaction(airlift__applying="on"):
        if layout.is_renamed:
            view = layout.compatibility_view(in_place=in_place)
            found = m.target.fence.owner_of(target, view)
            if found and found[1] == "v":
                m.target.fence.drop_view(target, view)
        if m.target.fence.owner_of(target, layout.target) is None:
            return
        if layout.is_created:
            m.target.definitions.drop_table(target, layout.target)
        else:
            _give_back(m, target, layout)
        m.target.capture.drop_log(target, early_names(m, layout))


def _give_back(m: Migration, target: Session, layout: Layout) -> None:
    m.target.capture.drop_triggers(target, early_names(m, layout), layout.target)
    m.target.streams.empty(target, layout.target)
    for row in m.ledger.rows(target, objects, table_no=layout.no, made_at=None):
        if row["kind"] == "foreign_key":
            m.target.fence.add_foreign_key(target, ForeignKey.from_json(row["definition"]))
        elif row["kind"] != "repointed_key":
            m.target.streams.build(target, layout.target, row["kind"], row["name"], row["definition"])
    m.target.definitions.drop_guard(target, m.name, layout.target)
