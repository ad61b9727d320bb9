"""The compatibility view: what has the old table's columns over the new table, and takes the old code's writes. Knows no phase.

Where each of its columns is one of the new table's, the server itself turns what is written to the view into what is written to the
table. Where one is computed, a trigger of ours does it for INSERT and UPDATE: it makes the new columns as the copy makes them. A DELETE
is always the server's own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from airlift import sqlfiles
from airlift.databases.postgres.definitions import VIEW_PRIVILEGES
from airlift.databases.postgres.quoting import listed, matching, quoted, table
from airlift.databases.postgres.session import ENGINES, Session
from airlift.databases.postgres.triggers import stays
from airlift.databases.shapes import Carried, Columns, Layout
from airlift.spec import TableName

_GIVEN, _KEPT = '"airlift given"', '"airlift kept"'
_DRAWS = re.compile(r"\bnextval\(")


_LIMITS = (
    "TRUNCATE, WHERE CURRENT OF, MERGE before PostgreSQL 17, a foreign key to it, ctid and xmin do not work through a view. "
    "A REPEATABLE READ transaction that begins to wait in the pause sees the new table as it was before the last window."
)
_PLAIN_LIMITS = "The server itself writes through it: every column takes writes; COPY FROM does not work."
_TRIGGER_LIMITS = (
    "It is written through a trigger, which makes the new columns as the copy made them. ON CONFLICT does not work; of two concurrent "
    "UPDATEs of one row the second fails with SQLSTATE 40001, and its transaction has to be repeated."
)


class Views:
    """Each method is one act in the caller's transaction."""

    def limits(self, layout: Layout) -> list[str]:
        """What such a view can't do, in two sentences for people: of itself, and where it is written through."""
        return [_LIMITS, _TRIGGER_LIMITS if layout.needs_triggers else _PLAIN_LIMITS]

    has_defaults = True
    """Whether a view fills columns that a row says nothing of by itself, and not as the table below does."""

    def create(self, session: Session, view: TableName, layout: Layout, columns: Columns) -> None:
        """Make a compatibility view, with the old columns' defaults: the new table's may be others, and an UPDATE knows none of them."""
        shown = ", ".join(f"{column.expression} AS {quoted(column.name)}" for column in layout.old_columns)
        session.run("cutover/create_view", {"view": table(view), "columns": shown, "table": table(layout.target)})
        for name, expression in _defaults(layout, columns):
            session.run("cutover/set_view_default", {"view": table(view), "column": quoted(name), "expression": expression})

    def create_trigger(self, session: Session, view: TableName, layout: Layout, columns: Columns, *, migration: str) -> None:
        """Let an INSERT and an UPDATE of any of the view's columns reach the new table, with the rights of whoever writes."""
        function = _function(migration, layout)
        names = {column.name for column in columns.new}
        literals = {name: session.value("prepare/quote_literal", value=name) for name in names}
        session.run("cutover/create_view_function", {"function": function}, body=_Writing(layout, columns, literals).body())
        trigger = f"airlift_{migration}_view"
        holes = {"trigger": quoted(trigger), "view": table(view), "function": function}
        if not stays(session, trigger, holes["view"]):
            session.run("cutover/create_view_trigger", holes, table=table(layout.target))

    def try_forward(self, session: Session, view: TableName, layout: Layout, columns: Columns, carried: Carried) -> None:
        """Hear what the server says of the SQL that makes a new column from a row of the view. Writes nothing."""
        holes = {"view": table(view), "columns": _old_row(columns), "name": quoted(layout.source.name), "forward": _forward([carried])}
        session.rows("preflight/try_forward", holes)

    def takes(self, privilege: str) -> bool:
        """Whether a compatibility view is given a privilege of the old table."""
        return privilege in VIEW_PRIVILEGES

    def drop(self, session: Session, view: TableName, layout: Layout, *, migration: str) -> None:
        """Remove a compatibility view with its trigger, and then the trigger's function."""
        session.run("cutover/drop_view", {"view": table(view)})
        session.run("contract/drop_function", {"function": _function(migration, layout)})


