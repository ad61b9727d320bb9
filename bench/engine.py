"""The engine without Airflow: the phases as the DAG's tasks run them, each copy stream in a process of its own."""

from __future__ import annotations

import multiprocessing
from typing import Any

from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.migration import Settings
from testbed.driving import Driver
from testbed.servers import Database

WORKERS = 2
_processes = multiprocessing.get_context("fork")


class Engine(Driver):
    """A migration that is driven step by step, as fast as the phases go."""

    def copy(self) -> None:
        """The copy with its indexes. The streams are processes, as Airflow's tasks are."""
        streams = [_processes.Process(target=self._stream, args=(stream,)) for stream in plan(self.migration("plan"))]
        for stream in streams:
            stream.start()
        for stream in streams:
            stream.join()
        failed = [stream.exitcode for stream in streams if stream.exitcode]
        if failed:
            raise RuntimeError(f"{len(failed)} of {len(streams)} copy streams failed, with exit status {failed[0]}")
        self.run(build_indexes)

    def _stream(self, name: str) -> None:
        dump_and_import(self.migration("dump_and_import"), name)


def engine(source: Database, target: Database, *, workers: int = WORKERS, **spec: Any) -> Engine:
    """A migration from one database to another; `spec` is what differs from moving every table as it is."""
    names = {"target": "old"} if source == target else {}
    return Engine(source, target, {**names, "tables": {"*": {}}, **spec}, settings=Settings(workers=workers, max_pause=2.0, attempts=20))
