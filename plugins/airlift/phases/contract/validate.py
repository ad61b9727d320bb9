"""Before the views go: what is still there, what will go, what stays."""

from typing import Any

from airlift.ledger import Stage, attempts, windows
from airlift.phases.cutover.deciding import pause_and_outage
from airlift.phases.migration import Migration
from airlift.phases.sync.report import cell


def validate(m: Migration) -> dict[str, Any]:
    """The migration's last report. May run again."""
    m.standing(Stage.SETTLED)
    with m.ledger_session() as ledger:
        layouts = m.layouts(ledger)
        made = m.ledger.rows(ledger, attempts)
        pause, outage = pause_and_outage(made)
        content: dict[str, Any] = {
            "migration": m.name,
            "tables": len(layouts),
            "windows": m.ledger.next_no(ledger, windows) - 1,
            "changes": m.ledger.total(ledger, windows.c.changes),
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
                f"- The views {cell(', '.join(content['views'])) or '(none)'} go; all servers have to use the new tables.",
                f"- The old tables {cell(', '.join(content['obsolete']))} are {'dropped' if m.spec.obsolete == 'drop' else 'kept'}.",
                f"- {content['windows']:,} windows carried {content['changes']:,} changes.",
                f"- The longest pause was {'not measured' if pause is None else f'{pause} ms'}, in {content['attempts']} attempts.",
            ]
        )
        m.ledger.keep_report(ledger, "contract.validate", content)
    m.log.info("%s", content["markdown"])
    return content
