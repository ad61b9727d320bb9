"""The trigger form: the few settings that one run may want differently, and how they are read back."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow.sdk import Param

from airlift.errors import Refused
from airlift.spec import Spec
from airlift.spec.durations import duration, duration_text

if TYPE_CHECKING:
    from airlift.phases.migration import Settings

_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 60.0
_SLOWEST: Final = 0.01
_LEAST_ROOM: Final = 0.001
_MOST_ROOM: Final = 1e9
GB: Final = 1_000_000_000
_UNFINISHED: Final = ("refuse", "go on", "start over")


def form(spec: Spec) -> dict[str, Param]:
    """The fields of the form, filled with what the spec says."""
    return {
        "workers": Param(
            spec.workers,
            type="integer",
            minimum=1,
            maximum=64,
            title="Workers",
            description="Parallel streams of the bulk copy and of the full comparison. Each holds one session on the "
            "source and one on the target, and needs a free slot of Airflow's executor.",
        ),
        "max_pause": Param(
            duration_text(spec.cutover.max_pause),
            type="string",
            pattern="^[0-9]{1,5}(ms|s|m)$",
            title="Longest pause",
            description="No writer waits longer than this under the fence: a duration from 100ms to 60s, such as 500ms "
            "or 2s. An attempt that would take longer is given up and made again.",
        ),
        "attempts": Param(
            spec.cutover.attempts,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Attempts",
            description="How often the cutover may be tried before the task gives up.",
        ),
        "pace": Param(
            1.0,
            type="number",
            minimum=_SLOWEST,
            maximum=1,
            title="Pace",
            description="The part of its full speed that copy, comparison and windows go at, for the sake of the service. 1: as fast "
            "as it goes. 0.5: it rests as long as it works. The page Airlift of the run changes it on the way, and pauses.",
        ),
    }


def migration_form(spec: Spec) -> dict[str, Param]:
    """The form of the DAG that migrates."""
    unfinished = Param(
        _UNFINISHED[0],
        type="string",
        enum=list(_UNFINISHED),
        title="An unfinished earlier run",
        description="What to do where an earlier run of this migration has not come to its end. refuse: name it and do nothing. go on: "
        "this run takes it over where it stands. start over: what it has made is taken away first; only before the cutover.",
    )
    room = Param(
        None,
        type=["null", "number"],
        minimum=_LEAST_ROOM,
        maximum=_MOST_ROOM,
        title="Room on the target's disk",
        description="How many GB (10^9 bytes) of the target's disk this migration may take in all. Preflight compares it with what the "
        "tables need; copy, index builds and windows stop before it is taken. Empty: what a server says that can be asked (MariaDB's "
        "plugin DISKS), else nobody knows. The page Airlift of the run changes it on the way.",
    )
    return {**form(spec), "target_room": room, "unfinished": unfinished}


def settings(params: Mapping[str, Any]) -> "Settings":
    """What the form says, for the phases. Raises Refused for a value that the form would not have let through."""
    from airlift.phases.migration import Settings

    return Settings(
        workers=_whole("workers", params, limit=64),
        max_pause=_pause(params.get("max_pause")),
        attempts=_whole("attempts", params, limit=1000),
        pace=_pace(params.get("pace")),
        target_room=_room(params.get("target_room")),
        unfinished=_unfinished(params.get("unfinished", _UNFINISHED[0])),
    )


def _unfinished(value: object) -> str:
    if value not in _UNFINISHED:
        raise Refused(f'The setting "unfinished" of this run is {value!r}; it takes {", ".join(_UNFINISHED)}.')
    return str(value)


def _whole(name: str, params: Mapping[str, Any], *, limit: int) -> int:
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
        raise Refused(f'The setting "{name}" of this run is {value!r}; it takes a whole number from 1 to {limit}.')
    return value


def _pace(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not _SLOWEST <= value <= 1:
        raise Refused(f'The setting "pace" of this run is {value!r}; it takes a number from {_SLOWEST} to 1.')
    return float(value)


def _room(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not _LEAST_ROOM <= value <= _MOST_ROOM:
        raise Refused(f'The setting "target_room" of this run is {value!r}; it takes GB, a number from {_LEAST_ROOM} to {_MOST_ROOM:,.0f}.')
    return round(value * GB)


def _pause(value: object) -> float:
    try:
        seconds = duration(value)
    except ValueError as error:
        raise Refused(f'The setting "max_pause" of this run {_ending(str(error))}') from error
    if not _SHORTEST_PAUSE <= seconds <= _LONGEST_PAUSE:
        raise Refused(f'The setting "max_pause" of this run is {value}; it takes a duration from 100ms to 60s.')
    return seconds


def _ending(sentence: str) -> str:
    return re.sub(r"\.?$", ".", sentence, count=1)
