"""What others use to copy a database from or to MariaDB: its own programs, mydumper, pgloader, and a loop in Python."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bench.peers import JOBS, run_in_line
from bench.stand import SQL, Stand
from testbed.mariadb import find_program
from testbed.serving import ADMIN, Database

MYDUMPER = "mydumper, myloader -t2"
DUMP = "mysqldump | mysql"
PGLOADER = "pgloader"
CURSOR = "server cursor, executemany"
NEEDS = {MYDUMPER: ("mydumper", "myloader"), DUMP: ("mariadb-dump", "mariadb"), PGLOADER: ("pgloader",), CURSOR: ()}
"""The programs of each."""
BATCH = 5000
INSERT = "INSERT INTO sbtest1 (id, k, c, pad) VALUES (%s, %s, %s, %s)"
# The tables come into a schema of the database's name unless it is told otherwise.
_LOAD = """\
LOAD DATABASE FROM mysql://{source} INTO postgresql://{target}
WITH include drop, create tables, create indexes, reset sequences, workers = {jobs}, concurrency = 1
ALTER SCHEMA '{name}' RENAME TO 'public';
"""


@dataclass(frozen=True)
class MariaPeers:
    """The programs, run between two databases. MariaDB's are run by its administrator: some ask for more than an owner may."""

    stand: Stand
    source: Database
    target: Database

    def dump_pipe(self) -> None:
        """`mysqldump --single-transaction | mysql`."""
        dump = [_program("mariadb-dump"), self._options(self.source), "--single-transaction", "--quick", self.source.name]
        run_in_line(self.stand, dump, [_program("mariadb"), self._options(self.target), self.target.name])

    def mydumper(self) -> None:
        """`mydumper`, then `myloader`, with as many threads as we have streams. What is loaded is in the binary log, as it is by others."""
        folder = self.stand.folder / "mydumper"
        dump = ["mydumper", *self._words(self.source), "--threads", JOBS, "--rows", "50000", "--outputdir", str(folder)]
        load = ["myloader", *self._words(self.target), "--threads", JOBS, "--enable-binlog", "--directory", str(folder)]
        try:
            run_in_line(self.stand, [*dump, "--database", self.source.name])
            run_in_line(self.stand, [*load, "--database", self.target.name])
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def pgloader(self) -> None:
        """`pgloader FILE`, with its defaults but for the number of workers."""
        source, target = (f"{ADMIN}:{each.server.passwords[ADMIN]}@127.0.0.1:{each.server.port}/{each.name}" for each in self._ends())
        load = self._secret("load", _LOAD.format(source=source, target=target, name=self.source.name, jobs=JOBS))
        folder = self.stand.folder / "pgloader"
        run_in_line(self.stand, ["pgloader", "--root-dir", str(folder), str(load)])

    def cursor(self) -> None:
        """A cursor on the server that is read in batches, and each batch inserted by executemany, all in one transaction."""
        with contextlib.closing(self.target.connect()) as new, contextlib.closing(self.source.connect()) as old:
            self.target.dialect.run_script(new, (SQL / "sbtest_table_mysql.sql").read_text(), {})
            old.autocommit = False
            new.autocommit(False)
            with old.cursor("bench") as reading, new.cursor() as writing:
                reading.itersize = BATCH
                reading.execute("SELECT id, k, c, pad FROM sbtest1")
                while batch := list(itertools.islice(reading, BATCH)):
                    writing.executemany(INSERT, batch)
            new.commit()

    def _ends(self) -> tuple[Database, Database]:
        return self.source, self.target

    def _words(self, database: Database) -> list[str]:
        """As mydumper is told it: of its options file it reads no password."""
        return ["-h", "127.0.0.1", "-P", str(database.server.port), "-u", ADMIN, "-p", database.server.passwords[ADMIN]]

    def _options(self, database: Database) -> str:
        """The option that names a file with the rest."""
        port, password = database.server.port, database.server.passwords[ADMIN]
        text = f"[client]\nhost = 127.0.0.1\nport = {port}\nuser = {ADMIN}\npassword = {password}\n"
        return f"--defaults-extra-file={self._secret(f'options-{port}', text)}"

    def _secret(self, name: str, text: str) -> Path:
        """A file that only we can read."""
        path = self.stand.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path


def missing(peer: str) -> list[str]:
    """Those of a peer's programs that are not installed."""
    folders = os.pathsep.join(filter(None, (os.environ.get("AIRLIFT_MARIADB_BIN"), os.environ.get("PATH"))))
    return [name for name in NEEDS[peer] if shutil.which(name, path=folders) is None]


def _program(name: str) -> str:
    return str(find_program(name))
