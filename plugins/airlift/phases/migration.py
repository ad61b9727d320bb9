"""What every phase is handed: the spec, the two databases, the ledger, and how fast to go. Knows no phase and no Airflow."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar

from airlift.databases import CaptureNames, Database, Pair, Session, pair_of
from airlift.databases.shapes import Layout, Server
from airlift.errors import Refused
from airlift.ledger import Ledger, Stage, Standing, tables
from airlift.phases.switching import Switch
from airlift.spec import Spec, differences


@dataclass(frozen=True)
class RunInfo:
    """Who runs a phase: for messages and for the ledger's record of the holder."""

    dag_id: str
    run_id: str
    task_id: str
    try_number: int


@dataclass(frozen=True)
class Settings:
    """What one run may want differently. `max_pause` in seconds; `pace` is the part of full speed to begin with, 0 to 1.

    `target_room` is how many bytes of the target's disk the migration may take in all; None where nobody has said so.
    `unfinished` is what becomes of an earlier run that has not come to its end: REFUSE, GO_ON or START_OVER.
    """

    REFUSE: ClassVar = "refuse"
    GO_ON: ClassVar = "go on"
    START_OVER: ClassVar = "start over"

    workers: int
    max_pause: float
    attempts: int
    pace: float = 1.0
    target_room: int | None = None
    unfinished: str = REFUSE


@dataclass
class Migration:
    """One migration as a running phase sees it."""

    spec: Spec
    source: Database
    target: Database
    run: RunInfo
    settings: Settings
    log: logging.Logger
    switch: Switch | None = None
    """What moves the services across servers; None where nothing does."""
    is_roll_back: bool = False
    """Whether this run rolls back: it works on a migration that another run holds."""
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.spec.name)
        self.source.keeps_old = True

    @property
    def pair(self) -> Pair:
        """How tables of the source become tables of the target."""
        return pair_of(self.source, self.target)

    @property
    def name(self) -> str:
        """The migration's name, that all its objects carry."""
        return self.spec.name

    def cancel(self) -> None:
        """End what runs on both servers for this phase. From any thread, also from a signal handler."""
        self.source.cancel()
        self.target.cancel()

    def close(self) -> None:
        """Give back what is kept for next sessions. For who lives on: a task's process ends with its work."""
        self.source.close()
        self.target.close()

    def capture_names(self, layout: Layout) -> CaptureNames:
        """The names of what captures the changes that a layout carries: those of the old table, or for the way back of the new one."""
        return CaptureNames(self.name, layout.no, CaptureNames.BACK if layout.is_mirrored else CaptureNames.FORWARD)

    @contextmanager
    def ledger_session(self) -> Iterator[Session]:
        """A session on the target in a transaction of its own, for the ledger."""
        with self.target.session() as session, session.transaction():
            yield session

    def standing(self, at_least: Stage, *, is_ending: bool = False) -> Standing:
        """Where the migration stands, as `standing_in` finds it, in a session of its own.

        From then on every session has to be on the servers of the ledger's record.
        """
        with self.ledger_session() as session:
            standing = self.standing_in(session, at_least, is_ending=is_ending)
        self.source.server = Server(**standing.source_server)
        self.target.server = Server(**standing.target_server)
        return standing

    def standing_in(self, session: Session, at_least: Stage, *, is_ending: bool = False) -> Standing:
        """Where the migration stands, when it came as far as `at_least`, is held by this run and its spec is still the one
        that was frozen. Refused otherwise. Only what ends a migration (`is_ending`) works with an edited spec, and on one that this very
        run has begun to abandon.
        """
        standing = self.ledger.must_stand(session, at_least)
        edits = differences(Spec.from_json(standing.spec), self.spec)
        if edits and not is_ending:
            raise Refused(
                f'The spec of migration "{self.name}" was edited after preflight froze it: {"; ".join(edits)}. Undo the edit, or reject '
                "the gate and start over."
            )
        if self.is_roll_back:
            return standing
        if standing.abandoned_by and not (is_ending and standing.abandoned_by == self.run.run_id):
            raise Refused(f'Migration "{self.name}" was abandoned by run "{standing.abandoned_by}". {self._left(standing)}')
        if standing.run_id != self.run.run_id:
            raise Refused(
                f'Migration "{self.name}" is held by run "{standing.run_id}" of "{standing.dag_id}"; this is run '
                f'"{self.run.run_id}". Go on in that run, or reject its gate to end it.'
            )
        return standing

    def _left(self, standing: Standing) -> str:
        if standing.abandoned_by == self.run.run_id:
            return "Its gate was rejected: all that is left to do is contract.clean_up, which takes away what is ours."
        return "This run has nothing left to do."

    def layouts(self, session: Session) -> list[Layout]:
        """The tables of the migration, parents before children."""
        return [Layout.from_json(row["layout"]) for row in self.ledger.rows(session, tables)]

    def all_layouts(self) -> list[Layout]:
        """The same in a session of its own."""
        with self.ledger_session() as session:
            return self.layouts(session)


class Progress:
    """Says at most every few seconds how far a long step is, how fast it goes and how long it will still take."""

    def __init__(self, log: logging.Logger, *, what: str, unit: str, total: float, every: float = 5.0) -> None:
        self._log = log
        self._what = what
        self._unit = unit
        self._total = total
        self._every = every
        self._began = self._said = time.monotonic()

    def at(self, done: float) -> None:
        """Note how much is done; it is logged when enough time has gone by."""
        now = time.monotonic()
        if now - self._said < self._every:
            return
        self._said = now
        rate = done / max(now - self._began, 0.001)
        left = (self._total - done) / rate if rate else 0.0
        self._log.info("%s: %s of %s %s, %s %s/s, about %.0f s left", self._what, f"{done:,.0f}", f"{self._total:,.0f}", self._unit,
                       f"{rate:,.0f}", self._unit, max(left, 0.0))  # fmt: skip
