"""Make tables like those of the source, reshape them as the spec says, set their indexes aside for the load, guard them.

What is defined here is there at once and for good, whatever becomes of the transaction beside it. So what a try has made that did not
come to its note in the ledger is told by its comment, and taken away by the next; and what is set aside is noted before it goes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from zlib import crc32

from airlift.databases.mysql import guarding, referencing, shaping
from airlift.databases.mysql.catalog import KEPT, Catalog
from airlift.databases.mysql.quoting import LONGEST_NAME, quoted, table
from airlift.databases.mysql.session import Session
from airlift.databases.shapes import Column, ForeignKey, Index, Layout, Relation, Role, Sequence
from airlift.spec import Table, TableName


class Definitions:
    """Changes the target's tables only."""

    indexes_in_one_pass = True
    """Whether all indexes of a table are to be built by one statement: two at once would wait for each other."""

    def __init__(self) -> None:
        self._catalog = Catalog()

    def create_enum(self, session: Session, name: TableName, labels: list[str]) -> None:
        """Make an enum type: never asked for, for here each column has its labels itself."""

    def drop_shared(self, session: Session, kind: str, name: TableName) -> None:
        """Remove what we made for several tables: nothing is made so here."""

    def create_sequence(self, session: Session, sequence: Sequence, roles: Mapping[str, Role]) -> list[str]:  # noqa: ARG002
        """Make a sequence: never asked for, for a table numbers its rows itself."""
        return []

    def take_over_sequence_rights(
        self, session: Session, sequence: Sequence, name: TableName, roles: Mapping[str, Role]  # noqa: ARG002
    ) -> list[str]:  # fmt: skip
        """Rights on the numbers of a table are those on the table."""
        return []

    def own_sequence(self, session: Session, sequence: TableName, owner: TableName, column: str) -> None:
        """Let a column own a sequence: its table does."""

    def indispensable(self, indexes: list[Index]) -> list[Index]:
        """The indexes that a table is to have from the beginning: in whose order its rows lie, and by which it numbers them."""
        return [index for index in indexes if index.constraint_type == KEPT]

    def create_table(
        self,
        session: Session,
        name: TableName,
        *,
        migration: str,
        like: list[Column],
        indexes: list[Index],
        checks: list[dict[str, Any]],
        statistics: list[dict[str, Any]],  # noqa: ARG002
        options: str,
        old_name: TableName,
        taken: set[str],
        statistics_taken: set[str],  # noqa: ARG002
    ) -> None:
        """Make a table with the columns, checks, indexes and options of the old one; partitions, too. Its indexes' names are its own.

        Its comment says that it is not ready, until `take_over_comments`.
        """
        if name.schema == old_name.schema and old_name.name in taken:
            checks = [{**each, "name": self.constraint_name(each["name"], of=old_name, to=name)} for each in checks]
        shaping.create(session.define, name, like=like, indexes=indexes, checks=checks, options=options, comment=_mark(migration))

    def reshape(self, session: Session, name: TableName, spec: Table, old: list[Column]) -> None:
        """Bring a table of the old shape into the new one."""
        shaping.reshape(session.define, name, spec, old)

    def unfinished(self, session: Session, migration: str, relations: Iterable[Relation]) -> list[TableName]:
        """Those of the tables that an earlier try has begun to make, as their comments say; never one that has rows."""
        return [each.name for each in relations if each.comment == _mark(migration) and not self.has_rows(session, each.name)]

    def kept_aside(
        self, name: TableName, *, indexes: list[Index], statistics: list[dict[str, Any]], old_name: TableName,  # noqa: ARG002
        taken: set[str], statistics_taken: set[str],  # noqa: ARG002
    ) -> list[tuple[str, str, dict[str, Any]]]:  # fmt: skip
        """What `set_aside` would return of a table that keeps the old one's shape, so that nothing has to be made for it."""
        return [("index", index.name, asdict(index)) for index in indexes if index.constraint_type != KEPT]

    def set_aside(self, session: Session, relation: Relation) -> list[tuple[str, str, dict[str, Any]]]:
        """What would slow the load or stop it: kind, name and definition of each. It goes with `drop_aside`, after it was noted."""
        indexes = self._catalog.indexes(session, relation)
        return [("index", index.name, asdict(index)) for index in indexes if index.constraint_type != KEPT]

    def drop_aside(self, session: Session, name: TableName, noted: Iterable[tuple[str, str]]) -> None:
        """Drop what was set aside of a table and is still there: kind and name of each."""
        relation = self._catalog.relations(session).get(name)
        wanted = set(noted)
        if relation is None or not wanted:
            return
        # foreign keys first: they hold on to the indexes that they need
        for key in sorted(key for key in referencing.names(session, name) if ("foreign_key", key) in wanted):
            referencing.drop(session, name, key)
        for index in self._catalog.indexes(session, relation):
            if ("index", index.name) in wanted:
                holes = {"table": table(name), "index": quoted(index.name)}
                session.remove_once(
                    partial(self._lacks_index, session, relation, index.name),
                    "prepare/drop_index", holes,
                )  # fmt: skip

    def _lacks_index(self, session: Session, relation: Relation, name: str) -> bool:
        return name not in {index.name for index in self._catalog.indexes(session, relation)}

    def drop_foreign_key(self, session: Session, child: TableName, name: str) -> None:
        """Leave a foreign key where it is: our own sessions check none, and no statement may define anything while writers wait."""

    def constraint_name(self, name: str, *, of: TableName, to: TableName) -> str:
        """What a table's constraint is called on the new one beside it: a database has each name once."""
        made = to.name + name.removeprefix(of.name) if name.startswith(f"{of.name}_") else f"{name}_{to.name}"
        return made if len(made) <= LONGEST_NAME else f"{made[: LONGEST_NAME - 9]}_{crc32(made.encode()):08x}"

    def add_foreign_keys(self, session: Session, keys: Iterable[ForeignKey]) -> None:
        """Add the foreign keys of new tables before the cutover, as far as they are missing: our own sessions check none."""
        for key in keys:
            referencing.add(session, key)

    def prepare_guard(self, session: Session, migration: str, names: Mapping[TableName, TableName]) -> None:
        """Have tables watched that are shut by and by, each with the name that it has then: where writers wait nothing is defined."""
        guarding.prepare(session, migration, names)

    def is_shut_once_loaded(self, layout: Layout) -> bool:
        """Whether a new table is shut after the load only: here a guard is asked for each row, and the load would take a third longer.

        One that was there before us may be known to others.
        """
        return layout.is_created

    def create_guard(self, session: Session, migration: str, names: Iterable[TableName]) -> None:
        """Shut target tables to all sessions but ours, with the transaction."""
        guarded = guarding.prepare(session, migration, dict.fromkeys(names))
        guarding.set_shut(session, migration, guarded, is_shut=True)

    def drop_guard(self, session: Session, migration: str, name: TableName) -> None:
        """Open a target table, with the transaction. What watches it stays until `drop_guard_function`."""
        guarding.set_shut(session, migration, guarding.named(session, migration, [name]).values(), is_shut=False)

    def drop_guard_function(self, session: Session, migration: str) -> None:
        """Remove all that watches tables, once none is shut any more."""
        guarding.remove(session, migration)

    def guard_triggers(self, migration: str) -> list[str]:
        """The guard's triggers on a target table; in the catalog each ends in the table's number."""
        return guarding.trigger_names(migration)

    def shut_tables(self, session: Session, migration: str, names: Iterable[TableName]) -> list[TableName]:
        """Those of the tables that are shut."""
        return [name for name, each in guarding.named(session, migration, names).items() if each.is_shut]

    def has_rows(self, session: Session, name: TableName) -> bool:
        """Whether a table has any row that is committed. The transaction does not hold it afterwards: it may be dropped or altered."""
        return bool(session.rows_aside("prepare/has_rows", {"table": table(name)})[0][0])

    def drop_table(self, session: Session, name: TableName) -> None:
        """Remove a table that we made."""
        session.define("prepare/drop_table", {"temporary": "", "table": table(name)})

    def take_over_comments(self, session: Session, layout: Layout, old: Relation, columns: list[Column]) -> None:  # noqa: ARG002
        """Give a new table the comment of the old one: it is ready. Those of its columns came with their definitions."""
        session.define("prepare/comment_on_table", {"table": table(layout.target)}, comment=old.comment or "")

    def take_over_rights(
        self, session: Session, *, rights: "Rights", name: TableName, kind: str,  # noqa: ARG002
        columns: Mapping[str, str], roles: Mapping[str, Role],  # noqa: ARG002
    ) -> list[str]:  # fmt: skip
        """Rights are a database's here, and are not carried."""
        return []

    def rights(self, session: Session, relations: Iterable[Relation]) -> "dict[int, Rights]":  # noqa: ARG002
        """Owners and grants of tables, by their oids: there are none to carry."""
        return {relation.oid: Rights(owner=None, grants=[]) for relation in relations}

    def lacking_rights(self, session: Session, rights: "Rights", name: TableName) -> list[str]:  # noqa: ARG002
        """What those who write the old table may not do with a table that somebody made beforehand: not known here."""
        return []


@dataclass(frozen=True)
class Rights:
    """Owner and grants of a table: never any here."""

    owner: str | None
    grants: list[dict[str, Any]]

    def of_somebody_else(self) -> "Rights":
        """The same on an object that the owner does not get."""
        return self


def _mark(migration: str) -> str:
    """The comment of a table that is being made."""
    return f"airlift: migration {migration} is making this table"
