"""Imports point downwards only, and Airflow and the drivers stay where they belong."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.tree import PRODUCT, PROJECT, Module, Tree, keep, planted

# From the bottom up. What is not named here (errors, spec, sqlfiles) is the ground: no I/O, and it knows none of these.
LAYERS = ("databases", "ledger", "phases", "operators", "dag", "dags")
UI_SEES = ("ground", "ledger", "doctor", "ui")
# airlift/doctor.py joins Airflow's connections with the phases that look at a migration, as the operators do, for those who are no task:
# the page and the command line know this one door, and neither Airflow and the phases, nor a way of their own to connect.
DOCTOR_SEES = ("ground", "phases", "operators", "doctor")
COMMAND_SEES = ("ground", "doctor")
COMMAND = "airlift.__main__"
PLUGIN_SEES = ("ground", "ui")
AIRFLOW_IN = ("airlift.operators", "airlift.dag", "airlift.ui", "airlift_plugin", "dags")
DRIVERS = ("MySQLdb", "asyncpg", "mysql", "psycopg", "psycopg2", "psycopg_pool", "pymysql", "sqlalchemy")
DRIVERS_IN = ("airlift.databases", "airlift.ledger")
OURS = ("airlift", "airlift_plugin", "dags")
NOT_PRODUCT = ("bench", "demo", "include", "testbed", "tests", "torture")


def imports(module: Module, tree: Tree) -> Iterator[tuple[ast.AST, str]]:
    """Every module that is imported anywhere in `module`, by its full name."""
    for node in ast.walk(module.ast):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, module)
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                yield node, whole if _is_module(whole, tree) else source


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if module.path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])


def _is_module(name: str, tree: Tree) -> bool:
    path = tree.root / "plugins" / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def layer(name: str) -> str:
    """The layer of a module of ours: `airlift.phases.sync.report` is in `phases`."""
    top, _, rest = name.partition(".")
    if top in ("dags", "airlift_plugin"):
        return top
    inside = rest.partition(".")[0]
    if name == COMMAND:
        return "command"
    return inside if inside in (*LAYERS, "doctor", "ui") else "ground"


def visible(importer: str) -> tuple[str, ...]:
    """The layers that one may import."""
    if importer == "ui":
        return UI_SEES
    if importer == "doctor":
        return DOCTOR_SEES
    if importer == "command":
        return COMMAND_SEES
    if importer == "airlift_plugin":
        return PLUGIN_SEES
    return ("ground", *LAYERS[: LAYERS.index(importer) + 1]) if importer in LAYERS else ("ground",)


def upward_imports(tree: Tree) -> list[str]:
    """Imports of a layer that the importing one must not know."""
    return [
        f"{module.at(node)}: {layer(module.name)} must not know {layer(name)}, but imports {name}; it may import "
        f"{', '.join(visible(layer(module.name)))}"
        for module in tree.modules(*PRODUCT)
        for node, name in imports(module, tree)
        if _top(name) in OURS and layer(name) not in visible(layer(module.name))
    ]


def _top(name: str) -> str:
    return name.partition(".")[0]


def strays(tree: Tree, packages: tuple[str, ...], *, allowed: tuple[str, ...]) -> list[str]:
    """Imports of other people's packages outside the places that may know them."""
    return [
        f"{module.at(node)}: {name} is imported, which only {', '.join(allowed) or 'nothing in the product'} may do"
        for module in tree.modules(*PRODUCT)
        if not module.below(*allowed)
        for node, name in imports(module, tree)
        if _top(name) in packages
    ]


def test_imports_point_downwards() -> None:
    keep(upward_imports(PROJECT))


def test_airflow_is_known_above_the_phases_only() -> None:
    keep(strays(PROJECT, ("airflow",), allowed=AIRFLOW_IN))


def test_drivers_are_known_by_databases_and_ledger_only() -> None:
    keep(strays(PROJECT, DRIVERS, allowed=DRIVERS_IN))


