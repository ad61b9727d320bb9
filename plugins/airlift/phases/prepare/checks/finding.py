"""What a check finds: the object, the fact, the remedy. Knows no server."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Severity = Literal["refused", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that stands in the way, or that a person should know before the migration begins.

    `object` is a kind and a name in quotes, `fact` goes on from it, `remedy` is a sentence of its own; none ends in a stop.
    """

    severity: Severity
    object: str
    fact: str
    remedy: str

    def __str__(self) -> str:
        """Both sentences, as they stand in a message."""
        return f"{self.object[:1].upper()}{self.object[1:]} {self.fact}. {self.remedy}."


def refused(thing: str, fact: str, remedy: str) -> Finding:
    """What can't be done as written."""
    return Finding("refused", thing, fact, remedy)


def warning(thing: str, fact: str, remedy: str) -> Finding:
    """What can be done, and has a price that a person should know."""
    return Finding("warning", thing, fact, remedy)


def table_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as the lines of a table, refusals first; none where there are none."""
    ordered = sorted(findings, key=lambda finding: finding.severity != "refused")
    if not ordered:
        return
    rows = [
        ("severity", "object", "fact", "remedy"),
        *((str(finding.severity), finding.object, finding.fact, finding.remedy) for finding in ordered),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield " | ".join([*cells, row[3]])


def message(migration: str, findings: Iterable[Finding]) -> str:
    """All refusals in one message."""
    sentences = [str(finding) for finding in findings if finding.severity == "refused"]
    head = f'Migration "{migration}" can\'t begin as written; nothing was changed. {len(sentences)} to put right:'
    return "\n".join([head, *(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))])
