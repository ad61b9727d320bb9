"""What a spec file may say, how a folder of them is loaded, and what is frozen of one."""

import json
from pathlib import Path

import pytest

from airlift.errors import Refused
from airlift.spec import Column, Rehearsal, Spec, Switch, Table, differences, load_folder
from tests.unit.spec_files import DESIGN, SMALL, orders, small, spec_of

# What works


def test_the_designs_example_is_read_as_it_says(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, DESIGN)
    assert (spec.name, spec.source, spec.target, spec.schema_) == ("shop", "shop_old", "shop_new", "public")
    assert list(spec.tables) == ["*", "tmp_*", "orders"]
    assert spec.tables["tmp_*"] == Table(skip=True)
    table = spec.tables["orders"]
    assert (table.to, table.drop, table.key, table.updated_at) == ("orders_v2", ("legacy_flag",), ("id",), "changed_on")
    assert table.columns["currency"] == Column(add="char(3) NOT NULL DEFAULT 'EUR'")
    assert table.columns["total"] == Column(from_="amount")
    assert table.columns["total_eur"].back == "round(total_eur * 100)"
    assert (spec.cutover.max_pause, spec.cutover.attempts, spec.cutover.switch) == (2.0, 20, None)
    assert spec.validation_age == 86_400
    assert spec.rehearsal == Rehearsal(schedule="0 3 * * sun", target="shop_scratch")


def test_what_is_left_out_has_the_defaults_of_the_design(tmp_path: Path) -> None:
    assert spec_of(tmp_path, SMALL).to_json() == {
        "name": "shop",
        "description": "",
        "source": "shop_old",
        "target": "shop_new",
        "schema": None,
        "tables": {"*": Table().model_dump(mode="json", by_alias=True)},
        "mode": "online",
        "capture": "triggers",
        "staging": None,
        "workers": 2,
        "cutover": {"max_pause": "2s", "attempts": 20, "switch": None},
        "validation_age": "1d",
        "obsolete": "keep",
        "gates": {"users": []},
        "rehearsal": None,
    }


@pytest.mark.parametrize(
    "more",
    [
        "staging: file:///var/tmp/dumps",
        "staging: s3://minio@bucket/prefix",
        "workers: 1",
        "workers: 64",
        "cutover: {attempts: 1000, max_pause: 100ms}",
        "cutover: {max_pause: 1m}",
        "cutover: {switch: {command: [/usr/bin/switch, --now]}}",
        "cutover: {switch: {http: balancer, path: /move}}",
        "validation_age: 15m",
        "mode: offline",
        "capture: log",
        "obsolete: drop",
        "gates: {users: [ann, bob@example.com]}",
        "rehearsal: {target: scratch}",
        "rehearsal: {target: scratch, schedule: '@weekly'}",
        "rehearsal: {target: scratch, schedule: '*/15 1-5,7 * JAN-mar 0'}",
        "tables: {orders: {columns: {total: {using: a + b}}}}",  # no type: an existing target has one
        "tables: {orders: {columns: {total: {type: bigint}}}}",
        "tables: {orders: {columns: {total: {from: amount, type: bigint}}}}",
        "tables: {orders: {columns: {total: {add: int}}, drop: [total]}}",  # another column with the old name
        "tables: {orders: {to: new.orders}, sales.orders: {to: sales.orders_v2}}",
        "tables:\n  a: &same {key: [id]}\n  b: *same",
        'tables: {"on": {drop: ["yes", !!str no, "1"]}}',
    ],
)
def test_what_the_design_allows_is_taken(tmp_path: Path, more: str) -> None:
    spec_of(tmp_path, small(more))


def test_unquoted_names_fold_as_sql_folds_them(tmp_path: Path) -> None:
    text = """\
        schema: '"Sales"'
        tables:
          Orders:
            to: New_Orders
            columns:
              Total: {from: AMOUNT}
              '"Total"': {from: '"Amount"'}
            drop: [Flag, '"odd ""flag"" name"']
            key: [ID]
            updated_at: '"Changed On"'
          sales."Odd.Name": {to: archive."Odd.Name"}
        """
    spec = spec_of(tmp_path, small(text))
    assert spec.schema_ == "Sales"
    assert list(spec.tables) == ["orders", 'sales."Odd.Name"']
    table = spec.tables["orders"]
    assert table.to == "new_orders"
    assert {name: column.from_ for name, column in table.columns.items()} == {"total": "amount", "Total": "Amount"}
    assert table.drop == ("flag", 'odd "flag" name')
    assert (table.key, table.updated_at) == (("id",), "Changed On")
    assert spec.tables['sales."Odd.Name"'].to == 'archive."Odd.Name"'


def test_a_byte_order_mark_and_comments_do_no_harm(tmp_path: Path) -> None:
    assert spec_of(tmp_path, "\ufeff# a comment\n" + SMALL).name == "shop"


