"""Start capture: from the moment that the triggers are committed, every change of a key is noted."""

from airlift import faults
from airlift.databases import CaptureNames, Lock, Session
from airlift.databases.shapes import Layout
from airlift.ledger import Stage
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration

TOGETHER = 50
"""So many change logs are made in one transaction: a server has room for only so many locks."""


def install_triggers(m: Migration) -> None:
    """Put the capture triggers on every table, each under a lock that no writer waits long for.

    The lock waits out the transactions that are writing the table, so that whatever commits later is noted.
    May run again: before X is taken it does no harm to make a trigger anew.
    """
    if m.standing(Stage.TARGET_CREATED).stage >= Stage.CAPTURING:
        m.log.info("The triggers are installed already.")
        return
    layouts = m.all_layouts()
    _create_logs(m, layouts)
    for layout in layouts:
        _capture(m, layout)
        faults.reached("triggers.installed")
    with m.ledger_session() as ledger:
        m.ledger.reach(ledger, Stage.CAPTURING)
    m.log.info("Capture runs on %s tables.", len(layouts))


def _create_logs(m: Migration, layouts: list[Layout]) -> None:
    with m.source.session() as session:
        with session.transaction():
            m.source.capture.prepare(session, m.name, CaptureNames.FORWARD)
            relations = m.source.catalog.relations(session)
            columns = m.source.catalog.columns_of(session, [relations[layout.source].oid for layout in layouts])
        for first in range(0, len(layouts), TOGETHER):
            with session.transaction():
                for layout in layouts[first : first + TOGETHER]:
                    own = {column.name: column for column in columns[relations[layout.source].oid]}
                    m.source.capture.create_log(session, m.capture_names(layout), [own[name] for name in layout.source_key])


def _capture(m: Migration, layout: Layout) -> None:
    names = m.capture_names(layout)

    def create(session: Session) -> None:
        m.source.capture.create_triggers(session, names, layout.source)

    under_locks(m, m.source, [Lock(layout.source, m.source.fence.no_new_references)], create)
    m.log.info('Triggers are on "%s".', layout.source)
