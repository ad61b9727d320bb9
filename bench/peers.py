"""What others use to copy a PostgreSQL database: PostgreSQL's own programs and pgcopydb, each as its manual says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stand import Stand, programs
from testbed.servers import Database

JOBS = "2"


class PeerFailed(Exception):
    """A program of the others' ended badly; the text is what it said."""


@dataclass(frozen=True)
class Peers:
    """The programs, run between two databases."""

    stand: Stand
    source: Database
    target: Database

    def pipe(self, take: str, put: str) -> None:
        """`psql | psql`: one statement's output into another one's input."""
        run_in_line(self.stand, self._psql(self.source, take), self._psql(self.target, put))

    def run_file(self, path: Path) -> None:
        """`psql -f` on the target."""
        run_in_line(self.stand, [*self._psql(self.target), "-f", str(path)])

    def dump_pipe(self) -> None:
        """`pg_dump | psql`."""
        run_in_line(self.stand, [self._program("pg_dump"), *self._at(self.source), *_PLAIN], self._psql(self.target))

    def dump_folder(self) -> None:
        """`pg_dump -Fd -j2`, then `pg_restore -j2`."""
        folder = self.stand.folder / "dump"
        dump = [self._program("pg_dump"), *self._at(self.source), *_PLAIN, "-Fd", "-j", JOBS, "-f", str(folder)]
        try:
            run_in_line(self.stand, dump)
            run_in_line(self.stand, [self._program("pg_restore"), *self._at(self.target), *_PLAIN, "-j", JOBS, str(folder)])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def pgcopydb(self) -> None:
        """`pgcopydb clone`, with as many jobs as we have streams; a large table is cut in as many parts."""
        folder = self.stand.folder / "pgcopydb"
        jobs = ["--table-jobs", JOBS, "--index-jobs", JOBS, "--split-tables-larger-than", "200MB"]
        addresses = ["--source", _uri(self.source), "--target", _uri(self.target)]
        try:
            run_in_line(self.stand, [_PGCOPYDB, "clone", *addresses, "--dir", str(folder), *jobs, *_PLAIN])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _psql(self, database: Database, statement: str | None = None) -> list[str]:
        words = [self._program("psql"), *self._at(database), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
        return words if statement is None else [*words, "-c", statement]

    def _program(self, name: str) -> str:
        return str(programs() / name)

    def _at(self, database: Database) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(database.server.port), "-d", database.name]


def run_in_line(stand: Stand, *line: Sequence[str]) -> None:
    """Run programs as one pipe. Raises PeerFailed with what the first failed one said."""
    said = [(stand.folder / f"said-{number}").open("w+b") for number in range(len(line))]
    running: list[subprocess.Popen[bytes]] = []
    for words, errors in zip(line, said, strict=True):
        before = running[-1].stdout if running else subprocess.DEVNULL
        after = subprocess.PIPE if len(running) < len(line) - 1 else subprocess.DEVNULL
        running.append(subprocess.Popen(words, stdin=before, stdout=after, stderr=errors, env=stand.environment()))
        if running[1:] and running[-2].stdout:
            running[-2].stdout.close()
    for process in running:
        process.wait()
    for process, errors in zip(running, said, strict=True):
        errors.seek(0)
        text = errors.read().decode(errors="replace")[-1000:]
        errors.close()
        if process.returncode:
            raise PeerFailed(f"{Path(str(process.args[0])).name} ended with status {process.returncode}:\n{text}")  # type: ignore[index]


def has_pgcopydb() -> bool:
    """Whether pgcopydb is installed."""
    return shutil.which(_PGCOPYDB) is not None


def _uri(database: Database) -> str:
    return f"postgresql://127.0.0.1:{database.server.port}/{database.name}"


_PGCOPYDB = "pgcopydb"
_PLAIN = ("--no-owner", "--no-acl")
