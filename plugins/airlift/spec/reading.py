"""Read YAML into plain values, and remember where each stood. Knows nothing of what a spec holds.

PyYAML keeps the last of two equal keys and reads `on` as a truth value; here both are problems with a line.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from airlift.spec.problems import KeyPath, Problem, shown

_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
# A file of a few lines can expand to billions of values through aliases of aliases.
_MOST_VALUES = 100_000


@dataclass
class Document:
    """What a file holds: its values, the line and the text of each, and what is wrong with it as YAML."""

    values: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int | None:
        """Where a key stands, or the nearest one around it."""
        return next((self.lines[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in self.lines), None)


def read(text: str) -> Document:
    """Read one YAML document; what it can't take is in `problems`."""
    document = Document()
    loader = yaml.SafeLoader("")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            document.values = _Reader(loader, document).value(node, ())
    except yaml.MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        said = ", ".join(part for part in (error.context, error.problem) if part)
        document.problems.append(Problem((), f"this is not YAML: {said}", line))
    except yaml.YAMLError as error:
        document.problems.append(Problem((), f"this is not YAML: {' '.join(str(error).split())}"))
    except RecursionError:
        document.problems.append(Problem((), "the values are nested too deep"))
    finally:
        loader.dispose()
    return document


class _Reader:
    def __init__(self, loader: yaml.SafeLoader, document: Document) -> None:
        self.loader = loader
        self.plain_tag: Callable[[type[yaml.Node], str | None, tuple[bool, bool]], str] = loader.resolve
        self.document = document
        self.open: list[yaml.Node] = []
        self.count = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        self.count += 1
        if self.count > _MOST_VALUES:
            raise yaml.MarkedYAMLError(problem=f"more than {_MOST_VALUES} values", problem_mark=node.start_mark)
        if node in self.open:
            raise yaml.MarkedYAMLError(problem="an alias holds itself", problem_mark=node.start_mark)
        self.document.lines.setdefault(path, _line(node))
        self.open.append(node)
        try:
            return self.content(node, path)
        finally:
            self.open.pop()

    def content(self, node: yaml.Node, path: KeyPath) -> Any:
        if isinstance(node, yaml.ScalarNode):
            self.document.texts[path] = node.value
            return self.scalar(node, path)
        if node.tag != self.plain_tag(type(node), None, (True, False)):
            self.problem(path, f"has the YAML tag {shown(node.tag)}, which is not read here; leave it out", node)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem(path, "has a key that is a list or a mapping; expected text", key_node)
                continue
            place = (*path, key_node.value)
            self.key(key_node, place)
            if key_node.value in values:
                self.problem(place, "is there twice; YAML would silently keep the last: keep one", key_node)
            self.document.lines[place] = _line(key_node)
            values[key_node.value] = self.value(value_node, place)
        return values

    def key(self, node: yaml.ScalarNode, path: KeyPath) -> None:
        if node.tag == _MERGE:
            self.problem(path, "is YAML's merge key, which is not read here; write the keys out", node)
        elif not isinstance(value := self.scalar(node, path), str):
            text = f'is {shown(value)} to YAML, where text is expected; quote it: "{node.value}"'
            self.problem(path, text, node)

    def scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        plain = node.style is None
        if node.tag not in (_TEXT, self.plain_tag(yaml.ScalarNode, node.value, (plain, not plain))):
            self.problem(path, f"has the YAML tag {shown(node.tag)}, which is not read here; leave it out", node)
            return node.value
        try:
            value = self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self.problem(path, f"is {shown(node.value)}, which YAML can't read; if it is text, quote it", node)
            return node.value
        if isinstance(value, str) and any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            self.problem(path, "holds a character that no database takes (NUL or half of a surrogate pair)", node)
        return value

    def problem(self, path: KeyPath, text: str, node: yaml.Node) -> None:
        self.document.problems.append(Problem(path, text, _line(node)))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
