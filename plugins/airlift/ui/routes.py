"""The routes of the pages. None answers anybody who isn't logged in, or who may not see the DAG.

A FastAPI app of a plugin is open unless its routes say otherwise: the user is demanded for the whole app, so no route can forget.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, get_user, requires_access_dag
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response

from airlift.connections import address
from airlift.errors import AirliftError
from airlift.folder import ROLL_BACK, migrations_folder
from airlift.folder import dag_id as _dag_of
from airlift.spec import Spec, SpecFile, load_folder
from airlift.ui.commanding import Command, obey
from airlift.ui.progress import progress
from airlift.ui.reading import read

Answer = dict[str, Any]

_HERE: Final = Path(__file__).parent
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_FRESH_SECONDS: Final = 1.0
_must_edit_runs = requires_access_dag(method="PUT", access_entity=DagAccessEntity.RUN)

# The routes that FastAPI adds by itself would be open to everybody.
app = FastAPI(dependencies=[Depends(get_user)], openapi_url=None, docs_url=None, redoc_url=None)


@app.get("/")
def page() -> Response:
    """The page, for all migrations or for one: its script asks for what it shows."""
    return _file("page.html", "text/html")


@app.get("/page.js")
def script() -> Response:
    """The page's script."""
    return _file("page.js", "text/javascript")


@app.get("/page.css")
def style() -> Response:
    """The page's style."""
    return _file("page.css", "text/css")


@app.get("/api/migrations")
def migrations(user: GetUserDep) -> list[Answer]:
    """All migrations whose DAG the user may see. Asks no database."""
    visible = get_auth_manager().get_authorized_dag_ids(user=user, method="GET")
    return [_summary(file) for file in _files() if _dag_of(file) in visible]


@app.get("/api/migrations/{dag_id}", dependencies=[Depends(requires_access_dag(method="GET"))])
def migration(dag_id: str, request: Request, user: GetUserDep, run_id: Annotated[str | None, Query()] = None) -> Answer:
    """Where one migration stands. `trouble` says in words why that can't be known here."""
    file = _known(dag_id)
    spec = file.spec
    if spec is None:
        return _summary(file) | {"trouble": file.error}
    found: Answer | str | None = _recent.get(dag_id, lambda: _read(spec))
    if found is None:
        return _summary(file) | {"trouble": _UNKNOWN_YET}
    if isinstance(found, str):
        return _summary(file) | {"trouble": found}
    # a run that rolls back works on what another run holds
    is_holder = dag_id == _dag_of(file)
    may_control = is_holder and _may_edit_runs(request, user)
    shown = progress(found, run_id=run_id if is_holder else None)
    return _summary(file) | {"trouble": None, "may_control": may_control, **shown}


@app.post("/api/migrations/{dag_id}/control", dependencies=[Depends(_must_edit_runs)])
def control(dag_id: str, command: Command, user: GetUserDep) -> Answer:
    """Pause, resume or slow a migration that is under way: for whoever may edit its runs. The running tasks hear it within seconds."""
    file = _known(dag_id)
    spec = file.spec
    if dag_id != _dag_of(file):
        raise HTTPException(404, f"{dag_id} has nothing that could be slowed; {_dag_of(file)} has.")
    if spec is None:
        raise HTTPException(409, "Its spec can't be read, so nothing of it is under way.")
    try:
        is_obeyed = obey(address(Connection.get(spec.target)), spec.name, command, by=user.get_name())
    except AirflowNotFoundException as error:
        raise HTTPException(503, _no_connection(spec)) from error
    except AirliftError as error:
        raise HTTPException(503, f"The ledger can't be written from this web server. {error}") from error
    if not is_obeyed:
        raise HTTPException(409, "Nothing of this migration is under way that could be slowed.")
    _recent.forget(dag_id)
    return {"obeyed": True}


@app.get("/api/migrations/{dag_id}/doctor", dependencies=[Depends(requires_access_dag(method="GET"))])
def diagnosis(dag_id: str) -> Answer:
    """What the doctor says of one migration, after a look at both servers. `trouble` says in words why it can't be made here."""
    file = _find(dag_id)
    if file is None:
        raise HTTPException(404, f"{dag_id} is no migration of Airlift's.")
    spec = file.spec
    if spec is None:
        return _summary(file) | {"trouble": file.error}
    found: Answer | str = _recent.get(f"{dag_id}/doctor", lambda: _diagnosed(spec))
    return _summary(file) | ({"trouble": found} if isinstance(found, str) else {"trouble": None, "diagnosis": found})


class Recent:
    """Keeps what was read for an instant, so that many open pages cost the target no more than one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[str, tuple[float, Any]] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, key: str, make: Callable[[], Any]) -> Any:
        """What was made for `key` a moment ago, else made now, by one thread while the others wait for it."""
        with self._locks[key]:
            made_at, value = self._kept.get(key, (float("-inf"), None))
            if time.monotonic() - made_at > self._seconds:
                value = make()
                self._kept[key] = (time.monotonic(), value)
            return value

    def forget(self, key: str) -> None:
        """Read it anew the next time."""
        with self._locks[key]:
            self._kept.pop(key, None)


_recent = Recent(_FRESH_SECONDS)
_UNKNOWN_YET: Final = "Nothing is known of this migration yet. Its preflight writes the first record."


def _read(spec: Spec) -> Answer | str | None:
    """The ledger's records, None where there are none, or why they can't be read from here."""
    try:
        return read(address(Connection.get(spec.target)), spec.name)
    except AirflowNotFoundException:
        return _no_connection(spec)
    except AirliftError as error:
        return f"The ledger can't be read from this web server; the migration itself is not affected. {error}"


def _no_connection(spec: Spec) -> str:
    return (
        f'This web server knows no connection "{spec.target}"; it may be one that only the workers have. '
        "The migration itself is not affected. See the logs of its tasks, or airlift.status on the target."
    )


def _may_edit_runs(request: Request, user: GetUserDep) -> bool:
    """The same question that the route asks which would be called."""
    try:
        _must_edit_runs(request, user)
    except HTTPException:
        return False
    return True


def _diagnosed(spec: Spec) -> Answer | str:
    """The diagnosis, or why it can't be made from here."""
    # with it come the phases and a driver, which the many processes that load this plugin don't need
    from airlift.doctor import glance

    try:
        return glance(spec)
    except AirliftError as error:
        return f"The doctor can't look from this web server; the migration itself is not affected. {error}"


def _files() -> list[SpecFile]:
    try:
        return load_folder(migrations_folder())
    except AirliftError as error:
        raise HTTPException(503, str(error)) from error


def _find(wanted: str) -> SpecFile | None:
    """The file that a DAG is made of, be it the one that migrates or the one that rolls back."""
    return next((file for file in _files() if wanted in (_dag_of(file), _dag_of(file, ROLL_BACK))), None)


def _known(wanted: str) -> SpecFile:
    file = _find(wanted)
    if file is None:
        raise HTTPException(404, f"{wanted} is no migration of Airlift's.")
    return file


def _summary(file: SpecFile) -> Answer:
    spec = file.spec
    return {
        "dag_id": _dag_of(file),
        "name": file.stem,
        "is_valid": spec is not None,
        "description": spec.description if spec else "",
        "source": spec.source if spec else None,
        "target": spec.target if spec else None,
    }


def _file(name: str, media_type: str) -> Response:
    return Response((_HERE / name).read_bytes(), media_type=media_type, headers=_HEADERS)
