"""The foreign keys of the old and of the new side, as the ledger keeps them for the hand-overs."""

from typing import NamedTuple

from airlift.databases import Session
from airlift.databases.shapes import ForeignKey, Layout
from airlift.errors import Refused
from airlift.ledger import objects
from airlift.phases.migration import Migration

OLD_KEY = "old_foreign_key"
NEW_KEYS = ("foreign_key", "repointed_key")
KEYS = (*NEW_KEYS, OLD_KEY)
"""Kinds of the ledger's objects: foreign keys as they are on the old side, and on the new one."""


class NotedKey(NamedTuple):
    """A foreign key that the ledger has. `old_name` is that of the one on the old side whose place it takes."""

    kind: str
    old_name: str
    key: ForeignKey


def noted_keys(m: Migration, ledger: Session, *kinds: str) -> list[NotedKey]:
    """The foreign keys that the ledger has."""
    rows = [row for kind in kinds for row in m.ledger.rows(ledger, objects, kind=kind)]
    return [NotedKey(row["kind"], row["name"], ForeignKey.from_json(row["definition"])) for row in rows]


def note_old_keys(m: Migration, ledger: Session, layouts: list[Layout], old: list[ForeignKey], new: list[NotedKey]) -> None:
    """Keep in the ledger what a roll back brings again. Refused for one that nothing on the new side takes the place of, or the reverse."""
    ours = {layout.source: layout for layout in layouts}
    taken = {(each.key.child, each.old_name) for each in new}
    for key in old:
        child = ours.get(key.child)
        if (child.target if child else key.child, key.name) not in taken and (child is None or child.is_created):
            raise Refused(
                f'Foreign key "{key.name}" of {key.child} to {key.parent} was made after the migration began: nothing would bring it to '
                "the new table. Drop it, and add it again after the cutover; or reject the gate and start over."
            )
    there = {(key.child, key.name) for key in old}
    for kind, name, key in new:
        if kind == "repointed_key" and (key.child, name) not in there:
            raise Refused(
                f'Foreign key "{name}" of {key.child} was dropped after the migration began: the cutover would make it again, to '
                f"{key.parent}. Bring it back, and drop it after the cutover; or reject the gate and start over."
            )
    m.ledger.remove(ledger, objects, kind=OLD_KEY)
    for key in old:
        no = (ours.get(key.child) or ours[key.parent]).no
        number = m.ledger.next_no(ledger, objects, table_no=no)
        m.ledger.add(ledger, objects, table_no=no, no=number, kind=OLD_KEY, name=key.name, definition=key.to_json())
