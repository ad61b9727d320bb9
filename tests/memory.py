"""What a step takes of memory: how far the peak of a process grows that has read the migration and then does just that step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from testbed.driving import Driver

ROOT = Path(__file__).resolve().parents[1]
MOST_MB = 60
"""What no step may take more of, whatever the tables' size."""
# The steps as Airflow's tasks call them. A process of its own, for a peak never falls.
_PROGRAM = """
import importlib, json, resource, sys
from types import SimpleNamespace
sys.path[:0] = ["plugins", "."]
from testbed.driving import Driver

module, step, arguments, spec, *ends = json.load(sys.stdin)
driver = Driver(*(SimpleNamespace(engine=engine, dsn=dsn) for engine, dsn in ends), spec)
run = getattr(importlib.import_module(module), step)
m = driver.migration(step)
m.all_layouts()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = run(m, *arguments)
print(json.dumps([result, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]))
"""


def growth(driver: Driver, step: str, *arguments: str) -> tuple[dict[str, int], float]:
    """What a step such as "copying.dump_and_import" returned, and the megabytes by which it grew."""
    module, _, name = f"airlift.phases.{step}".rpartition(".")
    ends = [(each.engine, dict(each.dsn)) for each in (driver.source, driver.target)]
    asked = json.dumps([f"{module}.{name}", name, arguments, driver.spec, *ends])
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], input=asked, cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    result, megabytes = json.loads(done.stdout.splitlines()[-1])
    return result, megabytes
