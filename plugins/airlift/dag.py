"""A spec becomes its DAGs. Knows what follows what; what the tasks do is in operators/.

A DAG file that raises takes its good DAGs away with the bad ones, so nothing here raises for one bad spec.
"""

import logging
from typing import Any, Final

from airflow.sdk import DAG, TaskGroup, TriggerRule, chain

from airlift import runbook
from airlift.folder import ROLL_BACK, dag_id
from airlift.operators import contract, copying, cutover, gates, prepare, roll_back, sync
from airlift.operators.families import RETRIES
from airlift.operators.form import form, migration_form
from airlift.spec import Spec, SpecFile

log = logging.getLogger(__name__)

_EDGES: Final = (
    ("prepare.preflight", "prepare.create_target", "prepare.install_triggers", "prepare.watermark"),
    ("prepare.watermark", "copy.plan", "copy.dump_and_import", "copy.build_indexes", "sync.delta_windows"),
    ("sync.delta_windows", "sync.validate", "sync.report", "cutover.create_views", "cutover.approve"),
    ("sync.delta_windows", "sync.keep_in_sync", "cutover.rename"),
    ("cutover.approve", "cutover.rename", "cutover.validate"),
    ("cutover.validate", "contract.approve", "contract.validate", "contract.drop_views", "contract.clean_up"),
    ("cutover.validate", "contract.sync_back", "contract.validate"),
    # A Reject skips all from `rename` on. What is left of the ways to `clean_up` then: the gate, and whoever carries windows.
    ("cutover.approve", "contract.clean_up"),
    ("sync.keep_in_sync", "contract.clean_up"),
)


def build(file: SpecFile, wanted: str | None = None) -> list[DAG]:
    """The DAGs of one spec, or the one of them that is wanted. A file that can't be read gets one that refuses with the reason."""
    makers = {dag_id(file): _migrate, dag_id(file, ROLL_BACK): _roll_back}
    try:
        if file.spec is not None:
            return [make(file, file.spec) for name, make in makers.items() if wanted in (None, name)]
        error = file.error or "It can't be read."
    except Exception as fault:
        log.exception("%s can't be made into a DAG", file.path)
        error = f"{file.path}: Airflow takes no DAG of this spec: {fault}"
    return [_refusing(file, error)] if wanted in (None, dag_id(file)) else []


def _refusing(file: SpecFile, error: str) -> DAG:
    dag = _dag(file, tags=["airlift", "invalid"], doc_md=runbook.refusal(file.stem, error))
    with dag, TaskGroup("prepare"):
        prepare.RefuseSpec(task_id="preflight", error=error)
    return dag


def _migrate(file: SpecFile, spec: Spec) -> DAG:
    dag = _dag(
        file,
        tags=["airlift", "migration"],
        description=" ".join(spec.description.split())[:200] or None,
        doc_md=runbook.runbook(spec),
        params=migration_form(spec),
    )
    with dag:
        _add_tasks(spec, spec_file=str(file.path))
        for path in _EDGES:
            chain(*map(dag.get_task, path))
    return dag


def _roll_back(file: SpecFile, spec: Spec) -> DAG:
    dag = _dag(
        file,
        ROLL_BACK,
        tags=["airlift", "roll back"],
        description=f"The way back of migration {spec.name}: before its cutover it abandons, after it the old tables take over again.",
        doc_md=runbook.roll_back(spec),
        params=form(spec),
    )
    path = str(file.path)
    with dag:
        approve = gates.ApproveRollBack(task_id="approve", subject=f"Migration {spec.name}: roll back?", users=spec.gates.users)
        chain(
            roll_back.Preflight(task_id="preflight", spec_file=path),
            approve,
            roll_back.RenameBack(task_id="rename_back", spec_file=path),
            roll_back.Validate(task_id="validate", spec_file=path),
        )
    return dag


def _dag(file: SpecFile, verb: str = "migrate", **arguments: Any) -> DAG:
    return DAG(
        dag_id(file, verb),
        schedule=None,
        catchup=False,
        # A paused DAG takes a trigger and then says nothing for ever.
        is_paused_upon_creation=False,
        # A second run must start, or it would wait in silence and begin by itself weeks later. Its preflight refuses it.
        max_active_runs=16,
        # As many streams as the form allows, and what runs beside them.
        max_active_tasks=80,
        default_args=RETRIES,
        **arguments,
    )


def _add_tasks(spec: Spec, *, spec_file: str) -> None:
    with TaskGroup("prepare", tooltip="From here on no change can be missed"):
        prepare.Preflight(task_id="preflight", spec_file=spec_file)
        prepare.CreateTarget(task_id="create_target", spec_file=spec_file)
        prepare.InstallTriggers(task_id="install_triggers", spec_file=spec_file)
        prepare.Watermark(task_id="watermark", spec_file=spec_file)
    stream = {"spec_file": spec_file, "map_index_template": "{{ task.stream }}"}
    with TaskGroup("copy", tooltip="What was there at the watermark"):
        streams = copying.Plan(task_id="plan", spec_file=spec_file).output
        copying.DumpAndImport.partial(task_id="dump_and_import", **stream).expand(stream=streams)
        copying.BuildIndexes(task_id="build_indexes", spec_file=spec_file)
    with TaskGroup("sync", tooltip="What has changed since, and the proof that both sides are equal"):
        sync.DeltaWindows(task_id="delta_windows", spec_file=spec_file)
        sync.KeepInSync(task_id="keep_in_sync", spec_file=spec_file)
        sync.Validate.partial(task_id="validate", **stream).expand(stream=streams)
        sync.Report(task_id="report", spec_file=spec_file)
    with TaskGroup("cutover", tooltip="The service moves"):
        cutover.CreateViews(task_id="create_views", spec_file=spec_file)
        gates.ApproveCutover(task_id="approve", subject=f"Migration {spec.name}: move the service?", users=spec.gates.users)
        cutover.Rename(task_id="rename", spec_file=spec_file)
        cutover.Validate(task_id="validate", spec_file=spec_file)
    with TaskGroup("contract", tooltip="The old shape goes"):
        subject = f"Migration {spec.name}: all servers run the new code?"
        contract.SyncBack(task_id="sync_back", spec_file=spec_file)
        gates.ApproveContract(task_id="approve", subject=subject, users=spec.gates.users)
        contract.Validate(task_id="validate", spec_file=spec_file)
        contract.DropViews(task_id="drop_views", spec_file=spec_file)
        rule = TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
        contract.CleanUp(task_id="clean_up", spec_file=spec_file, trigger_rule=rule)
