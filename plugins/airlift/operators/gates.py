"""The tasks that wait for a person. A gate waits for ever and never answers itself.

Airflow parks a gate without a worker. What the person chose, Approve or Reject, is the gate's XCom. Who may answer is checked
twice: by Airflow before it takes an answer, where a user's name is also the user's id, and here when the answer arrives, whatever
log-in Airflow has. An answer that doesn't count is dropped, and the gate asks again.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.configuration import conf
from airflow.sdk.execution_time.hitl import HITLUser

from airlift.errors import Interrupted, Refused
from airlift.operators.answers import NOT_BEFORE, is_approval, not_before
from airlift.operators.families import families
from airlift.operators.phase import answer_of

log = logging.getLogger("airflow.task")
_NAMES_ARE_IDS: Final = "SimpleAuthManager"


class Gate(ApprovalOperator):
    """A question to a person, with a page to decide from."""

    # The page holds names and words of the user's: none of it is ever taken for a template.
    template_fields = ()
    skipped_by_reject: ClassVar[tuple[str, ...]]
    """The tasks that a Reject skips. Those that only follow them are skipped by Airflow."""

    def __init__(self, *, users: Iterable[str], **arguments: Any) -> None:
        self.users = tuple(users)
        super().__init__(assigned_users=_assigned(self.users), **arguments)

    def page(self, context: Context) -> str:
        """What the person reads, as markdown."""
        raise NotImplementedError

    def check(self, answer: Mapping[str, Any]) -> None:
        """Raise for an answer that can't be followed."""

    def execute(self, context: Context) -> Any:
        """Ask."""
        with families():
            self.body = self.page(context)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the answer. A Reject skips what may not run now, and leaves its XCom as an Approve does."""
        with families():
            answer = HITLOperator.execute_complete(self, context, event)
            self._check_who(answer.get("responded_by_user"))
            try:
                self.check(answer)
            except Refused as error:
                raise Interrupted(f"The answer can't be followed: {error} It is dropped, and the gate asks again.") from error
        if is_approval(answer):
            log.info("Approved by %s.", _name(answer.get("responded_by_user")))
            return answer
        log.info("Rejected by %s.", _name(answer.get("responded_by_user")))
        context["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=answer)
        dag = context["dag"]
        self.skip(ti=context["ti"], tasks=[dag.get_task(task_id) for task_id in self.skipped_by_reject])
        return None

    def _check_who(self, user: Mapping[str, Any] | None) -> None:
        if not self.users or {str(value) for value in (user or {}).values()} & set(self.users):
            return
        if _nobody_logs_in():
            log.warning("Airflow runs without log-in, so anybody may answer; `gates.users` has no effect.")
            return
        raise Interrupted(
            f"{_name(user)} answered, but only {', '.join(self.users)} may (`gates.users` in the spec). "
            "The answer is dropped, and the gate asks again."
        )


class ApproveCutover(Gate):
    """Shows the report and asks whether the service may move."""

    skipped_by_reject = ("cutover.rename",)

    def __init__(self, *, params: object = None, **arguments: Any) -> None:  # noqa: ARG002
        # Airflow hands in the DAG's own params here, which are the trigger form's and no part of this question
        when = Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="Not before",
            description="The cutover waits until then; the windows go on meanwhile. Empty: at once.",
            source="task",
        )
        super().__init__(params={NOT_BEFORE: when}, **arguments)

    def page(self, context: Context) -> str:
        """The report of the validation."""
        found = context["ti"].xcom_pull(task_ids="sync.report")
        markdown = found.get("markdown") if isinstance(found, Mapping) else None
        if not markdown:
            raise Refused('"sync.report" left no report, and without one nobody can decide. Clear "sync.report".')
        return f"{markdown}\n\n---\n\n{_CUTOVER}"

    def check(self, answer: Mapping[str, Any]) -> None:
        """The hour must be one."""
        not_before(answer)


class ApproveContract(Gate):
    """Asks whether the old shape may go."""

    skipped_by_reject = ("contract.validate", "contract.clean_up")

    def page(self, context: Context) -> str:
        """What the cutover took, and what closes now."""
        back = _back(answer_of("cutover.validate", context))
        return f"{_CONTRACT}\n\n{back}{_took(answer_of('cutover.rename', context))}"


class ApproveRollBack(Gate):
    """Shows what a roll back would do, and asks whether it may."""

    skipped_by_reject = ("rename_back", "validate")

    def page(self, context: Context) -> str:
        """The page of its preflight."""
        found = context["ti"].xcom_pull(task_ids="preflight")
        markdown = found.get("markdown") if isinstance(found, Mapping) else None
        if not markdown:
            raise Refused('"preflight" left no page, and without one nobody can decide. Clear "preflight".')
        return f"{markdown}\n\n---\n\n{_ROLL_BACK}"


_CUTOVER: Final = (
    "**Approve**: the writers are fenced for an instant, the last window is carried over, both sides are proved equal, and the "
    "service goes on with the new tables.\n\n"
    "**Reject**: triggers and all that is ours are taken off the source again. It is as it was."
)
_CONTRACT: Final = (
    "**All servers run the new code; this closes the way back.**\n\n"
    "Until then `contract.sync_back` carries every change to the old tables. To go back, trigger the DAG `roll_back_<name>`; then this "
    "gate means nothing any more, whatever is answered.\n\n"
    "**Approve**: the compatibility views are dropped, and all that is ours goes away.\n\n"
    "**Reject**: nothing is dropped, but nothing is carried back any more either; changes go on being noted. To be asked again, clear "
    "`contract.approve` and `contract.sync_back`."
)
_ROLL_BACK: Final = "**Approve**: it is done as it says above.\n\n**Reject**: nothing is changed."


def _back(validated: object) -> str:
    found = validated.get("way_back") if isinstance(validated, Mapping) else None
    if not isinstance(found, Mapping):
        return ""
    return (
        f"The way back when this was asked: the old tables had all changes up to {found['at']}, and {found['changes']:,} were waiting. How "
        "far it is by now, the page Airlift of this run says.\n\n"
    )


def _took(renamed: object) -> str:
    if not isinstance(renamed, Mapping):
        return "What the cutover took is in the log of `cutover.rename`."
    words = {"pause_ms": "longest pause of a writer (ms)", "outage_ms": "outage (ms)", "attempts": "attempts"}
    rows = [f"| {word} | {renamed[name]:,.0f} |" for name, word in words.items() if renamed.get(name) is not None]
    return "\n".join(["| the cutover took | |", "|---|---|", *rows])


def _assigned(users: tuple[str, ...]) -> list[HITLUser] | None:
    """The users as Airflow checks them, by id; None where ids aren't names, for then Airflow would lock everybody out."""
    if not users or not conf.get("core", "auth_manager").endswith(_NAMES_ARE_IDS):
        return None
    return [HITLUser(id=name, name=name) for name in users]


def _nobody_logs_in() -> bool:
    manager = conf.get("core", "auth_manager")
    return bool(manager.endswith(_NAMES_ARE_IDS) and conf.getboolean("core", "simple_auth_manager_all_admins"))


def _name(user: Mapping[str, Any] | None) -> str:
    return str((user or {}).get("name") or "Somebody unknown")
