"""The old names end here: all servers run the new code."""

from airlift import faults
from airlift.databases import Session
from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.ledger import Stage
from airlift.phases.cutover.create_views import final_view
from airlift.phases.locking import under_locks
from airlift.phases.migration import Migration


def drop_views(m: Migration) -> None:
    """Drop the compatibility views. May run again."""
    m.standing(Stage.SETTLED)
    for layout in m.all_layouts():
        if layout.is_renamed:
            _drop(m, layout)
            faults.reached("drop_views.dropped")
    with m.ledger_session() as ledger:
        _must_not_be_back(m, ledger)
        m.ledger.leave(ledger, Stage.SETTLED, to=Stage.CONTRACTING)


def _must_not_be_back(m: Migration, ledger: Session) -> None:
    """Keep the migration where it stands until the transaction ends. Refused when a roll back came between."""
    stage = m.ledger.hold(ledger)
    if stage not in (Stage.SETTLED, Stage.CONTRACTING):
        raise Refused(
            f'Migration "{m.name}" stands at "{stage.words}": a roll back came between. No more views are dropped. Clear this task when '
            "the service is on the new tables again."
        )


def _drop(m: Migration, layout: Layout) -> None:
    def work(session: Session) -> None:
        _must_not_be_back(m, session)
        found = m.target.fence.owner_of(session, final_view(layout))
        if found and found[1] == "v":
            m.target.views.drop(session, final_view(layout), layout, migration=m.name)
            m.log.info('View "%s" is gone.', final_view(layout))

    # the view is locked by the statement itself: LOCK TABLE would lock the table below it too
    under_locks(m, m.target, [], work)
