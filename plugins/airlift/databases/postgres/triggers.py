"""Triggers on servers that replace none. Knows not what they are for."""

from airlift.databases.postgres.session import Session, version_of

REPLACES_TRIGGERS = 140000
"""The first version that has CREATE OR REPLACE TRIGGER."""


def stays(session: Session, trigger: str, on: str) -> bool:
    """Whether a trigger of that name is on a table or view, given quoted, and has to stay as it is: it does what a new one would do."""
    return version_of(session) < REPLACES_TRIGGERS and bool(session.value("prepare/has_trigger", table=on, trigger=trigger))
