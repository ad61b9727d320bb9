"""How a spec file is refused: every problem at once, each with its line, key, fact and remedy."""

import json
import textwrap
from pathlib import Path

import pytest

from airlift.errors import Refused
from airlift.spec import load
from tests.unit.spec_files import IN_PLACE, SMALL, orders, refusal_of, small, spec_of

# What is refused: the file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- name: shop\n", "the file holds a list"),
        ("shop\n", "the file holds `shop`"),
        ("name: shop\nsource: [a\ntarget: b\n", "line 3: this is not YAML"),
        ("name: shop\n  source: a\n", "line 2: this is not YAML"),
        ("name: a\n---\nname: b\n", "line 2: this is not YAML: expected a single document"),
        ("name: \x01\n", "this is not YAML"),
        ("name: *nobody\n", "line 1: this is not YAML: found undefined alias"),
        ("a: &a\n  b: *a\n", "line 1: this is not YAML: an alias holds itself"),
        ("a: " + "[" * 5000, "nested too deep"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested too deep"),
    ],
)
def test_a_file_that_holds_no_mapping_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal_of(tmp_path, text)


@pytest.mark.parametrize("depth", range(20, 1000, 70))
def test_deep_nesting_never_ends_in_another_error(tmp_path: Path, depth: int) -> None:
    refusal_of(tmp_path, small("gates: " + "[" * depth + "]" * depth))


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 100000 values" in refusal_of(tmp_path, "\n".join(levels))


