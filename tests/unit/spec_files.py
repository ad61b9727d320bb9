"""Spec files for the tests of what may be in one."""

import textwrap
from pathlib import Path

import pytest

from airlift.errors import Refused
from airlift.spec import Spec, load

DESIGN = """\
name: shop
description: Orders get a currency.
source: shop_old
target: shop_new
schema: public
tables:
  "*": {}
  "tmp_*": {skip: true}
  orders:
    to: orders_v2
    columns:
      currency: {add: "char(3) NOT NULL DEFAULT 'EUR'"}
      total: {from: amount}
      total_eur: {type: "numeric(12,2)", using: "amount_cents / 100.0", back: "round(total_eur * 100)"}
    drop: [legacy_flag]
    key: [id]
    updated_at: changed_on
mode: online
capture: triggers
staging: null
workers: 2
cutover:
  max_pause: 2s
  attempts: 20
  switch: null
validation_age: 24h
obsolete: keep
gates: {users: []}
rehearsal: {schedule: "0 3 * * sun", target: shop_scratch}
"""
SMALL = "name: shop\nsource: shop_old\ntarget: shop_new\n"
IN_PLACE = "name: shop\nsource: shop\ntarget: shop\n"


def spec_of(folder: Path, text: str, name: str = "shop.yaml") -> Spec:
    """Write the text to a file and load it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load(path)


def refusal_of(folder: Path, text: str, name: str = "shop.yaml") -> str:
    """What is said of a file that is refused."""
    with pytest.raises(Refused) as refused:
        spec_of(folder, text, name)
    assert str(refused.value).startswith(f"{folder / name}")
    return str(refused.value)


def small(more: str) -> str:
    """The smallest spec, and more."""
    return SMALL + textwrap.dedent(more)


def orders(more: str) -> str:
    """The smallest spec with one table, of which more is said."""
    return SMALL + "tables:\n  orders:\n" + textwrap.indent(textwrap.dedent(more), "    ")
