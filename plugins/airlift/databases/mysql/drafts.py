"""Try on the server what a migration would do to it, and hear what the server says: on temporary tables, which go with the session."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import pymysql

from airlift.databases.examined import Blueprint, Draft, Objection
from airlift.databases.mysql import shaping
from airlift.databases.mysql.catalog import Catalog
from airlift.databases.mysql.definitions import Definitions
from airlift.databases.mysql.quoting import table
from airlift.databases.mysql.session import Session
from airlift.databases.mysql.views import unwritable
from airlift.databases.shapes import Column
from airlift.errors import AirliftError, Interrupted
from airlift.spec import TableName

LOCK_TIMEOUT = "2s"
"""How long a question may wait for a table's definition."""
_DRAFT = "airlift_draft"
_SIZES = ("tinyint", "smallint", "mediumint", "int", "bigint")


class Drafts:
    """Opens its own transactions in the caller's session, one for each question."""

    def __init__(self) -> None:
        self._catalog = Catalog()
        self._definitions = Definitions()

    def expressions(self, session: Session, name: TableName, expressions: Mapping[str, str]) -> list[Objection]:
        """What is wrong with expressions over a table's columns; each stands under the column that it fills."""
        if not expressions or self._expression_fault(session, name, ", ".join(expressions.values())) is None:
            return []
        faults = {label: self._expression_fault(session, name, text) for label, text in expressions.items()}
        return [Objection(label, reason) for label, reason in faults.items() if reason is not None]

    def is_comparable(self, session: Session, left: str, right: str) -> bool:  # noqa: ARG002
        """Whether a foreign key may reach from a column of one type to one of the other."""
        return _reach(left) == _reach(right)

    def has_rows(self, session: Session, name: TableName) -> bool:
        """Whether a table has any row."""
        with session.transaction(transaction_read_only="on", lock_timeout=LOCK_TIMEOUT):
            return self._definitions.has_rows(session, name)

    def drafts(
        self,
        session: Session,
        blueprints: Iterable[Blueprint],
        *,
        enums: Mapping[TableName, list[str]],  # noqa: ARG002
        taken: Iterable[TableName],  # noqa: ARG002
    ) -> list[Draft]:
        """Make each new table as a migration would, as a temporary one, and judge the view that would stand over it."""
        return [self._draft(session, blueprint) for blueprint in blueprints]

    def _draft(self, session: Session, blueprint: Blueprint) -> Draft:
        objections: list[Objection] = []
        draft = blueprint.existing.name if blueprint.existing else TableName(blueprint.target.schema, _DRAFT)
        with session.transaction(lock_timeout=LOCK_TIMEOUT):
            if blueprint.existing is None:
                self._make(session, draft, blueprint, objections)
            columns = self._columns(session, draft, blueprint, objections)
            mapping = blueprint.layout(columns, objections) if columns else None
            self._try_back(session, draft, blueprint, objections)
            if blueprint.existing is None:
                session.run("prepare/drop_table", {"temporary": "TEMPORARY", "table": table(draft)})
        fault = unwritable(mapping) if mapping is not None and blueprint.view and not objections else None
        if fault is not None:
            objections.append(Objection(None, f"its compatibility view could not be written to: {fault}"))
        return Draft(columns, mapping, [], objections)

    def _make(self, session: Session, draft: TableName, blueprint: Blueprint, objections: list[Objection]) -> None:
        session.run("prepare/drop_table", {"temporary": "TEMPORARY", "table": table(draft)})
        with _heard(objections, None):
            shaping.create(
                session.run, draft, like=blueprint.columns, indexes=blueprint.indexes, checks=blueprint.checks, options=blueprint.options,
                comment="", is_draft=True,
            )  # fmt: skip
        if objections:
            return
        for step, label in blueprint.steps():
            with _heard(objections, label):
                shaping.reshape(session.run, draft, step, blueprint.columns)

    def _columns(self, session: Session, draft: TableName, blueprint: Blueprint, objections: list[Objection]) -> list[Column]:
        if any(objection.column is None for objection in objections):
            return []
        if blueprint.existing is not None:
            return self._catalog.columns(session, blueprint.existing)
        return self._catalog.columns_of_draft(session, draft)

    def _try_back(self, session: Session, draft: TableName, blueprint: Blueprint, objections: list[Objection]) -> None:
        refused = {objection.column for objection in objections}
        for name, how in blueprint.spec.columns.items():
            if how.back is not None and name not in refused and None not in refused:
                with _heard(objections, name):
                    session.rows("preflight/try_expressions", {"expressions": f"({how.back})", "table": table(draft)})

    def _expression_fault(self, session: Session, name: TableName, expressions: str) -> str | None:
        try:
            with session.transaction(transaction_read_only="on", lock_timeout=LOCK_TIMEOUT):
                session.rows("preflight/try_expressions", {"expressions": expressions, "table": table(name)})
        except AirliftError as error:
            return _verdict(error)
        return None


def _reach(kind: str) -> str:
    """What of a type has to be the same at both ends of a foreign key."""
    words = kind.lower().split()
    name = words[0].partition("(")[0]
    if name in _SIZES:
        return f"{name} {'unsigned' in words}"
    return "text" if name in ("char", "varchar") else "bytes" if name in ("binary", "varbinary") else kind.lower()


def _verdict(error: AirliftError) -> str:
    """What the server says against a statement, without our own words around it. Raises what says nothing about the statement."""
    cause = error.__cause__
    if isinstance(error, Interrupted) or not isinstance(cause, pymysql.Error):
        raise error
    return " ".join(str(cause.args[1] if len(cause.args) > 1 else cause).split())


@contextmanager
def _heard(objections: list[Objection], column: str | None) -> Iterator[None]:
    """Note what the server says against the block, and go on behind it."""
    try:
        yield
    except AirliftError as error:
        objections.append(Objection(column, _verdict(error)))
