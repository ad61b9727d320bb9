"""Conditions on keys, whose bounds are texts that the server reads as the key's own types."""

from airlift.databases.postgres.quoting import listed
from airlift.databases.postgres.session import Session
from airlift.databases.values import KeyRange


def between(session: Session, key: list[str], keys: KeyRange) -> str:
    """The condition for a range of keys."""
    bounds = ((">=", keys.lower), ("<", keys.upper))
    return " AND ".join(f"({listed(key)}) {sign} ({_literals(session, bound)})" for sign, bound in bounds if bound is not None) or "true"


def equal(session: Session, key: list[str], wanted: list[str]) -> str:
    """The condition for one key."""
    return f"({listed(key)}) = ({_literals(session, wanted)})"


def _literals(session: Session, values: list[str]) -> str:
    return ", ".join(session.text("sync/bind_value", value=value) for value in values)
