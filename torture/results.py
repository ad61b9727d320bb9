"""The end of a torture run, in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torture.rounds import Outcome


def table(outcomes: Sequence[Outcome]) -> str:
    """Rounds, faults by kind, what was lost, doubled and stale, the longest pause."""
    faults: Counter[str] = sum((each.seen for each in outcomes), Counter())
    pauses = [each.pause_ms for each in outcomes if each.pause_ms is not None]
    rows = [
        ("rounds", len(outcomes)),
        *((f"  {way}", count) for way, count in sorted(Counter(each.way for each in outcomes).items())),
        ("tries of tasks", sum(each.tries for each in outcomes)),
        ("faults", sum(faults.values())),
        *((f"  {kind}", count) for kind, count in sorted(faults.items())),
        ("acknowledged writes", sum(each.verdict.acknowledged for each in outcomes)),
        ("rows judged", sum(each.verdict.rows for each in outcomes)),
        ("lost", sum(each.verdict.lost for each in outcomes)),
        ("doubled", sum(each.verdict.doubled for each in outcomes)),
        ("stale", sum(each.verdict.stale for each in outcomes)),
        ("deleted and back, or nobody's", sum(each.verdict.resurrected + each.verdict.strangers for each in outcomes)),
        ("errors that writers saw", sum(len(each.errors) for each in outcomes)),
        ("rounds that did not come to their end", sum(each.failure is not None for each in outcomes)),
        ("longest pause under the fence", f"{max(pauses):,} ms" if pauses else "-"),
        ("longest wait of a writer at a cutover", f"{max((each.longest_wait for each in outcomes), default=0.0) * 1000:,.0f} ms"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value if isinstance(value, str) else format(value, ',')}" for name, value in rows)


def line(outcome: Outcome) -> str:
    """One round in a line, and what was wrong with it in more."""
    faults = ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.seen.items())) or "no fault"
    verdict = "good" if outcome.good else "NOT GOOD"
    words = [f"seed {outcome.seed}, {outcome.way}: {verdict} after {outcome.seconds:.0f} s and {outcome.tries} tries; {faults}"]
    if outcome.failure:
        words.append(f"  {outcome.failure}")
    words += [f"  {what}: for example {', '.join(rows)}" for what, rows in outcome.verdict.examples.items()]
    words += [f"  a writer saw, in {error}" for error in outcome.errors[:3]]
    return "\n".join(words)
