"""What a page says of a migration, from the ledger's records. Pure functions: no database, no HTTP, no HTML but the report's."""

from datetime import datetime
from typing import Any, Final

from markdown_it import MarkdownIt

from airlift.ledger import Stage

Record = dict[str, Any]

_UNDER_WAY: Final = {
    Stage.PREPARED: "preflight",
    Stage.TARGET_CREATED: "creating the new tables",
    Stage.CAPTURING: "installing triggers",
    Stage.WATERMARK_TAKEN: "taking the watermark",
    Stage.PLANNED: "planning the copy",
    Stage.COPIED: "copying",
    Stage.INDEXED: "building indexes",
    Stage.IN_SYNC: "carrying changes over",
    Stage.REPORTED: "comparing both sides",
    Stage.VIEWS_CREATED: "creating the views",
    Stage.OPENING: "waiting for the approval, then the cutover",
    Stage.SWITCHED: "switching over",
    Stage.SETTLED: "looking at the new tables",
    Stage.CONTRACTING: "waiting until all servers run the new code",
    Stage.CLEANED_UP: "cleaning up",
}
_STORY: Final = [stage for stage in Stage if stage != Stage.ROLLING_BACK]
_ROLLING_BACK: Final = [{"words": "rolling back: who has the service is just being decided", "state": "now"}]
_ABANDONED: Final = [{"words": "abandoned and cleaned up: the source is as it was", "state": "done"}]
_TABLES: Final = 200
_WAY_BACK: Final = "contract.sync_back"
"""The task whose log is the new tables', on the target: those of all others are the old tables'."""
_FRESH_SECONDS: Final = 60
"""A loop that has written nothing for so long is not slow but away."""
# No HTML from the text, no picture from elsewhere; links to scripts are refused by the renderer itself.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def progress(records: dict[str, Any], *, run_id: str | None) -> Record:
    """All that the page shows, as JSON values."""
    migration = records["migration"]
    stage = Stage(migration["stage"])
    return {
        "run": {
            "dag_id": migration["dag_id"],
            "run_id": migration["run_id"],
            "is_this": run_id in (None, migration["run_id"]),
        },
        "in_place": migration["in_place"],
        "started_at": _moment(migration["started_at"]),
        "stage_at": _moment(migration["stage_at"]),
        "now": _moment(migration["now"]),
        "stages": _ABANDONED if is_abandoned(stage, records["attempts"]) else stages(stage),
        "copy": copied(records["tables"], stage=stage, seconds=_seconds(migration)),
        "tables": [_table(table) for table in largest(records["tables"])],
        "more_tables": max(len(records["tables"]) - _TABLES, 0),
        "speed": speed(records["control"], records["rests"], stage=stage, now=migration["now"]),
        "carried": carried(records["windows"], now=migration["now"]),
        "windows": [_window(window) for window in records["windows"]],
        "back": back(records["way_back"], stage=stage, now=migration["now"]),
        "comparison": comparison(records["tables"], records["pass"]),
        "attempts": [{**attempt, "started_at": _moment(attempt["started_at"])} for attempt in records["attempts"]],
        "differences": [difference(each) for each in records["differences"]],
        "report": _report(records["report"]),
    }


def is_abandoned(stage: Stage, attempts: list[Record]) -> bool:
    """Whether all was cleaned up while the service was on the old tables: rejected, or rolled back."""
    decided = [attempt for attempt in attempts if attempt["state"] == "switched"]
    return stage == Stage.CLEANED_UP and (not decided or decided[-1]["is_back"])


def stages(reached: Stage) -> list[Record]:
    """Every stage with whether it is done, is next to be reached, or is still to come."""
    if reached == Stage.ROLLING_BACK:
        return [{"words": stage.words, "state": "done"} for stage in _STORY if stage < reached] + _ROLLING_BACK
    following = next((stage for stage in _STORY if stage > reached), None)
    return [
        {
            "words": _UNDER_WAY[stage] if stage == following else stage.words,
            "state": "now" if stage == following else "done" if stage <= reached else "next",
        }
        for stage in _STORY
    ]


def copied(tables: list[Record], *, stage: Stage, seconds: float) -> Record:
    """How much of the bulk copy is done; while it runs, how fast it goes and how long it still takes."""
    total, done = (sum(table[name] for table in tables) for name in ("bytes", "bytes_done"))
    is_running = stage == Stage.PLANNED and done > 0 and seconds > 0
    rate = done / seconds if is_running else None
    return {
        "bytes": total,
        "bytes_done": done,
        "rows": sum(table["rows"] for table in tables),
        "is_done": stage >= Stage.COPIED,
        "bytes_per_second": rate,
        "seconds_left": (total - done) / rate if rate else None,
    }


