"""The pure rooms decide from their arguments alone: no world, no clock, no chance, no order of a hash table.

Two proofs: a scan of what their files import and call, and decisions made in a sealed process.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sealed import Touched, run_sealed
from tests.house.sources import name_of, python_files, report, tree_of

PURE_FILES = python_files("src/statewright/kernel", "src/statewright/agents", "src/statewright/language")

IMPURE_MODULES = {
    "apsw": "the store remembers",
    "asyncio": "hosts turn the crank",
    "concurrent": "hosts turn the crank",
    "contextvars": "whatever a decision depends on is an argument",
    "datetime": "`at` is an argument, in milliseconds",
    "getpass": "whatever a decision depends on is an argument",
    "glob": "listing is an argument",
    "httpx2": "effects do",
    "inspect": "a record says what it is",
    "locale": "whatever a decision depends on is an argument",
    "logging": "telemetry watches the journal",
    "multiprocessing": "hosts turn the crank",
    "os": "reading is an argument",
    "pathlib": "reading is an argument",
    "platform": "whatever a decision depends on is an argument",
    "queue": "hosts turn the crank",
    "random": "draw from the run's seed",
    "secrets": "draw from the run's seed",
    "select": "hosts turn the crank",
    "shutil": "effects do",
    "signal": "hosts turn the crank",
    "socket": "effects do",
    "sqlite3": "the store remembers",
    "ssl": "effects do",
    "subprocess": "effects do",
    "sys": "whatever a decision depends on is an argument",
    "tempfile": "effects do",
    "threading": "hosts turn the crank",
    "time": "`at` is an argument",
    "uuid": "ids come from the run, the event's sequence and an ordinal",
    "zoneinfo": "time-zone data comes from a pure library, not from the machine",
}
# The date functions of templates calculate with dates that they are given.
DATE_FOLDER = "src/statewright/kernel/expressions/"

IMPURE_CALLS = {
    "__import__": "import at the top",
    "breakpoint": "decide",
    "compile": "data is not code",
    "eval": "data is not code",
    "exec": "data is not code",
    "hash": "differs between processes; use a digest",
    "id": "differs between processes; compare with `is`",
    "input": "an event brings it",
    "open": "reading is an argument",
    "print": "return it",
}
# Methods that read the clock, or the machine's time zone when called with fewer arguments than this.
DATE_METHODS = {"now": 99, "utcnow": 99, "today": 99, "fromtimestamp": 2, "astimezone": 1}
DATE_CLASSES = {"date", "datetime"}
ORDER_MATTERS = {"enumerate", "iter", "join", "list", "map", "next", "tuple", "zip"}

PURE = pytest.mark.parametrize("path", PURE_FILES, ids=name_of)


@PURE
def test_a_pure_file_imports_nothing_that_touches_the_world(path: Path) -> None:
    problems = [
        f"{name_of(path)}:{line}: {module}: {instead}"
        for line, module in _imported(tree_of(path))
        if (instead := IMPURE_MODULES.get(module))
        and not (module == "datetime" and name_of(path).startswith(DATE_FOLDER))
    ]
    assert not problems, report(problems)


@PURE
def test_a_pure_file_calls_nothing_whose_answer_differs_between_machines(path: Path) -> None:
    problems = [f"{name_of(path)}:{line}: {problem}" for line, problem in _impure_calls(tree_of(path))]
    assert not problems, report(problems)


@PURE
def test_a_pure_file_never_goes_through_a_set_in_hash_order(path: Path) -> None:
    lines = _set_walks(tree_of(path))
    problems = [f"{name_of(path)}:{line}: sort it, or keep a dict: insertion order is an order" for line in lines]
    assert not problems, report(problems)


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now()",
        "datetime.datetime.now(UTC)",
        "date.today()",
        "datetime.fromtimestamp(at)",
        "datetime.combine(d, t).astimezone()",
        "hash(name)",
        "open(name)",
    ],
)
def test_the_scan_sees_an_impure_call(line: str) -> None:
    assert list(_impure_calls(ast.parse(line)))


@pytest.mark.parametrize("line", ["datetime.fromtimestamp(at, UTC)", "turn.now()", "then.astimezone(zone)"])
def test_the_scan_lets_a_pure_call_be(line: str) -> None:
    assert not list(_impure_calls(ast.parse(line)))


@pytest.mark.parametrize("line", ["list({1, 2})", "[x for x in set(y)]", "for x in frozenset(y): z", "''.join({a, b})"])
def test_the_scan_sees_a_walk_in_hash_order(line: str) -> None:
    assert list(_set_walks(ast.parse(line)))


@pytest.mark.parametrize("line", ["sorted({1, 2})", "x in {1, 2}", "len(set(y))"])
def test_the_scan_lets_a_set_be_a_set(line: str) -> None:
    assert not list(_set_walks(ast.parse(line)))


@pytest.mark.parametrize(
    "act",
    [
        "open('/dev/null')",
        "import os; os.environ.get('HOME')",
        "import os; os.getenv('HOME')",
        "import os; os.listdir('.')",
        "import os; os.urandom(8)",
        "import time; time.time()",
        "import random; random.random()",
        "import uuid; uuid.uuid4()",
        "import colorsys",
        "import socket; socket.socket()",
        "import threading; threading.Thread(target=len).start()",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_a_sealed_process_notices_a_touch(act: str) -> None:
    with pytest.raises(Touched):
        run_sealed("import os, random, socket, subprocess, threading, time, uuid", act)


def test_a_sealed_process_calculates() -> None:
    assert run_sealed("import hashlib", "answer = hashlib.sha256(b'').hexdigest()[:8]") == "e3b0c442"


def test_the_journal_is_chained_in_a_sealed_process_alike_under_any_hash_seed() -> None:
    prepare = "from statewright.kernel.journal import GENESIS, digest_of, open_record, seal"
    act = """
        record = seal(GENESIS, 1, b'{"type":"Paused"}', digest_of({"status": b'"paused"', "x": b"1"}), at=1_000)
        open_record(GENESIS, record, 1)
        answer = record.hash.hex()
    """
    answers = {run_sealed(prepare, act, hash_seed=seed) for seed in (0, 1, 4_294_967_295)}
    assert len(answers) == 1


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module.partition(".")[0]


def _impure_calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) if name in IMPURE_CALLS:
                yield node.lineno, f"{name}(): {IMPURE_CALLS[name]}"
            case ast.Attribute(value=owner, attr=name) if _reads_the_machine(owner, name, len(node.args)):
                yield node.lineno, f"{name}(): reads the machine's clock or time zone; `at` is an argument"


def _reads_the_machine(owner: ast.expr, method: str, arguments: int) -> bool:
    if arguments >= DATE_METHODS.get(method, 0):
        return False
    # Nobody but a date has `astimezone`; the other names are common, so their owner must be a date class.
    return method == "astimezone" or (
        isinstance(owner, ast.Name | ast.Attribute)
        and (owner.id if isinstance(owner, ast.Name) else owner.attr) in DATE_CLASSES
    )


def _set_walks(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            yield node.iter.lineno
        elif isinstance(node, ast.Call) and _called(node) in ORDER_MATTERS and any(map(_is_set, node.args)):
            yield node.lineno


def _is_set(node: ast.expr) -> bool:
    return isinstance(node, ast.Set | ast.SetComp) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")
    )


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
