"""What moves the services once the target is open."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, warning
from airlift.phases.prepare.checks.situation import Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the outage that nobody ends."""
    if not situation.in_place and situation.spec.cutover.switch is None:
        fact = "is not set: after the rename the services find no table until they are pointed to the target"
        yield warning("`cutover.switch`", fact, "Name a command or an HTTP hook there, or be ready to restart the services by hand")
