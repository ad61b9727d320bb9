"""SQL lives in files: one statement each, with a header, its holes quoted or bound, and none that nothing uses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.tree import PROJECT, SqlFile, Tree, keep, planted

FILE_NAME = re.compile(r"[a-z]+(_[a-z0-9]+)*")
HOLE = re.compile(r"\{[a-z_]+\}")
VALUE = re.compile(r"%\([a-z][a-z0-9_]*\)s")
STATEMENT_NAME = re.compile(r"([a-z_]+)/[a-z0-9_]+")
# What a semicolon may stand in without ending a statement. Longest first at each position, as a lexer would.
OPAQUE = re.compile(
    r"""--[^\n]*|/\*.*?\*/|(?P<tag>\$\w*\$).*?(?P=tag)|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"[^"]*\"""",
    re.DOTALL,
)
# Statements that MariaDB takes for one.
COMPOUND = re.compile(r"BEGIN NOT ATOMIC\b.*\bEND\b", re.DOTALL)


def header_faults(file: SqlFile) -> Iterator[str]:
    """The header says what the statement does, what it locks and whether it may run twice; a body, whose body it is."""
    if file.is_body:
        if not any(line.startswith("Body of ") for line in file.header):
            yield 'its header needs a line "-- Body of <the statement that carries it>"'
        return
    if not file.header or not re.match(r"(?!Locks:|Twice:)\w", file.header[0]):
        yield 'its first line is to be "-- <what it does>"'
    for word, meaning in {"Locks": "what it locks, or nothing", "Twice": "yes or no, and why"}.items():
        if not any(re.match(rf"{word}: \S", line) for line in file.header):
            yield f'its header needs a line "-- {word}: <{meaning}>"'


def statement_faults(file: SqlFile) -> Iterator[str]:
    """Exactly one statement, and no function body inside it."""
    if file.is_body:
        return
    if re.search(r"\$\w*\$", file.code):
        yield "it has a $$ text; a function's body is a file of its own in bodies/, bound as a value"
    statements = COMPOUND.sub("DO 0", OPAQUE.sub("''", file.code)).split(";")
    if not statements[0].strip():
        yield "it has no statement"
    elif any(part.strip() for part in statements[1:]) or len(statements) > 2:
        yield "it has more than one statement; each is a file of its own"


def hole_faults(file: SqlFile) -> Iterator[str]:
    """`{name}` takes a quoted name, `%(name)s` a bound value. A body is itself bound: a % in it is plain text."""
    if re.search(r"[{}]", HOLE.sub("", file.code)):
        yield "it has a curly bracket that is no {hole}; write an empty array as ARRAY[]::type[]"
    if file.is_body:
        if VALUE.search(file.code):
            yield "a body takes no %(value)s; it is bound as a whole"
    elif "%" in VALUE.sub("", file.code).replace("%%", ""):
        yield "it has a lone %; double it (%%) or make it a %(value)s"


def name_faults(file: SqlFile) -> Iterator[str]:
    """`folder/verb_object`, in lower case."""
    parts = file.name.split("/")
    if len(parts) != 2 or not all(FILE_NAME.fullmatch(part) for part in parts):
        yield "its place is include/sql/<engine>/<folder>/<verb_object>.sql"


def file_faults(tree: Tree) -> list[str]:
    """All that is wrong with single files."""
    rules = (name_faults, header_faults, statement_faults, hole_faults)
    return [f"{file.path}: {fault}" for file in tree.sql_files() for rule in rules for fault in rule(file)]


def names_in_python(tree: Tree) -> dict[str, str]:
    """Every string of the product that is a SQL file's name, and where it is."""
    folders = {file.name.split("/")[0] for file in tree.sql_files()}
    return {
        node.value: module.at(node)
        for module in tree.modules("plugins")
        for node in ast.walk(module.ast)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (match := STATEMENT_NAME.fullmatch(node.value)) and match[1] in folders
    }


def unused_files(tree: Tree) -> list[str]:
    """Files that no module asks for."""
    used = names_in_python(tree)
    return [
        f'{file.path}: no module below plugins/ has the string "{file.name}"; use it, or remove it'
        for file in tree.sql_files()
        if file.name not in used
    ]


def missing_files(tree: Tree) -> list[str]:
    """Names that a module asks for and no engine has."""
    present = {file.name for file in tree.sql_files()}
    return [f'{place}: "{name}" names no file below include/sql' for name, place in names_in_python(tree).items() if name not in present]


LATER_THAN_8013 = {
    r"TRIGGER IF NOT EXISTS": "8.0.29",
    r"CREATE TABLE [^;]*\bSELECT\b": "8.0.21, where GTIDs are on",
    r"CHECK_CONSTRAINTS|\bENFORCED\b": "8.0.16",
    r"CAST\([^;]* AS (DOUBLE|FLOAT|REAL)\)": "8.0.17",
    r"\bVALUES ROW\b|APPLICABLE_ROLES|ROLE_\w+_GRANTS|DROP CONSTRAINT": "8.0.19",
    r"JSON_VALUE\(|TABLES_EXTENSIONS": "8.0.21",
    r"performance_schema\.processlist|\bREPLICA\b": "8.0.22",
    r"\bLATERAL\b": "8.0.14",
    r"\b(EXCEPT|INTERSECT)\b": "8.0.31",
    r"BINARY LOG STATUS": "8.2",
}
"""Words that MySQL learned after the oldest version that is moved, and when."""


