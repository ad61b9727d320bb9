"""What a roll back would do now, and what a person has to know before approving it. Changes nothing."""

from collections.abc import Iterator
from typing import Any

from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.ledger import Stage, Standing, windows
from airlift.phases.migration import Migration
from airlift.phases.roll_back.handing_back import must_be_there, noted
from airlift.phases.sync.premises import broken, premises
from airlift.phases.sync.report import cell
from airlift.phases.sync.way_back import behind
from airlift.phases.ways import Way

ABANDON = "abandon"
ROLL_BACK = "roll back"


def preflight(m: Migration) -> dict[str, Any]:
    """`action`, with a page in `markdown` to decide from. Refused where there is nothing to roll back."""
    standing = _standing(m)
    if standing.stage < Stage.OPENING:
        content: dict[str, Any] = {"action": ABANDON, "stage": standing.stage.words, "markdown": _abandoning(m, standing)}
    else:
        content = {"action": ROLL_BACK, "stage": standing.stage.words, **_rolling_back(m, standing)}
    m.log.info("%s", content["markdown"])
    return content


def _standing(m: Migration) -> Standing:
    with m.ledger_session() as ledger:
        is_there = m.ledger.exists(ledger) and m.ledger.standing(ledger) is not None
    if not is_there:
        raise Refused(f'Migration "{m.name}" was never begun on {m.target.where}: there is nothing to roll back.')
    standing = m.standing(Stage.PREPARED, is_ending=True)
    if standing.stage >= Stage.CONTRACTING:
        raise Refused(
            f'Migration "{m.name}" stands at "{standing.stage.words}": the contract was approved or the migration was abandoned, and '
            "nothing of it can be rolled back any more. Nothing was changed."
        )
    return standing


def _abandoning(m: Migration, standing: Standing) -> str:
    lines = [
        f"### Migration {m.name}: abandon",
        "",
        f'It stands at "{standing.stage.words}", in run {cell(standing.run_id)} of {cell(standing.dag_id)}.',
        "The service is on the old tables and stays there.",
        "",
        "- Triggers, change logs, new tables and views go. The source is as it was; a target table that was there before is emptied.",
        "- The tasks of that run notice it and end. **Nothing of the copy is kept**: to go on with the migration instead, clear its tasks.",
    ]
    return "\n".join(lines)


def _rolling_back(m: Migration, standing: Standing) -> dict[str, Any]:
    way = Way(m, is_back=True)
    planned = noted(m)
    with m.source.session() as source, source.transaction():
        returning = m.source.way_back.read(source, m.name)
    must_be_there(m, planned)
    waiting = behind(m, planned.forward)
    with way.sender.session() as target, way.receiver.session() as source, target.transaction(snapshot=True), source.transaction():
        now = premises(way, target, source, planned.layouts)
        left = m.source.windows.unverified(source, m.name, planned.layouts)
    failed = broken(way, planned.proof(), now) if returning.premises else []
    differing = sum(each.differing for each in left)
    with m.ledger_session() as ledger:
        stands_still = (m.ledger.report(ledger, "contract.sync_back") or {}).get("stands_still")
        recent = [window for window in m.ledger.newest(ledger, windows, 20) if window["is_back"]]
    content = {
        "waiting": waiting["changes"],
        "differing": differing,
        "position_at": waiting["at"],
        "premises": failed,
        "stands_still": stands_still,
        "predicted_pause_ms": round(1000 * max((window["seconds"] for window in recent), default=0.0) + 20 + 2 * len(planned.forward)),
    }
    return {**content, "markdown": "\n".join(_page(m, standing, planned.forward, content))}


def _page(m: Migration, standing: Standing, layouts: list[Layout], content: dict[str, Any]) -> Iterator[str]:
    yield f"### Migration {m.name}: roll back"
    yield ""
    yield f'It stands at "{standing.stage.words}": the service is on the new tables. It goes back to the old ones, with every change.'
    yield ""
    waiting = f"{content['waiting']:,} wait and are carried before the fence"
    yield f"- The old tables have all changes up to {content['position_at']}; {waiting}."
    yield (
        f"- Predicted pause for writers: about {content['predicted_pause_ms']} ms; none may exceed {m.settings.max_pause * 1000:.0f} ms, "
        "else the attempt is given up and repeated."
    )
    if content["stands_still"]:
        yield f"- **The way back stands still**: {cell(content['stands_still'])} Mend that row first, or the roll back stops there."
    if content["differing"]:
        yield f"- **{content['differing']:,} keys differ** after they were carried back. The roll back would give up."
    for words in content["premises"]:
        yield f"- {cell(words)} since the cutover: all rows are compared before the fence, and those that differ are carried again."
    for layout in layouts:
        yield f"- {cell(str(layout.obsolete))} becomes {cell(str(layout.source))} again; {cell(str(layout.target))} is shut to writers."
        if layout.added:
            yield f"  - Only in the new table, kept there for the next cutover: {cell(', '.join(layout.added))}."
        kept = [*layout.lost, *layout.merged]
        if kept:
            yield f"  - Only in the old table; rows made since the cutover have their defaults: {cell(', '.join(kept))}."
    if not standing.in_place:
        by_hand = "**No `cutover.switch` is set: point the services back**"
        how = "`cutover.switch` is called with `source`" if m.spec.cutover.switch else by_hand
        yield f"- {how}. Servers that run the new code have to be stopped first: the new tables take no more writes."
    else:
        yield "- Servers that run the new code have to be stopped first: the new tables take no more writes."