@dataclass(frozen=True)
class _Writing:
    """What the trigger's function is made of. `literals` are the new columns' names as SQL texts, for its messages."""

    layout: Layout
    columns: Columns
    literals: dict[str, str]

    def body(self) -> str:
        """The function."""
        layout, carried = self.layout, self.layout.carried
        names = [column.name for column in layout.old_columns]
        shown = [column.expression for column in layout.old_columns]
        fixed = [each for each in carried if self._identity(each) == "a"]
        drawn = {each.old: each for each in carried if each.old and self._identity(each)}
        holes = {
            "table": table(layout.target),
            "name": quoted(layout.target.name),
            "forward": _forward(carried),
            "new_row": self._row("NEW"),
            "old_row": self._row("OLD"),
            "has_identity": f"pg_catalog.num_nonnulls({listed(drawn, of='NEW')}) > 0" if drawn else "true",
            "insert": self._insert(carried),
            "insert_without_identity": self._insert([each for each in carried if each not in drawn.values()]),
            "fixed": _first((_differ(_GIVEN, _KEPT, [each.column]), self.literals[each.column]) for each in fixed),
            "incomplete": _first(self._incomplete()),
            "matching": matching(layout.key, quoted(layout.target.name), _KEPT),
            "assignments": ", ".join(self._assignment(each) for each in carried if each not in fixed),
            "shown": ", ".join(shown),
            "everything": _array("true" for _ in names),
            "changed": _array(_differ("NEW", "OLD", [name]) for name in names),
            "shown_checked": _checked(shown),
            "seen_checked": _checked(f"OLD.{quoted(name)}" for name in names),
        }
        return sqlfiles.body(ENGINES, "bodies/write_through_view", holes)

    def _identity(self, carried: Carried) -> str:
        return next(column.identity for column in self.columns.new if column.name == carried.column)

    def _row(self, variable: str) -> str:
        values = (f"{variable}.{quoted(each.name)} AS {quoted(each.name)}" for each in self.columns.old if not each.generated)
        holes = {"columns": _old_row(self.columns), "values": ", ".join(values), "name": quoted(self.layout.source.name)}
        return sqlfiles.body(ENGINES, "bodies/view_row", holes)

    def _insert(self, carried: list[Carried]) -> str:
        columns = f"({listed(each.column for each in carried)})" if carried else ""
        holes = {"table": table(self.layout.target), "columns": columns, "forward": _forward(carried), "new_row": self._row("NEW")}
        return sqlfiles.body(ENGINES, "bodies/insert_view_row", holes)

    def _incomplete(self) -> Iterator[tuple[str, str]]:
        """When an UPDATE leaves open what a new column is to be: it changes what that is made of, and a part of it is lost."""
        generated = {column.name for column in self.columns.old if column.generated}
        lost = {column.name for column in self.layout.old_columns if column.is_lost} - generated
        for each in self.layout.carried:
            parts = [name for name in each.reads if name in lost]
            if parts:
                changes = _differ("NEW", "OLD", [name for name in each.reads if name not in generated])
                yield f"{changes} AND pg_catalog.num_nulls({listed(parts, of='NEW')}) > 0", self.literals[each.column]

    def _assignment(self, carried: Carried) -> str:
        column = quoted(carried.column)
        changes = _differ(_GIVEN, _KEPT, [carried.column])
        return f"{column} = CASE WHEN {changes} THEN {_GIVEN}.{column} ELSE {quoted(self.layout.target.name)}.{column} END"


def _function(migration: str, layout: Layout) -> str:
    return table(TableName("airlift", f"{migration}_view_{layout.no}"))


def _defaults(layout: Layout, columns: Columns) -> Iterator[tuple[str, str]]:
    """The old columns' defaults. A number is drawn from where the new column draws it; an identity column draws it itself."""
    new = {column.name: column for column in columns.new}
    homes = {each.old: new[each.column] for each in layout.carried if each.old}
    for column in columns.old:
        expression = None if column.generated else column.default_expression
        home = homes.get(column.name)
        if home is not None and (column.identity or _DRAWS.search(expression or "")):
            expression = None if home.identity else home.default_expression or expression
        if expression is not None:
            yield column.name, expression


def _old_row(columns: Columns) -> str:
    """The old table's columns out of those that somebody writes to: the generated ones are computed as it computed them."""
    return ", ".join(
        f"({column.default_expression})::{column.type} AS {quoted(column.name)}" if column.generated else quoted(column.name)
        for column in columns.old
    )


def _forward(carried: list[Carried]) -> str:
    return ", ".join(f"({each.expression})::{each.type} AS {quoted(each.column)}" for each in carried)


def _differ(left: str, right: str, names: list[str]) -> str:
    """Whether any byte of the columns differs between two rows: some types know no equality, others take 1.0 for 1.00."""
    return f"pg_catalog.record_image_ne(ROW({listed(names, of=left)}), ROW({listed(names, of=right)}))"


def _first(cases: Iterable[tuple[str, str]]) -> str:
    """The value of the first condition that holds, or NULL."""
    whens = " ".join(f"WHEN {condition} THEN {value}" for condition, value in cases)
    return f"CASE {whens} END" if whens else "NULL"


def _array(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(values)}]"


def _checked(values: Iterable[str]) -> str:
    """The values that are checked now, NULL for the others."""
    return ", ".join(f'CASE WHEN "airlift checked"[{number}] THEN {value} END' for number, value in enumerate(values, start=1))