def speed(control: Record | None, rests: list[Record], *, stage: Stage, now: datetime) -> Record:
    """What a person asked of the speed, what slows each task now, and how much time each has lost, by cause."""
    asked = {**(control or {}), "paused_at": _moment(control["paused_at"]) if control else None}
    fresh = [rest for rest in rests if (now - rest["at"]).total_seconds() < _FRESH_SECONDS]
    is_back = Stage.SWITCHED <= stage < Stage.CONTRACTING
    measured = [rest for rest in rests if rest["log_bytes"] is not None and (rest["task"] == _WAY_BACK) == is_back]
    newest = max(measured, key=lambda rest: rest["at"], default=None)
    made = max((rest for rest in rests if rest["target_bytes"] is not None), key=lambda rest: rest["at"], default=None)
    return {
        "asked": asked,
        "is_open": stage < Stage.CONTRACTING,
        "is_back": is_back,
        "slowed": [{name: rest[name] for name in ("task", "stream", "now")} for rest in fresh if rest["now"]],
        "log": {"bytes": newest["log_bytes"], "room": newest["log_room"]} if newest else None,
        "disk": {"bytes": made["target_bytes"], "room": made["target_room"]} if made else None,
        "lost": [_lost(task, [rest for rest in rests if rest["task"] == task]) for task in sorted({rest["task"] for rest in rests})],
    }


def _lost(task: str, rests: list[Record]) -> Record:
    """The time that the streams of a task have lost together."""
    causes = sorted({cause for rest in rests for cause in rest["lost"]})
    each = [{"cause": cause, "seconds": sum(rest["lost"].get(cause, 0.0) for rest in rests)} for cause in causes]
    worst = sorted((one for one in each if one["seconds"] > 0), key=lambda one: -one["seconds"])
    return {"task": task, "seconds": sum(rest["seconds"] for rest in rests), "causes": worst}


def largest(tables: list[Record]) -> list[Record]:
    """As many tables as a person can look at, in the ledger's order unless there are too many."""
    if len(tables) <= _TABLES:
        return tables
    return sorted(tables, key=lambda table: -int(table["bytes"]))[:_TABLES]


def carried(windows: list[Record], *, now: datetime) -> Record | None:
    """What the newest windows brought; None before the first. Windows are numbered from 1 without a gap."""
    if not windows:
        return None
    last = windows[-1]
    return {
        "windows": last["no"],
        "newest": len(windows),
        "changes": sum(window["changes"] for window in windows),
        "lag_seconds": last["lag_seconds"],
        "seconds_ago": max((now - last["committed_at"]).total_seconds(), 0.0),
    }


def back(way_back: Record | None, *, stage: Stage, now: datetime) -> Record | None:
    """How far the way back is in sync; None while there is none, before the switch and after the contract."""
    if way_back is None or not Stage.SWITCHED <= stage < Stage.CONTRACTING:
        return None
    carried_at = way_back["carried_at"]
    return {
        "windows": way_back["windows"],
        "changes": way_back["changes"],
        "stands_still": way_back["stands_still"],
        "seconds_ago": max((now - carried_at).total_seconds(), 0.0) if carried_at else None,
    }


def comparison(tables: list[Record], newest: Record | None) -> Record | None:
    """How far the newest full comparison is, and what it found; None before the first."""
    if newest is None:
        return None
    names = ("checks", "checks_done", "rows_compared", "suspects")
    return {
        "no": newest["no"],
        "started_at": _moment(newest["started_at"]),
        "finished_at": _moment(newest["finished_at"]),
        **{name: sum(table[name] for table in tables) for name in names},
    }


def difference(found: Record) -> Record:
    """A key whose rows differ: the columns in which they do, each with both values; all columns where a side has no row."""
    source, target = found["source"] or {}, found["target"] or {}
    differs = [name for name in source or target if source.get(name) != target.get(name)]
    return {
        "table": ".".join(found["table"]),
        "key": ", ".join(f"{name} = {value}" for name, value in found["key"].items()),
        "only_on": "source" if not target else "target" if not source else None,
        # rows may differ in bytes that their text does not show
        "columns": [{"name": name, "source": source.get(name), "target": target.get(name)} for name in differs],
    }


def _table(table: Record) -> Record:
    return {**table, "source": ".".join(table["source"]), "target": ".".join(table["target"])}


def _window(window: Record) -> Record:
    return {**window, "committed_at": _moment(window["committed_at"])}


def _report(report: Record | None) -> Record | None:
    if report is None:
        return None
    return {"task": report["task"], "made_at": _moment(report["made_at"]), "html": as_html(report["markdown"])}


def as_html(markdown: str) -> str:
    """Markdown as HTML that a strict page may hold: no markup of the text's own, and no style attribute."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        if style := token.attrs.pop("style", None):
            token.attrSet("class", str(style).removeprefix("text-align:"))
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _seconds(migration: Record) -> float:
    return float((migration["now"] - migration["stage_at"]).total_seconds())


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
