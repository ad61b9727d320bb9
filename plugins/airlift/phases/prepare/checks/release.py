"""What this release does not do yet. Looks at the spec only."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused, warning
from airlift.spec import Spec


def check(spec: Spec) -> Iterator[Finding]:
    """Yield what the spec asks for and nobody would do."""
    if spec.mode != "online":
        yield refused('mode "offline"', "is not in this release", "Write `mode: online`, or leave the key out")
    if spec.capture != "triggers":
        yield refused(f'capture "{spec.capture}"', "is not in this release", "Write `capture: triggers`, or leave the key out")
    if spec.staging is not None:
        yield refused(f'staging "{spec.staging}"', "is not in this release", "Leave the key out: rows then go straight across")
    if spec.rehearsal is not None:
        fact = "is not in this release: there is no DAG that rehearses"
        yield warning(f'rehearsal on "{spec.rehearsal.target}"', fact, "Nothing needs to be done; the key has no effect yet")
