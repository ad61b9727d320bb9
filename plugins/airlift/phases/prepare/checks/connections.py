"""Whether both servers can be reached, told apart and written to at all. What it finds leaves nothing more to be asked."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from airlift.databases import Database, Session
from airlift.errors import AirliftError, Refused
from airlift.phases.migration import Migration
from airlift.phases.prepare.checks.finding import Finding, refused


def check(m: Migration) -> list[Finding]:
    """Try both connections, so that one bad one doesn't hide the other; and whether rows can go from one to the other at all."""
    return [*_unreachable(m)] or [*_pair(m)]


def _pair(m: Migration) -> Iterator[Finding]:
    if m.target.product not in m.source.partners:
        fact = f"is {m.source.product}, and rows of it go to {_listed(m.source.partners)} in this release, not to {m.target.product}"
        yield refused(f'source "{m.source.where}"', fact, "Name connections to servers of one kind; docs/engines.md says what works")


def _listed(products: Iterable[str]) -> str:
    return " and ".join(products) or "no other server"


def _unreachable(m: Migration) -> list[Finding]:
    return [
        finding
        for role, database in (("source", m.source), ("target", m.target))
        if (finding := _connection(f'{role} "{database.where}"', database)) is not None
    ]


def _connection(thing: str, database: Database) -> Finding | None:
    with ExitStack() as stack:
        try:
            session = stack.enter_context(database.session())
        except AirliftError as error:
            if error.__cause__ is None:
                raise  # not the server's word: the task is being killed
            reason = str(error).removeprefix(f"{database.where}, during connecting: ").rstrip(".")
            remedy = "Correct the connection in Airflow, or start the server, and clear this task"
            return refused(thing, f"can't be connected to: {reason}", remedy)
        return _server(thing, database, session)


def _server(thing: str, database: Database, session: Session) -> Finding | None:
    examination = database.examination
    if examination.powers(session).is_standby:
        return refused(thing, "is a standby, which takes no writes", "Point the connection to the primary server")
    try:
        with examination.reading(session):
            server = database.catalog.server(session)
    except Refused as error:
        return refused(thing, f"can't be told from other servers: {error}".rstrip("."), examination.identity_remedy)
    if server.version < examination.oldest_version:
        fact = f"runs version {server.version_text}, older than {examination.oldest_release}"
        return refused(thing, fact, f"Upgrade it to {examination.oldest_release} or later")
    return None
