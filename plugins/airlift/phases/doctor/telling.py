"""A diagnosis as a person reads it on a terminal or in a page, and as a program reads it. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from airlift.databases.examined import Installed, Occupant
from airlift.phases.doctor.doctor import Diagnosis
from airlift.phases.doctor.expected import BACK, CAPTURE, GUARD, Names, Should
from airlift.phases.doctor.facts import Back, Facts, Place, Side, Table
from airlift.phases.doctor.places import log_of, on_new, on_old, service
from airlift.phases.sync.premises import WORDS

Section = dict[str, Any]
SHOWN = 5
"""So many of the last attempts are shown."""
_HEADS = ("table", "new table", "old name is", "obsolete is", "new name is", "view", "capture", "waiting", "log", "guard", "keys")
_HEADS_BACK = ("new table", "capture", "waiting", "log", "old table", "guard", "keys")


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """The whole diagnosis as lines of text."""
    told = as_json(diagnosis)
    yield told["verdict"]
    for section in told["sections"]:
        yield ""
        yield section["title"]
        yield from (f"  {line}" for line in _aligned(section["rows"], section.get("heads")))
    if told["deeds"]:
        yield ""
        yield "Repaired"
        yield from (f"  {'done    ' if deed['is_done'] else 'NOT DONE'} {deed['words'].rstrip('.')}." for deed in told["deeds"])
    if told["findings"]:
        yield ""
        yield "Findings"
        for number, each in enumerate(told["findings"], start=1):
            yield f"  {number}. {each['text']}{' [repair]' if each['is_repairable'] else ''}"
    yield ""
    yield "What to do next"
    yield from (f"  - {step}" for step in told["next"])


def as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """The same in JSON's values: the verdict, facts for programs, the same as rows for people, findings, what to do next, repairs."""
    facts = diagnosis.facts
    return {
        "migration": facts.migration,
        "stage": facts.stage.words if facts.stage is not None else None,
        "is_healthy": not diagnosis.findings,
        "is_complete": diagnosis.is_complete,
        "verdict": diagnosis.verdict,
        "facts": _facts(facts),
        "sections": [section for section in _sections(facts) if section["rows"]],
        "findings": [
            {"object": each.object, "fact": each.fact, "remedy": each.remedy, "is_repairable": each.is_repairable, "text": str(each)}
            for each in diagnosis.findings
        ],
        "deeds": [{"repair": str(deed.repair), "is_done": deed.is_done, "words": deed.words} for deed in diagnosis.deeds],
        "next": diagnosis.next,
    }


def _facts(facts: Facts) -> dict[str, Any]:
    place, standing = facts.place, facts.standing
    return {
        "in_place": facts.in_place,
        "dag_id": standing.dag_id if standing else None,
        "run_id": standing.run_id if standing else None,
        "stage_seconds": round(facts.stage_seconds, 3),
        "tables": [
            {
                "source": str(table.layout.source),
                "target": str(table.layout.target),
                "waiting": table.waiting,
                "log_bytes": log.bytes if (log := log_of(facts, table)) else None,
                "unverified": table.unverified,
                "differing": table.differing,
                "changed": table.changed,
                "waiting_back": table.waiting_back,
                "log_back_bytes": log.bytes if (log := log_of(facts, table, BACK)) else None,
                "unreturned": table.unreturned,
                "differing_back": table.differing_back,
                "changed_back": table.changed_back,
            }
            for table in facts.tables
        ],
        "watermark": {"at": place.watermark_at, "position": place.watermark},
        "position": {"at": place.position_at, "position": place.position},
        "pruned_to": place.pruned_to,
        "seconds_ahead": place.ahead,
        "service": service(facts).value,
        "abandoned_by": standing.abandoned_by if standing else None,
        "is_rolled_back": facts.is_returned,
        "way_back": _way_back(facts.back) if facts.back else None,
        "attempts": [
            {"no": each["no"], "state": each["state"], "detail": each["detail"], "is_back": each["is_back"]} for each in facts.attempts
        ],
        "sessions": [{"process": each.pid, "task": each.task, "state": each.state} for each in facts.at_work],
    }


