"""Holds: `runs prune` forgets ended runs of an age, and only tells what it would do where it is asked to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from statewright.errors import EXIT_DONE, EXIT_USAGE
from tests.cli.process import statewright
from tests.cli.projects import passing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a run that is done."""
    statewright("run", "-i", "name=Ann", cwd=passing(tmp_path))
    return tmp_path


def test_runs_of_an_age_are_forgotten(folder: Path) -> None:
    assert statewright("runs", "prune", "--older-than", "30d", cwd=folder).stdout.startswith("forgot 0 runs")
    assert statewright("runs", "prune", "--older-than", "0s", "--status", "failed", cwd=folder).stdout.startswith(
        "forgot 0"
    )
    told = statewright("runs", "prune", "--older-than", "0s", "--dry-run", cwd=folder)
    assert told.stdout == "would forget 1 run, 1 record\n"
    done = statewright("runs", "prune", "--older-than", "0s", "--status", "done", "-o", "json", cwd=folder)
    expected = {"dry_run": False, "runs": 1, "records": 1, "values": 1, "kept": 0}
    assert (done.returncode, json.loads(done.stdout)) == (EXIT_DONE, expected)
    assert statewright("runs", "list", "-o", "jsonl", cwd=folder).stdout == ""


def test_an_age_must_be_given_and_be_one(folder: Path) -> None:
    for flags, code in (((), "ARGUMENT_MISSING"), (("--older-than", "soon"), "DURATION_INVALID")):
        done = statewright("runs", "prune", *flags, cwd=folder)
        assert (done.returncode, code in done.stderr) == (EXIT_USAGE, True), done.stderr
    assert len(statewright("runs", "list", "-o", "jsonl", cwd=folder).stdout.splitlines()) == 1
