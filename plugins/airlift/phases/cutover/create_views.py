"""Make the compatibility views: what has the old table's columns over the new table, so that old code keeps working."""

from airlift.databases import CaptureNames, Session
from airlift.databases.shapes import Layout
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
                    _create_view(m, target, layout, in_place=standing.in_place)
        with target.transaction():
            if not standing.in_place:
                _watch_target(m, target, layouts)
            m.ledger.reach(target, Stage.VIEWS_CREATED)


def _create_view(m: Migration, target: Session, layout: Layout, *, in_place: bool) -> None:
    view = layout.compatibility_view(in_place=in_place)
    m.target.fence.drop_view(target, view)
    m.target.fence.create_view(target, view, layout.target, layout.old_columns)
    with m.source.session() as source, source.transaction():
        relation = m.source.catalog.relations(source)[layout.source]
        rights = m.source.definitions.rights(source, relation)
    for missing in m.target.definitions.take_over_rights(target, rights=rights, name=view, kind="VIEW"):
        m.log.warning("Not carried over: %s.", missing)
    read_only = m.target.fence.read_only_columns(target, view)
    m.log.info('View "%s" over "%s"; columns that can\'t be written through it: %s.', view, layout.target, ", ".join(read_only) or "none")


def early_names(m: Migration, layout: Layout) -> CaptureNames:
    """The names of what notes writes to the target from the moment that it is open."""
    return CaptureNames(m.name, layout.no, side="back")


def _watch_target(m: Migration, target: Session, layouts: list[Layout]) -> None:
    """Note keys that others change on the target. The guard lets nobody, so that anything noted came after it was opened."""
    relations = m.target.catalog.relations(target)
    for layout in layouts:
        names = early_names(m, layout)
        columns = {column.name: column for column in m.target.catalog.columns(target, relations[layout.target])}
        m.target.capture.create_log(target, names, [columns[name] for name in layout.key])
        m.target.capture.create_triggers(target, names, layout.target)


def final_view(layout: Layout) -> TableName:
    """The view's name after the switch: the old table's."""
    return TableName(layout.target.schema, layout.source.name)
