"""`make demo`: see README.md. Starts it all, tells the story, prints the verdict, ends it all.

Exit status: 0 only when the run succeeded and no row is lost, stale or doubled; 130 after Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from demo import options as choices
from demo.options import BadOption, Options
from demo.result import conclude
from demo.stage import set_up
from demo.story import Story
from testbed.airflow import USER
from testbed.airflow_api import AirflowSays
from testbed.servers import NoServer

_START = time.monotonic()


def say(text: str) -> None:
    """A line with the time since the start. Flushed: it may be read through a pipe."""
    print(f"[{time.monotonic() - _START:6.1f} s] {text}", flush=True)


def run(options: Options) -> bool:
    """The whole demo; whether all went well."""
    with set_up(options, say) as stage:
        say(f"Airflow is at {stage.airflow.url}  log in as {USER} with the password {stage.airflow.password}")
        stage.writers.start()
        say(f"{stage.writers.count} writers are at work, {stage.writers.tps:.0f} transactions a second each.")
        ending = Story(stage, options, say).tell()
        stage.writers.stop()
        say(f"The run has ended: {ending.state}. Comparing every row with what the writers were promised ...")
        table, good = conclude(stage, ending, options)
        print(f"\n{table}\n", flush=True)
        say("Nothing was lost." if good else "Not good: see above.")
        return good


def main() -> int:
    """The exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return 0 if run(choices.read(os.environ)) else 1
    except KeyboardInterrupt:
        say("Stopped. Everything that the demo had started is gone.")
        return 130
    except (AirflowSays, BadOption, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once: ending everything takes some seconds, and a second Ctrl-C would leave it half done."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    say("Stopping ...")
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
