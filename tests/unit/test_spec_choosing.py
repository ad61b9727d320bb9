"""Which tables a spec means: the most specific key holds, and what can't be decided is refused with what there is."""

import pytest

from airlift.errors import Refused
from airlift.spec import Choice, Spec, Table, TableName, choose


def spec(tables: dict[str, Table], *, target: str = "new") -> Spec:
    return Spec(name="shop", source="old", target=target, tables=tables)


def tables(*names: str) -> list[TableName]:
    return [TableName(*name.split(".", 1)) for name in names]


def chosen(keys: dict[str, Table], *names: str) -> dict[str, Table]:
    return {".".join(choice.name): choice.table for choice in choose(spec(keys), tables(*names), "public", "public")}


def refused(keys: dict[str, Table], *names: str, target: str = "new") -> list[str]:
    with pytest.raises(Refused) as error:
        choose(spec(keys, target=target), tables(*names), "public", "public")
    return str(error.value).splitlines()


def by_key(*keys: str) -> dict[str, Table]:
    """Tables that can be told apart: each has its key's position as its key column."""
    return {key: Table(key=(f"k{number}",)) for number, key in enumerate(keys)}


def test_without_tables_every_table_of_the_default_schema_is_meant() -> None:
    whole = Spec(name="shop", source="old", target="new")
    found = choose(whole, tables("sales.a", "public.b", "public.a"), "public", "public")
    assert [choice.name for choice in found] == tables("public.a", "public.b")


def test_only_what_a_key_matches_is_chosen_once_and_in_order() -> None:
    found = chosen({"b": Table(), "sales.*": Table()}, "sales.z", "public.b", "sales.a", "public.c", "public.b")
    assert list(found) == ["public.b", "sales.a", "sales.z"]


def test_skipped_tables_are_left_out() -> None:
    keys = {"*": Table(), "tmp_*": Table(skip=True), "tmp_keep": Table()}
    assert list(chosen(keys, "public.a", "public.tmp_1", "public.tmp_keep")) == ["public.a", "public.tmp_keep"]


@pytest.mark.parametrize(
    ("keys", "winner"),
    [
        (("*", "orders"), 1),
        (("orders", "*"), 0),
        (("*", "ord*", "order*"), 2),
        (("order*", "ord*", "*"), 0),
        (("o*s", "*"), 0),
        (("orders*", "orders"), 1),
        (("orders", "*orders"), 0),
        (("*", "public.o*"), 1),
        (("*.*", "*"), 1),
        (("order?", "ord*"), 0),
        (("p*.orders", "*"), 0),
        (("public.*********************************", "o*"), 1),
    ],
)
def test_the_most_specific_key_holds(keys: tuple[str, ...], winner: int) -> None:
    assert chosen(by_key(*keys), "public.orders")["public.orders"].key == (f"k{winner}",)


@pytest.mark.parametrize("keys", [("o*", "*s"), ("o*", "o?????"), ("*", "public.*"), ("orders", "public.orders")], ids=str)
def test_keys_of_equal_rank_are_refused_with_a_way_out(keys: tuple[str, str]) -> None:
    said = refused(by_key(*keys), "public.orders", "public.os")
    assert any(f"`{keys[0]}` and `{keys[1]}` match public.orders equally well; add a key" in line for line in said)


def test_keys_of_equal_rank_do_no_harm_where_they_never_meet() -> None:
    assert list(chosen(by_key("o*", "*s"), "public.order", "public.users")) == ["public.order", "public.users"]


def test_a_better_key_settles_a_tie() -> None:
    assert chosen(by_key("o*", "*s", "orders"), "public.orders")["public.orders"].key == ("k2",)


def test_patterns_may_match_nothing() -> None:
    assert chosen({"tmp_*": Table(skip=True), "x": Table()}, "public.x") == {"public.x": Table()}


@pytest.mark.parametrize(
    ("key", "there", "hint"),
    [
        ("ordres", "public.orders", "did you mean `orders`?"),
        ("orders", "public.Orders", """did you mean `"Orders"` (with the double quotes, inside YAML's single ones)?"""),
        ("orders", "sales.orders", "did you mean `sales.orders`?"),
        ("sale.orders", "sales.orders", "did you mean `sales.orders`?"),
        ("odd.name", "public.odd.name", """did you mean `"odd.name"` (with the double quotes"""),
        ("orders", "public.zebra", "check its name and schema."),
    ],
)
def test_a_plain_key_without_a_table_is_refused_with_what_looks_alike(key: str, there: str, hint: str) -> None:
    (said,) = refused({key: Table()}, there)
    assert said.startswith(f"tables: there is no table `{key}`; {hint}")


def test_all_findings_come_at_once_and_skipped_keys_count() -> None:
    said = refused({"ordres": Table(), "usres": Table(skip=True), "*": Table()}, "public.orders", "public.users")
    assert said == [
        "tables: there is no table `ordres`; did you mean `orders`?",
        "tables: there is no table `usres`; did you mean `users`?",
    ]


def test_the_target_keeps_the_old_tables_schema_unless_it_says_otherwise() -> None:
    name = TableName("sales", "Orders")
    targets = [Choice(name, Table(to=to), "sales").target for to in (None, "orders_v2", "new.orders", '"Odd.Name"')]
    assert targets == [
        name,
        TableName("sales", "orders_v2"),
        TableName("new", "orders"),
        TableName("sales", "Odd.Name"),
    ]


def test_a_target_that_a_pattern_also_yields_is_refused() -> None:
    (said,) = refused({"*": Table(), "a": Table(to="b")}, "public.a", "public.b")
    assert said == "tables: public.a and public.b have one target, public.b; give each a `to` of its own."


def test_in_place_every_table_needs_a_new_name() -> None:
    (said,) = refused({"*": Table(), "a": Table(to="a2")}, "public.a", "public.b", "public.c", target="old")
    assert said.endswith("needs a `to` that is not its own name, or `skip`: public.b, public.c.")


def test_in_place_many_unnamed_tables_make_a_short_sentence() -> None:
    (said,) = refused({"*": Table()}, *(f"public.t{number:03}" for number in range(200)), target="old")
    assert said.endswith("public.t009 and 190 more.")


def test_in_place_a_migrated_tables_name_is_not_free() -> None:
    (said,) = refused({"a": Table(to="b"), "b": Table(to="c")}, "public.a", "public.b", target="old")
    assert said == "tables: public.a is to become public.b, which is itself migrated; give it another `to`."


def test_across_servers_names_may_move_along() -> None:
    assert len(chosen({"a": Table(to="b"), "b": Table(to="c")}, "public.a", "public.b")) == 2


def test_nothing_to_choose_from_is_no_error_of_patterns() -> None:
    assert chosen({"*": Table()}) == {}


def test_a_new_table_lives_where_the_targets_tables_live() -> None:
    words = {"shop.*": {}, "sales.*": {}, "shop.orders": {"to": "orders_v2"}, "shop.old": {"to": "sales.new"}}
    found = choose(spec(words), tables("shop.items", "shop.old", "shop.orders", "sales.items"), "shop", "new_shop")
    assert {str(choice.name): str(choice.target) for choice in found} == {
        "shop.items": "new_shop.items", "shop.orders": "new_shop.orders_v2", "shop.old": "sales.new", "sales.items": "sales.items",
    }  # fmt: skip
