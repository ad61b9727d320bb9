"""`python -m bench`: measure what was asked for and print the table."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

from bench import applying, between, capturing, copying, cutting_over, validating, whole_dag
from bench.options import BadOption, Options, read
from bench.results import Line, table
from bench.stand import Stand, stand
from testbed.servers import NoServer

MEASURES: dict[str, Callable[[Stand], Iterator[Line]]] = {
    "copy": copying.copy,
    "small": copying.small,
    "pump": copying.narrow,
    "trigger": capturing.trigger,
    "apply": applying.apply,
    "validation": validating.validation,
    "cutover": cutting_over.cutover,
    "mariadb": between.copy,
    "mariadb_cutover": cutting_over.with_mariadb,
    "dag": whole_dag.dag,
}
_START = time.monotonic()


def say(text: str) -> None:
    """Tell the person who waits."""
    print(f"[{time.monotonic() - _START:6.1f} s] {text}", flush=True)


def run(options: Options) -> tuple[list[Line], bool]:
    """All that was asked for, and whether all of it could be measured. What fails is told and does not end the rest."""
    lines: list[Line] = []
    is_whole = True
    with stand(rows=options.rows, rounds=options.rounds, say=say) as place:
        for name in options.what:
            say(f"{name} ...")
            try:
                lines += MEASURES[name](place)
            except Exception:
                logging.getLogger("bench").exception("%s could not be measured", name)
                is_whole = False
    return lines, is_whole


def main() -> int:
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        lines, is_whole = run(read(os.environ))
    except KeyboardInterrupt:
        say("Stopped. Everything that the benchmark had started is gone.")
        return 130
    except (BadOption, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"\n{table(lines)}\n", flush=True)
    return 0 if is_whole else 1


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
