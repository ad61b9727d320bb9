"""The door to the doctor for the command line and the page: builds the migration from Airflow's connections, and has it looked at.

The one place besides the tasks that joins Airflow with the phases, so that neither of its callers knows both.
"""

import logging
from contextlib import closing
from typing import Any, Final

from airlift.errors import Refused
from airlift.folder import migrations_folder
from airlift.operators.building import build
from airlift.phases.doctor.doctor import doctor
from airlift.phases.doctor.repair import repair
from airlift.phases.doctor.telling import as_json, lines
from airlift.phases.migration import Migration, RunInfo, Settings
from airlift.spec import Spec, load_folder

NAME: Final = "doctor"
PAGE_SECONDS: Final = 2
"""What a page may take of a server's time, to connect and for each statement."""
_PAGE_COUNTS: Final = 100_000
_CONNECT_SECONDS: Final = 10

log = logging.getLogger("airlift.doctor")


def consult(spec: Spec, *, is_to_repair: bool = False) -> tuple[dict[str, Any], list[str]]:
    """The diagnosis of a migration as JSON values and as lines of text, after what is safe was mended where that is asked for.

    Raises AirliftError where it can't be looked at.
    """
    with closing(_migration(spec, _CONNECT_SECONDS)) as m:
        found = repair(m) if is_to_repair else doctor(m)
    return as_json(found), list(lines(found))


def glance(spec: Spec) -> dict[str, Any]:
    """The diagnosis for a page, which waits for nothing long. Raises AirliftError where it can't be made in time."""
    limits = {"statement_timeout": f"{PAGE_SECONDS}s", "lock_timeout": f"{PAGE_SECONDS}s"}
    with closing(_migration(spec, PAGE_SECONDS)) as m:
        return as_json(doctor(m, limits=limits, most=_PAGE_COUNTS))


def spec_named(name: str) -> Spec:
    """The spec of a migration. Refused where there is none of that name, or where it can't be read."""
    folder = migrations_folder()
    files = {file.stem: file for file in load_folder(folder)}
    if name not in files:
        known = ", ".join(sorted(files)) or "none"
        raise Refused(f'There is no migration "{name}" in {folder}. There are: {known}. AIRLIFT_MIGRATIONS names another folder.')
    file = files[name]
    if file.spec is None:
        raise Refused(file.error or f"{file.path} can't be read.")
    return file.spec


def _migration(spec: Spec, seconds: int) -> Migration:
    return build(
        spec,
        run=RunInfo(dag_id="", run_id="", task_id=NAME, try_number=1),
        settings=Settings(workers=spec.workers, max_pause=spec.cutover.max_pause, attempts=spec.cutover.attempts),
        log=log,
        unknown=Refused,
        connect_timeout=seconds,
    )