def test_a_file_that_is_missing_a_folder_or_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"shop\.yaml: the file can't be read: No such file"):
        load(tmp_path / "shop.yaml")
    with pytest.raises(Refused, match="the file can't be read"):
        load(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("name: café".encode("latin-1"))
    with pytest.raises(Refused, match=r"latin\.yaml: the file is not UTF-8 \(byte 9\)"):
        load(tmp_path / "latin.yaml")


# What is refused: keys and values. The path is exact, the rest is what a person has to know.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: a\ntarget: b\n", "`name` is missing; expected the migration's name"),
        ("name: shop\n", "`source` is missing; expected the id of the old database's Airflow connection"),
        ("name: shop\n", "`target` is missing"),
        (SMALL.replace("shop\n", "store\n"), "line 1: `name` is `store`, but the file's stem is `shop`"),
        (SMALL.replace("name: shop", "name: 5"), "line 1: `name` is 5; expected text"),
        (small("workres: 2"), "line 4: `workres` is not a known key; did you mean `workers`? Known here: name"),
        (small("zzz: 2"), "`zzz` is not a known key; Known here: name"),
        (small("from_: 2"), "`from_` is not a known key"),
        (small("schema_: x"), "`schema_` is not a known key; did you mean `schema`?"),
        (small("workers: two"), "`workers` is `two`; expected a whole number from 1 to 64"),
        (small("workers: true"), "`workers` is true; expected a whole number"),
        (small("workers: yes"), "`workers` is true; expected a whole number from 1 to 64 (the file says `yes`)"),
        (small("workers: 2.0"), "`workers` is 2.0; expected a whole number"),
        (small("workers: 0"), "`workers` is 0; expected"),
        (small("workers: 65"), "`workers` is 65; expected"),
        (small("workers: " + "9" * 5000), "which YAML can't read"),
        (small("workers: null"), "`workers` is null; expected a whole number"),
        (small("cutover: {attempts: 0}"), "`cutover.attempts` is 0; expected a whole number from 1 to 1000"),
        (small("cutover: {attempts: 1001}"), "`cutover.attempts` is 1001"),
        (small("cutover: {max_pause: 2}"), "`cutover.max_pause` is 2 without a unit; expected a duration"),
        (small("cutover: {max_pause: 2}"), "(for seconds `2s`)"),
        (small("cutover: {max_pause: 99ms}"), "is `99ms`; expected a duration from 100ms to 1m"),
        (small("cutover: {max_pause: 61s}"), "is `61s`; expected a duration from 100ms to 1m"),
        (small("cutover: {max_pause: 1.5s}"), "is `1.5s`; expected a duration: a whole number with ms, s, m, h or d"),
        (small("cutover: {pause: 2s}"), "`cutover.pause` is not a known key; did you mean `max_pause`?"),
        (small("cutover: {switch: {}}"), "`cutover.switch` has neither `command` nor `http`"),
        (small("cutover: {switch: {command: [a], http: b}}"), "`cutover.switch` has both `command` and `http`"),
        (small("cutover: {switch: {command: []}}"), "`cutover.switch.command` is an empty list"),
        (small("cutover: {switch: {command: ls -l}}"), "`cutover.switch.command` is `ls -l`; expected a list"),
        (small("cutover: {switch: {command: [sleep, 1]}}"), "`cutover.switch.command[1]` is 1; expected text"),
        (small("cutover: {switch: {command: [a], path: /b}}"), "`cutover.switch.path` belongs to `http`"),
        (small("cutover: {switch: {http: a, path: b}}"), "`cutover.switch.path` is `b`; expected a path"),
        (small("cutover: {switch: {htp: a}}"), "`cutover.switch.htp` is not a known key; did you mean `http`?"),
        (small("cutover: null"), "`cutover` is null; expected a mapping"),
        (small("validation_age: 0s"), "`validation_age` is `0d`; expected a duration from 1s"),
        (small("validation_age: 3600"), "`validation_age` is 3600 without a unit"),
        (small("mode: onlin"), "`mode` is `onlin`; expected 'online' or 'offline'"),
        (small("mode: on"), "`mode` is true; expected 'online' or 'offline' (the file says `on`)"),
        (small("capture: wal"), "`capture` is `wal`; expected 'triggers', 'log' or 'timestamps'"),
        (small("obsolete: true"), "`obsolete` is true; expected 'keep' or 'drop'"),
        (small("staging: /var/tmp"), "`staging` is `/var/tmp`; expected null, file:///folder or s3://"),
        (small("staging: s3://bucket/prefix"), "`staging` is a URI (not shown); expected null"),
        (small("gates: {users: ann}"), "`gates.users` is `ann`; expected a list"),
        (small("gates: {users: [1]}"), "`gates.users[0]` is 1; expected text; if the word or number itself is meant"),
        (small("gates: {user: [a]}"), "`gates.user` is not a known key; did you mean `users`?"),
        (small("rehearsal: {target: shop_new}"), "`rehearsal.target` is the target itself; expected the connection"),
        (small("rehearsal: {target: shop_old}"), "`rehearsal.target` is the source itself"),
        (small("rehearsal: {}"), "`rehearsal.target` is missing; expected the id of a scratch database's"),
        (small("rehearsal: {target: x, shedule: '@daily'}"), "`rehearsal.shedule` is not a known key; did you mean"),
        (small("description: 5"), "`description` is 5; expected text"),
        (small("schema: public.x"), "`schema` is `public.x`, which is not one SQL name"),
        (small("schema: ''"), "`schema` is empty"),
        (small("tables: {}"), "`tables` is empty"),
        (small("tables:"), "`tables` is null; expected a mapping"),
        (small("tables: [orders]"), "`tables` is a list; expected a mapping"),
        (small("tables:\n  orders:"), "line 5: `tables.orders` is null; expected a mapping, `{}` if there is nothing"),
        (small("tables: {odd name: {}}"), "`tables.odd name` is `odd name`, which is neither a table's SQL name nor"),
        (small("tables: {odd name: {}}"), "need double quotes inside YAML's own: '\"odd name\"'"),
        (small("tables: {a.b.c: {}}"), "`tables.a.b.c` is `a.b.c`, which is neither"),
        (small("tables: {'\"': {}}"), "which is neither a table's SQL name nor a pattern"),
        (small("tables: {Orders: {}, orders: {}}"), "`tables` has the keys `Orders` and `orders`, which mean the same"),
        (small("schema: s\ntables: {s.orders: {}, orders: {}}"), "`tables.orders` is the same table as `s.orders`"),
        (small("? [a]\n: b"), "has a key that is a list or a mapping"),
        (small("<<: {workers: 3}"), "merge key"),
        (small('description: "a\\0b"'), "`description` holds a character that no database takes"),
        (small('description: "\\ud800"'), "`description` holds a character that no database takes"),
        (small("description: !!python/name:os.system x"), "`description` has the YAML tag"),
        (small("workers: !!bool x"), "`workers` has the YAML tag"),
        (small("gates: !mine {users: []}"), "`gates` has the YAML tag `!mine`, which is not read here"),
        (small("description: ="), "`description` is `=`, which YAML can't read; if it is text, quote it"),
        (small("description: 2024-13-45"), "`description` is `2024-13-45`, which YAML can't read"),
    ],
)
def test_a_wrong_value_is_refused_with_key_fact_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal_of(tmp_path, text)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("columns: {total: {frm: amount}}", "`columns.total.frm` is not a known key; did you mean `from`?"),
        ("colums: {}", "`colums` is not a known key; did you mean `columns`?"),
        ("columns: {total: amount}", "`columns.total` is `amount`; expected a mapping"),
        ("columns: [total]", "`columns` is a list; expected a mapping"),
        ("columns: {total: {}}", "`columns.total` says nothing; expected `add`, `from`, `type` or `using`"),
        ("columns: {total: {from: null}}", "`columns.total` says nothing"),
        ("columns: {total: {from: ' '}}", "`columns.total.from` is empty"),
        ("columns: {total: {add: int, from: a}}", "`columns.total` has `add` with `from`; keep one"),
        ("columns: {total: {add: int, using: a}}", "`columns.total` has `add` with `using`"),
        ("columns: {total: {add: int, type: int}}", "`columns.total` has `add` with `type`"),
        ("columns: {total: {add: int, back: x}}", "`columns.total` has `add` with `back`"),
        ("columns: {total: {from: a, using: b}}", "`columns.total` has `from` and `using`; keep one"),
        ("columns: {total: {back: a}}", "`columns.total.back` needs `using`"),
        ("columns: {total: {from: a, back: b}}", "`columns.total.back` needs `using`"),
        ("columns: {total: {from: a}}\ndrop: [A]", "`drop` holds `a`, which the column `total` is made from"),
        ("columns: {total: {type: int}}\ndrop: [total]", "`drop` holds `total`, which the column `total`"),
        ("columns: {b: {from: a}, c: {from: a}}", "`columns.c` takes the old column `a`, and so does `b`"),
        ("columns: {Total: {from: a}, total: {from: b}}", "`columns` has the keys `Total` and `total`"),
        ("columns: {total*: {from: a}}", "`columns.total*` is the pattern `total*`; expected one name"),
        ("columns: {on: {from: a}}", '`columns.on` is true to YAML, where text is expected; quote it: "on"'),
        ("columns: {1: {from: a}}", '`columns.1` is 1 to YAML, where text is expected; quote it: "1"'),
        ("columns: {null: {from: a}}", "`columns.null` is null to YAML, where text is expected; quote it"),
        ("columns: {2024-01-01: {from: a}}", "`columns.2024-01-01` is 2024-01-01 to YAML"),
        ("drop: [yes]", "`drop[0]` is true; expected text; if the word or number itself is meant"),
        ("drop: [yes]", "(the file says `yes`)"),
        ("drop: legacy", "`drop` is `legacy`; expected a list"),
        ("drop: [a, A]", "`drop` holds `a` more than once"),
        ("key: []", "`key` is an empty list"),
        ("key: [null]", "`key[0]` is null; expected text"),
        ("key: [id, id]", "`key` holds `id` more than once"),
        ("key: [a b]", "`key[0]` is `a b`, which is not one SQL name"),
        ("updated_at: [a]", "`updated_at` is a list; expected text"),
        ("to: 1", "`to` is 1; expected text"),
        ("to: new_*", "`to` is the pattern `new_*`; expected the name of one table"),
        ("to: a.b.c", "`to` is `a.b.c`"),
        ("skip: 1", "`skip` is 1; expected true or false"),
        ("skip: true\nto: x", "`skip` is true, and yet there are other keys"),
        ("to: a\nto: b", "line 7: `to` is there twice; YAML would silently keep the last"),
    ],
)
def test_a_wrong_table_is_refused_with_key_fact_and_remedy(tmp_path: Path, more: str, said: str) -> None:
    assert said in refusal_of(tmp_path, orders(more)).replace("`tables.orders.", "`")