def test_the_product_knows_nothing_of_its_tests_and_its_demo() -> None:
    keep(strays(PROJECT, NOT_PRODUCT, allowed=()))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("plugins/airlift/errors.py", "import airlift.ledger"),
        ("plugins/airlift/durations.py", "from airlift import databases"),
        ("plugins/airlift/databases/postgres/copy_out.py", "from airlift.ledger import Ledger"),
        ("plugins/airlift/databases/__init__.py", "from ..phases import migration"),
        ("plugins/airlift/databases/postgres/session.py", "from ...phases.migration import Migration"),
        ("plugins/airlift/ledger.py", "from .phases import migration"),
        ("plugins/airlift/phases/sync/report.py", "def report():\n    from airlift.operators import Phase"),
        ("plugins/airlift/operators/phase.py", "from airlift.dag import build"),
        ("plugins/airlift/phases/sync/report.py", "from airlift.ui import page"),
        ("plugins/airlift/ui/page.py", "from airlift.databases import Database"),
        ("plugins/airlift/ui/page.py", "from airlift.phases import migration"),
        ("plugins/airlift_plugin.py", "from airlift.ledger import Ledger"),
        ("plugins/airlift/dag.py", "import dags.migrations"),
        ("plugins/airlift/dag.py", "from airlift.doctor import consult"),
        ("plugins/airlift/doctor.py", "from airlift.dag import build"),
        ("plugins/airlift/phases/sync/report.py", "from airlift.doctor import consult"),
        ("plugins/airlift/__main__.py", "from airlift.phases import migration"),
        ("plugins/airlift/__main__.py", "from airlift.operators.phase import PhaseOperator"),
    ],
)
def test_an_upward_import_is_found(tmp_path: Path, path: str, text: str) -> None:
    packages = ("databases", "databases/postgres", "phases", "phases/sync", "operators", "ui")
    tree = planted(tmp_path, {f"plugins/airlift/{name}/__init__.py": "" for name in packages} | {path: text})
    assert len(upward_imports(tree)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("plugins/airlift/spec.py", "from airlift.errors import Refused"),
        ("plugins/airlift/databases/postgres/session.py", "from . import quoting"),
        ("plugins/airlift/phases/sync/report.py", "from airlift import __version__, databases"),
        ("plugins/airlift/ui/page.py", "from airlift.ledger import Ledger\nfrom airlift.errors import Refused"),
        ("plugins/airlift_plugin.py", "from airlift.ui import app"),
        ("plugins/airlift/__main__.py", "from airlift.doctor import consult\nfrom airlift.errors import Refused"),
        ("plugins/airlift/doctor.py", "from airlift.operators.building import build\nfrom airlift.phases.migration import Migration"),
        ("plugins/airlift/ui/routes.py", "from airlift.doctor import glance"),
        ("dags/migrations.py", "from airlift.dag import build\nfrom airlift.spec import load_folder"),
    ],
)
def test_a_downward_import_is_fine(tmp_path: Path, path: str, text: str) -> None:
    assert upward_imports(planted(tmp_path, {path: text})) == []


def test_a_stray_import_is_found(tmp_path: Path) -> None:
    tree = planted(
        tmp_path,
        {
            "plugins/airlift/phases/migration.py": "from airflow.sdk import Variable\nimport psycopg2.extras",
            "plugins/airlift/spec.py": "import sqlalchemy as sa\nfrom testbed.servers import Server",
            "plugins/airlift/databases/__init__.py": "import psycopg2",
            "plugins/airlift/operators/phase.py": "from airflow.sdk import BaseOperator",
        },
    )
    assert len(strays(tree, ("airflow",), allowed=AIRFLOW_IN)) == 1
    assert len(strays(tree, DRIVERS, allowed=DRIVERS_IN)) == 2
    assert len(strays(tree, NOT_PRODUCT, allowed=())) == 1
