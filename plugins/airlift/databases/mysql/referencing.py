"""Foreign keys of tables that are made or handed over. Our own sessions check none, so that rows need no look when one comes."""

from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import ForeignKey


def add(session: Session, key: ForeignKey) -> None:
    """Add a foreign key unless it is there; under the fence's locks right behind the commit."""
    holes = {
        "child": table(key.child), "name": quoted(key.name), "columns": listed(key.columns), "parent": table(key.parent),
        "parent_columns": listed(key.parent_columns), "actions": key.actions,
    }  # fmt: skip
    if session.holds_tables:
        session.after_commit(session.text("prepare/add_foreign_key", holes))
    elif not _is_there(session, key):
        session.define("prepare/add_foreign_key", holes)


def drop(session: Session, key: ForeignKey) -> None:
    """Drop a foreign key that is there; under the fence's locks right behind the commit."""
    holes = {"table": table(key.child), "key": quoted(key.name)}
    if session.holds_tables:
        session.after_commit(session.text("prepare/drop_foreign_key", holes))
    elif _is_there(session, key):
        session.define("prepare/drop_foreign_key", holes)


def _is_there(session: Session, key: ForeignKey) -> bool:
    there = session.rows("prepare/read_foreign_key_names", schema=key.child.schema, table=key.child.name)
    return (key.name,) in there
