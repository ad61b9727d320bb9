"""Names and durations in a spec: what is written is what is read back."""

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airlift.spec import TableName, sql_name, written
from airlift.spec.durations import duration, duration_text
from airlift.spec.names import selector, target_name

real_names = st.text(min_size=1, max_size=63)


@given(real_names)
def test_a_written_name_is_read_back_as_itself(name: str) -> None:
    assert sql_name(written(name)) == name


@given(real_names, real_names)
def test_a_written_table_is_read_back_as_itself_and_as_nothing_else(schema: str, name: str) -> None:
    table = TableName(schema, name)
    key = selector(str(table))
    assert key.plain
    assert str(key) == str(table)
    assert key.matches(table, "elsewhere")
    assert not key.matches(TableName(schema, name + "x"), "elsewhere")
    assert not key.matches(TableName(schema + "x", name), "elsewhere")
    assert target_name(str(table)) == (schema, name)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        name = sql_name(text)
        assert sql_name(written(name)) == name


@given(st.text(alphabet='abAB*?."_ $é', max_size=12))
def test_the_short_form_of_a_key_means_the_same_key(text: str) -> None:
    with contextlib.suppress(ValueError):
        key = selector(text)
        assert selector(str(key)) == key


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders", "orders"),
        ("Orders", "orders"),
        ('"Orders"', "Orders"),
        ('"odd.name"', "odd.name"),
        ('"odd ""name"""', 'odd "name"'),
        ('"*"', "*"),
        ("_a$1", "_a$1"),
        ("1", "1"),
        ("ÄRGER", "Ärger"),  # servers fold ASCII letters only
    ],
)
def test_names_are_read_as_sql_reads_them(text: str, name: str) -> None:
    assert sql_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "a b", "a-b", "a.b", '"', '""', '"a', 'a"', '"a"b', "a*", " a", "a\n", "a;b"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is .+; "):
        sql_name(text)


@pytest.mark.parametrize("text", ["a.b.c", ".a", "a.", "a..b", "a .b", '"a".', 'sales."odd"x', ""])
def test_what_is_no_key_of_tables_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a table's SQL name nor a pattern"):
        selector(text)


def test_tables_show_as_a_spec_would_write_them() -> None:
    assert f"{TableName('public', 'orders')} {TableName('Sales', 'odd.name')}" == 'public.orders "Sales"."odd.name"'


@pytest.mark.parametrize(
    ("key", "table", "covered"),
    [
        ("orders", "public.orders", True),
        ("orders", "sales.orders", False),
        ("sales.orders", "sales.orders", True),
        ("sales.*", "sales.orders", True),
        ("sales.*", "public.orders", False),
        ("*", "public.orders", True),
        ("*", "sales.orders", False),
        ("*.*", "sales.orders", True),
        ("Tmp_*", "public.tmp_1", True),
        ("tmp_?", "public.tmp_1", True),
        ("tmp_?", "public.tmp_", False),
        ("tmp_?", "public.tmp_12", False),
        ('"tmp_*"', "public.tmp_1", False),
        ("a$*", "public.a$b", True),
        ("a*", "public.a\nb", True),
    ],
)
def test_keys_cover_the_tables_they_should(key: str, table: str, covered: bool) -> None:
    schema, name = table.split(".")
    assert selector(key).matches(TableName(schema, name), "public") is covered


# Durations


@given(st.integers(min_value=0, max_value=10**12))
def test_a_written_duration_is_read_back_as_itself(milliseconds: int) -> None:
    text = duration_text(milliseconds / 1000)
    assume(len(text.rstrip("mshd")) <= 9)
    assert duration(text) == milliseconds / 1000


@given(st.integers(min_value=0, max_value=10**9 - 1), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_every_duration_in_the_form_is_read_and_written_shortest(number: int, unit: str) -> None:
    seconds = duration(f"{number}{unit}")
    assert duration(duration_text(seconds)) == seconds
    assert len(duration_text(seconds)) <= len(f"{number}{unit}")


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("2s", 2), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("0s", 0)])
def test_durations_mean_seconds(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "value",
    [2, 2.5, "2", "", "s", "1.5s", "-1s", "1 s", "1S", "1m30s", "2s\n", "٢s", "1" * 10 + "s", True, None, ["2s"]],
)
def test_what_is_no_duration_is_refused_with_the_form(value: object) -> None:
    with pytest.raises(ValueError, match="expected a duration: a whole number with ms, s, m, h or d, such as") as refused:
        duration(value)
    assert ("without a unit" in str(refused.value)) == (value in (2, 2.5))


def test_a_plain_number_is_refused_with_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"is 2 without a unit; .* \(for seconds `2s`\)"):
        duration(2)
