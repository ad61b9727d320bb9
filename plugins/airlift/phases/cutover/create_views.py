"""Make the compatibility views: what has the old table's columns over the new table, so that old code keeps working."""

from airlift import faults
from airlift.databases import CaptureNames, Session
from airlift.databases.shapes import Columns, Layout
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.migration import Migration
from airlift.spec import TableName


def create_views(m: Migration) -> None:
    """Make a view for every renamed table, with the old table's rights. Across servers also note who writes the target early."""
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
        for layout in layouts if not standing.in_place else []:
            # one table at a time, and never the ledger with it: the windows beside us take the ledger's row first
            with target.transaction():
                _must_be_first(m, target)
                _watch_target(m, target, layout)
        with target.transaction():
            m.ledger.reach(target, Stage.VIEWS_CREATED)


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
    columns = Columns(old, m.target.catalog.columns(target, m.target.catalog.relations(target)[layout.target]))
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


def early_names(m: Migration, layout: Layout) -> CaptureNames:
    """The names of what notes writes to the target from the moment that it is open."""
    return CaptureNames(m.name, layout.no, side="back")


def _watch_target(m: Migration, target: Session, layout: Layout) -> None:
    """Note keys that others change on the target. The guard lets nobody, so that anything noted came after it was opened."""
    relation = m.target.catalog.relations(target)[layout.target]
    columns = {column.name: column for column in m.target.catalog.columns(target, relation)}
    names = early_names(m, layout)
    m.target.capture.create_log(target, names, [columns[name] for name in layout.key])
    m.target.capture.create_triggers(target, names, layout.target)


def final_view(layout: Layout) -> TableName:
    """The view's name after the switch: the old table's."""
    return TableName(layout.target.schema, layout.source.name)
