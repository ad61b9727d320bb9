"""Foreign keys of tables that are made or handed over. Our own sessions check none, so that rows need no look when one comes."""

from airlift.databases.mysql.quoting import listed, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import ForeignKey
from airlift.spec import TableName


def add(session: Session, key: ForeignKey) -> None:
    """Add a foreign key unless it is there; under the fence's locks right behind the commit."""
    holes = {
        "child": table(key.child), "name": quoted(key.name), "columns": listed(key.columns), "parent": table(key.parent),
        "parent_columns": listed(key.parent_columns), "actions": key.actions,
    }  # fmt: skip
    if session.holds_tables:
        session.after_commit(session.text("prepare/add_foreign_key", holes))
    else:
        session.define_once(lambda: is_there(session, key), "prepare/add_foreign_key", holes)


def drop(session: Session, child: TableName, name: str) -> None:
    """Drop a foreign key that is there; under the fence's locks right behind the commit."""
    holes = {"table": table(child), "key": quoted(name)}
    if session.holds_tables:
        session.after_commit(session.text("prepare/drop_foreign_key", holes))
    else:
        session.remove_once(lambda: name not in names(session, child), "prepare/drop_foreign_key", holes)


def is_there(session: Session, key: ForeignKey) -> bool:
    """Whether a foreign key is there, and leads to the same table: one that leads elsewhere by now has another's place."""
    found = session.rows("prepare/read_references", schema=key.child.schema, table=key.child.name)
    return (key.name, key.parent.schema, key.parent.name) in found


def names(session: Session, child: TableName) -> set[str]:
    """What a table's foreign keys are called."""
    return {name for (name,) in session.rows("prepare/read_foreign_key_names", schema=child.schema, table=child.name)}
