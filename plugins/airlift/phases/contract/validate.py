"""Before the views go: a last comparison on the way back, and what is still there, what will go, what stays."""

from typing import Any

from airlift.databases.shapes import Layout
from airlift.errors import Refused
from airlift.ledger import Stage, attempts, checks, windows
from airlift.phases.cutover.deciding import of_this_round, pause_and_outage
from airlift.phases.migration import Migration
from airlift.phases.sync import passes
from airlift.phases.sync.carrying import Carrier, carrier
from airlift.phases.sync.delta_windows import catch_up
from airlift.phases.sync.report import cell


def validate(m: Migration) -> dict[str, Any]:
    """The migration's last report. May run again."""
    m.standing(Stage.SETTLED)
    layouts = m.all_layouts()
    compared = _compare(m, layouts)
    with m.ledger_session() as ledger:
        made = of_this_round(m.ledger.rows(ledger, attempts), is_back=False)
        pause, outage = pause_and_outage(made)
        content: dict[str, Any] = {
            "migration": m.name,
            "tables": len(layouts),
            "windows": m.ledger.next_no(ledger, windows) - 1,
            "changes": m.ledger.total(ledger, windows.c.changes),
            "carried_back": m.ledger.total(ledger, windows.c.changes, is_back=True),
            **compared,
            "attempts": len(made),
            "pause_ms": pause,
            "outage_ms": outage,
            "views": [str(layout.source) for layout in layouts if layout.is_renamed],
            "obsolete": [str(layout.obsolete) for layout in layouts],
        }
        content["markdown"] = "\n".join(
            [
                f"### Migration {m.name}: the end",
                "",
                f"- {_compared_words(content)}",
                f"- The views {cell(', '.join(content['views'])) or '(none)'} go; all servers have to use the new tables.",
                f"- The old tables {cell(', '.join(content['obsolete']))} are {'dropped' if m.spec.obsolete == 'drop' else 'kept'}.",
                f"- {content['windows']:,} windows carried {content['changes']:,} changes, {content['carried_back']:,} of them back.",
                f"- The longest pause was {'not measured' if pause is None else f'{pause} ms'}, in {content['attempts']} attempts.",
            ]
        )
        m.ledger.keep_report(ledger, "contract.validate", content)
    m.log.info("%s", content["markdown"])
    return content


def _compare(m: Migration, layouts: list[Layout]) -> dict[str, Any]:
    """Carry the last windows back and compare all rows of both sides once more; what differs by then is carried again and counted.

    Where a column is computed, rows that nobody has written since are left out: the new value may tell less than the old one did. What
    can't be carried or compared is told and stops nothing: the contract gives the way back up.
    """
    found: dict[str, Any] = {"compared_back": 0, "differed_back": 0, "differing_back": 0, "against": None}
    with carrier(m, is_back=True) as sessions:
        try:
            catch_up(m, sessions, Stage.SETTLED)
            if not any(layout.computed or layout.merged for layout in layouts):
                found |= _compare_all(m, sessions)
            with sessions.receiving.transaction() as source:
                left = m.source.windows.unverified(source, m.name, sessions.layouts)
            found["differing_back"] = sum(each.differing + each.waiting for each in left)
        except Refused as error:
            m.log.warning("The old tables are not all that they could be: %s", error)
            found["against"] = str(error)
    return found


def _compare_all(m: Migration, sessions: Carrier) -> dict[str, int]:
    number = passes.begin(sessions.way)
    passes.run_through(sessions.way, number)
    with m.ledger_session() as ledger:
        rows, differed = (m.ledger.total(ledger, column, pass_no=number) for column in (checks.c.source_rows, checks.c.suspects))
    catch_up(m, sessions, Stage.SETTLED)
    return {"compared_back": rows, "differed_back": differed}


def _compared_words(content: dict[str, Any]) -> str:
    if content["against"]:
        return f"**The old tables have not all that was written to the new ones**: {cell(content['against'])}"
    if content["differing_back"]:
        return f"**{content['differing_back']:,} keys of the old tables differ from the new ones.** The service's rows are the new ones."
    if content["compared_back"]:
        return f"All {content['compared_back']:,} rows of the new tables were compared with the old ones once more: equal."
    return "Every row that was written since the cutover was compared when it was carried back: equal."
