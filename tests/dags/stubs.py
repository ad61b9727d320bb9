"""Stand-ins for the phases and for a person, so that a whole DAG can be run in one process without servers."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from airlift.operators.gates import Gate
from airlift.operators.phase import PhaseOperator

REPORT = {"markdown": "# All rows are equal"}
RETURNS: dict[str, Any] = {
    "copying.plan": ["stream 1 of 2", "stream 2 of 2"],
    "sync.report": REPORT,
    "cutover.rename": {"watermark": {"at": "2026-01-31T03:00:00Z", "position": "p"}, "pause_ms": 31, "outage_ms": 12, "attempts": 1},
}
PHASES = (
    "prepare.preflight", "prepare.create_target", "prepare.install_triggers", "prepare.watermark",
    "copying.plan", "copying.dump_and_import", "copying.build_indexes",
    "sync.delta_windows", "sync.keep_in_sync", "sync.validate", "sync.report",
    "cutover.create_views", "cutover.rename", "cutover.validate",
    "contract.sync_back", "contract.validate", "contract.drop_views", "contract.clean_up",
)  # fmt: skip


class Phases:
    """Every phase as a function that notes its call. `fails` makes one raise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.errors: dict[str, Exception] = {}
        for name in PHASES:
            module = types.ModuleType(f"airlift.phases.{name}")
            setattr(module, name.partition(".")[2], self._phase(name))
            monkeypatch.setitem(sys.modules, module.__name__, module)
        migration = SimpleNamespace(cancel=lambda: None)
        monkeypatch.setattr(PhaseOperator, "_build", lambda operator, context: migration)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def fails(self, name: str, error: Exception) -> None:
        self.errors[name] = error

    def _phase(self, name: str) -> Callable[..., Any]:
        def phase(migration: Any, *arguments: Any) -> Any:
            self.calls.append((name, arguments))
            if name in self.errors:
                raise self.errors[name]
            return RETURNS.get(name)

        return phase


def event(option: str, *, user: str = "alice", **inputs: Any) -> dict[str, Any]:
    """An answer as Airflow hands it to a gate."""
    return {
        "chosen_options": [option],
        "params_input": inputs,
        "responded_at": datetime(2026, 1, 31, 3, tzinfo=UTC),
        "responded_by_user": {"id": user, "name": user},
    }


def answers(monkeypatch: pytest.MonkeyPatch, **options: str) -> None:
    """Let gates answer at once, by their group: `cutover="Reject"`. A gate that isn't named is marked success by hand."""

    def execute(gate: Gate, context: Any) -> Any:
        gate.page(context)
        option = options.get(gate.task_id.partition(".")[0])
        return gate.execute_complete(context, event(option)) if option else None

    monkeypatch.setattr(Gate, "execute", execute)
