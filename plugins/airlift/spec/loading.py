"""Load specs from files. One refusal holds all that is wrong with a file; one bad file never hides another."""

import copy
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from airlift.errors import Refused
from airlift.spec.model import Column, Cutover, Gates, Rehearsal, Spec, Switch, Table
from airlift.spec.problems import KeyPath, Problem, refusal, shown
from airlift.spec.reading import Document, read
from airlift.spec.rules import contradictions


@dataclass(frozen=True)
class SpecFile:
    """A file of the folder: its spec, or why it has none.

    `stem` is what its DAGs are named after, unique in the folder and fit for a DAG id. For a good file it is the file's
    stem; for a bad one it is made to fit, and is never that of a good one.
    """

    path: Path
    stem: str
    spec: Spec | None
    error: str | None


def load(path: Path) -> Spec:
    """Read and check one spec. Raises Refused with every problem: the file, the key, the fact, what was expected."""
    document = _read(path)
    if document.problems and document.values is None:
        raise refusal(path, document.problems)
    if not isinstance(document.values, dict):
        found = "the file is empty" if document.values is None else f"the file holds {shown(document.values)}"
        raise refusal(path, [Problem((), f"{found}; expected a mapping with `name`, `source` and `target`")])
    spec, problems = _check(document, path.stem)
    if problems or spec is None:
        raise refusal(path, problems)
    return spec


def load_folder(folder: Path) -> list[SpecFile]:
    """Load every *.yaml and *.yml of a folder, sorted by file name; hidden files are left alone.

    A bad file is an entry with its error. Raises Refused only if the folder itself can't be listed.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.name[0] != ".")
    except OSError as error:
        raise Refused(f"The folder of migrations {folder} can't be listed: {error.strerror}.") from error
    loaded = _load_all(paths)
    taken = {path.stem for path, result in loaded if isinstance(result, Spec)}
    return [_entry(path, result, taken) for path, result in loaded]


def _load_all(paths: list[Path]) -> list[tuple[Path, Spec | str]]:
    loaded: list[tuple[Path, Spec | str]] = []
    seen: dict[str, Path] = {}
    for path in paths:
        if path.stem in seen:
            loaded.append((path, f"{path}: {seen[path.stem].name} has the same stem; rename or remove one of the two"))
            continue
        seen[path.stem] = path
        try:
            loaded.append((path, load(path)))
        except Refused as error:
            loaded.append((path, str(error)))
    return loaded


def _entry(path: Path, result: Spec | str, taken: set[str]) -> SpecFile:
    if isinstance(result, Spec):
        return SpecFile(path, path.stem, result, None)
    stem = _free_stem(path, taken)
    taken.add(stem)
    return SpecFile(path, stem, None, result)


def _free_stem(path: Path, taken: set[str]) -> str:
    stem, whole = (re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:100] for text in (path.stem, path.name))
    return next(text for text in (stem, whole, *(f"{whole}_{n}" for n in range(len(taken) + 1))) if text not in taken)


def _read(path: Path) -> Document:
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path}: the file can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path}: the file is not UTF-8 (byte {error.start}); save it as UTF-8.") from error


def _check(document: Document, stem: str) -> tuple[Spec | None, list[Problem]]:
    spec, errors = _validate(document.values)
    problems = [*document.problems, *(_problem(error, document) for error in errors)]
    if spec is None:
        # What is left without the bad values is judged too, so that a person sees everything in one go.
        spec, _ = _validate(_without(document.values, [_place(error) for error in errors]))
    if spec is not None:
        for path, text, _ in contradictions(spec):
            problems.append(Problem(path, text, document.line(path)))
    name = document.values.get("name")
    if isinstance(name, str) and name != stem:
        text = f"is {shown(name)}, but the file's stem is `{stem}`; they must be equal"
        problems.append(Problem(("name",), text, document.line(("name",))))
    return spec, problems


# For required keys that are missing or wrong: different from each other, so that no rule takes them for one database.
_STAND_INS: Final = {"name": "unnamed", "source": "unnamed_source", "target": "unnamed_target"}


def _validate(values: dict[str, Any]) -> tuple[Spec | None, list[ErrorDetails]]:
    try:
        return Spec.from_json(values), []
    except ValidationError as error:
        return None, error.errors()


def _without(values: dict[str, Any], places: list[KeyPath]) -> dict[str, Any]:
    """Leave out the smallest entries that hold the places and whose absence makes nothing else wrong."""
    rest = copy.deepcopy(values)
    for place in places:
        holder: Any = rest
        entry = _entry_of(place)
        for key in entry[:-1]:
            holder = holder.get(key, {})
        holder.pop(entry[-1], None)
    if not rest.get("tables"):
        rest.pop("tables", None)
    return {**_STAND_INS, **rest}


def _entry_of(place: KeyPath) -> KeyPath:
    match place:
        case ("tables", _, "columns", _, *_):
            return place[:4]
        case ("tables", _, "columns" | "drop" | "key" | "updated_at", *_):
            return place[:3]
        case ("tables" | "cutover", _, *_):
            return place[:2]
    return place[:1]


def _place(error: ErrorDetails) -> KeyPath:
    # pydantic marks an error of a key itself with one more step.
    return error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]


def _problem(error: ErrorDetails, document: Document) -> Problem:
    path = _place(error)
    if error["type"] == "missing":
        return Problem(path, f"is missing; expected {_REQUIRED[path]}", document.line(path))
    text = _sentence(error, path)
    written = document.texts.get(path)
    if written and not isinstance(error["input"], str) and written != shown(error["input"]):
        text += f" (the file says `{written}`)"
    return Problem(path, text, document.line(path))


_REQUIRED: Final[dict[KeyPath, str]] = {
    ("name",): "the migration's name, equal to the file's stem",
    ("source",): "the id of the old database's Airflow connection",
    ("target",): "the id of the new database's Airflow connection",
    ("rehearsal", "target"): "the id of a scratch database's Airflow connection",
}


def _sentence(error: ErrorDetails, path: KeyPath) -> str:
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "extra_forbidden":
            return f"is not a known key; {_known(path)}"
        case "literal_error":
            return f"is {shown(error['input'])}; expected {error['ctx']['expected']}"
        case "bool_type":
            return f"is {shown(error['input'])}; expected true or false"
        case "model_type":
            return f"is {shown(error['input'])}; expected a mapping, `{{}}` if there is nothing to say"
    return f"is {shown(error['input'])}; {error['msg']}"


def _known(path: KeyPath) -> str:
    known = list(_keys(_model_at(path[:-1])))
    close = difflib.get_close_matches(str(path[-1]).lower(), known, n=1, cutoff=0.5)
    meant = f"did you mean `{close[0]}`? " if close else ""
    return f"{meant}Known here: {', '.join(known)}"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def _model_at(path: KeyPath) -> type[BaseModel]:
    match path:
        case ("tables", _):
            return Table
        case ("tables", _, "columns", _):
            return Column
        case ("cutover",):
            return Cutover
        case ("cutover", "switch"):
            return Switch
        case ("gates",):
            return Gates
        case ("rehearsal",):
            return Rehearsal
    return Spec