@pytest.mark.parametrize("name", ["sh op", "shop-eu", "shop.eu", "größe", "a" * 41, "shop\n"])
def test_names_that_do_not_fit_dag_ids_and_triggers_are_refused(tmp_path: Path, name: str) -> None:
    said = refusal_of(tmp_path, SMALL.replace("name: shop", f"name: {json.dumps(name)}"), f"{name.strip()}.yaml")
    assert "expected at most 40 letters (a to z), digits and underscores" in said


@pytest.mark.parametrize("name", ["a", "A_1", "9lives", "a" * 40])
def test_names_that_fit_are_taken(tmp_path: Path, name: str) -> None:
    assert spec_of(tmp_path, SMALL.replace("name: shop", f'name: "{name}"'), f"{name}.yaml").name == name


@pytest.mark.parametrize("key", ["source", "target", "staging", "schema"])
def test_a_uri_in_the_wrong_place_is_never_repeated(tmp_path: Path, key: str) -> None:
    lines = {"name": "shop", "source": "a", "target": "b", key: "postgres://ann:geheim@db/shop"}
    said = refusal_of(tmp_path, "".join(f"{key}: {value}\n" for key, value in lines.items()))
    assert f"`{key}` is a URI (not shown)" in said
    assert "geheim" not in said


@pytest.mark.parametrize(
    "schedule", ["daily", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *"]
)
def test_a_schedule_that_would_break_the_dag_file_is_refused(tmp_path: Path, schedule: str) -> None:
    said = refusal_of(tmp_path, small(f"rehearsal: {{target: x, schedule: '{schedule}'}}"))
    assert f"`rehearsal.schedule` is `{schedule}`; expected a cron expression of five fields" in said


# Two tables, one place


@pytest.mark.parametrize(
    "tables",
    [
        "{a: {to: x}, b: {to: x}}",
        "{a: {to: X}, b: {to: x}}",
        "{a: {to: b}, b: {}}",
        "{b: {}, a: {to: b}}",
        "{s.a: {to: x}, s.b: {to: s.x}}",
    ],
)
def test_two_tables_with_one_target_are_refused(tmp_path: Path, tables: str) -> None:
    assert "give each table a target of its own" in refusal_of(tmp_path, small(f"tables: {tables}"))


def test_a_skipped_table_takes_no_place(tmp_path: Path) -> None:
    spec_of(tmp_path, small("tables: {a: {to: b}, b: {skip: true}}"))


def test_to_of_a_pattern_is_refused(tmp_path: Path) -> None:
    assert "`tables.tmp_*.to` is one name, but the key is a pattern" in refusal_of(tmp_path, small('tables: {"tmp_*": {to: x}}'))


@pytest.mark.parametrize("table", ["{}", "{to: orders}", "{to: Orders}", "{to: public.orders}"])
def test_in_place_each_table_needs_a_new_name(tmp_path: Path, table: str) -> None:
    said = refusal_of(tmp_path, f"{IN_PLACE}schema: public\ntables: {{orders: {table}}}\n")
    assert "`tables.orders.to` must be a new name: source and target are one database" in said


@pytest.mark.parametrize("table", ["{to: orders_v2}", "{to: new.orders}", "{skip: true}", "{to: '\"Orders\"'}"])
def test_in_place_a_new_name_or_schema_will_do(tmp_path: Path, table: str) -> None:
    spec_of(tmp_path, f"{IN_PLACE}tables: {{orders: {table}}}\n")


# All at once


def test_all_problems_come_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = """\
        source: shop_old
        target: shop_old
        workers: two
        tables:
          orders:
            drop: [yes]
            columns:
              total: {frm: amount}
              tax: {add: int, from: b}
          users: {to: users}
        cutover: {max_pause: 5, switch: {}}
        rehearsal: {target: shop_old}
        """
    said = refusal_of(tmp_path, textwrap.dedent(text))
    keys = [line.split("`")[1] for line in said.splitlines()[1:]]
    assert said.splitlines()[0] == f"{tmp_path / 'shop.yaml'} has 10 problems:"
    assert keys == [
        "name",
        "workers",
        "tables.orders.to",
        "tables.orders.drop[0]",
        "tables.orders.columns.total.frm",
        "tables.orders.columns.tax",
        "tables.users.to",
        "cutover.max_pause",
        "cutover.switch",
        "rehearsal.target",
    ]


def test_a_value_that_is_wrong_causes_no_second_problem(tmp_path: Path) -> None:
    text = f"{IN_PLACE}tables:\n  orders: {{too: orders_v2}}\n  users: {{to: users_v2, columns: {{a: {{form: b}}}}}}\n"
    assert len(refusal_of(tmp_path, text).splitlines()) == 3


def test_what_is_no_text_in_names_is_listed_beside_the_rest(tmp_path: Path) -> None:
    said = refusal_of(tmp_path, small("tables:\n  on: {colums: {}}\n  off: {}"))
    assert "`tables.on` is true" in said
    assert "`tables.on.colums` is not a known key" in said
    assert "`tables.off` is false" in said
