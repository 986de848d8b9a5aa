"""Holds: a replay decides offline and compares; what differs is named by sequence and key, and leaves with 9."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from tests.cli.process import statewright
from tests.cli.projects import PASSING, passing

ELSEWHERE = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LC_ALL": "C"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one run that is done."""
    assert statewright("run", "-i", "name=Ann", cwd=passing(tmp_path)).returncode == 0
    return tmp_path


def test_a_fresh_process_elsewhere_decides_the_same(folder: Path) -> None:
    here = json.loads(statewright("replay", "last", "--verify", "-o", "json", cwd=folder).stdout)
    away = statewright(
        "replay", "last", "-o", "json", "--data", str(folder / ".statewright"), cwd=folder.parent, environ=ELSEWHERE
    )
    there = json.loads(away.stdout)
    assert (here["identical"], here["divergence"]) == (True, None)
    assert (here["state"], here["head"], here["events"]) == (there["state"], there["head"], there["events"])
    text = statewright("replay", "last", "--verify", cwd=folder).stdout
    assert text.startswith(f"replayed {here['events']} event")
    assert f"bit-identical   state {here['state'][:16]}" in text


def test_without_verify_it_tells_what_happened(folder: Path) -> None:
    lines = statewright("replay", "last", cwd=folder).stdout.splitlines()
    assert lines[0].split() == ["1", "Started"]
    assert any("✔ second" in line for line in lines)
    assert "bit-identical" in lines[-1]


def test_a_pinned_run_does_not_care_what_the_project_became(folder: Path) -> None:
    (folder / "compozy.yaml").write_text(PASSING.replace("Hello", "Bye"), "utf-8")
    assert statewright("replay", "last", "--verify", cwd=folder).returncode == 0


def test_the_project_as_it_is_now_diverges_where_it_decides_otherwise(folder: Path) -> None:
    assert statewright("replay", "last", "--verify", "--project", cwd=folder).returncode == 0
    (folder / "compozy.yaml").write_text(PASSING.replace("Hello", "Bye"), "utf-8")
    done = statewright("replay", "last", "--verify", "--project", cwd=folder)
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith("REPLAY_DIVERGED ")
    assert "record 1:" in done.stderr
    assert "results.first" in done.stderr
    told = json.loads(statewright("replay", "last", "--project", "-o", "json", cwd=folder).stdout)
    assert (told["identical"], told["divergence"]["seq"], told["divergence"]["key"]) == (False, 1, "results.first")


def test_a_project_without_the_workflow_cannot_be_compared(folder: Path) -> None:
    (folder / "compozy.yaml").write_text(PASSING.replace("name: passing", "name: parsing"), "utf-8")
    done = statewright("replay", "last", "--project", cwd=folder)
    assert done.returncode == 5
    assert "did you mean 'parsing'?" in done.stderr


def test_a_changed_byte_in_the_journal_is_found_and_named(folder: Path) -> None:
    connection = apsw.Connection(str(folder / ".statewright" / "statewright.db"))
    connection.execute("UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'Ann', 'Anm') AS BLOB)")
    connection.close()
    done = statewright("replay", "last", "--verify", cwd=folder)
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith("JOURNAL_CORRUPT ")
    assert "record 1" in done.stderr


@pytest.mark.parametrize("command", [("replay", "last", "--verify"), ("runs", "resume", "last")])
def test_a_changed_byte_in_the_stored_definition_is_damage_and_no_mistake_of_the_author(
    command: tuple[str, ...], folder: Path
) -> None:
    connection = apsw.Connection(str(folder / ".statewright" / "statewright.db"))
    connection.execute("UPDATE definitions SET data = CAST(replace(CAST(data AS TEXT), 'Hello', 'Hallo') AS BLOB)")
    connection.close()
    done = statewright(*command, cwd=folder)
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith("JOURNAL_CORRUPT ")


@pytest.mark.parametrize(
    "change",
    ["UPDATE blobs SET data = CAST(replace(CAST(data AS TEXT), 'x', 'y') AS BLOB)", "DELETE FROM blobs"],
)
def test_a_large_value_that_changed_or_is_gone_is_damage(change: str, tmp_path: Path) -> None:
    large = json.dumps({"name": "x" * 300_000}).encode()
    assert statewright("run", "--input", "@-", stdin=large, cwd=passing(tmp_path)).returncode == 0
    connection = apsw.Connection(str(tmp_path / ".statewright" / "statewright.db"))
    connection.execute(change)
    connection.close()
    done = statewright("replay", "last", "--verify", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith("JOURNAL_CORRUPT ")
    assert "the large value" in done.stderr


def test_a_text_in_the_index_that_is_none_any_more_is_damage(folder: Path) -> None:
    connection = apsw.Connection(str(folder / ".statewright" / "statewright.db"))
    connection.execute("UPDATE runs SET workflow = CAST(x'ff' AS TEXT)")
    connection.close()
    done = statewright("replay", "last", "--verify", cwd=folder)
    assert (done.returncode, done.stdout) == (9, "")
    assert done.stderr.startswith("JOURNAL_CORRUPT ")
