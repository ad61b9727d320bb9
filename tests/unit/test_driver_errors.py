"""What the driver says when a connection goes: an interruption, whatever class it has; what it says without a server is not."""

import psycopg2
import pytest

from airlift.databases.postgres.session import _family
from airlift.errors import Interrupted, Refused


@pytest.mark.parametrize("kind", [psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.DatabaseError])
def test_a_connection_that_goes_is_an_interruption(kind: type[psycopg2.Error]) -> None:
    assert isinstance(_family(kind("error with status PGRES_COPY_OUT and no message from the libpq"), "old", "COPY"), Interrupted)


def test_a_driver_used_wrongly_is_refused() -> None:
    assert isinstance(_family(psycopg2.ProgrammingError("no results to fetch"), "old", "SELECT"), Refused)
