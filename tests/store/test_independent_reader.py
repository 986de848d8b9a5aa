"""The reader that the crash tests trust: it reads a good folder whole, and notices each broken promise."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from tests import independent_reader
from tests.independent_reader import Broken, read, read_folder
from tests.store.journals import Journal, Owner, open_store

FILE = Path(independent_reader.__file__)


def folder_with(tmp_path: Path, journal: Journal, *effects: str) -> Path:
    owner = Owner()
    store = open_store("sqlite", tmp_path, owner)
    owner.write(store, journal.next(), *(journal.answer(effect) for effect in effects))
    store.close()
    return tmp_path


def test_it_shares_nothing_with_what_it_checks() -> None:
    tree = ast.parse(FILE.read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= sys.stdlib_module_names
    assert len(FILE.read_text().splitlines()) <= 200


def test_it_returns_the_records_of_every_run(tmp_path: Path) -> None:
    journals = read_folder(folder_with(tmp_path, Journal(), "run-1:1.0", "run-1:1.1"))
    (records,) = journals.values()
    assert list(journals) == [("acme", "run-1")]
    assert read(tmp_path, "acme") == {"run-1": records}
    assert read(tmp_path) == {}
    assert [record["event"]["type"] for record in records] == ["Started", "Answered", "Answered"]
    assert records[1]["event"]["value"] == "yes"


def test_it_finds_an_effect_that_was_answered_twice(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, Journal(), "run-1:1.0", "run-1:1.0")
    with pytest.raises(Broken, match=r"closed twice: .*run-1:1\.0"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE runs SET seq = 3", "index and journals disagree"),
        ("DELETE FROM journal WHERE seq = 2", "index and journals disagree"),
        ("DELETE FROM journal WHERE seq = 1", "record 2 stands where 1 was expected"),
        ("UPDATE journal SET before = 0", "record 2 points back to 0"),
        ("UPDATE journal SET body = hash", "record 1 does not fit its hash"),
        ("UPDATE runs SET tenant = 'other'", "record 1 is not the start of this run"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM runs", "belongs to no run"),
    ],
)
def test_it_finds_each_broken_promise(tmp_path: Path, statement: str, problem: str) -> None:
    folder = folder_with(tmp_path, Journal(), "run-1:1.0")
    database = apsw.Connection(str(folder / "statewright.db"))
    database.execute(statement)
    database.close()
    with pytest.raises(Broken, match=problem):
        read_folder(folder)


def test_it_is_a_command_that_prints_json(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, Journal(), "run-1:1.0")
    good = subprocess.run([sys.executable, "-I", FILE, folder], capture_output=True, check=True)
    (run,) = json.loads(good.stdout)
    assert (run["tenant"], run["run"], len(run["records"])) == ("acme", "run-1", 2)
    bad = subprocess.run([sys.executable, "-I", FILE, folder / "nowhere"], capture_output=True, check=False)
    assert bad.returncode == 9
    assert b"is missing" in bad.stderr
