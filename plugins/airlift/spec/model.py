"""What a spec holds, each value checked for itself. What values mean together is in rules.py."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from airlift.spec.durations import duration, duration_text
from airlift.spec.names import selector, sql_name, target_name, written
from airlift.spec.problems import shown
from airlift.spec.schedules import schedule


def _text(value: object) -> object:
    if not isinstance(value, str):
        remedy = "" if isinstance(value, dict | list | tuple) else "; if the word or number itself is meant, quote it"
        raise ValueError(f"is {shown(value)}; expected text{remedy}")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; expected text, or leave the key out")
    return value


def _list(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError(f"is {shown(value)}; expected a list such as [first, second]")
    return tuple(value)


def _filled(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("is an empty list; expected at least one entry, or leave the key out")
    return values


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"holds {', '.join(map(shown, twice))} more than once; expected each name once")
    return values


def _one_name_one_key(read: Callable[[str], object]) -> Callable[[object], object]:
    """Refuse two keys that are the same name once folded: a dict would keep the last and drop the other."""

    def check(value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError(f"is {shown(value)}; expected a mapping from names to what is said of them")
        seen: dict[str, str] = {}
        for key in value:
            if isinstance(key, str) and (name := _meaning(key, read)) is not None:
                if name in seen:
                    raise ValueError(f"has the keys `{seen[name]}` and `{key}`, which mean the same name; keep one")
                seen[name] = key
        return value

    return check


def _meaning(key: str, read: Callable[[str], object]) -> str | None:
    try:
        return str(read(key))
    except ValueError:
        return None


def _matching(form: str, expected: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(form, value):
            raise ValueError(f"is {shown(value)}; expected {expected}")
        return value

    return check


def _whole(low: int, high: int) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"is {shown(value)}; expected a whole number from {low} to {high}")
        return value

    return check


def _between(low: float, high: float) -> Callable[[float], float]:
    def check(seconds: float) -> float:
        if not low <= seconds <= high:
            limits = f"from {duration_text(low)} to {duration_text(high)}"
            raise ValueError(f"is `{duration_text(seconds)}`; expected a duration {limits}")
        return seconds

    return check


def _target(text: str) -> str:
    schema, name = target_name(text)
    return written(name) if schema is None else f"{written(schema)}.{written(name)}"


_Prose = Annotated[str, BeforeValidator(_text)]
_Text = Annotated[_Prose, AfterValidator(_not_blank)]
_Name = Annotated[_Text, AfterValidator(sql_name), PlainSerializer(written)]
_Names = Annotated[tuple[_Name, ...], BeforeValidator(_list), AfterValidator(_distinct)]
_Texts = Annotated[tuple[_Text, ...], BeforeValidator(_list)]
_Duration = Annotated[float, BeforeValidator(duration), PlainSerializer(duration_text)]
_Connection = Annotated[
    _Text,
    AfterValidator(_matching(r"[A-Za-z0-9_.-]{1,200}", "the id of an Airflow connection (letters, digits, `_`, `.` and `-`)")),
]
_MigrationName = Annotated[_Text, AfterValidator(_matching(r"[A-Za-z0-9_]{1,40}", "at most 40 letters (a to z), digits and underscores"))]
_Staging = Annotated[
    _Text,
    AfterValidator(
        _matching(
            r"file:///[^\s]+|s3://[\w.-]+@[A-Za-z0-9.-]+(/[^\s]*)?",
            "null, file:///folder or s3://connection@bucket/prefix (the id of an Airflow connection, never a secret)",
        )
    ),
]
_Schedule = Annotated[_Text, AfterValidator(schedule)]
_UrlPath = Annotated[_Text, AfterValidator(_matching(r"/[^\s]*", "a path that begins with `/`"))]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_by_name=True, validate_by_alias=True)


class Column(_Part):
    """How a column of the new table differs from the old table's.

    `add`, `type` and `back` are SQL of the target, `using` is SQL of the source; `from_` (`from` in the file) is the
    old column's real name.
    """

    add: _Text | None = None
    from_: _Name | None = Field(default=None, alias="from")
    type: _Text | None = None
    using: _Text | None = None
    back: _Text | None = None


class Table(_Part):
    """What a key of `tables` says of the tables it matches. All column names are real names, folded already.

    `to` is SQL text, with a schema or without; `Choice.target` is the table it means.
    """

    to: Annotated[_Text, AfterValidator(_target)] | None = None
    columns: Annotated[dict[_Name, Column], BeforeValidator(_one_name_one_key(sql_name))] = {}
    drop: _Names = ()
    key: Annotated[_Names, AfterValidator(_filled)] | None = None
    updated_at: _Name | None = None
    skip: bool = False


class Switch(_Part):
    """What moves the services across servers: an argv, or a path on an HTTP connection. Exactly one of the two."""

    command: Annotated[_Texts, AfterValidator(_filled)] | None = None
    http: _Connection | None = None
    path: _UrlPath = "/switch"


class Cutover(_Part):
    """How long a writer may wait under the fence (seconds), how often to try, and what moves the services."""

    max_pause: Annotated[_Duration, AfterValidator(_between(0.1, 60))] = 2.0
    attempts: Annotated[int, BeforeValidator(_whole(1, 1000))] = 20
    switch: Switch | None = None


class Gates(_Part):
    """Who may answer the gates; empty means whoever may edit the DAG run."""

    users: _Texts = ()


class Rehearsal(_Part):
    """The scratch target of rehearsals, and the cron expression that starts them, if any."""

    schedule: _Schedule | None = None
    target: _Connection


class Spec(_Part):
    """One migration. Keys of `tables` are SQL names or patterns in their shortest form; see `choose`."""

    name: _MigrationName
    description: _Prose = ""
    source: _Connection
    target: _Connection
    schema_: _Name | None = Field(default=None, alias="schema")
    tables: Annotated[
        dict[Annotated[_Text, AfterValidator(lambda text: str(selector(text)))], Table],
        BeforeValidator(_one_name_one_key(selector)),
    ] = {"*": Table()}
    mode: Literal["online", "offline"] = "online"
    capture: Literal["triggers", "log", "timestamps"] = "triggers"
    staging: _Staging | None = None
    workers: Annotated[int, BeforeValidator(_whole(1, 64))] = 2
    cutover: Cutover = Cutover()
    validation_age: Annotated[_Duration, AfterValidator(_between(1, 3650 * 86_400))] = 86_400.0
    obsolete: Literal["keep", "drop"] = "keep"
    gates: Gates = Gates()
    rehearsal: Rehearsal | None = None

    def to_json(self) -> dict[str, Any]:
        """The whole spec, defaults included, in the file's own notation: a later default can't change a frozen spec."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_json(cls, frozen: dict[str, Any]) -> Self:
        """Read what `to_json` wrote. Raises pydantic's ValidationError on anything else."""
        return cls.model_validate(frozen, by_alias=True, by_name=False)
