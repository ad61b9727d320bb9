"""Before the views go: what is still there, what will go, what stays."""

from typing import Any

from airlift.ledger import Stage, attempts, windows
from airlift.phases.migration import Migration
from airlift.phases.sync.report import cell


def validate(m: Migration) -> dict[str, Any]:
    """The migration's last report. May run again."""
    m.standing(Stage.SETTLED)
    with m.ledger_session() as ledger:
        layouts = m.layouts(ledger)
        made = m.ledger.rows(ledger, attempts)
        content: dict[str, Any] = {
            "migration": m.name,
            "tables": len(layouts),
            "windows": len(m.ledger.rows(ledger, windows)),
            "changes": m.ledger.total(ledger, windows.c.changes),
            "attempts": len(made),
            "pause_ms": made[-1]["pause_ms"],
            "outage_ms": made[-1]["outage_ms"],
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
                f"- The pause was {_pause(content['pause_ms'])}, after {content['attempts']} attempts.",
            ]
        )
        m.ledger.keep_report(ledger, "contract.validate", content)
    m.log.info("%s", content["markdown"])
    return content


def _pause(milliseconds: float | None) -> str:
    """In words; it is not known where the process died between the decision and its note."""
    return "not measured" if milliseconds is None else f"{milliseconds:.0f} ms"
