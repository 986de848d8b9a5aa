"""Holds: a run that waits for its child is left waiting with it, and is taken up again when the child has ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright

PROJECT = """\
name: family
workflows: [{source: parent.yaml}, {source: child.yaml}]
"""
PARENT = """\
id: parent
tasks: [{id: sub, type: workflow, workflow: child}]
outputs:
  got: "{{ .tasks.sub.output.said }}"
"""
CHILD = """\
id: child
triggers: [{type: signal, name: word}]
tasks: [{id: gate, type: wait, wait_for: word, condition: "signal.payload.ok == true"}]
outputs:
  said: "{{ .tasks.gate.output.signal.payload.text }}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a workflow that starts another one, which waits."""
    for name, text in (("statewright", PROJECT), ("parent", PARENT), ("child", CHILD)):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    return tmp_path


def test_a_parent_waits_with_its_child_and_ends_with_it(folder: Path) -> None:
    begun = statewright("run", "parent", "-o", "json", cwd=folder)
    told = json.loads(begun.stdout)
    (awaited,) = told["waits_for"]
    assert (begun.returncode, awaited["name"], awaited["run"]) == (11, "word", f"{told['run']}-1-0")
    word = ("word", "-d", '{"ok": true, "text": "hi"}')
    assert statewright("runs", "signal", awaited["run"], *word, cwd=folder).returncode == 0
    ended = statewright("runs", "resume", told["run"], cwd=folder)
    assert (ended.returncode, json.loads(ended.stdout)) == (0, {"got": "hi"})


@pytest.mark.parametrize("shortened", [False, True])
def test_the_last_run_and_a_short_id_mean_what_somebody_started_and_no_child_of_it(
    shortened: bool, folder: Path
) -> None:
    run = json.loads(statewright("run", "parent", "-o", "json", cwd=folder).stdout)["run"]
    named = run[:-3] if shortened else "last"
    assert json.loads(statewright("runs", "show", named, "-o", "json", cwd=folder).stdout)["run"] == run


def test_terminating_a_parent_ends_its_child(folder: Path) -> None:
    run = json.loads(statewright("run", "parent", "-o", "json", cwd=folder).stdout)["run"]
    assert statewright("runs", "terminate", run, cwd=folder).returncode == 0
    rows = json.loads(statewright("runs", "list", "-o", "json", cwd=folder).stdout)
    assert {row["status"] for row in rows} == {"terminated"}
