"""Sizes, docstrings, names and imports: the rules of STYLE.md that a syntax tree can show.

There is no list of exceptions but LAZY_IMPORTS, which is short on purpose.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import (
    ROOT,
    FunctionNode,
    functions_of,
    name_of,
    project_files,
    python_files,
    report,
    text_of,
    tree_of,
)

FILE_LINES_MAX = 500
CLASS_LINES_MAX = 300
FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 6
DOCSTRING_LINES_MAX = 6

BANNED_FILES = {
    "base": "the name of the interface it holds",
    "common": "the lowest room that needs it",
    "core": "the room's verb (DESIGN 3)",
    "helper": "the noun it helps with",
    "helpers": "the noun it helps with",
    "misc": "one file per subject",
    "shared": "the lowest room that needs it",
    "util": "the noun it works on",
    "utils": "the noun it works on",
}
BANNED_CLASS_ENDINGS = {
    "Base": "the interface's own noun, as a Protocol",
    "Helper": "functions beside the noun",
    "Impl": "what distinguishes it (SqliteStore)",
    "Manager": "what it does (Lane, Writer, Lock)",
    "Processor": "the verb, as a function",
    "Util": "functions beside the noun",
    "Utils": "functions beside the noun",
}
# In pieces, so that this file passes its own test.
LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")

# Files that may import inside a function, where `# lazy: reason` stands beside: optional extras, and third-party
# packages that would spend the start-up budget of `statewright --version`.
LAZY_IMPORTS = frozenset(
    {
        "src/statewright/cli/main.py",
        "src/statewright/cli/showing.py",
        "src/statewright/effects/tools/http.py",
        "src/statewright/pytest_plugin.py",
        "src/statewright/settings/dotenv.py",
    }
)

# Lock files and test data follow their makers' formats.
TEXT_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".sql", ".ts", ".js", ".in"}
PYTHON = pytest.mark.parametrize("path", python_files(), ids=name_of)


@PYTHON
def test_a_module_opens_with_a_short_docstring(path: Path) -> None:
    docstring = ast.get_docstring(tree_of(path))
    assert docstring, f"{name_of(path)}: say in one to six lines what this module is and what it is not"
    lines = len(docstring.splitlines())
    assert lines <= DOCSTRING_LINES_MAX, f"{name_of(path)}: the docstring has {lines} lines, at most 6"


@PYTHON
def test_a_file_fits_one_sitting_and_a_class_is_smaller(path: Path) -> None:
    problems = []
    lines = len(text_of(path).splitlines())
    if lines > FILE_LINES_MAX:
        problems.append(f"{name_of(path)}: {lines} lines, at most {FILE_LINES_MAX}; which second subject is in it?")
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef) and _length(node) > CLASS_LINES_MAX:
            problems.append(f"{_at(path, node)}: {node.name} has {_length(node)} lines, at most {CLASS_LINES_MAX}")
    assert not problems, report(problems)


@PYTHON
def test_a_function_fits_one_glance(path: Path) -> None:
    problems = [
        f"{_at(path, node)}: {node.name} has {_body_length(node)} lines, at most {FUNCTION_LINES_MAX}"
        for node in functions_of(path)
        if _body_length(node) > FUNCTION_LINES_MAX
    ]
    assert not problems, report(problems)


@PYTHON
def test_a_function_takes_few_parameters(path: Path) -> None:
    problems = [
        f"{_at(path, node)}: {node.name} takes {_parameters(node)} parameters, at most {PARAMETERS_MAX}; make a record"
        for node in functions_of(path)
        if _parameters(node) > PARAMETERS_MAX
    ]
    assert not problems, report(problems)


@PYTHON
def test_an_import_inside_a_function_is_listed_and_says_why(path: Path) -> None:
    lines = text_of(path).splitlines()
    problems = []
    for node in _inner_imports(path):
        if name_of(path) not in LAZY_IMPORTS:
            problems.append(f"{_at(path, node)}: import at the top, or list the file in LAZY_IMPORTS")
        elif not any(re.search(r"# lazy: \w", line) for line in lines[node.lineno - 2 : node.lineno]):
            problems.append(f"{_at(path, node)}: say `# lazy: reason` on the line or above it")
    assert not problems, report(problems)


def test_every_file_on_the_lazy_list_needs_its_place() -> None:
    idle = [name for name in sorted(LAZY_IMPORTS) if not any(_inner_imports(ROOT / name))]
    assert not idle, f"these import nothing inside a function: {idle}"


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    names = {part for path in python_files() for part in Path(name_of(path)).with_suffix("").parts}
    bare = {name.strip("_").removeprefix("test_"): name for name in names}
    problems = [f"{bare[bad]!r}: name it after {good}" for bad, good in BANNED_FILES.items() if bad in bare]
    assert not problems, report(problems)


@PYTHON
def test_no_class_is_named_after_nothing(path: Path) -> None:
    problems = [
        f"{_at(path, node)}: {node.name}: name it after {good}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        for ending, good in BANNED_CLASS_ENDINGS.items()
        if node.name.endswith(ending)
    ]
    assert not problems, report(problems)


def test_no_note_to_oneself_is_left_behind() -> None:
    problems = [
        f"{name_of(path)}:{number}: do it, or open an issue"
        for path in _texts()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if LEFTOVERS.search(line)
    ]
    assert not problems, report(problems)


def test_lines_end_plainly() -> None:
    problems = []
    for path in _texts():
        data = path.read_bytes()
        if b"\r" in data:
            problems.append(f"{name_of(path)}: lines end with \\n alone")
        if data and not data.endswith(b"\n"):
            problems.append(f"{name_of(path)}: the last line ends too")
        if b"\t" in data and path.suffix == ".py":
            problems.append(f"{name_of(path)}: indent with spaces")
    assert not problems, report(problems)


def _texts() -> list[Path]:
    """The files we write; example projects and test data keep the bytes they came with."""
    data = ("examples", "vectors", "golden", "data", "conformance", "replays")
    return [
        path
        for path in project_files()
        if path.suffix == ".py" or (path.suffix in TEXT_SUFFIXES and not set(data) & set(path.relative_to(ROOT).parts))
    ]


def _at(path: Path, node: ast.stmt) -> str:
    return f"{name_of(path)}:{node.lineno}"


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _body_length(node: FunctionNode) -> int:
    """Lines without the docstring, which may be as long as the contract needs."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and ast.get_docstring(node)
    return _length(node) - (_length(first) if is_docstring else 0)


def _parameters(node: FunctionNode) -> int:
    taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([one for one in taken if one.arg not in ("self", "cls")])


def _inner_imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    found = {
        node.lineno: node
        for function in functions_of(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return [found[line] for line in sorted(found)]
