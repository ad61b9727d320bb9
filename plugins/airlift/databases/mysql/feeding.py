"""Rows for a LOAD DATA LOCAL, which the driver reads from a file."""

import os
import threading
from typing import IO

from airlift.databases.pumping import BLOCK_BYTES


class Feed:
    """A pipe that the driver reads as a file, filled from `source` by a thread: what `source` raises is kept, and ends it."""

    def __init__(self, source: IO[bytes]) -> None:
        self.failure: BaseException | None = None
        self._source = source
        self.reading, self._writing = os.pipe()
        self._thread = threading.Thread(target=self._fill, name="airlift-feed")
        self._thread.start()

    def end(self) -> None:
        """Let go of the pipe, however far it was read."""
        os.close(self.reading)
        self._thread.join()

    def _fill(self) -> None:
        try:
            with os.fdopen(self._writing, "wb", buffering=0) as sink:
                while block := self._source.read(BLOCK_BYTES):
                    left = memoryview(block)
                    while left:
                        left = left[sink.write(left) :]
        except BaseException as error:
            # a pipe that nobody reads any more: the statement ended before its rows did, and says why itself
            self.failure = None if isinstance(error, BrokenPipeError) else error
