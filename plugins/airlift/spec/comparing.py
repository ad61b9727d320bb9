"""How two specs differ, in words. Knows nothing of which of them a run uses."""

from typing import Any

from airlift.spec.model import Spec
from airlift.spec.problems import KeyPath, key_path, shown


def differences(old: Spec, new: Spec) -> list[str]:
    """One sentence for each key path whose value differs, in the order of the new spec; empty if none does."""
    return _differences((), old.to_json(), new.to_json())


def _differences(path: KeyPath, old: Any, new: Any) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*new, *(key for key in old if key not in new)]
        return [line for key in keys for line in _entry((*path, key), key, old=old, new=new)]
    return [] if old == new else [f"`{key_path(path)}` was {_value(old)} and is now {_value(new)}"]


def _entry(path: KeyPath, key: str, *, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    if key not in old:
        return [f"`{key_path(path)}` is new"]
    if key not in new:
        return [f"`{key_path(path)}` is gone"]
    return _differences(path, old[key], new[key])


def _value(value: Any) -> str:
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list) else shown(value)
