"""Drive a migration's phases without Airflow, as its DAG would: for what looks at the servers, not at the scheduler."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from airlift.databases import connect
from airlift.errors import Interrupted
from airlift.phases.contract.clean_up import clean_up
from airlift.phases.contract.drop_views import drop_views
from airlift.phases.contract.sync_back import sync_back
from airlift.phases.copying.build_indexes import build_indexes
from airlift.phases.copying.dump_and_import import dump_and_import
from airlift.phases.copying.plan import plan
from airlift.phases.cutover import validate as after
from airlift.phases.cutover.create_views import create_views
from airlift.phases.cutover.rename import rename
from airlift.phases.migration import Migration, RunInfo, Settings
from airlift.phases.prepare.create_target import create_target
from airlift.phases.prepare.install_triggers import install_triggers
from airlift.phases.prepare.preflight import preflight
from airlift.phases.prepare.watermark import watermark
from airlift.phases.switching import Switch
from airlift.phases.sync.delta_windows import delta_windows
from airlift.phases.sync.keep_in_sync import keep_in_sync
from airlift.phases.sync.report import report
from airlift.phases.sync.validate import validate
from airlift.spec import Spec
from testbed.servers import Database

APPROVED = {"chosen_options": ["Approve"], "params_input": {}}


@dataclass
class Driver:
    """One migration between two databases. `steps` may be run one by one; each makes its `Migration` anew, as a task does."""

    source: Database
    target: Database
    spec: dict[str, Any]
    run_id: str = "manual__1"
    settings: Settings = field(default_factory=lambda: Settings(workers=2, max_pause=2.0, attempts=20))
    switch: Switch | None = None
    is_roll_back: bool = False

    def migration(self, task: str = "test", try_number: int = 1) -> Migration:
        """A migration as a task of this run would build it."""
        spec = Spec.from_json({"name": "shop", "source": "old", "target": "new", **self.spec})
        return Migration(
            spec=spec,
            source=connect(self.source.engine, self.source.dsn, where="old", search_path_schema=spec.schema_),
            target=connect(self.target.engine, self.target.dsn, where="new", search_path_schema=spec.schema_),
            run=RunInfo(dag_id="migrate_shop", run_id=self.run_id, task_id=task, try_number=try_number),
            settings=self.settings,
            log=logging.getLogger("airlift.test"),
            switch=self.switch,
            is_roll_back=self.is_roll_back,
        )

    def run(self, *steps: Callable[[Migration], Any]) -> Any:
        """Run steps one after the other; what the last returned."""
        result = None
        for step in steps:
            result = step(self.migration(getattr(step, "__name__", "step")))
        return result

    def until_done(self, step: Callable[[Migration], Any], *, seconds: float = 30.0) -> Any:
        """Run a step again and again until it comes to its end, as its task's retries would; what it returned."""
        until = time.monotonic() + seconds
        while True:
            try:
                return self.run(step)
            except Interrupted:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def prepare(self) -> None:
        """Everything before the copy."""
        self.run(preflight, create_target, install_triggers, watermark)

    def copy(self) -> None:
        """The copy with its indexes, its streams side by side."""
        streams = plan(self.migration("plan"))
        side_by_side(*(lambda s=stream: dump_and_import(self.migration("dump_and_import"), s) for stream in streams))
        self.run(build_indexes)

    def catch_up(self) -> None:
        """The first windows."""
        self.run(delta_windows)

    def kept_in_sync(self) -> AbstractContextManager[None]:
        """Windows beside the block, as beside the gate."""
        return beside(lambda done: keep_in_sync(self.migration("keep_in_sync"), done))

    def synced_back(self) -> AbstractContextManager[None]:
        """Windows back beside the block, as beside the gate of the contract."""
        return beside(lambda done: sync_back(self.migration("sync_back"), done))

    def validate(self) -> dict[str, Any]:
        """The full comparison and the report, beside the windows."""
        with self.kept_in_sync():
            side_by_side(*(lambda s=stream: validate(self.migration("validate"), s) for stream in ("stream 1", "stream 2")))
            return dict(report(self.migration("report")))

    def up_to_gate(self) -> dict[str, Any]:
        """Everything up to the gate; the report."""
        self.prepare()
        self.copy()
        self.catch_up()
        content = self.validate()
        self.run(create_views)
        return content

    def cut_over(self) -> dict[str, Any]:
        """The rename, approved, and what comes right after it."""
        result = rename(self.migration("rename"), APPROVED)
        self.run(after.validate)
        return result

    def contract(self) -> None:
        """The end."""
        self.run(drop_views, clean_up)

    def validate_again(self) -> None:
        """The comparison of a task that was cleared, after a roll back."""
        with self.kept_in_sync():
            validate(self.migration("validate", try_number=2), "stream 1")
            report(self.migration("report"))

    def returning(self, **settings: Any) -> Driver:
        """The same migration as a run of its roll back works on it."""
        return replace(self, run_id="roll_back__1", is_roll_back=True, settings=replace(self.settings, **settings))


@contextmanager
def beside(*works: Callable[[Callable[[], bool]], Any]) -> Iterator[None]:
    """Run each work in a thread beside the block; it is told when the block is over. The first failure is raised then."""
    done = threading.Event()
    failures: list[BaseException] = []

    def run(work: Callable[[Callable[[], bool]], Any]) -> None:
        try:
            work(done.is_set)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def side_by_side(*works: Callable[[], Any]) -> None:
    """Run works in threads and wait for all; the first failure is raised."""
    failures: list[BaseException] = []

    def run(work: Callable[[], Any]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
