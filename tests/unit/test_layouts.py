"""How an old table maps to a new one: which old column a `using` takes the place of, and what the view shows and takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airlift.databases.laying_out import Alike, layout
from airlift.databases.postgres.expressions import columns_read
from airlift.databases.postgres.layouts import Words
from airlift.databases.shapes import Column, Layout
from airlift.errors import Refused
from airlift.spec import Table, TableName

ORDERS = TableName("public", "orders")
COLUMNS = ("amount", "lower", "date", 'Odd "name', "e", "a$1", "größe")


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("amount / 100.0", ["amount"]),
        ("AMOUNT + orders.E + \"orders\".amount + public.orders.amount", ["amount", "e"]),
        ("lower(\"Odd \"\"name\") || 'amount' || E'it\\'s e' || $$date$$ || $x$e$x$", ["Odd \"name"]),
        ("lower /* amount */ -- date\n || ' '", ["lower"]),
        ("amount::date", ["amount"]),
        ("(SELECT o.amount FROM others AS o WHERE o.id = e)", ["e"]),
        ("a$1 + 1e5 + amounts + xamount", ["a$1"]),
        ("GRößE", ["größe"]),
        ("\"AMOUNT\" + \"lower\" (1)", []),
        ("now()", []),
    ],
)  # fmt: skip
def test_the_columns_that_an_expression_reads(expression: str, read: list[str]) -> None:
    assert columns_read(expression, COLUMNS, table="orders") == read


def column(name: str, type_name: str = "integer", **others: Any) -> Column:
    """A column of a table."""
    blank = Column(
        name=name, type=type_name, type_name=type_name, type_schema="pg_catalog", type_kind="b", is_built_in=True,
        has_custom_element=False, has_binary_form=True, base_type=type_name, not_null=False, identity="", generated="",
        default_expression=None, is_deterministic=True, collation=None, comment=None, definition="",
    )  # fmt: skip
    return replace(blank, **others)


def made(old: list[Column], new: list[Column], **spec: Any) -> Layout:
    """The layout of a table with the key `id`."""
    table = Table.model_validate(spec)
    return layout(
        Alike(Words()),
        1, source=ORDERS, target=TableName("public", "orders_v2"), old=[column("id"), *old], new=[column("id"), *new],
        spec=table, key=["id"], is_created=True,
    )  # fmt: skip


def shown(found: Layout) -> dict[str, str]:
    """What the view shows beside the key."""
    return {each.name: each.expression for each in found.old_columns if each.name != "id"}


def test_a_view_of_plain_columns_needs_no_trigger() -> None:
    new = [column("total"), column("added")]
    found = made([column("amount")], new, columns={"total": {"from": "amount"}, "added": {"add": "int"}})
    assert (shown(found), found.needs_triggers, found.computed, found.lost) == ({"amount": '"total"'}, False, [], [])


@pytest.mark.parametrize(
    ("old", "new", "spec"),
    [
        ([column("a")], [column("a", "bigint")], {}),
        ([column("a")], [], {"drop": ["a"]}),
        ([column("a")], [column("a"), column("b")], {"columns": {"b": {"using": "a + 1"}}}),
        ([column("a")], [column("a"), column("b")], {"columns": {"b": {"from": "a"}}}),
        ([column("a", collation='pg_catalog."C"')], [column("a", collation='pg_catalog."default"')], {}),
        ([column("a", generated="s", default_expression="1")], [column("a")], {}),
    ],
    ids=["retyped", "dropped", "kept and computed from", "carried twice", "collated", "generated no more"],
)
def test_what_the_server_can_not_do_alone_needs_triggers(old: list[Column], new: list[Column], spec: dict[str, Any]) -> None:
    assert made(old, new, **spec).needs_triggers


def test_a_type_and_a_collation_are_exactly_the_old_ones() -> None:
    old = [
        column("a", "character varying(5)", collation='pg_catalog."C"'),
        column("b", "numeric(5,2)"),
        column("c", "text", collation="x.y"),
    ]
    found = made(old, [column("a", "text"), column("b", "numeric")], drop=["c"])
    assert shown(found) == {
        "a": '("a")::character varying(5) COLLATE pg_catalog."C"',
        "b": '("b")::numeric(5,2)',
        "c": "(NULL)::text COLLATE x.y",
    }
    assert (found.computed, found.lost) == (["a", "b"], ["c"])


def test_back_gives_the_one_old_column_that_is_nowhere_else() -> None:
    using = {"total": {"type": "integer", "using": "AMOUNT * rate", "back": "total / rate"}}
    found = made([column("amount"), column("rate")], [column("total"), column("rate")], columns=using, drop=["amount"])
    assert shown(found) == {"amount": "(total / rate)::integer", "rate": '"rate"'}


def test_a_column_that_several_are_made_of_is_given_by_the_one_with_back() -> None:
    using = {"first": {"using": "left(name, 1)", "back": "first || rest"}, "rest": {"using": "substr(name, 2)"}}
    for columns in (using, dict(reversed(using.items()))):
        found = made([column("name", "text")], [column("first", "text"), column("rest", "text")], columns=columns)
        assert shown(found) == {"name": "(first || rest)::text"}


def test_columns_that_are_merged_are_shown_as_lost() -> None:
    old = [column("first", "text"), column("last", "text")]
    found = made(old, [column("name", "text")], columns={"name": {"using": "first || ' ' || last"}}, drop=["first", "last"])
    assert shown(found) == {"first": "(NULL)::text", "last": "(NULL)::text"}
    assert (found.merged, found.lost, found.needs_triggers) == (["first", "last"], [], True)


def test_a_back_that_may_give_either_column_is_refused() -> None:
    old = [column("first", "text"), column("last", "text")]
    using = {"name": {"using": "first || last", "back": "split_part(name, ' ', 1)"}}
    with pytest.raises(Refused, match=r'`back` of column "name" can.t tell which .* "first", "last"'):
        made(old, [column("name", "text")], columns=using, drop=["first", "last"])
    found = made(old, [column("name", "text")], columns=using, drop=["last"])
    assert shown(found) == {"first": "(split_part(name, ' ', 1))::text", "last": "(NULL)::text"}


def test_two_backs_for_one_column_are_refused() -> None:
    using = {"b": {"using": "a + 1", "back": "b - 1"}, "c": {"using": "a + 2", "back": "c - 2"}}
    with pytest.raises(Refused, match=r'"b" and "c" both give "a" of table "public.orders" `back`'):
        made([column("a")], [column("b"), column("c")], columns=using)


def test_a_column_without_a_place_is_refused() -> None:
    with pytest.raises(Refused, match=r'Column "a" of table "public.orders" has no place'):
        made([column("a"), column("b")], [column("c")], columns={"c": {"using": "b + 1"}})
