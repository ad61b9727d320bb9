"""Look for all that would get in the way, tell all of it at once, and begin the migration in the ledger when nothing does."""

import logging
from dataclasses import asdict, replace
from typing import Any

from airlift.databases import Session
from airlift.databases.shapes import Server
from airlift.errors import Interrupted, Refused
from airlift.ledger import Stage, Standing, controls, migrations
from airlift.phases.contract.clean_up import abandon
from airlift.phases.migration import Migration, Settings
from airlift.phases.prepare import checks, space
from airlift.phases.prepare.checks import connections, release
from airlift.phases.prepare.checks.finding import Finding, message, refused, table_lines
from airlift.phases.prepare.checks.situation import Situation, read, sides
from airlift.spec import Spec, differences

REPORT = "prepare.preflight"


def preflight(m: Migration) -> dict[str, Any]:
    """Examine both servers and begin the migration.

    Returns {"tables", "rows" (estimated), "bytes", "in_place", "space", "warnings"}. Raises Refused with every refusal, and then
    nothing was changed. A run that began already gets the recorded result.
    """
    unreachable = connections.check(m)
    findings = [*unreachable, *release.check(m.spec)]
    if unreachable:
        _tell(m, findings)
    recorded = _begun(m)
    if recorded is not None:
        m.log.info("The migration has begun already; nothing is examined again.")
        return recorded
    with sides(m) as (source, target):
        situation = read(m, source, target)
        findings += _found(situation)
        room = space.needed(situation, m.settings)
        findings += space.check(room, situation.target.where)
    _tell(m, findings)
    return _begin(m, situation, findings, room)


def _found(situation: Situation) -> list[Finding]:
    findings: list[Finding] = []
    for check in checks.ALL:
        try:
            findings += check(situation)
        except Refused as error:
            name = check.__module__.rpartition(".")[2]
            findings.append(refused(f'check "{name}"', f"could not be made: {error}", "Give the role what it lacks"))
    return findings


def _tell(m: Migration, findings: list[Finding]) -> None:
    """Log everything; raise Refused when anything stands in the way."""
    for line in table_lines(findings):
        m.log.info("%s", line)
    if any(finding.severity == "refused" for finding in findings):
        raise Refused(message(m.name, findings))


def _begun(m: Migration) -> dict[str, Any] | None:
    """The recorded result where this run has begun already or takes an earlier one over, None where the migration may begin."""
    with m.ledger_session() as session:
        standing = _standing(m, session) if m.ledger.exists(session) else None
        if standing is None or (standing.stage == Stage.CLEANED_UP and standing.run_id != m.run.run_id):
            return None
        if standing.run_id == m.run.run_id or m.settings.unfinished != Settings.START_OVER:
            _must_be_ours(m, session, standing)
            return m.ledger.report(session, REPORT)
    _start_over(m, standing)
    return None


def _start_over(m: Migration, standing: Standing) -> None:
    """Take away what the earlier run has made. Refused once its cutover has begun."""
    if standing.stage >= Stage.OPENING:
        raise Refused(
            f'Migration "{m.name}" can\'t start over: run "{standing.run_id}" stands at "{standing.stage.words}", past its cutover. '
            f"Nothing was changed. Go on with it, or roll back first: trigger roll_back_{m.name}."
        )
    m.log.warning('Run "%s" stood at "%s"; what it has made is taken away.', standing.run_id, standing.stage.words)
    abandon(replace(m, is_roll_back=True))


def _standing(m: Migration, session: Session) -> Standing | None:
    try:
        return m.ledger.standing(session)
    except Refused as error:
        raise Refused(f"The ledger can't be read. {error} Use the role that made it, or become a member of it.") from error


def _must_be_ours(m: Migration, session: Session, standing: Standing) -> None:
    if standing.run_id != m.run.run_id and m.settings.unfinished != Settings.GO_ON:
        since = m.ledger.rows(session, migrations)[0]["stage_at"]
        raise Refused(
            f'Migration "{m.name}" is held by run "{standing.run_id}" of "{standing.dag_id}", which stands at '
            f'"{standing.stage.words}" since {since:%Y-%m-%d %H:%M:%S %Z}. Go on in that run; or trigger this DAG with '
            "`unfinished` set to `go on`, which takes it over where it stands, or to `start over`."
        )
    changed = differences(Spec.from_json(standing.spec), m.spec)
    if changed:
        raise Refused(
            f'The spec of migration "{m.name}" was edited after the run began: {"; ".join(changed)}. '
            "Undo the edit, or end this run and start another."
        )
    m.source.server = Server(**standing.source_server)
    with m.source.session():
        pass  # refused by itself where the connection leads elsewhere by now
    if standing.run_id != m.run.run_id:
        m.log.warning('This run takes over from run "%s", at "%s". That one is refused from now on.', standing.run_id, standing.stage.words)
        m.ledger.take_over(session, dag_id=m.run.dag_id, run_id=m.run.run_id)
        _say_room(m, session)


def _begin(m: Migration, situation: Situation, findings: list[Finding], room: space.Space) -> dict[str, Any]:
    relations = [moved.old.relation for moved in situation.moved]
    rows, size = sum(relation.rows for relation in relations), sum(relation.bytes for relation in relations)
    result: dict[str, Any] = {
        "tables": len(relations),
        "rows": rows,
        "bytes": size,
        "in_place": situation.in_place,
        "space": asdict(room),
        "warnings": [str(finding) for finding in findings],
    }
    with m.ledger_session() as session:
        _record(m, session, situation, result)
    m.log.info(
        "%s tables, about %s rows and %s MB, are fit to move from %s to %s.",
        len(relations), f"{rows:,}", f"{size / 1e6:,.0f}", m.source.where, m.target.where,
    )  # fmt: skip
    m.log.info("%s", room.needs())
    m.log.log(logging.INFO if room.room else logging.WARNING, "%s", room.room_words(m.target.signals.disk_remedy))
    return result


def _record(m: Migration, session: Session, situation: Situation, result: dict[str, Any]) -> None:
    m.target.examination.begin_alone(session)
    # another run may have begun while this one examined
    standing = m.ledger.standing(session) if m.ledger.exists(session) else None
    if standing is not None and standing.stage != Stage.CLEANED_UP:
        raise Interrupted(f'Run "{standing.run_id}" of "{standing.dag_id}" began meanwhile; this one looks anew.')
    m.target.examination.create_schema(session)
    m.ledger.create(session)
    m.target.examination.publish_status(session, {stage.value: stage.words for stage in Stage})
    m.ledger.begin(
        session,
        spec=m.spec.to_json(),
        dag_id=m.run.dag_id,
        run_id=m.run.run_id,
        in_place=situation.in_place,
        source_server=asdict(situation.source.server),
        target_server=asdict(situation.target.server),
    )
    _say_room(m, session)
    m.ledger.keep_report(session, REPORT, result)


def _say_room(m: Migration, session: Session) -> None:
    """Note what the form says of the target's disk: every loop reads it, and a person may say another word on the page."""
    if m.settings.target_room is not None:
        m.ledger.change(session, controls, {}, target_room=m.settings.target_room, target_room_by="the form of the run")
