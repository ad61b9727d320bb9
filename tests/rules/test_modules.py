"""How modules are named, how Airflow finds them, and that each says what it is for."""

import ast
import sys
from pathlib import Path

import pytest
from airflow._shared.module_loading import find_path_from_directory

from tests.rules.tree import ALL_CODE, PRODUCT, PROJECT, Module, Tree, keep, planted

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

VAGUE = ("common", "data", "helper", "helpers", "info", "manager", "misc", "util", "utils")


def borrowed_names(tree: Tree) -> list[str]:
    """Modules that a careless importer would take for the standard library's."""
    files = [path for path in sorted((tree.root / "plugins").rglob("*")) if path.suffix == ".py" or path.is_dir()]
    return [
        f"{path.relative_to(tree.root)}: the standard library has a module {path.stem!r}; use another word "
        "(Airflow may import a plugin's files by their bare names)"
        for path in files
        if path.stem in sys.stdlib_module_names and not path.stem.startswith("__")
    ]


def vague_names(tree: Tree) -> list[str]:
    """Modules whose name doesn't say what is in them."""
    return [
        f"{module.path}: {module.path.stem!r} says nothing; name it after what it does"
        for module in tree.modules(*PRODUCT)
        if module.path.stem in VAGUE or module.path.parent.name in VAGUE
    ]


def plugin_files(tree: Tree) -> list[str]:
    """What Airflow's plugin manager would import file by file, by its own rules."""
    folder = tree.root / "plugins"
    found = find_path_from_directory(str(folder), ".airflowignore")
    return sorted(str(Path(path).relative_to(folder)) for path in found)


def silent_definitions(tree: Tree) -> list[str]:
    """Public modules, classes and functions, and the methods of protocols, that don't say what they are for."""
    return [
        f"{module.at(node)}: {what} needs a docstring"
        for module in tree.modules(*PRODUCT, "testbed", "demo", "bench", "torture")
        if not any(part.startswith("_") for part in module.name.split("."))
        for node, what in _public(module)
        if not ast.get_docstring(node)
    ]


def _public(module: Module) -> list[tuple[Documented, str]]:
    found: list[tuple[Documented, str]] = [(module.ast, f"module {module.name}")]
    for node in module.ast.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            found.append((node, f'"{node.name}"'))
            if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
                methods = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
                found += [(item, f'"{node.name}.{item.name}"') for item in methods if not item.name.startswith("_")]
    return found


def test_no_module_has_a_name_of_the_standard_library() -> None:
    keep(borrowed_names(PROJECT))


def test_names_say_what_is_inside() -> None:
    keep(vague_names(PROJECT))


def test_airflow_imports_no_file_of_the_package_by_itself() -> None:
    strangers = [name for name in plugin_files(PROJECT) if name != "airlift_plugin.py"]
    keep([f"plugins/{name}: Airflow imports it as a plugin; plugins/.airflowignore must name it" for name in strangers])


def test_what_is_public_is_documented() -> None:
    keep(silent_definitions(PROJECT))


def test_all_code_parses() -> None:
    assert PROJECT.modules(*ALL_CODE)


@pytest.mark.parametrize("path", ["plugins/airlift/phases/copy/plan.py", "plugins/airlift/phases/queue.py"])
def test_a_borrowed_name_is_found(tmp_path: Path, path: str) -> None:
    assert len(borrowed_names(planted(tmp_path, {path: ""}))) == 1


def test_a_vague_name_is_found(tmp_path: Path) -> None:
    tree = planted(tmp_path, {"plugins/airlift/utils.py": "", "plugins/airlift/helpers/x.py": ""})
    assert len(vague_names(tree)) == 2


def test_a_missing_ignore_file_is_found(tmp_path: Path) -> None:
    tree = planted(tmp_path, {"plugins/airlift_plugin.py": "", "plugins/airlift/errors.py": ""})
    assert plugin_files(tree) == ["airlift/errors.py", "airlift_plugin.py"]
    planted(tmp_path, {"plugins/.airflowignore": "airlift/\n"})
    assert plugin_files(tree) == ["airlift_plugin.py"]


def test_a_silent_definition_is_found(tmp_path: Path) -> None:
    text = '''
import typing
class Seam(typing.Protocol):
    """Documented."""
    def silent(self) -> None: ...
class Silent: ...
def silent() -> None: ...
def _private() -> None: ...
'''
    found = silent_definitions(planted(tmp_path, {"plugins/airlift/seams.py": text}))
    assert [line.partition(" ")[2] for line in found] == [
        "module airlift.seams needs a docstring",
        '"Seam.silent" needs a docstring',
        '"Silent" needs a docstring',
        '"silent" needs a docstring',
    ]
