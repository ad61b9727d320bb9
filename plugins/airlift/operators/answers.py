"""What a person answered at a gate. Values only: no Airflow, no waiting.

An answer is the gate's own XCom. The gate's state says nothing: it is `success` too where somebody marked it so by hand.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from airlift.errors import Refused

APPROVE: Final = "Approve"
REJECT: Final = "Reject"
NOT_BEFORE: Final = "not_before"


def is_approval(answer: object) -> bool:
    """Whether it is an answer, and the answer is Approve."""
    return _chosen(answer) == [APPROVE]


def is_rejection(answer: object) -> bool:
    """Whether it is an answer, and the answer is Reject."""
    return _chosen(answer) == [REJECT]


def approval(answer: object, *, gate: str) -> dict[str, Any]:
    """The answer in plain JSON values, if it is Approve. Raises Refused for all else, a missing answer above all."""
    if not is_approval(answer):
        given = "was answered with Reject" if is_rejection(answer) else "has no answer of a person; its state alone is none"
        raise Refused(f'The gate "{gate}" {given}. Nothing was changed. To be asked again, clear "{gate}".')
    assert isinstance(answer, Mapping)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in answer.items()}


def not_before(answer: object) -> datetime | None:
    """When the cutover may begin at the earliest, if the answer says so. Raises Refused for what is no moment in time."""
    value = (_inputs(answer)).get(NOT_BEFORE)
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Refused(f"`{NOT_BEFORE}` is {value!r}, which is no date and time; {_EXAMPLE}.") from error
    if moment.tzinfo is None:
        raise Refused(f"`{NOT_BEFORE}` is {value!r}, which names no time zone; {_EXAMPLE}.")
    return moment.astimezone(UTC)


_EXAMPLE: Final = "write it as 2026-01-31T03:00:00+00:00, or leave it empty"


def _chosen(answer: object) -> object:
    return answer.get("chosen_options") if isinstance(answer, Mapping) else None


def _inputs(answer: object) -> Mapping[str, Any]:
    inputs = answer.get("params_input") if isinstance(answer, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}
