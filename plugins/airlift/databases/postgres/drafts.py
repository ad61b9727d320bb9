"""Try on the server what a migration would do to it, and hear what the server says. All is rolled back; nothing stays."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

import psycopg2

from airlift.databases.examined import Blueprint, Draft, Objection
from airlift.databases.laying_out import new_names
from airlift.databases.postgres.catalog import Catalog
from airlift.databases.postgres.definitions import Definitions
from airlift.databases.postgres.fence import Fence
from airlift.databases.postgres.quoting import quoted, table
from airlift.databases.postgres.session import Session
from airlift.databases.postgres.views import Views
from airlift.databases.shapes import Column, Columns, Layout, Role
from airlift.errors import AirliftError
from airlift.spec import TableName

LOCK_TIMEOUT = "2s"
"""How long a question may wait for a lock on the user's table. It is ACCESS SHARE, which no writer waits for."""
_VIEW = "airlift_draft"
_BEFORE_TABLE, _BEFORE_TRY = quoted("airlift table"), quoted("airlift try")
_OUR_TROUBLE = ("08", "40", "53", "55P03", "57", "58")
"""SQLSTATEs of lost connections, cancelled statements, locks not granted, full disks: another time the answer may be another."""


class _Undo(Exception):
    """Ends a transaction that was never meant to stay."""


