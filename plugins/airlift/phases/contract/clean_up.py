"""Take away what is ours. After a switch the obsolete tables stay or go as the spec says; before it the source is as it was."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from airlift import faults
from airlift.databases import CaptureNames, Database, Lock, Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Interrupted, Refused
from airlift.ledger import NOW, SHARED, Stage, Standing, differences, objects
from airlift.phases.cutover.noted_keys import KEYS
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration
from airlift.spec import TableName

LEAVE_WITHIN = 60.0
"""Seconds in which the tasks of an abandoned run have to notice it."""


def clean_up(m: Migration, at_least: Stage = Stage.PREPARED) -> None:
    """Clean up after `contract`, or abandon a migration whose gate was rejected. May run again.

    The contract's approval is one only where the migration stands `at_least` at CONTRACTING: a roll back may have come between.
    """
    standing = m.standing(at_least, is_ending=True)
    if standing.stage == Stage.CLEANED_UP:
        m.log.info("All is clean already.")
        return
    if standing.stage == Stage.OPENING:
        raise Refused("The last attempt at the cutover is not decided yet. Clear cutover.rename, which looks and goes on.")
    if standing.stage == Stage.ROLLING_BACK:
        raise Refused(f"The last attempt at a roll back is not decided yet. Clear rename_back in roll_back_{m.name}: it looks and goes on.")
    is_switched = standing.stage >= Stage.SWITCHED
    if is_switched and standing.stage < Stage.CONTRACTING:
        raise Refused("The service runs on the new tables and the views are still there. Only after contract.drop_views all else goes.")
    if not is_switched:
        _note_abandoned(m, standing)
    layouts = m.all_layouts()
    if is_switched:
        _leave_new_tables(m, layouts)
    _leave_source(m, layouts, is_switched=is_switched, in_place=standing.in_place)
    if is_switched:
        _leave_old_tables(m, layouts)
    else:
        for layout in reversed(layouts):
            _leave_target(m, layout, in_place=standing.in_place)
        if standing.in_place:
            with m.source.session() as source, source.transaction():
                m.source.definitions.drop_guard_function(source, m.name)
        _leave_shared(m)
        faults.reached("clean_up.target_left")
    with m.target.session() as target, target.transaction():
        for layout in layouts:
            m.target.checksums.drop_unverified(target, m.name, layout)
            m.target.capture.drop_log(target, m.capture_names(layout.mirrored()))
        m.target.definitions.drop_guard_function(target, m.name)
        m.target.fence.clear_away(target, m.name, CaptureNames.BACK)
        m.target.capture.leave(target, m.name, CaptureNames.BACK)
        m.ledger.remove(target, differences)  # the only rows of the user's in the ledger
        m.ledger.reach(target, Stage.CLEANED_UP)
    m.log.info("%s", "The migration is complete." if is_switched else "The migration was abandoned; the source is as it was.")


def abandon(m: Migration) -> None:
    """End a migration that another run holds, before its cutover: all of ours goes. The tasks of that run notice it and end."""
    standing = m.standing(Stage.PREPARED, is_ending=True)
    _note_abandoned(m, standing)
    deadline = time.monotonic() + LEAVE_WITHIN
    while True:
        with m.ledger_session() as ledger:
            at_work = sorted({each.task for each in m.target.inspection.sessions(ledger, m.name)} - {m.run.task_id})
        if not at_work:
            break
        if time.monotonic() > deadline:
            raise Interrupted(f"Still at work for this migration: {', '.join(at_work)}. Mark that run as failed; this step tries again.")
        time.sleep(0.5)
    clean_up(m)


def _note_abandoned(m: Migration, standing: Standing) -> None:
    """Note it before anything goes: who looks at what is half gone has to know why, and no task of the run may go on with it."""
    with m.ledger_session() as ledger:
        if not m.ledger.abandon(ledger, m.run.run_id):
            raise Refused(
                f'Migration "{m.name}" can\'t be abandoned any more: it stands at "{standing.stage.words}", where its cutover has begun. '
                f"Nothing was changed. To go back, trigger roll_back_{m.name}; it looks anew."
            )
    faults.reached("clean_up.abandoned")


def _leave_source(m: Migration, layouts: list[Layout], *, is_switched: bool, in_place: bool) -> None:
    """Triggers first, on every table; only then functions and logs: a log that goes first fails every write."""
    names = {layout.no: layout.obsolete if is_switched else layout.source for layout in layouts}
    for layout in layouts:
        _drop_triggers(m, m.source, names[layout.no], m.capture_names(layout), is_guarded=is_switched)
    faults.reached("clean_up.triggers_dropped")
    with m.source.session() as source, source.transaction():
        for layout in layouts:
            m.source.capture.drop_log(source, m.capture_names(layout))
            m.source.checksums.drop_unverified(source, m.name, layout.mirrored())
        if is_switched or not in_place:  # in place the new tables may still be guarded by it
            m.source.definitions.drop_guard_function(source, m.name)
        m.source.fence.give_names_up(source, [name for each in layouts for name in (each.obsolete, each.compatibility_view(in_place=True))])
        m.source.fence.clear_away(source, m.name, CaptureNames.FORWARD)
        m.source.way_back.drop(source, m.name)
        m.source.capture.leave(source, m.name, CaptureNames.FORWARD)
    m.log.info("%s is left: no trigger, no log.", m.source.where)


def _leave_new_tables(m: Migration, layouts: list[Layout]) -> None:
    """The service's tables are its own: no trigger of ours stays on them."""
    for layout in layouts:
        _drop_triggers(m, m.target, layout.target, m.capture_names(layout.mirrored()), is_guarded=False)
    faults.reached("clean_up.way_back_closed")