def test_a_spec_can_not_be_changed(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, SMALL)
    with pytest.raises(ValueError, match="frozen"):
        spec.workers = 3  # type: ignore[misc]


# A folder


def test_a_folder_is_loaded_in_order_and_a_bad_file_hides_no_other(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.yaml"):
        (tmp_path / name).write_text(SMALL.replace("name: shop", f"name: {name[0]}"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("name: [", encoding="utf-8")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfa")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / ".#lock.yaml").symlink_to("ann@host")
    (tmp_path / "notes.txt").write_text("no spec", encoding="utf-8")
    files = load_folder(tmp_path)
    assert [file.path.name for file in files] == [
        "a.yml",
        "b.yaml",
        "bad.yaml",
        "bytes.yaml",
        "c.yaml",
        "folder.yaml",
        "gone.yaml",
    ]
    assert [file.stem for file in files if file.spec] == ["a", "b", "c"]
    assert all((file.spec is None) == (file.error is not None) for file in files)
    assert all(str(file.path) in file.error for file in files if file.error)


def test_the_second_of_two_files_with_one_stem_is_an_error_with_a_name_of_its_own(tmp_path: Path) -> None:
    for name in ("shop.yaml", "shop.yml"):
        (tmp_path / name).write_text(SMALL, encoding="utf-8")
    first, second = load_folder(tmp_path)
    assert first.spec is not None
    assert (second.spec, second.stem) == (None, "shop.yml")
    assert "shop.yaml has the same stem" in str(second.error)


def test_a_bad_files_stem_fits_a_dag_id_and_never_takes_a_good_ones(tmp_path: Path) -> None:
    for name in ("my shop.yaml", "my_shop.yaml", "my+shop.yaml", "größe.yaml"):
        (tmp_path / name).write_text(SMALL.replace("name: shop", "name: my_shop"), encoding="utf-8")
    stems = {file.path.name: file.stem for file in load_folder(tmp_path)}
    assert stems["my_shop.yaml"] == "my_shop"
    assert len(set(stems.values())) == 4
    assert all(set(stem) <= set("abcdefghijklmnopqrstuvwxyz_.-0123456789") for stem in stems.values())


def test_an_empty_folder_has_no_specs_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    assert load_folder(tmp_path) == []
    with pytest.raises(Refused, match=r"nowhere can't be listed: No such file"):
        load_folder(tmp_path / "nowhere")


# Frozen in the ledger


@pytest.mark.parametrize(
    "text",
    [
        DESIGN,
        SMALL,
        small("cutover: {max_pause: 1500ms, switch: {command: [a, b]}}\nvalidation_age: 90m"),
        small("cutover: {switch: {http: balancer}}\nstaging: s3://minio@bucket/x\ngates: {users: [ann]}"),
        orders("""to: '"Odd ""Name"" 2"'\nkey: ['"ID"']\ncolumns: {'"%s {x}"': {from: '"a.b"'}}\ndrop: ['"ä Ö"']"""),
    ],
)
def test_a_spec_comes_back_from_json_as_it_was(tmp_path: Path, text: str) -> None:
    spec = spec_of(tmp_path, text)
    back = Spec.from_json(json.loads(json.dumps(spec.to_json())))
    assert back == spec
    assert differences(spec, back) == []


def test_differences_name_each_key_path_in_words(tmp_path: Path) -> None:
    old = spec_of(tmp_path, DESIGN)
    text = (
        DESIGN.replace("max_pause: 2s", "max_pause: 5s")
        .replace("drop: [legacy_flag]", "drop: [legacy_flag, other]")
        .replace("{from: amount}", "{from: sum}")
        .replace('"tmp_*": {skip: true}', "items: {}")
        .replace("switch: null", "switch: {http: balancer}")
        .replace("staging: null", "staging: s3://minio@bucket/x")
        .replace("mode: online", "mode: offline")
    )
    assert differences(old, spec_of(tmp_path, text)) == [
        "`tables.items` is new",
        "`tables.orders.columns.total.from` was `amount` and is now `sum`",
        "`tables.orders.drop` was [`legacy_flag`] and is now [`legacy_flag`, `other`]",
        "`tables.tmp_*` is gone",
        "`mode` was `online` and is now `offline`",
        "`staging` was null and is now a URI (not shown)",
        "`cutover.max_pause` was `2s` and is now `5s`",
        "`cutover.switch` was null and is now a mapping",
    ]


def test_other_notation_is_no_difference(tmp_path: Path) -> None:
    old = spec_of(tmp_path, DESIGN)
    text = DESIGN.replace("24h", "1d").replace("  orders:", '  "Orders":').replace("[id]", "[ID]")
    assert differences(old, spec_of(tmp_path, text)) == []


def test_a_switch_by_http_has_a_path_of_its_own() -> None:
    assert Switch(http="balancer").path == "/switch"