class Drafts:
    """Opens its own transactions in the caller's session, one for each question."""

    def __init__(self) -> None:
        self._catalog = Catalog()
        self._definitions = Definitions()
        self._fence = Fence()
        self._views = Views()

    def expressions(self, session: Session, name: TableName, expressions: Mapping[str, str]) -> list[Objection]:
        """What is wrong with expressions over a table's columns; each stands under the column that it fills."""
        if not expressions or self._expression_fault(session, name, ", ".join(expressions.values())) is None:
            return []
        faults = {label: self._expression_fault(session, name, text) for label, text in expressions.items()}
        return [Objection(label, reason) for label, reason in faults.items() if reason is not None]

    def is_comparable(self, session: Session, left: str, right: str) -> bool:
        """Whether a foreign key may reach from a column of one type to one of the other."""
        try:
            with session.transaction(transaction_read_only="on"):
                session.rows("preflight/compare_types", {"left": left, "right": right})
        except AirliftError as error:
            _verdict(error)
            return False
        return True

    def has_rows(self, session: Session, name: TableName) -> bool:
        """Whether a table has any row."""
        with session.transaction(transaction_read_only="on", lock_timeout=LOCK_TIMEOUT):
            return self._definitions.has_rows(session, name)

    def drafts(
        self,
        session: Session,
        blueprints: Iterable[Blueprint],
        *,
        enums: Mapping[TableName, list[str]],
        taken: Iterable[TableName],
    ) -> list[Draft]:
        """Make each new table and its view as a migration would, and undo it. `taken` are the names that are not free."""
        names: dict[str, set[str]] = {}
        for name in taken:
            names.setdefault(name.schema, set()).add(name.name)
        found: list[Draft] = []
        with _undone(session):
            roles = self._catalog.roles(session)
            shared: list[Objection] = []
            for name, labels in enums.items():
                with _heard(session, shared, None):
                    self._definitions.create_enum(session, name, labels)
            for blueprint in blueprints:
                # undone one by one: their locks and their names are given back at once
                session.run("preflight/set_savepoint", {"savepoint": _BEFORE_TABLE})
                draft = self._draft(session, blueprint, set(names.get(blueprint.target.schema, ())), roles)
                session.run("preflight/roll_back_try", {"savepoint": _BEFORE_TABLE})
                found.append(replace(draft, objections=[*shared, *draft.objections]) if draft.objections else draft)
        return found

    def _draft(self, session: Session, blueprint: Blueprint, taken: set[str], roles: Mapping[str, Role]) -> Draft:
        objections: list[Objection] = []
        mapping: Layout | None = None
        missing: list[str] = []
        if blueprint.existing is None:
            missing = self._make(session, blueprint, taken, roles, objections)
        columns = self._columns(session, blueprint.target)
        if columns:
            mapping = blueprint.layout(columns, objections)
        self._try_back(session, blueprint, objections)
        if mapping is not None and blueprint.view and not objections:
            self._try_view(session, blueprint, mapping, columns, objections)
            if blueprint.existing is not None and mapping.needs_triggers:
                missing = self._definitions.lacking_rights(session, blueprint.rights, blueprint.target)
        return Draft(columns, mapping, missing, objections)

    def _make(
        self, session: Session, blueprint: Blueprint, taken: set[str], roles: Mapping[str, Role], objections: list[Objection]
    ) -> list[str]:
        missing: list[str] = []
        with _heard(session, objections, None):
            for sequence in blueprint.sequences:
                self._definitions.create_sequence(session, sequence, roles)
            self._definitions.create_table(
                session, blueprint.target, migration="", like=blueprint.columns, indexes=blueprint.indexes, checks=blueprint.checks,
                statistics=blueprint.statistics, options=blueprint.options, old_name=blueprint.source, taken=taken,
                statistics_taken=self._catalog.statistics_names(session, blueprint.target.schema) if blueprint.statistics else set(),
            )  # fmt: skip
        if objections:
            return missing
        for step, label in blueprint.steps():
            with _heard(session, objections, label):
                self._definitions.reshape(session, blueprint.target, step, blueprint.columns)
        with _heard(session, objections, None):
            missing = self._definitions.take_over_rights(
                session, rights=blueprint.rights, name=blueprint.target, kind="TABLE",
                columns=new_names(blueprint.spec, blueprint.columns), roles=roles,
            )  # fmt: skip
        self._own_sequences(session, blueprint, objections)
        return missing

    def _own_sequences(self, session: Session, blueprint: Blueprint, objections: list[Objection]) -> None:
        new_names = {how.from_ or name: name for name, how in blueprint.spec.columns.items()}
        for sequence in blueprint.sequences:
            if sequence.is_owned and sequence.column not in blueprint.spec.drop and not objections:
                column = new_names.get(sequence.column, sequence.column)
                with _heard(session, objections, None):
                    self._definitions.own_sequence(session, sequence.name, blueprint.target, column)

    def _columns(self, session: Session, name: TableName) -> list[Column]:
        found = self._fence.owner_of(session, name)
        return self._catalog.columns_of(session, [found[0]])[found[0]] if found else []

    def _try_back(self, session: Session, blueprint: Blueprint, objections: list[Objection]) -> None:
        refused = {objection.column for objection in objections}
        for name, how in blueprint.spec.columns.items():
            if how.back is not None and name not in refused and None not in refused:
                with _heard(session, objections, name):
                    holes = {"expressions": f"({how.back})", "table": table(blueprint.target)}
                    session.rows("preflight/try_expressions", holes)

    def _try_view(self, session: Session, blueprint: Blueprint, mapping: Layout, new: list[Column], objections: list[Objection]) -> None:
        view = TableName(mapping.target.schema, _VIEW)
        columns = Columns(blueprint.columns, new)
        with _heard(session, objections, None):
            self._views.create(session, view, mapping, columns)
        for carried in mapping.carried:
            if mapping.needs_triggers and carried.old is None and not objections:
                with _heard(session, objections, carried.column):
                    self._views.try_forward(session, view, mapping, columns, carried)

    def _expression_fault(self, session: Session, name: TableName, expressions: str) -> str | None:
        try:
            with session.transaction(transaction_read_only="on", lock_timeout=LOCK_TIMEOUT):
                session.rows("preflight/try_expressions", {"expressions": expressions, "table": table(name)})
        except AirliftError as error:
            return _verdict(error)
        return None


def _verdict(error: AirliftError) -> str:
    """What the server says against a statement, without our own words around it. Raises what says nothing about the statement."""
    cause = error.__cause__
    if not isinstance(cause, psycopg2.Error) or cause.pgcode is None or cause.pgcode.startswith(_OUR_TROUBLE):
        raise error
    return cause.diag.message_primary or str(error)


@contextmanager
def _undone(session: Session) -> Iterator[None]:
    with suppress(_Undo), session.transaction(lock_timeout=LOCK_TIMEOUT):
        yield
        raise _Undo


@contextmanager
def _heard(session: Session, objections: list[Objection], column: str | None) -> Iterator[None]:
    """Note what the server says against the block, and go on behind it as if it had not been."""
    session.run("preflight/set_savepoint", {"savepoint": _BEFORE_TRY})
    try:
        yield
    except AirliftError as error:
        objections.append(Objection(column, _verdict(error)))
        session.run("preflight/roll_back_try", {"savepoint": _BEFORE_TRY})
