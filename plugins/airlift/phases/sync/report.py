"""What a person has to know before approving: what was compared, what differs, what will happen, what the view can't do."""

import time
from collections.abc import Iterator
from typing import Any

from airlift.databases import Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Interrupted
from airlift.ledger import Stage, checks, differences, objects, tables, windows
from airlift.phases.migration import Migration
from airlift.phases.sync.additions import additions
from airlift.phases.sync.passes import log_waiting, newest
from airlift.phases.sync.way_back import tried
from airlift.phases.ways import Way

REPORT = "sync.report"
VERDICT_WITHIN = 120.0
"""Seconds in which the windows beside us have to give every suspect key its verdict."""
LOOK_EVERY = 0.2
SHOWN = 5
"""So many differing keys of a table are shown with their rows."""


def report(m: Migration) -> dict[str, Any]:
    """Wait until every key has its verdict and write the report. Keys and rows stay in the database: only counts go out."""
    if m.standing(Stage.IN_SYNC).stage >= Stage.OPENING:
        with m.ledger_session() as ledger:
            made = m.ledger.report(ledger, REPORT)
        if made:
            m.log.info("The cutover is under way or done: this is the report of before.")
            return made
    else:
        _wait_for_verdicts(m)
    way_back = tried(m, m.all_layouts())
    with m.ledger_session() as ledger:
        content = {**_content(m, ledger), "way_back": way_back, "additions": _additions(m, ledger)}
        _keep_differences(m, ledger, content)
        content["markdown"] = markdown(content)
        m.ledger.keep_report(ledger, REPORT, content)
        m.ledger.reach(ledger, Stage.REPORTED)
    m.log.info("%s", content["markdown"])
    return content


def _wait_for_verdicts(m: Migration) -> None:
    deadline = time.monotonic() + VERDICT_WITHIN
    layouts = m.all_layouts()
    with m.source.session() as source, m.target.session() as target:
        log_waiting(Way(m), source, target, layouts)
        while True:
            with target.transaction():
                last = newest(m, target)
                left = sum(each.waiting for each in m.target.windows.unverified(target, m.name, layouts))
            if last and last["finished_at"] and not left:
                return
            if time.monotonic() > deadline:
                what = f"{left} keys wait for a window to compare them" if left else "the comparison of all rows is not finished"
                raise Interrupted(f"After {VERDICT_WITHIN:.0f} s {what}. Is sync.keep_in_sync running, and all of sync.validate done?")
            time.sleep(LOOK_EVERY)


def _keep_differences(m: Migration, ledger: Session, content: dict[str, Any]) -> None:
    """Keep some of the rows that differ in the ledger, from where the page shows them side by side."""
    m.ledger.remove(ledger, differences)
    if all(table["differing"] == 0 for table in content["tables"]):
        return
    layouts = m.layouts(ledger)
    with m.source.session() as source, source.transaction(snapshot=True):
        for layout in layouts:
            for no, each in enumerate(m.target.checksums.differences(m.source.sends(source), ledger, m.name, layout, SHOWN), 1):
                m.ledger.add(ledger, differences, table_no=layout.no, no=no, key=each.key, source=each.source, target=each.target)


def _content(m: Migration, ledger: Session) -> dict[str, Any]:
    standing = m.ledger.must_stand(ledger, Stage.IN_SYNC)
    layouts = m.layouts(ledger)
    last = newest(m, ledger) or {}
    done = m.ledger.rows(ledger, checks)
    verdicts = {each.no: each for each in m.target.windows.unverified(ledger, m.name, layouts)}
    copied = {row["no"]: row["rows_copied"] for row in m.ledger.rows(ledger, tables)}
    recent = m.ledger.newest(ledger, windows, 20)
    keys = m.ledger.rows(ledger, objects, kind="foreign_key") + m.ledger.rows(ledger, objects, kind="repointed_key")
    each = [_table(layout, done, verdicts[layout.no].differing, copied[layout.no]) for layout in layouts]
    preflight = m.ledger.report(ledger, "prepare.preflight") or {}
    return {
        "migration": m.name,
        "equal": bool(each) and all(table["equal"] for table in each) and last.get("finished_at") is not None,
        "tables": each,
        "pass": last.get("no"),
        "compared_at": last["started_at"].isoformat() if last else None,
        "position": {"at": standing.position_at, "position": standing.position},
        "windows": recent[-1]["no"] if recent else 0,
        "changes": m.ledger.total(ledger, windows.c.changes),
        "lag_seconds": recent[-1]["lag_seconds"] if recent else 0.0,
        "predicted_pause_ms": round(1000 * max((window["seconds"] for window in recent), default=0.0) + 20 + 2 * len(layouts)),
        "max_pause_ms": round(m.settings.max_pause * 1000),
        "in_place": standing.in_place,
        "views": [_view(layout, m.target.views.limits(layout)) for layout in layouts if layout.is_renamed],
        "foreign_keys": [_key_words(row["kind"], ForeignKey.from_json(row["definition"])) for row in keys],
        "has_switch": m.spec.cutover.switch is not None,
        "warnings": preflight.get("warnings", []),
    }


def _additions(m: Migration, ledger: Session) -> list[dict[str, Any]]:
    with m.source.session() as source, source.transaction():
        found = additions(m, source, ledger, m.layouts(ledger))
    return [{"words": str(each), "is_refused": each.is_refused} for each in found]


