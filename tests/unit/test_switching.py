"""`cutover.switch` as a command and as an HTTP hook: what is called, and what is said when it fails."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from airlift.errors import Interrupted
from airlift.phases.switching import Switch


def script(tmp_path: Path, text: str) -> Switch:
    """A switch that is a shell script."""
    path = tmp_path / "switch.sh"
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)
    return Switch(command=(str(path), "own word"))


def test_a_command_is_given_the_direction_and_the_attempt_after_its_own_words(tmp_path: Path) -> None:
    script(tmp_path, f"printf '%s|' \"$@\" > {tmp_path}/said").call("hold", "shop-1")
    assert (tmp_path / "said").read_text() == "own word|hold|shop-1|"


def test_a_command_is_told_how_long_a_hold_lasts(tmp_path: Path) -> None:
    switch = script(tmp_path, f'printf "%s %s|" "$2" "${{AIRLIFT_HOLD_SECONDS-none}}" >> {tmp_path}/said')
    switch.call("hold", "shop-1", hold_seconds=2.0)
    switch.call("target", "shop-1")
    assert (tmp_path / "said").read_text() == "hold 2.000|target none|"


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    switch = script(tmp_path, "echo on its output; echo no such pool >&2; exit 3")
    with pytest.raises(Interrupted, match=r"target ended with status 3: on its output\s+no such pool"):
        switch.call("target", "shop-1")


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match="No such file"):
        Switch(command=(str(tmp_path / "nothing"),)).call("hold", "shop-1")


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    switch = script(tmp_path, f"(sleep 1; touch {late}) & sleep 60")
    began = time.monotonic()
    with pytest.raises(Interrupted, match=r"longer than 0\.3 s"):
        switch.call("hold", "shop-1", seconds=0.3)
    assert time.monotonic() - began < 20
    time.sleep(1.2)
    assert not late.exists()


class Hook(BaseHTTPRequestHandler):
    """Writes down what it is asked; answers with the status of its server."""

    def do_POST(self) -> None:
        """Take a call."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, self.headers["Authorization"], json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """An HTTP server with a hook."""
    made = HTTPServer(("127.0.0.1", 0), Hook)
    made.asked, made.status = [], 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_hook_is_told_the_direction_and_the_attempt(server: HTTPServer) -> None:
    url = f"http://127.0.0.1:{server.server_port}/switch"
    Switch(url=url, auth=("airlift", "secret")).call("source", "shop-2")
    path, authorization, body = server.asked[0]  # type: ignore[attr-defined]
    assert (path, body) == ("/switch", {"direction": "source", "attempt": "shop-2"})
    assert authorization.startswith("Basic ")
    Switch(url=url).call("hold", "shop-3", hold_seconds=2.0)
    assert server.asked[1][2] == {"direction": "hold", "attempt": "shop-3", "hold_seconds": 2.0}  # type: ignore[attr-defined]


def test_a_hook_that_fails_is_told_without_its_credentials(server: HTTPServer) -> None:
    server.status = 503  # type: ignore[attr-defined]
    switch = Switch(url=f"http://airlift:secret@127.0.0.1:{server.server_port}/switch?token=secret")
    with pytest.raises(Interrupted, match=r"target: HTTPStatusError.* 127\.0\.0\.1") as caught:
        switch.call("target", "shop-2")
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Switch(command=("a",), auth=("airlift", "secret")))
