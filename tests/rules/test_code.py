"""What the product's Python does not do: build SQL from strings, swallow errors, ask which engine it works on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.tree import ALL_CODE, PROJECT, Tree, keep, planted

SQL_WORD = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP|RENAME|LOCK|COPY|GRANT|REVOKE|SET|BEGIN|COMMIT|"
    r"FROM|WHERE|JOIN|VALUES|RETURNING)\b"
)
COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
SQL_IN_LOWER_CASE = re.compile(r"\s*(select\s.*\sfrom|insert\s+into|delete\s+from)\s", re.DOTALL)
ENGINES = {"postgres", "postgresql", "mysql", "mariadb"}
ENGINE_CLASS = re.compile(r"(Postgre|MySQL|Mysql|MariaDB|Mariadb)")
BROAD = {"Exception", "BaseException"}


def looks_like_sql(text: str) -> bool:
    """True for text whose first word is in capitals and that has a word of SQL. A sentence may name a statement."""
    words = COMMENT.sub("", text)
    first = re.search(r"[A-Za-z]{2,}", words)
    in_capitals = bool(first and first[0].isupper() and SQL_WORD.search(words))
    return in_capitals or bool(SQL_IN_LOWER_CASE.match(words))


def built_texts(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Every text that is put together: f-strings, +, %, .format() and .join(). The text without what is filled in."""
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
                yield node, _literal(node)
            case ast.Call(func=ast.Attribute(value=value, attr="format" | "format_map" | "join")):
                yield node, " ".join(_literal(part) for part in (value, *node.args))


def _literal(node: ast.AST) -> str:
    constants = [part.value for part in _in_order(node) if isinstance(part, ast.Constant)]
    return "".join(value for value in constants if isinstance(value, str))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def sql_from_strings(tree: Tree) -> list[str]:
    """SQL that is put together in Python, where a name would sooner or later go in without its quotes."""
    return [
        f"{module.at(node)}: SQL is put together from strings ({text.strip()[:60]!r}); make it a file below include/sql"
        for module in tree.modules("plugins", "dags")
        for node, text in built_texts(module.ast)
        if looks_like_sql(text)
    ]


def swallowed_errors(tree: Tree) -> list[str]:
    """Handlers after which nobody can tell that something went wrong."""
    return [
        f"{module.at(node)}: {fault}" for module in tree.modules(*ALL_CODE) for node in ast.walk(module.ast) if (fault := _swallowing(node))
    ]


def _swallowing(node: ast.AST) -> str | None:
    match node:
        case ast.ExceptHandler(type=None):
            return "a bare except catches even the wish to stop; name the error"
        case ast.ExceptHandler(body=body) if all(_is_nothing(statement) for statement in body):
            return "the error is swallowed; handle it, or suppress just this one with contextlib.suppress and say why"
        case ast.ExceptHandler(type=caught) if _names(caught) & BROAD and not _tells(node):
            return "any error at all is caught here, and none is raised again, kept or logged"
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress")) if _names(*node.args) & BROAD:
            return "contextlib.suppress takes the one error that is expected, not every error"
    return None


def _is_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
    return False


def _names(*nodes: ast.AST | None) -> set[str]:
    return {part.id for node in nodes if node for part in ast.walk(node) if isinstance(part, ast.Name)}


def _tells(handler: ast.ExceptHandler) -> bool:
    inside = [part for statement in handler.body for part in ast.walk(statement)]
    return any(
        isinstance(part, ast.Raise)
        or (isinstance(part, ast.Name) and part.id == handler.name)
        or (isinstance(part, ast.Attribute) and part.attr in ("exception", "error", "warning", "critical"))
        for part in inside
    )


def engine_questions(tree: Tree) -> list[str]:
    """Code outside databases/ that asks which engine it has before it."""
    return [
        f"{module.at(node)}: it asks for the engine; give databases/ a method or a field for what is really asked"
        for module in tree.modules("plugins", "dags")
        if not module.below("airlift.databases")
        for node in ast.walk(module.ast)
        if _asks_for_engine(node)
    ]


