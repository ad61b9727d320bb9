"""What the demo plays on: servers, a loaded shop, the spec, the writers' route, and Airflow; all in one temporary folder.

Leaving the stage ends and removes everything, however it is left. Knows nothing of how a migration runs.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from demo.options import Options
from testbed import router, shop
from testbed.airflow import Airflow
from testbed.engines import ENGINES
from testbed.judge import Baseline, take_baseline
from testbed.leash import leash
from testbed.serving import Database
from testbed.writers import Writers

NAME = "shop"
RENAMED = {"orders": "orders_v2"}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """Everything that was set up. In place, source and target are the same database."""

    folder: Path
    source: Database
    target: Database
    baseline: Baseline
    airflow: Airflow
    writers: Writers

    @property
    def route(self) -> Path:
        return self.writers.route


@contextlib.contextmanager
def set_up(options: Options, say: Say) -> Iterator[Stage]:
    """Set up all but the writers, which are made and not started."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_folder())
        engines = [options.source, *([] if options.in_place else [options.target])]
        say(f"Starting {' and '.join(ENGINES[name].product for name in dict.fromkeys(engines))} ...")
        source = stack.enter_context(_database("old", options.source, folder))
        target = source if options.in_place else stack.enter_context(_database("new", options.target, folder))
        route = folder / "route.json"
        router.begin(route, source, None if options.in_place else target)
        airflow = Airflow(folder / "airflow", options.port, environment=_environment(folder, source, target, route), say=say)
        stack.callback(airflow.stop)
        airflow.launch()
        say(f"Airflow is starting. Meanwhile the shop is loaded: {options.rows:,} orders ...")
        shop.load(source, rows=options.rows)
        baseline = take_baseline(source, folder / "baseline")
        airflow.wait_until_healthy()
        writers = Writers(route, folder / "journals", options.rows)
        stack.callback(writers.stop)
        yield Stage(folder, source, target, baseline, airflow, writers)


def spec(*, in_place: bool, route: Path) -> dict[str, Any]:
    """The migration as a person would write it: orders gets a new column."""
    orders = {"to": RENAMED["orders"], "columns": {"currency": {"add": "char(3) NOT NULL DEFAULT 'EUR'"}}}
    cutover: dict[str, Any] = {"max_pause": "2s"}
    if not in_place:
        # -S: it needs no packages, and the writers wait for it.
        cutover["switch"] = {"command": [sys.executable, "-S", "-m", "demo.switch", str(route)]}
    return {
        "name": NAME,
        "description": "The demo's shop: orders gets a currency, while the shop goes on selling.",
        "source": "shop_old",
        "target": "shop_old" if in_place else "shop_new",
        "tables": {"orders": orders} if in_place else {"*": {}, "orders": orders},
        "cutover": cutover,
    }


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that the servers' unprivileged user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="airlift-demo-"))
    leash().folder(folder)
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        leash().release(folder)


@contextlib.contextmanager
def _database(name: str, engine: str, folder: Path) -> Iterator[Database]:
    with ENGINES[engine](name, durable=True, parent=folder) as server:
        yield server.create_database(NAME)


def _environment(folder: Path, source: Database, target: Database, route: Path) -> dict[str, str]:
    migrations = folder / "migrations"
    migrations.mkdir()
    words = spec(in_place=source == target, route=route)
    (migrations / f"{NAME}.yaml").write_text(yaml.safe_dump(words, sort_keys=False))
    connections = {"AIRFLOW_CONN_SHOP_OLD": source.uri, "AIRFLOW_CONN_SHOP_NEW": target.uri}
    return {"AIRLIFT_MIGRATIONS": str(migrations), **connections}
