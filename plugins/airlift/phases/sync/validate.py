"""Compare every byte of every row on both sides, beside the windows and under live writes."""

import time
from typing import Any

from airlift.ledger import Stage, checks
from airlift.phases.migration import Migration, Progress
from airlift.phases.pacing import pacing
from airlift.phases.sync import passes
from airlift.phases.ways import Way


def validate(m: Migration, stream: str) -> dict[str, Any]:
    """Take ranges of the pass until none is left; what this stream compared. All streams work on one pass."""
    if m.standing(Stage.IN_SYNC).stage >= Stage.OPENING:
        m.log.info("The switch is under way or done: there is nothing left to compare here.")
        return {"ranges": 0, "rows": 0, "suspects": 0}
    with m.ledger_session() as ledger:
        last = passes.newest(m, ledger)
    if last and last["finished_at"] and passes.age(last) < m.spec.validation_age / 2 and m.run.try_number == 1:
        m.log.info("Comparison %s is finished and %.0f s old.", last["no"], passes.age(last))
        return {"ranges": 0, "rows": 0, "suspects": 0}
    way = Way(m)
    number = passes.begin(way)
    with m.ledger_session() as ledger:
        ranges = len(m.ledger.rows(ledger, checks, pass_no=number))
    progress = Progress(m.log, what=f"Comparison {number}", unit="ranges", total=ranges)
    began = time.monotonic()
    done = {"ranges": 0, "rows": 0, "suspects": 0}
    with passes.comparison(way, number) as comparison, pacing(m, comparison.sending, comparison.ledger, stream=stream) as paced:
        check_began = time.monotonic()
        while check := comparison.check_next():
            done["ranges"] += 1
            done["rows"] += check["source_rows"]
            done["suspects"] += check["suspects"]
            progress.at(check["no"])
            paced.rest(time.monotonic() - check_began)
            check_began = time.monotonic()
    passes.finish(m, number)
    m.log.info("%s: %s rows in %s ranges in %.1f s; %s keys differed at that moment and are compared again by the next window.",
               stream, f"{done['rows']:,}", done["ranges"], time.monotonic() - began, done["suspects"])  # fmt: skip
    return done