def _asks_for_engine(node: ast.AST) -> bool:
    match node:
        case ast.Compare():
            return any(_is_engine(part) for side in (node.left, *node.comparators) for part in ast.walk(side))
        case ast.MatchValue(value=value):
            return _is_engine(value)
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, classes]):
            return any(ENGINE_CLASS.match(part.split(".")[-1]) for part in re.split(r"[^\w.]+", ast.unparse(classes)))
        case ast.MatchClass(cls=cls):
            return bool(ENGINE_CLASS.match(ast.unparse(cls).split(".")[-1]))
    return False


def _is_engine(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in ENGINES


def _plugin(root: Path, text: str, path: str = "phases/sync/report.py") -> Tree:
    return planted(root, {f"plugins/airlift/{path}": text})


def test_no_sql_is_built_from_strings() -> None:
    keep(sql_from_strings(PROJECT))


def test_no_error_is_swallowed() -> None:
    keep(swallowed_errors(PROJECT))


def test_only_databases_knows_which_engine_it_is() -> None:
    keep(engine_questions(PROJECT))


@pytest.mark.parametrize(
    "text",
    [
        'f"SELECT * FROM {table}"',
        'f"{start} DELETE FROM {table}"',
        'f" WHERE id = {number}"',
        '"DROP TABLE " + name',
        'head + " WHERE id = 1"',
        '"LOCK TABLE %s" % name',
        '"ALTER TABLE {}".format(name)',
        'sql.SQL("COPY {} TO STDOUT").format(name)',
        '", ".join(["SELECT 1", "SELECT 2"])',
        'f"""\n    INSERT INTO {table}\n    VALUES (1)"""',
        'f"/* airlift */ TRUNCATE {table}"',
        'f"select a from {table}"',
    ],
)
def test_sql_from_strings_is_found(tmp_path: Path, text: str) -> None:
    assert sql_from_strings(_plugin(tmp_path, f"QUERY = {text}"))


@pytest.mark.parametrize(
    "text",
    [
        "f'Table \"{name}\" has no key; run ALTER TABLE {name} ADD PRIMARY KEY, then try again.'",
        'f"{count} rows were compared"',
        '"sync/" + name',
        '", ".join(names)',
        '"a" % b',
    ],
)
def test_a_sentence_is_no_sql(tmp_path: Path, text: str) -> None:
    keep(sql_from_strings(_plugin(tmp_path, f"TEXT = {text}")))


@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError: pass",
        "except ValueError: ...",
        "except: raise",
        "except Exception: return None",
        "except (OSError, BaseException): x = 1",
        "finally:\n    with contextlib.suppress(Exception): x = 1",
    ],
)
def test_a_swallowed_error_is_found(tmp_path: Path, handler: str) -> None:
    text = f"def read():\n  try: x = 2\n  {handler}".replace("\n    ", "\n      ")
    assert len(swallowed_errors(_plugin(tmp_path, text))) == 1


@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError: return None",
        "except Exception: log.exception('no')",
        "except BaseException: raise",
        "except BaseException as error: seen.append(error)",
        "finally:\n      with contextlib.suppress(OSError): x = 1",
    ],
)
def test_a_handled_error_is_fine(tmp_path: Path, handler: str) -> None:
    keep(swallowed_errors(_plugin(tmp_path, f"def read():\n  try: x = 2\n  {handler}")))


@pytest.mark.parametrize(
    "text",
    [
        'if engine == "postgres": x = 1',
        'if source.dialect.name in ("mysql", "mariadb"): x = 1',
        'match engine:\n  case "mysql": x = 1',
        "if isinstance(source, PostgresDatabase): x = 1",
        "if isinstance(source, (str, databases.MySQL)): x = 1",
        "match source:\n  case MariaDB(): x = 1",
    ],
)
def test_a_question_for_the_engine_is_found(tmp_path: Path, text: str) -> None:
    assert len(engine_questions(_plugin(tmp_path, text))) == 1
    assert engine_questions(_plugin(tmp_path / "lower", text, "databases/connect.py")) == []
