"""Start capture: from the moment that the triggers are committed, every change of a key is noted."""

from airlift import faults
from airlift.databases import Lock, Session
from airlift.databases.shapes import Layout
from airlift.ledger import Stage
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration


def install_triggers(m: Migration) -> None:
    """Put the capture triggers on every table, each under a lock that no writer waits long for.

    The lock waits out the transactions that are writing the table, so that whatever commits later is noted.
    May run again: before X is taken it does no harm to make a trigger anew.
    """
    if m.standing(Stage.TARGET_CREATED).stage >= Stage.CAPTURING:
        m.log.info("The triggers are installed already.")
        return
    layouts = m.all_layouts()
    with m.source.session() as session, session.transaction():
        m.source.capture.prepare(session, m.name)
    for layout in layouts:
        _capture(m, layout)
        faults.reached("triggers.installed")
    with m.ledger_session() as ledger:
        m.ledger.reach(ledger, Stage.CAPTURING)
    m.log.info("Capture runs on %s tables.", len(layouts))


def _capture(m: Migration, layout: Layout) -> None:
    names = m.capture_names(layout)
    with m.source.session() as session, session.transaction():
        relation = m.source.catalog.relations(session)[layout.source]
        columns = {column.name: column for column in m.source.catalog.columns(session, relation)}
        m.source.capture.create_log(session, names, [columns[name] for name in layout.source_key])

    def create(session: Session) -> None:
        m.source.capture.create_triggers(session, names, layout.source)

    under_locks(m, m.source, [Lock(layout.source, m.source.fence.no_new_references)], create)
    m.log.info('Triggers are on "%s".', layout.source)
