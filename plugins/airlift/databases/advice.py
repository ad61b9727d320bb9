"""Statements that a person runs to look for themselves, or to end what is in the way. We run none of them."""

from collections.abc import Iterable

from airlift import sqlfiles
from airlift.databases.naming import guard_trigger, guards


class Advice:
    """Each is one statement as text. `engines` is where their files are looked for, in this order; `quote` stands around a name."""

    def __init__(self, *engines: str, quote: str) -> None:
        self._engines = engines
        self._quote = quote

    def numbered(self, numbers: Iterable[int]) -> str:
        """Shows the tables that have these numbers in the catalog."""
        return self._text("doctor/show_numbered", numbers=", ".join(map(str, numbers)))

    def named(self, name: str) -> str:
        """Shows what has a name."""
        return self._text("doctor/show_named", name=_literal(name))

    def guarded(self, migration: str) -> str:
        """Shows the tables that a migration has shut."""
        table = ".".join(f"{self._quote}{part}{self._quote}" for part in guards(migration))
        return self._text("doctor/show_guarded", trigger=_literal(guard_trigger(migration)), guards=table)

    def ending(self) -> str:
        """Ends a session."""
        return self._text("doctor/end_session")

    def giving_up(self, prepared: str) -> str:
        """Rolls a prepared transaction back."""
        return self._text("doctor/give_up_prepared", name=_literal(prepared))

    def _text(self, file: str, **holes: str) -> str:
        return sqlfiles.body(self._engines, file, holes)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
