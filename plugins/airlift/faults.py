"""Named points at which a test can end, freeze or fail this process. Does nothing unless AIRLIFT_FAULT asks for it.

`AIRLIFT_FAULT=cutover.announced:kill` kills the process (-9) when it gets to that point; `:stop` freezes it until it is told to go on
(SIGCONT); `:raise` raises Interrupted. Knows nothing of what happens at the points.
"""

import os
import signal

from airlift.errors import Interrupted

VARIABLE = "AIRLIFT_FAULT"


def reached(point: str) -> None:
    """Say that the process is at `point`: the boundary between two steps, where a crash has to do no harm."""
    wanted, _, action = os.environ.get(VARIABLE, "").rpartition(":")
    if wanted != point:
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "stop":
        # once: whoever was told to go on comes to the same point in its next attempt
        del os.environ[VARIABLE]
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "raise":
        raise Interrupted(f'{VARIABLE} asked for a fault at "{point}".')
    else:
        raise ValueError(f'{VARIABLE} asks for "{action}" at "{point}"; it can be kill, stop or raise.')
