"""What the house rules look at: a source tree, read and never imported, and small planted trees that break a rule."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PRODUCT = ("plugins", "dags")
ALL_CODE = (*PRODUCT, "testbed", "demo", "bench", "torture", "tests")


@dataclass(frozen=True)
class Module:
    """A Python file. `name` is how it is imported: `airlift.phases.copying.plan`, `dags.migrations`."""

    path: Path
    name: str
    ast: ast.Module

    def at(self, node: ast.AST) -> str:
        """Where a violation is, as editors understand it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"

    def below(self, *names: str) -> bool:
        """True for the modules and packages `names` themselves and for all that is in them."""
        return any(self.name == name or self.name.startswith(f"{name}.") for name in names)


@dataclass(frozen=True)
class SqlFile:
    """A SQL file. `name` is how Python asks for it: `sync/read_position`."""

    path: Path
    name: str
    text: str

    @property
    def is_body(self) -> bool:
        """True for a function's body, which another statement carries."""
        return self.name.startswith("bodies/")

    @property
    def header(self) -> list[str]:
        """The comment lines at the top, without their dashes."""
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").strip())
        return lines

    @property
    def code(self) -> str:
        """What is left without the lines that are comments, as the loader sees it."""
        return "\n".join(line for line in self.text.splitlines() if not line.startswith("--"))


@cache
def _parsed(text: str, name: str) -> ast.Module:
    return ast.parse(text, filename=name)


@dataclass(frozen=True)
class Tree:
    """A checkout of the project, or of something planted."""

    root: Path

    def modules(self, *folders: str) -> list[Module]:
        """All Python files below the folders, parsed."""
        return [self._module(path) for folder in folders for path in sorted((self.root / folder).rglob("*.py"))]

    def sql_files(self) -> list[SqlFile]:
        """All SQL files of all engines."""
        return list(self._sql_files())

    def _module(self, path: Path) -> Module:
        relative = path.relative_to(self.root)
        parts = relative.with_suffix("").parts
        dotted = [part for part in (parts[1:] if parts[0] == "plugins" else parts) if part != "__init__"]
        return Module(relative, ".".join(dotted), _parsed(path.read_text(encoding="utf-8"), str(relative)))

    def _sql_files(self) -> Iterator[SqlFile]:
        top = self.root / "include" / "sql"
        for path in sorted(top.rglob("*.sql")):
            _engine, *name = path.relative_to(top).with_suffix("").parts
            yield SqlFile(path.relative_to(self.root), "/".join(name), path.read_text(encoding="utf-8"))


PROJECT = Tree(Path(__file__).resolve().parents[2])


def planted(root: Path, files: Mapping[str, str]) -> Tree:
    """A tree of its own below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Tree(root)


def keep(violations: list[str]) -> None:
    """Fail with every violation on a line of its own."""
    __tracebackhide__ = True
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)
