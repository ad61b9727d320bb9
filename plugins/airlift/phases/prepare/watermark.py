"""Watermark X: where the source stood when the dump began. Everything before it is dumped, everything after it is captured."""

from airlift.databases import CaptureNames
from airlift.errors import Interrupted
from airlift.ledger import Stage
from airlift.phases.migration import Migration


def watermark(m: Migration) -> dict[str, str]:
    """Take X in a transaction of its own, after the triggers are committed. May run again: X is taken once."""
    standing = m.standing(Stage.CAPTURING)
    if standing.watermark is None:
        with m.source.session() as session, session.transaction(snapshot=True):
            prepared, name = m.source.positions.prepared(session)
            if prepared:
                raise Interrupted(
                    f'{m.source.where} holds {prepared} prepared transactions, "{name}" among them: their rows would be in no window. '
                    "Commit them or roll them back; this step tries again."
                )
            position = m.source.positions.now(session, [m.capture_names(layout) for layout in m.all_layouts()])
        with m.source.session() as session, session.transaction():
            # a crash of the source would give transaction ids out again that are before X: what they write would be in no window
            m.source.positions.make_durable(session, m.name, CaptureNames.FORWARD)
        with m.ledger_session() as ledger:
            m.ledger.note_watermark(ledger, at=position.at, position=position.text)
            m.ledger.reach(ledger, Stage.WATERMARK_TAKEN)
        standing = m.standing(Stage.WATERMARK_TAKEN)
        m.log.info("Watermark X: %s on the clock of %s.", standing.watermark_at, m.source.where)
    return {"at": str(standing.watermark_at), "position": str(standing.watermark)}