def _table(layout: Layout, done: list[dict[str, Any]], differing: int, copied: int) -> dict[str, Any]:
    ranges = [check for check in done if check["table_no"] == layout.no and check["done_at"]]
    return {
        "source": str(layout.source),
        "target": str(layout.target),
        "rows_copied": copied,
        "ranges": len(ranges),
        "source_rows": sum(check["source_rows"] for check in ranges),
        "target_rows": sum(check["target_rows"] for check in ranges),
        "suspects": sum(check["suspects"] for check in ranges),
        "differing": differing,
        "unverified_columns": layout.added,
        # no range at all is "not verified", never "equal"
        "equal": bool(ranges) and differing == 0,
    }


def _view(layout: Layout, limits: list[str]) -> dict[str, Any]:
    return {
        "name": str(layout.source),
        "over": str(layout.target),
        "is_written_by_trigger": layout.needs_triggers,
        "limits": limits,
        "computed_columns": layout.computed,
        "merged_columns": layout.merged,
        "lost_columns": layout.lost,
        "new_columns": layout.added,
    }


def _key_words(kind: str, key: ForeignKey) -> str:
    what = "is pointed at" if kind == "repointed_key" else "is added, to"
    return f'"{key.name}" of {key.child} {what} {key.parent}; its rows are checked after the switch, without stopping writers'


def markdown(content: dict[str, Any]) -> str:
    """The report as a person reads it at the gate."""
    verdict = "**Both sides are equal**, byte by byte." if content["equal"] else "**NOT EQUAL. Do not approve.** The rename would refuse."
    lines = [
        f"### Migration {content['migration']}: {verdict}",
        "",
        "| table | new table | rows compared (old / new) | ranges | differing keys | not compared |",
        "|---|---|---:|---:|---:|---|",
    ]
    lines += [_table_line(each) for each in content["tables"]]
    differing = [each["target"] for each in content["tables"] if each["differing"]]
    if differing:
        lines += [
            "",
            (
                f"Rows of {cell(', '.join(differing))} are side by side on the page Airlift of this run; all keys that differ are in the "
                f"tables airlift.{content['migration']}_unverified_<n> on the target."
            ),
        ]
    where = "in place, by renaming" if content["in_place"] else "across servers"
    lines += [
        "",
        (
            f"- Comparison {content['pass']} began at {content['compared_at']}; every key that changed since was compared by its window. "
            "Counts of a live table are taken at two instants, and may differ; keys may not."
        ),
        f"- {content['windows']:,} windows carried {content['changes']:,} changes; the lag is {content['lag_seconds']:.2f} s.",
        (
            f"- Cutover {where}. Predicted pause for writers: about {content['predicted_pause_ms']} ms; none may exceed "
            f"{content['max_pause_ms']} ms, else the attempt is given up and repeated."
        ),
        "- Checked once more under the fence: that our triggers, the guards and the tables are the ones of the comparison.",
    ]
    if not content["in_place"] and not content["has_switch"]:
        lines.append("- **No `cutover.switch` is set**: after the rename the services have no table until they are pointed at the target.")
    for view in content["views"]:
        lines += _view_lines(view)
    lines += [_addition_line(each) for each in content["additions"]]
    lines += _way_back_lines(content["way_back"])
    lines += [f"- Foreign key {cell(words)}." for words in content["foreign_keys"]]
    lines += [f"- Preflight warned: {cell(str(warning))}" for warning in content["warnings"]]
    return "\n".join(lines)


def _table_line(each: dict[str, Any]) -> str:
    return (
        f"| {cell(each['source'])} | {cell(each['target'])} | {each['source_rows']:,} / {each['target_rows']:,} | {each['ranges']:,} "
        f"| {each['differing']:,} | {cell(', '.join(each['unverified_columns'])) or 'none'} |"
    )


def _view_lines(view: dict[str, Any]) -> Iterator[str]:
    of_all, of_writes = view["limits"]
    yield f"- {cell(view['name'])} becomes a view over {cell(view['over'])}. {of_all}"
    yield f"  - {of_writes}"
    if view["computed_columns"]:
        yield f"  - Computed from the new columns, and written to them: {cell(', '.join(view['computed_columns']))}."
    if view["merged_columns"]:
        merged = cell(", ".join(view["merged_columns"]))
        yield f"  - Written to the new columns, **read as NULL**: {merged}. An UPDATE has to set all that a column is made of."
    if view["lost_columns"]:
        yield f"  - **Lost**, they read as NULL and keep nothing: {cell(', '.join(view['lost_columns']))}."


def _addition_line(each: dict[str, Any]) -> str:
    if each["is_refused"]:
        return f"- **{cell(each['words'])}. The cutover refuses as long as that is so**, for nothing does the same to the new table."
    return f"- {cell(each['words'])}. Nothing does the same to the new table: see whether it is to be done there."


def _way_back_lines(way_back: list[dict[str, Any]]) -> Iterator[str]:
    fitting = [each for each in way_back if each["against"] is None]
    yield (
        f"- The way back, on which every change is carried until the contract: {sum(each['tried'] for each in fitting):,} rows of "
        f"{len(fitting)} new tables were tried on tables like the old ones{', and all fit' if len(fitting) == len(way_back) else ''}."
    )
    for each in way_back:
        if each["against"]:
            yield f"  - **{cell(each['table'])} can't be carried back**: {cell(each['against'])}"
        elif each["changed"]:
            yield f"  - {cell(each['table'])}: {each['changed']:,} rows would come back with other values once the new side writes them."


def cell(text: str) -> str:
    """Text of the user's inside markdown: no name can break the table."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
