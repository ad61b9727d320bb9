"""Run a phase beside the main thread. Knows nothing of phases.

Python runs signal handlers in the main thread and only between two of its instructions, so a main thread that waits inside a
driver for the server would never hear that its task was killed. Here it waits for another thread, which it does in Python.
"""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

TICK = 0.2
GRACE = 4.0


def beside(work: Callable[[], Any], *, meanwhile: Callable[[], None], abandon: Callable[[], None]) -> Any:
    """Return or raise what `work` does, in a thread of its own with this one's context.

    `meanwhile` is called every `TICK` seconds. If the wait itself is broken off (Airflow's execution timeout raises here),
    `abandon` is called, and `work` gets `GRACE` seconds to end.
    """
    future: Future[Any] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:  # handed over to the thread that waits
            future.set_exception(error)

    # a daemon, so that a thread stuck in a driver can't keep the process
    thread = threading.Thread(target=run, name="airlift-phase", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(TICK)
            meanwhile()
    except BaseException:
        abandon()
        thread.join(GRACE)
        raise
    return future.result()