def _drop_triggers(m: Migration, database: Database, name: TableName, names: CaptureNames, *, is_guarded: bool) -> None:
    guards = database.definitions.guard_triggers(m.name) if is_guarded else []
    with database.session() as session, session.transaction():
        is_there = bool(database.capture.evidence(session, [name], [*database.capture.triggers(names), *guards]))

    def work(session: Session) -> None:
        database.capture.drop_triggers(session, names, name)
        if is_guarded:
            database.definitions.drop_guard(session, m.name, name)

    if is_there:
        under_locks(m, database, [Lock(name, database.fence.writers_out)], work)


def _leave_old_tables(m: Migration, layouts: list[Layout]) -> None:
    if m.spec.obsolete != "drop":
        return
    for layout in reversed(layouts):
        with m.source.session() as source, source.transaction():
            relation = m.source.catalog.relations(source).get(layout.obsolete)
            keys = m.source.catalog.foreign_keys(source, [relation]) if relation else []
        if relation:
            _drop_table(m, layout.obsolete, keys)


def _drop_table(m: Migration, name: TableName, keys: list[ForeignKey]) -> None:
    """Drop a table; its foreign keys go with it, and for that the server locks the tables that they reference."""

    def work(session: Session) -> None:
        m.source.definitions.drop_table(session, name)
        m.log.info('Table "%s" is dropped.', name)

    parents = sorted({key.parent for key in keys if key.child == name} - {name})
    with _unless_gone(m.source, name):
        under_locks(m, m.source, [Lock(each, m.source.fence.writers_out) for each in (*parents, name)], work)


@contextmanager
def _unless_gone(database: Database, name: TableName) -> Iterator[None]:
    """Drop a table in this block. What another try drops at the same time is no error: it is gone, and that is all that is wanted."""
    try:
        yield
    except Refused:
        with database.session() as session, session.transaction():
            is_there = database.fence.owner_of(session, name)
        if is_there:
            raise


def _leave_target(m: Migration, layout: Layout, *, in_place: bool) -> None:
    """Before a switch: drop what we made; give an existing table back empty, with its indexes and foreign keys."""
    with m.target.session() as target, target.transaction():
        found = m.target.fence.owner_of(target, layout.target)
        if layout.is_renamed:
            view = layout.compatibility_view(in_place=in_place)
            kind = m.target.fence.owner_of(target, view)
            if kind and kind[1] == "v":
                m.target.views.drop(target, view, layout, migration=m.name)
    if found and layout.is_created:
        own = [Lock(layout.target, m.target.fence.writers_out)]
        with _unless_gone(m.target, layout.target):
            _on_target(m, own, lambda target: m.target.definitions.drop_table(target, layout.target))
    elif found:
        _give_back(m, layout)


def _leave_shared(m: Migration) -> None:
    """Drop the types and sequences that we made for the tables; what somebody else uses by now stays, and is told."""
    with m.target.session() as target:
        with target.transaction():
            rows = m.ledger.rows(target, objects, table_no=SHARED)
        for row in reversed(rows):
            try:
                with target.transaction():
                    m.target.definitions.drop_shared(target, row["kind"], TableName(**row["definition"]))
            except Refused as error:
                m.log.warning('The %s "%s" stays: %s', row["kind"], row["name"], error)


def _on_target(m: Migration, locks: list[Lock], work: Callable[[Session], None]) -> None:
    """Do work on tables that may be shut to all others: as ourselves, and under the rules for locks."""

    def as_ourselves(target: Session) -> None:
        target.set_local(airlift__applying="on")
        work(target)

    under_locks(m, m.target, locks, as_ourselves)


def _give_back(m: Migration, layout: Layout) -> None:
    """In three steps, each of which may be repeated; the guard goes last, and what it no longer guards is not ours to empty."""
    own = Lock(layout.target, m.target.fence.writers_out)

    def empty(target: Session) -> None:
        is_guarded = m.target.capture.evidence(target, [layout.target], m.target.definitions.guard_triggers(m.name))
        if is_guarded and m.target.definitions.has_rows(target, layout.target):
            m.target.streams.empty(target, layout.target)
        for row in _unmade(m, target, layout):
            if row["kind"] not in KEYS:
                m.target.streams.build(target, layout.target, [row])
                _note_made(m, target, row)

    def open_again(target: Session) -> None:
        m.target.capture.drop_triggers(target, m.capture_names(layout.mirrored()), layout.target)
        m.target.definitions.drop_guard(target, m.name, layout.target)

    _on_target(m, [own], empty)
    with m.ledger_session() as ledger:
        rows = [row for row in _unmade(m, ledger, layout) if row["kind"] == "foreign_key"]
    for row in rows:
        _give_back_key(m, row)
    _on_target(m, [own], open_again)
    m.log.info('Table "%s" is given back empty, as it was.', layout.target)


def _give_back_key(m: Migration, row: dict[str, Any]) -> None:
    key = ForeignKey.from_json(row["definition"])

    def add(target: Session) -> None:
        m.target.fence.add_foreign_key(target, key)
        if key.is_validated:
            # the child is empty, and the guard keeps it so
            m.target.fence.validate_foreign_key(target, key)
        _note_made(m, target, row)

    _on_target(m, [Lock(name, m.target.fence.no_new_references) for name in sorted({key.parent, key.child})], add)


def _unmade(m: Migration, target: Session, layout: Layout) -> list[dict[str, Any]]:
    return m.ledger.rows(target, objects, table_no=layout.no, made_at=None)


def _note_made(m: Migration, target: Session, row: dict[str, Any]) -> None:
    m.ledger.change(target, objects, {"table_no": row["table_no"], "no": row["no"]}, made_at=NOW)
