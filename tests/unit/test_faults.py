"""The named points: they do what the environment asks for, and nothing where it doesn't."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import time

import pytest

from airlift import faults
from airlift.errors import Interrupted
from tests.rules.tree import PROJECT


def child(value: str) -> subprocess.Popen[bytes]:
    """A process that passes one point and then ends with status 7."""
    program = "from airlift.faults import reached; reached('here'); raise SystemExit(7)"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT.root / "plugins"), faults.VARIABLE: value}
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


def state(pid: int) -> str:
    """The kernel's letter for a process: T is stopped."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("value", ["", "there:kill", "herein:kill", "her:kill", "kill", ":kill"])
def test_nothing_happens_at_a_point_that_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(faults.VARIABLE, value)
    faults.reached("here")


def test_nothing_happens_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    faults.reached("here")


def test_raise_is_an_interruption_that_names_the_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "here:raise")
    with pytest.raises(Interrupted, match='"here"'):
        faults.reached("here")


def test_an_unknown_action_is_no_silent_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(faults.VARIABLE, "here:explode")
    with pytest.raises(ValueError, match="explode"):
        faults.reached("here")


def test_kill_ends_the_process_with_signal_9() -> None:
    assert child("here:kill").wait(20) == -signal.SIGKILL


def test_stop_freezes_the_process_until_it_is_told_to_go_on() -> None:
    process = child("here:stop")
    try:
        until = time.monotonic() + 20
        while state(process.pid) != "T":
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGCONT)
        assert process.wait(20) == 7
    finally:
        process.kill()
        process.wait()


def test_every_point_has_one_name_of_its_own() -> None:
    points = [
        ast.literal_eval(node.args[0])
        for module in PROJECT.modules("plugins")
        for node in ast.walk(module.ast)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "faults.reached"
    ]
    assert len(points) == len(set(points)) > 10
