"""`python -m torture`: round after round for as long as it is told. MINUTES=10 SEED=4711.

Exit status: 0 only when nothing was lost, doubled or stale and every round came to its end; 130 after Ctrl-C.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from testbed.engines import ENGINES
from testbed.serving import NoServer, running
from torture.options import BadOption, Options, read
from torture.results import line, table
from torture.rounds import Outcome, Round, hurry

_START = time.monotonic()


def say(text: str) -> None:
    """Tell the person who waits."""
    print(f"[{time.monotonic() - _START:6.1f} s] {text}", flush=True)


def rounds(options: Options, folder: Path) -> Iterator[Outcome]:
    """The rounds, until the time is over; one at least. The folders of good ones are removed."""
    hurry()
    with running(ENGINES[options.source]("source"), ENGINES[options.target]("target")) as (source, target):
        seed, until = options.seed, _START + options.minutes * 60
        while True:
            place = Round((source, target), seed, folder / f"seed-{seed}")
            outcome = place.run()
            place.close()
            if outcome.good:
                shutil.rmtree(place.folder, ignore_errors=True)
            else:
                for server in (source, target):
                    shutil.copy(server.log, place.folder / f"{server.name}.log")
            yield outcome
            seed += 1
            if time.monotonic() > until:
                return


def main() -> int:
    """The exit status."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    done: list[Outcome] = []
    folder = Path(tempfile.mkdtemp(prefix="airlift-torture-"))
    try:
        options = read(os.environ)
        again = f"make torture SEED={options.seed} SOURCE={options.source} TARGET={options.target}"
        say(f"{options.minutes:g} minutes of torture from seed {options.seed} on; the same again: {again}")
        for outcome in rounds(options, folder):
            done.append(outcome)
            say(line(outcome))
    except KeyboardInterrupt:
        say("Stopped. Everything that the torture run had started is gone.")
        return 130
    except (BadOption, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        if done:
            print(f"\n{table(done)}\n", flush=True)
    bad = [outcome.seed for outcome in done if not outcome.good]
    if bad:
        say(f"NOT GOOD. Seeds {', '.join(map(str, bad))}; their logs and journals are in {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    say("Nothing was lost.")
    return 0


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
