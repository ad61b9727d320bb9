"""Make the compatibility views: what has the old table's columns over the new table, so that old code keeps working."""

from dataclasses import replace

from airlift import faults
from airlift.databases import CaptureNames, Session
from airlift.databases.shapes import Columns, Layout
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.cutover.handing_over import early_keys
from airlift.phases.migration import Migration
from airlift.spec import TableName


def create_views(m: Migration) -> None:
    """Make a view for every renamed table, with the old table's rights, and begin to note who writes the new tables."""
    standing = m.standing(Stage.REPORTED)
    if standing.stage >= Stage.VIEWS_CREATED:
        m.log.info("The views are there already.")
        return
    layouts = m.all_layouts()
    with m.target.session() as target:
        for layout in layouts:
            if layout.is_renamed:
                with target.transaction():
                    _must_be_first(m, target)
                    _create_view(m, target, layout, in_place=standing.in_place)
        faults.reached("views.created")
        with target.transaction():
            _must_be_first(m, target)
            m.target.definitions.add_foreign_keys(target, early_keys(m, target, in_place=standing.in_place))
        _prepare_guard(m, layouts)
        _open_way_back(m, target, layouts)
        with target.transaction():
            m.ledger.reach(target, Stage.VIEWS_CREATED)


def _prepare_guard(m: Migration, layouts: list[Layout]) -> None:
    """Get the old tables ready to be shut at the cutover, where that can't be done while writers wait."""
    with m.source.session() as source, source.transaction():
        m.source.definitions.prepare_guard(source, m.name, {layout.source: layout.obsolete for layout in layouts})


def _open_way_back(m: Migration, target: Session, layouts: list[Layout]) -> None:
    """Note keys that others change on the new tables. The guard lets nobody, so that anything noted came after they were opened.

    Triggers are committed on every table, then the way back's position is taken in a transaction of its own.
    """
    with target.transaction():
        _must_be_first(m, target)
        m.target.capture.prepare(target, m.name, CaptureNames.BACK)
    for layout in layouts:
        # one table at a time, and never the ledger with it: the windows beside us take the ledger's row first
        with target.transaction():
            _must_be_first(m, target)
            _watch_target(m, target, layout)
    with target.transaction(snapshot=True):
        _must_be_first(m, target)
        position = m.target.positions.now(target, [m.capture_names(layout.mirrored()) for layout in layouts])
    with m.source.session() as source, source.transaction():
        # its own name is the old table's as yet
        m.source.checksums.create_unverified(source, m.name, [replace(each.mirrored(), target=each.source) for each in layouts])
        m.source.way_back.create(source, m.name, position)


def _must_be_first(m: Migration, target: Session) -> None:
    """Do nothing late: a try that was frozen would put views and triggers back that are in use, or gone, by now."""
    if m.ledger.must_stand(target, Stage.REPORTED).stage >= Stage.VIEWS_CREATED:
        raise Interrupted("Another try of this task has made the views; this one changed nothing more.")


def _create_view(m: Migration, target: Session, layout: Layout, *, in_place: bool) -> None:
    view = layout.compatibility_view(in_place=in_place)
    with m.source.session() as source, source.transaction():
        relation = m.source.catalog.relations(source)[layout.source]
        rights = m.source.definitions.rights(source, [relation])[relation.oid]
        old = m.source.catalog.columns(source, relation)
    columns = Columns(m.pair.columns_there(old), m.target.catalog.columns(target, m.target.catalog.relations(target)[layout.target]))
    m.target.views.drop(target, view, layout, migration=m.name)
    m.target.views.create(target, view, layout, columns)
    if layout.needs_triggers:
        m.target.views.create_trigger(target, view, layout, columns, migration=m.name)
    if not layout.is_created:
        # the server reads the table below with the rights of the view's owner: we have them, the old table's owner may not
        rights = rights.of_somebody_else()
    names = {column.name: column.name for column in old}
    for missing in m.target.definitions.take_over_rights(
        target, rights=rights, name=view, kind="VIEW", columns=names, roles=m.target.catalog.roles(target)
    ):
        m.log.warning("Not carried over: %s.", missing)
    how = "through a trigger" if layout.needs_triggers else "by the server itself"
    m.log.info('View "%s" over "%s" takes writes %s.', view, layout.target, how)


def _watch_target(m: Migration, target: Session, layout: Layout) -> None:
    relation = m.target.catalog.relations(target)[layout.target]
    columns = {column.name: column for column in m.target.catalog.columns(target, relation)}
    names = m.capture_names(layout.mirrored())
    m.target.capture.create_log(target, names, [columns[name] for name in layout.key])
    m.target.capture.create_triggers(target, names, layout.target)


def final_view(layout: Layout) -> TableName:
    """The view's name after the switch: the old table's."""
    return TableName(layout.target.schema, layout.source.name)
