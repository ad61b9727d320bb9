"""The checks of preflight, one concern a module. Each looks at the situation and yields what it finds; none changes anything."""

from collections.abc import Callable, Iterator
from typing import Final

from airlift.phases.prepare.checks import keys, servers, tables
from airlift.phases.prepare.checks.finding import Finding
from airlift.phases.prepare.checks.situation import Situation

Check = Callable[[Situation], Iterator[Finding]]

ALL: Final[tuple[Check, ...]] = (servers.check, tables.check, keys.check)
"""In the order in which people read them."""