def _way_back(back: Back) -> dict[str, Any]:
    return {
        "at": back.at,
        "position": back.position,
        "is_open": back.is_open,
        "pruned_to": back.pruned_to,
        "seconds_ahead": back.ahead,
        "stands_still": back.stands_still,
    }


def _sections(facts: Facts) -> Iterator[Section]:
    yield {"title": "Where it stands", "rows": list(_standing(facts))}
    if not facts.should.is_over:
        yield {"title": "Tables", "heads": list(_HEADS), "rows": [_table(facts, table) for table in facts.tables]}
        if facts.should.back is not Should.NOT:
            yield {"title": "The way back", "heads": list(_HEADS_BACK), "rows": [_table_back(facts, table) for table in facts.tables]}
        yield {"title": "Positions", "rows": [_padded(row, 3) for row in (*_place(facts, facts.place), *_place_back(facts))]}
    yield {
        "title": "Last attempts at handing over",
        "heads": ["no", "to", "begun", "state", "pause", "why"],
        "rows": [_attempt(each) for each in facts.attempts[-SHOWN:]],
    }
    yield {
        "title": "Sessions of ours",
        "heads": ["process", "task", "state", "for", "waits for", "server"],
        "rows": [
            [str(each.pid), each.task, each.state, _span(each.seconds), each.waits_for or "nothing", side.where]
            for side in facts.sides
            for each in side.sessions
        ],
    }
    yield {"title": "In the way", "rows": [row for side in facts.sides for row in _in_the_way(side)]}


def _standing(facts: Facts) -> Iterator[list[str]]:
    standing, should = facts.standing, facts.should
    if standing is None:
        yield ["ledger", "has no row of it" if facts.has_ledger else "there is none on the target"]
    else:
        yield ["stage", f"{standing.stage.words}, since {_moment(facts.stage_at)} ({_span(facts.stage_seconds)})"]
        yield ["held by", f'run "{standing.run_id}" of "{standing.dag_id}", begun {_moment(facts.started_at)}']
        if not should.is_over:
            yield ["service", {Names.OLD: "on the old side", Names.NEW: "on the new side"}.get(service(facts), "not clear")]
        if standing.abandoned_by:
            yield ["abandoned by", f'run "{standing.abandoned_by}"']
    yield ["source", facts.source.where if facts.source else "could not be looked at"]
    yield ["target", "the same database: in place" if facts.in_place else facts.target.where]
    if facts.comparison and not should.is_over:
        state = "finished" if facts.comparison.is_finished else "under way"
        state = f"{state}, void since the roll back" if facts.is_void else state
        yield ["comparison", f"no {facts.comparison.no}, {state}, {_span(facts.comparison.age)} old"]


def _table(facts: Facts, table: Table) -> list[str]:
    layout, log = table.layout, log_of(facts, table)
    return [
        str(layout.source),
        str(layout.target) if layout.is_renamed else "same name",
        _owner(table, table.old) if facts.source else "unknown",
        _owner(table, table.obsolete) if facts.source else "unknown",
        "the new table" if table.new and table.new.kind == "table" else _owner(table, table.new),
        "not needed" if table.view is None else table.viewed.kind if table.viewed else "none",
        _state(on_old(facts, table, CAPTURE), 2, is_changed=_is_told(table.changed, "capture")) if facts.source else "unknown",
        "unknown" if table.waiting is None else f"{table.waiting:,}",
        _bytes(log.bytes) if log else "none" if facts.source else "unknown",
        _guard(facts.should.guard, on_new(facts, table, GUARD), is_changed=_is_told(table.changed, "guard")),
        _keys(table.differing, table.unverified, "unverified"),
    ]


def _table_back(facts: Facts, table: Table) -> list[str]:
    log = log_of(facts, table, BACK)
    return [
        str(table.layout.target),
        _state(on_new(facts, table, BACK), 2, is_changed=_is_told(table.changed_back, "capture")),
        "unknown" if table.waiting_back is None else f"{table.waiting_back:,}",
        _bytes(log.bytes) if log else "none",
        str(table.layout.obsolete if table.obsolete else table.layout.source),
        _guard(facts.should.shut, on_old(facts, table, GUARD), is_changed=_is_told(table.changed_back, "guard"))
        if facts.source
        else "unknown",
        _keys(table.differing_back, table.unreturned, "unreturned"),
    ]


