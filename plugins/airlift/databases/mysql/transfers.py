"""Rows in bulk, out of a query and into LOAD DATA: lines that nobody here looks at."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, cast

import pymysql
import pymysql.cursors

from airlift.databases.failures import UnfitValue
from airlift.databases.mysql.feeding import Feed
from airlift.databases.mysql.lines import NOTHINGS
from airlift.databases.mysql.statements import Statements
from airlift.databases.mysql.verdicts import short, without_values
from airlift.errors import Refused

LARGEST_PACKET = 1 << 30
"""The most that max_allowed_packet may be."""
OLD_WORDS = 1287
"""The server's number for words of a statement that it will not know for ever: says nothing of the rows, and comes before all that do."""


class CutShort(Refused):
    """Rows came back shorter than they are: together they are longer than the server makes a text. It says so with a warning only."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"A row of {where} is longer, as text, than the server's max_allowed_packet, and can't be read whole. Make that larger: "
            f"SET GLOBAL max_allowed_packet = {LARGEST_PACKET}. New sessions have it at once. Then clear this task."
        )


class Transfers(Statements):
    """A connection that sends rows and takes them in."""

    def copy_out(self, statement: str, sink: IO[bytes], *, raw: Mapping[int, Callable[[Any], bytes]] | None = None) -> int:
        """Run a query whose rows are lines, and write them into `sink`; the number of lines.

        A row has pieces, which stand behind each other, and last the number of lines that they make. Each line ends with a line break,
        so that none can be cut short unseen. `raw` are pieces that come as they are, with what makes of each what stands in a line.
        Raises CutShort where the server has cut something short, with nothing written of that row.
        """
        lines = 0
        with self._said(statement), _closing(self._raw.cursor(pymysql.cursors.SSCursor)) as cursor:
            cursor.execute(statement)
            for *pieces, count in cursor:
                if count == 0:
                    continue
                for position, made in (raw or {}).items():
                    pieces[position] = made(pieces[position])
                # a line of numbers alone comes as a text
                block = b"".join(each.encode() if isinstance(each, str) else each for each in pieces) if None not in pieces else b""
                if block.count(b"\n") != count or not block.endswith(b"\n"):
                    raise CutShort(self._where)
                sink.write(block)
                lines += int(count)
        return lines

    def one_value(self, statement: str) -> tuple[Any, ...]:
        """The one row of a query whose first value may be a long one, and behind it how many warnings there were."""
        cursor = self._cursor()
        with self._said(statement):
            cursor.execute(statement)
        (row,) = cursor.fetchall()
        return (*row, int(cast(Any, cursor)._result.warning_count))

    def copy_in(self, statement: str, source: IO[bytes]) -> int:
        """Run LOAD DATA LOCAL INFILE {airlift file} from `source`; the number of rows.

        What `source` raises reads as the end of the file to the server: so it is raised here again, and nothing may be committed then.
        """
        cursor = self._cursor()
        if NOTHINGS in statement:
            with self._said("sessions/count_nothings"):
                self._run_all([self.text("sessions/count_nothings")])
        feed = Feed(source)
        try:
            with self._said(statement):
                cursor.execute(statement.replace("'airlift file'", f"'/dev/fd/{feed.reading}'"))
                taken, warnings = int(cursor.rowcount), int(cast(Any, cursor)._result.warning_count)
        finally:
            feed.end()
        if feed.failure is not None:
            raise feed.failure
        if warnings:
            self._refuse_clipped(statement)
        return taken

    def _refuse_clipped(self, statement: str) -> None:
        """LOAD DATA LOCAL clips and skips with a warning where other statements raise. Those that the statement counted had to come."""
        shown = self.rows("sessions/show_warnings")
        told = [(level, code, words) for level, code, words in shown if code != OLD_WORDS]
        if self.rows("sessions/count_warnings", {"counted": NOTHINGS if NOTHINGS in statement else "0"})[0][0] == len(shown) - len(told):
            return
        # one that names the column tells more than another of the same value
        level, code, words = min(told or shown, key=lambda each: "column" not in each[2])
        raise UnfitValue(f"{self._where}, during {short(statement)}: {level} {code}, {without_values(str(words))}")


@contextlib.contextmanager
def _closing(cursor: Any) -> Iterator[Any]:
    """A cursor whose rows come as they are read, closed after the block: that reads what is left of them."""
    try:
        yield cursor
    except BaseException:
        # a connection that is gone has nothing left to be read, and says so in another way each time: the first error is the one to be told
        try:
            cursor.close()
        except (pymysql.Error, AttributeError):
            cursor._result.unbuffered_active = False  # the driver would try it once more, when nobody is there to be told
        raise
    cursor.close()
