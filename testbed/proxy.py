"""A proxy before a server that drops, delays and half-closes sessions, and loses the answer to a COMMIT, or the COMMIT itself.

In a test it is an object with threads; `started()` makes it a process of its own, for whoever forks. Knows nothing of databases but the
word COMMIT.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from testbed.leash import leash, stop_group
from testbed.servers import Database

BLOCK = 65536
HALF_OPEN = 3.0
"""Seconds until the server hears that a half-closed session is gone, as keepalives would tell it."""
_ROOT = Path(__file__).resolve().parent.parent


class Pair:
    """A session: the client's end and the server's."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.is_half_closed = False
        self.answer_is_lost = False


class Proxy:
    """Passes sessions on to a server. Its orders are the words that a process of it takes, too."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.lost = 0
        self._losing = ""
        self._rest = 0.0
        self._pairs: list[Pair] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answer(self) -> None:
        """The next COMMIT is done; its answer is lost, and the session with it."""
        self._losing = "answer"

    def lose_commit(self) -> None:
        """The next COMMIT is lost, and the session with it."""
        self._losing = "commit"

    def delay(self, seconds: float = 0.1) -> None:
        """From now on each round trip takes so much longer; 0 for none."""
        self._rest = seconds / 2

    def drop(self) -> None:
        """End every session that is there, at both ends."""
        for pair in self._taken():
            _end(pair.client)
            _end(pair.server)

    def half_close(self) -> None:
        """End every session at the client's end only; the server hears nothing of it for `HALF_OPEN` seconds."""
        for pair in self._taken():
            pair.is_half_closed = True
            _end(pair.client)
            timer = threading.Timer(HALF_OPEN, _end, [pair.server])
            timer.daemon = True
            timer.start()

    def close(self) -> None:
        """End it all."""
        _end(self._listener)
        self.drop()

    def _taken(self) -> list[Pair]:
        pairs, self._pairs = self._pairs, []
        return pairs

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._server_port))
                except OSError:  # the server is down: so is who asks for it
                    _end(client)
                    continue
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                pair = Pair(client, server)
                self._pairs.append(pair)
                threading.Thread(target=self._ask, args=(pair,), daemon=True).start()
                threading.Thread(target=self._answer, args=(pair,), daemon=True).start()

    def _ask(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):  # either end is gone
            while block := pair.client.recv(BLOCK):
                if self._losing and b"COMMIT" in block:
                    losing, self._losing = self._losing, ""
                    self.lost += losing == "commit"
                    pair.answer_is_lost = losing == "answer"
                    if losing == "commit":
                        _end(pair.client)
                        break
                time.sleep(self._rest)
                pair.server.sendall(block)
        if not pair.is_half_closed:
            _end(pair.server)

    def _answer(self, pair: Pair) -> None:
        with contextlib.suppress(OSError):  # either end is gone
            while block := pair.server.recv(BLOCK):
                if pair.answer_is_lost:
                    self.lost += 1
                    break
                time.sleep(self._rest)
                if not pair.is_half_closed:
                    pair.client.sendall(block)
        _end(pair.client)


class Through:
    """A server as it is seen through a proxy: the same in all but its port, and in what else is said of a session."""

    def __init__(self, server: Any, port: int, **words: Any) -> None:
        self._server, self._words = server, {**words, "port": port}

    def dsn(self, *arguments: Any, **words: Any) -> dict[str, Any]:
        """The server's words for a session, with the proxy's port."""
        return {**self._server.dsn(*arguments, **words), **self._words}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


def through(database: Database, port: int, **words: Any) -> Database:
    """A database as it is seen through a proxy at a port; `words` are further ones for the driver."""
    server: Any = Through(database.server, port, **words)
    return replace(database, server=server)


@contextlib.contextmanager
def proxy(database: Database) -> Iterator[Proxy]:
    """A proxy before a database's server, in this process."""
    made = Proxy(int(database.dsn["port"]))
    try:
        yield made
    finally:
        made.close()


class Started:
    """A proxy in a process of its own."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, "-m", "testbed.proxy", str(port)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_ROOT, text=True, start_new_session=True
        )
        leash().group(self._process.pid)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def order(self, *words: str) -> None:
        """One of the proxy's orders, with what belongs to it: `drop`, or `delay 0.1`."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        stop_group(self._process.pid, grace=1.0)
        self._process.wait()
        leash().release(self._process.pid)


@contextlib.contextmanager
def started(database: Database) -> Iterator[Started]:
    """A proxy before a database's server, as a process."""
    made = Started(int(database.server.dsn()["port"]))
    try:
        yield made
    finally:
        made.close()


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # ended already
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def main() -> None:
    """A proxy that says its port, and takes an order a line until there is nobody to give one."""
    made = Proxy(int(sys.argv[1]))
    print(made.port, flush=True)
    for line in sys.stdin:
        word, *values = line.split()
        getattr(made, word)(*map(float, values))
    made.close()


if __name__ == "__main__":
    main()
