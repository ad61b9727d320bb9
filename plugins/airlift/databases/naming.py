"""The names of all that is ours, the same on every engine: each carries its migration's. Quotes nothing."""

import re
from dataclasses import dataclass
from typing import ClassVar

from airlift.databases.shapes import Layout
from airlift.spec import TableName

SCHEMA = "airlift"
SENTRY = "airlift keeps this name free until a table gets it"
"""The comment of a table of ours that has a name for a while so that nothing else takes it."""


def own(name: str) -> TableName:
    """Something in the schema, or database, of ours."""
    return TableName(SCHEMA, name)


@dataclass(frozen=True)
class CaptureNames:
    """The names of what captures one table. `side` tells the two directions apart where both are on one server."""

    FORWARD: ClassVar = "log"
    BACK: ClassVar = "back"

    migration: str
    no: int
    side: str = FORWARD

    @property
    def log(self) -> TableName:
        """The change log."""
        return own(f"{self.migration}_{self.side}_{self.no}")

    @property
    def row_function(self) -> TableName:
        """The row trigger's function, where triggers have one."""
        return own(f"{self.migration}_{self.side}_keys_{self.no}")

    @property
    def truncate_function(self) -> TableName:
        """The truncate trigger's function, where triggers have one."""
        return own(f"{self.migration}_{self.side}_truncate_{self.no}")

    def trigger(self, event: str) -> str:
        """The trigger on the user's table that notes an event; its name is the same on every table."""
        return f"airlift_{self.migration}_{self.side}_{event}"


def heartbeat(migration: str, side: str) -> TableName:
    """The table whose one row we write to make the side that is captured durable."""
    return own(f"{migration}_heartbeat" + ("" if side == CaptureNames.FORWARD else f"_{side}"))


def pruned(migration: str, side: str) -> TableName:
    """The table whose one row says how far a side's logs were pruned, where the heartbeat's does not."""
    return own(f"{migration}_position" + ("" if side == CaptureNames.FORWARD else f"_{side}"))


def way_back(migration: str) -> TableName:
    """The table on the source whose one row says how far the way back has come."""
    return own(f"{migration}_way_back")


def guard_trigger(migration: str) -> str:
    """The guard's trigger on a target table, where one says by itself that the table is shut."""
    return f"airlift_{migration}_guard"


def guards(migration: str, *, of_old: bool = False) -> TableName:
    """The table of those that a migration may shut, new ones or old ones, where triggers have to look at one."""
    return own(f"{migration}_guard" + ("_old" if of_old else ""))


def fence_kind(side: str) -> str:
    """The kind, as `owner_of_object` has it, of the views by which a side's fence locks its tables, where that needs any."""
    return "fence" if side == CaptureNames.FORWARD else "unfence"


def fence_view(migration: str, side: str, no: int) -> TableName:
    """One of these views."""
    return own(f"{migration}_{fence_kind(side)}_{no}")


def unverified(migration: str, layout: Layout) -> TableName:
    """Our table of keys that are not known to be equal, on the side that is written."""
    kind = "unreturned" if layout.is_mirrored else "unverified"
    return own(f"{migration}_{kind}_{layout.no}")


_OWN_TRIGGER = re.compile(
    r"airlift_(?P<migration>\w+)_(?:(?P<side>log|back)_(?:keys|truncate)|(?P<kind>guard|view)"
    r"|(?P<numbered>log|back|guard)_(?:insert|update|delete)_\d+)",
    re.ASCII,
)
_OWN_OBJECT = re.compile(
    r"(?P<migration>\w+)_(?:(?P<side>log|back)(?:_keys|_truncate)?_\d+|(?P<kind>(?:heartbeat|position)(?:_back)?|way_back|guard(?:_old)?)"
    r"|(?P<numbered>view|unverified|unreturned|fence|unfence)_\d+)",
    re.ASCII,
)


def owner_of_trigger(name: str) -> tuple[str | None, str]:
    """The migration that a trigger belongs to by its name, and which of its kinds it is: a side of capture, "guard", "view"."""
    return _owner(_OWN_TRIGGER, name)


def owner_of_object(name: str) -> tuple[str | None, str]:
    """The migration that an object of ours belongs to by its name, and which kind it is; None for the ledger's own."""
    return _owner(_OWN_OBJECT, name)


def _owner(form: re.Pattern[str], name: str) -> tuple[str | None, str]:
    found = form.fullmatch(name)
    if found is None:
        return None, ""
    migration, *kinds = found.groups()
    return migration, next(kind for kind in kinds if kind)
