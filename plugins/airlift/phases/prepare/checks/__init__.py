"""The checks of preflight, one concern a module. Each looks at the situation and yields what it finds; none changes anything."""

from collections.abc import Callable, Iterator
from typing import Final

from airlift.phases.prepare.checks import (
    activity,
    columns,
    custom_types,
    dependents,
    keys,
    leftovers,
    names,
    own_rules,
    privileges,
    publications,
    references,
    servers,
    switch,
    tables,
    targets,
    values,
)
from airlift.phases.prepare.checks.finding import Finding
from airlift.phases.prepare.checks.situation import Situation

Check = Callable[[Situation], Iterator[Finding]]

ALL: Final[tuple[Check, ...]] = (
    servers.check,
    privileges.check,
    own_rules.check,
    tables.check,
    keys.check,
    targets.check,
    names.check,
    columns.check,
    custom_types.check,
    references.check,
    dependents.check,
    publications.check,
    leftovers.check,
    activity.check,
    switch.check,
    values.check,
)
"""In the order in which people read them."""
