"""What a DAG looks like: its tasks, its edges, and the policy that every task obeys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk import DAG, BaseOperator, TriggerRule
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization
from markdown_it import MarkdownIt

from airlift.operators.gates import Gate
from airlift.operators.phase import PhaseOperator
from airlift.operators.prepare import RefuseSpec

DagsOf = Callable[..., dict[str, DAG]]

SHOP = """
name: shop
description: Orders get a currency.
source: shop_old
target: shop_new
tables:
  "*": {}
  orders: {to: orders_v2, columns: {currency: {add: "char(3) NOT NULL DEFAULT 'EUR'"}}, drop: [legacy]}
cutover: {max_pause: 500ms, attempts: 7, switch: {command: [/usr/local/bin/move, --token, s3cr3t-of-the-switch]}}
gates: {users: [alice]}
workers: 3
"""
EDGES = {
    "prepare.preflight": {"prepare.create_target"},
    "prepare.create_target": {"prepare.install_triggers"},
    "prepare.install_triggers": {"prepare.watermark"},
    "prepare.watermark": {"copy.plan"},
    "copy.plan": {"copy.dump_and_import", "sync.validate"},
    "copy.dump_and_import": {"copy.build_indexes"},
    "copy.build_indexes": {"sync.delta_windows"},
    "sync.delta_windows": {"sync.keep_in_sync", "sync.validate"},
    "sync.keep_in_sync": {"cutover.rename", "contract.clean_up"},
    "sync.validate": {"sync.report"},
    "sync.report": {"cutover.create_views"},
    "cutover.create_views": {"cutover.approve"},
    "cutover.approve": {"cutover.rename", "contract.clean_up"},
    "cutover.rename": {"cutover.validate"},
    "cutover.validate": {"contract.approve", "contract.sync_back"},
    "contract.sync_back": {"contract.validate"},
    "contract.approve": {"contract.validate"},
    "contract.validate": {"contract.drop_views"},
    "contract.drop_views": {"contract.clean_up"},
    "contract.clean_up": set(),
}


@pytest.fixture
def shop(dags_of: DagsOf) -> DAG:
    """The DAG of a good spec."""
    return dags_of(shop=SHOP)["migrate_shop"]


def test_tasks_and_edges_are_those_of_the_design(shop: DAG) -> None:
    assert {task.task_id: task.downstream_task_ids for task in shop.tasks} == EDGES


def test_only_clean_up_may_run_after_a_skip(shop: DAG) -> None:
    rules = {task.task_id: task.trigger_rule for task in shop.tasks}
    assert rules.pop("contract.clean_up") == TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
    assert set(rules.values()) == {TriggerRule.ALL_SUCCESS}


def test_every_task_is_retried_in_plenty(shop: DAG) -> None:
    for task in shop.tasks:
        assert task.retries == 50, task.task_id
        assert task.retry_delay == timedelta(seconds=2), task.task_id
        assert task.max_retry_delay == timedelta(seconds=60), task.task_id
        assert task.retry_exponential_backoff == 2.0, task.task_id


def test_every_task_ends_its_work_when_killed_or_is_a_gate(shop: DAG) -> None:
    for task in shop.tasks:
        operator = task.operator_class if isinstance(task, MappedOperator) else type(task)
        assert issubclass(operator, PhaseOperator | Gate), task.task_id
        assert issubclass(operator, Gate) or operator.on_kill is not BaseOperator.on_kill, task.task_id


def test_no_gate_answers_itself(shop: DAG) -> None:
    gates = [task for task in shop.tasks if isinstance(task, Gate)]
    assert [gate.task_id for gate in gates] == ["cutover.approve", "contract.approve"]
    for gate in gates:
        assert gate.defaults is None
        assert gate.response_timeout is None
        assert gate.options == ["Approve", "Reject"]
        assert gate.assigned_users == [{"id": "alice", "name": "alice"}]


def test_nobody_is_restricted_where_no_user_is_named(dags_of: DagsOf) -> None:
    dag = dags_of(shop="name: shop\nsource: a\ntarget: b\n")["migrate_shop"]
    assert dag.get_task("cutover.approve").assigned_users is None


def test_ids_are_not_guessed_where_a_name_is_no_id(dags_of: DagsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__AUTH_MANAGER", "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager")
    gate = dags_of(shop=SHOP)["migrate_shop"].get_task("cutover.approve")
    assert gate.assigned_users is None
    assert gate.users == ("alice",)


def test_nothing_of_the_users_is_taken_for_a_template(shop: DAG) -> None:
    assert [task.task_id for task in shop.tasks if task.template_fields] == []


def test_mapped_tasks_have_readable_names(shop: DAG) -> None:
    mapped = [task for task in shop.tasks if isinstance(task, MappedOperator)]
    assert [task.task_id for task in mapped] == ["copy.dump_and_import", "sync.validate"]
    assert {task.partial_kwargs["map_index_template"] for task in mapped} == {"{{ task.stream }}"}


def test_a_second_run_may_start_and_be_refused(shop: DAG) -> None:
    assert shop.max_active_runs > 1
    assert shop.catchup is False
    assert shop.schedule is None
    assert shop.is_paused_upon_creation is False


def test_the_form_has_what_one_run_may_want_differently(shop: DAG) -> None:
    assert shop.params.dump() == {
        "workers": 3,
        "max_pause": "500ms",
        "attempts": 7,
        "pace": 1.0,
        "target_room": None,
        "unfinished": "refuse",
    }
    for name in shop.params:
        assert shop.params.get_param(name).description, name


@pytest.mark.parametrize(
    ("name", "value"), [("workers", 0), ("attempts", 1001), ("pace", 0), ("target_room", 0), ("max_pause", "2"), ("unfinished", "?")]
)
def test_the_form_refuses(shop: DAG, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Invalid input for param {name}"):
        shop.params[name] = value


def test_nothing_secret_reaches_airflows_database_or_pages(shop: DAG) -> None:
    serialized = json.dumps(DagSerialization.to_dict(shop), default=str)
    assert "s3cr3t" not in serialized
    assert "s3cr3t" not in (shop.doc_md or "")


def test_the_runbook_says_what_moves_where(shop: DAG) -> None:
    doc = shop.doc_md or ""
    for words in ("`shop_old`", "`shop_new`", "`orders_v2`", "`currency`", "500ms, in 7 attempts", "`alice`", "airlift.status"):
        assert words in doc, words


def test_the_longest_spec_makes_a_dag(dags_of: DagsOf) -> None:
    name = "m" * 40
    dags = dags_of(**{name: f"name: {name}\nsource: {'s' * 200}\ntarget: {'t' * 200}\ndescription: {'d' * 9000}\n"})
    assert list(dags) == [f"migrate_{name}", f"roll_back_{name}"]
    assert "invalid" not in dags[f"migrate_{name}"].tags


# What a page may not turn into markup, a link, a template or a broken table.
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://evil/y.png) {{ 7*7 }} | `code` ``` \\ &lt; .md"


@pytest.mark.parametrize(
    "spec",
    [
        {"name": "shop", "source": "a", "target": "b", "description": HOSTILE},
        {"name": "shop", "source": "a", "target": "b", "tables": {f'"{HOSTILE}"': {"drop": [f'"{HOSTILE}"']}}},
        {"name": "shop", "source": "a", "target": "b", "gates": {"users": [HOSTILE]}},
        {"name": "shop", "source": "a", "target": "b", "cutover": {"switch": {"command": [HOSTILE]}}},
        {"name": "shop", "source": "a", "target": "b", "tables": {"t": {"columns": {"c": {"add": HOSTILE}}}}},
    ],
)
def test_hostile_words_stay_words(dags_of: DagsOf, spec: dict[str, object]) -> None:
    dag = dags_of(shop=json.dumps(spec))["migrate_shop"]
    assert "invalid" not in dag.tags
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(dag.doc_md)
    assert not re.search(r"<(script|a|img)\b", html)
    assert all(len(row.split("<td>")) == 3 for row in re.findall(r"<tr>\n<td>.*?</tr>", html, re.DOTALL))


def test_a_hostile_file_is_refused_in_words(dags_of: DagsOf) -> None:
    dag = dags_of(bad=f"name: bad\n{json.dumps(HOSTILE)}: 1\n")["migrate_bad"]
    html = MarkdownIt("commonmark", {"html": True}).render(dag.doc_md)
    assert not re.search(r"<(script|a|img)\b", html)


def test_a_bad_spec_takes_nothing_away(dags_of: DagsOf) -> None:
    dags = dags_of(shop=SHOP, bad="name: bad\nsorce: x\n", worse="{", worst="\x00")
    assert set(dags) == {"migrate_shop", "roll_back_shop", "migrate_bad", "migrate_worse", "migrate_worst"}
    assert len(dags["migrate_shop"].tasks) == len(EDGES)
    bad = dags["migrate_bad"]
    assert {"airlift", "invalid"} <= bad.tags
    assert [(task.task_id, type(task)) for task in bad.tasks] == [("prepare.preflight", RefuseSpec)]
    assert "did you mean `source`" in bad.tasks[0].error


def test_a_spec_that_airflow_can_not_take_is_refused_in_words(dags_of: DagsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airlift.dag.form", lambda spec: 1 / 0)
    dag = dags_of(shop=SHOP)["migrate_shop"]
    assert "division by zero" in dag.tasks[0].error


@pytest.mark.parametrize("wanted", [None, "migrate_shop"])
def test_the_dag_file_makes_what_is_wanted(
    migrations_folder: Path, metadata_database: None, monkeypatch: pytest.MonkeyPatch, wanted: str | None
) -> None:
    from airflow.dag_processing.dagbag import DagBag

    from tests.fix_airflow import ROOT

    (migrations_folder / "shop.yaml").write_text(SHOP)
    (migrations_folder / "bad.yaml").write_text("name: bad\nsorce: x\n")
    if wanted:
        monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", wanted)
    bag = DagBag(ROOT / "dags" / "migrations.py", bundle_path=ROOT / "dags", bundle_name="dags-folder")
    assert bag.import_errors == {}
    assert set(bag.dags) == ({wanted} if wanted else {"migrate_shop", "roll_back_shop", "migrate_bad"})
