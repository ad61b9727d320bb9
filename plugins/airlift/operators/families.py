"""What Airflow does after each family of errors. The one place where that is decided; knows no phase.

Refused and Ambiguous fail the task at once: a retry would be refused again, or would touch what a person must see first. All else
is retried, Interrupted among it. A task that is killed with -9 raises nothing, so the plain retries are plenty.
"""

import contextlib
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from airflow.sdk.exceptions import AirflowFailException

from airlift.errors import Ambiguous, Refused

RETRIES: Final[dict[str, Any]] = {
    "retries": 50,
    "retry_delay": timedelta(seconds=2),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(seconds=60),
}
"""Arguments of every task, gates too: a gate that is lost in a restart asks its person again."""

log = logging.getLogger("airflow.task")


@contextlib.contextmanager
def families() -> Iterator[None]:
    """Turn what a phase raises into what Airflow understands. The message is the whole story, so it stands alone."""
    try:
        yield
    except (Refused, Ambiguous) as error:
        log.debug("Where it was raised:", exc_info=True)
        raise AirflowFailException(str(error)) from None
