"""What a piece of work costs: the seconds that it takes, and those that servers and programs spend on processors for it."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from testbed.serving import LocalServer

_TICK = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """Seconds by the clock, and on all processors together."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:,.2f} s ({self.cpu:,.2f} of CPU)"


def spent(work: Callable[[], object], *servers: LocalServer) -> Spent:
    """Do a piece of work and see what it took: of us, of the programs that it ran to their ends, and of the servers."""
    pids = {server.pid for server in servers}
    before, began = _cpu(pids), time.monotonic()
    work()
    return Spent(time.monotonic() - began, _cpu(pids) - before)


def _cpu(servers: set[int]) -> float:
    own = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in own) + _of_servers(servers)


def _of_servers(servers: set[int]) -> float:
    """Of processes and their children, with those that are gone and were waited for."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(path.parent.name) in servers:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) in servers:
                ticks += sum(map(int, fields[11:13]))
    return ticks / _TICK