def _is_told(changed: list[str], premise: str) -> bool:
    """Whether a premise is among those that don't hold any more: its words begin alike on both ways."""
    return any(words.startswith(WORDS[premise].partition("{")[0]) for words in changed)


def _padded(row: list[str], number: int) -> list[str]:
    return [*row, *[""] * (number - len(row))]


def _owner(table: Table, owner: Occupant | None) -> str:
    if owner is None:
        return "nothing"
    if owner.kind != "table":
        return f"a {owner.kind}"
    return "the old table" if table.old_oid in (None, owner.oid) else f"another table (oid {owner.oid})"


def _guard(should: Should, found: list[Installed], *, is_changed: bool) -> str:
    state = _state(found, 1, is_changed=is_changed)
    return f"{state}, {'shut' if should is Should.MUST else 'open'} is right" if should is not Should.MAY else state


def _state(found: list[Installed], number: int, *, is_changed: bool) -> str:
    if not found:
        return "none"
    if len(found) < number:
        return f"{len(found)} of {number}"
    if not all(each.is_always for each in found):
        return "disabled" if any(each.is_off for each in found) else "not always"
    return "changed since" if is_changed else "on"


def _keys(differing: int, left: int, name: str) -> str:
    words = [f"{count:,} {each}" for count, each in ((differing, "differ"), (left, name)) if count]
    return ", ".join(words) or "no doubt"


def _place(facts: Facts, place: Place) -> Iterator[list[str]]:
    if place.watermark_at:
        yield ["watermark X", place.watermark_at, str(place.watermark)]
    if place.position_at:
        yield ["position", place.position_at, str(place.position)]
        yield ["pruned to", "the position or before" if place.pruned_to and not place.is_pruned_beyond else
               "BEYOND THE POSITION" if place.pruned_to else "not pruned yet", place.pruned_to or ""]  # fmt: skip
        waiting = sum(table.waiting or 0 for table in facts.tables)
        behind = f", read {_span(place.ahead)} after the position" if place.ahead is not None else ""
        if service(facts) is Names.NEW:
            yield ["source ahead", f"{waiting:,} changes would wait after a roll back"]
        else:
            yield ["source ahead", f"{waiting:,} changes wait{behind}"]
        yield ["windows", f"{facts.windows:,} carried"]


def _place_back(facts: Facts) -> Iterator[list[str]]:
    """How far the way back is. Before the cutover, and after a roll back, there is nothing to carry on it."""
    back = facts.back
    if back is None:
        return
    yield ["way back", back.at, back.position]
    yield ["pruned back to", "BEYOND THE POSITION" if back.is_pruned_beyond else
           "the position or before" if back.pruned_to else "not pruned yet", back.pruned_to or ""]  # fmt: skip
    if service(facts) is Names.NEW:
        waiting = sum(table.waiting_back or 0 for table in facts.tables)
        yield ["target ahead", f"{waiting:,} changes wait to come back, read {_span(back.ahead)} after the position"]
        if back.stands_still:
            yield ["STANDS STILL", back.stands_still]


def _attempt(each: dict[str, Any]) -> list[str]:
    pause = "" if each["pause_ms"] is None else f"{each['pause_ms']:,.0f} ms"
    to = "old side" if each["is_back"] else "new side"
    return [str(each["no"]), to, _moment(each["started_at"]), each["state"], pause, each["detail"] or each["blockers"] or ""]


def _in_the_way(side: Side) -> Iterator[list[str]]:
    yield from (["prepared transaction", side.where, f'"{name}" ({whose})'] for name, whose in side.prepared)
    yield from (["waits for a lock", side.where, each.words] for each in side.blocked)
    yield from (["old transaction", side.where, each.words] for each in side.old_transactions)


def _aligned(rows: list[list[str]], heads: list[str] | None) -> Iterator[str]:
    every = [heads, *rows] if heads else rows
    widths = [max(len(row[column]) for row in every) for column in range(len(every[0]))]
    for row in every:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S %Z}" if value else "at an unknown time"


def _span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 120:
        return f"{seconds:,.1f} s" if seconds < 10 else f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _bytes(number: int) -> str:
    return f"{number:,} B" if number < 10_000 else f"{number / 1000:,.0f} kB" if number < 10_000_000 else f"{number / 1e6:,.0f} MB"