def words_too_new(tree: Tree) -> list[str]:
    """Words in what the oldest MySQL is asked that it does not know."""
    found = {file.name: file for engine in ("mysql", "mysql8013") for file in tree.sql_files() if file.path.parts[-3] == engine}
    return [
        f"{file.path}: MySQL knows {match[0]!r} since {version}; say it otherwise, or have a file of that name below include/sql/mysql8013"
        for file in found.values()
        for words, version in LATER_THAN_8013.items()
        if (match := re.search(words, file.code, re.IGNORECASE))
    ]


def test_mysql_is_asked_for_nothing_that_its_oldest_version_lacks() -> None:
    keep(words_too_new(PROJECT))


def test_every_sql_file_keeps_the_rules() -> None:
    keep(file_faults(PROJECT))


def test_every_sql_file_is_used() -> None:
    keep(unused_files(PROJECT))


def test_every_sql_file_that_is_asked_for_is_there() -> None:
    keep(missing_files(PROJECT))


HEADER = "-- Count the rows.\n-- Locks: nothing.\n-- Twice: yes.\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.sql", "SELECT 1"),
        ("x.sql", "-- Locks: nothing.\n-- Twice: yes.\nSELECT 1"),
        ("x.sql", "-- Count.\n-- Twice: yes.\nSELECT 1"),
        ("x.sql", "-- Count.\n-- Locks: nothing.\nSELECT 1"),
        ("x.sql", "-- Count.\n-- Locks:\n-- Twice: yes.\nSELECT 1"),
        ("x.sql", HEADER),
        ("x.sql", HEADER + "SELECT 1; SELECT 2"),
        ("x.sql", HEADER + "SELECT 1;;"),
        ("x.sql", HEADER + "SELECT ';' AS \"a;b\" /* ; */; -- ;\nSELECT 2;"),
        ("x.sql", HEADER + "BEGIN NOT ATOMIC SELECT 1; END; SELECT 2"),
        ("x.sql", HEADER + "DO $$ BEGIN END $$"),
        ("x.sql", HEADER + "SELECT {Table}"),
        ("x.sql", HEADER + "SELECT {table!r}"),
        ("x.sql", HEADER + "SELECT {}"),
        ("x.sql", HEADER + "SELECT 5 % 2"),
        ("x.sql", HEADER + "SELECT %s"),
        ("x.sql", HEADER + "SELECT %%(n)s, %(n)d"),
        ("CountRows.sql", HEADER + "SELECT 1"),
        ("../count_rows.sql", HEADER + "SELECT 1"),
        ("../bodies/note_change.sql", "-- Note a change.\nBEGIN RETURN NULL; END"),
        ("../bodies/note_change.sql", "-- Body of prepare/create_function.\nSELECT %(name)s"),
    ],
)
def test_a_faulty_file_is_found(tmp_path: Path, path: str, text: str) -> None:
    assert file_faults(planted(tmp_path, {f"include/sql/postgres/sync/{path}": text}))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("sync/count_rows.sql", HEADER + "SELECT count(*) FROM {table} WHERE n %% 2 = %(rest)s AND t <> ';';\n"),
        ("sync/count_rows.sql", HEADER + "SELECT E'it\\'s; %%', 'a''b;' -- at the end; of a line\n"),
        ("sync/count_rows.sql", HEADER + "BEGIN NOT ATOMIC\n  SELECT 1;\n  SELECT 2;\nEND;\n"),
        ("bodies/note_change.sql", "-- Body of prepare/create_function.\nBEGIN\n  RAISE 'no %', 1;\nEND;\n"),
    ],
)
def test_a_good_file_is_fine(tmp_path: Path, path: str, text: str) -> None:
    keep(file_faults(planted(tmp_path, {f"include/sql/postgres/{path}": text})))


@pytest.mark.parametrize(("engine", "is_found"), [("mysql", True), ("mysql8013", True), ("mariadb", False)])
def test_words_that_are_too_new_are_found(tmp_path: Path, engine: str, is_found: bool) -> None:
    text = HEADER + "CREATE TRIGGER IF NOT EXISTS {trigger} BEFORE INSERT ON {table} FOR EACH ROW {body};"
    found = words_too_new(planted(tmp_path, {f"include/sql/{engine}/prepare/create_guard.sql": text}))
    assert bool(found) == is_found


def test_a_file_for_the_oldest_server_stands_for_the_newer_one(tmp_path: Path) -> None:
    new, old = HEADER + "SELECT ENFORCED FROM t;", HEADER + "SELECT 1;"
    files = {"include/sql/mysql/prepare/read_checks.sql": new, "include/sql/mysql8013/prepare/read_checks.sql": old}
    assert not words_too_new(planted(tmp_path, files))


def test_an_unused_and_a_missing_file_are_found(tmp_path: Path) -> None:
    python = 'NAMES = ("sync/count_rows", "sync/read_rows", "text/plain")'
    tree = planted(
        tmp_path,
        {
            "include/sql/postgres/sync/count_rows.sql": HEADER + "SELECT 1",
            "include/sql/mysql/sync/lock_rows.sql": HEADER + "SELECT 1",
            "plugins/airlift/phases/sync/report.py": python,
        },
    )
    assert [line.partition(":")[0] for line in unused_files(tree)] == ["include/sql/mysql/sync/lock_rows.sql"]
    assert missing_files(tree) == ['plugins/airlift/phases/sync/report.py:1: "sync/read_rows" names no file below include/sql']
