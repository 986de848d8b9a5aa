"""Holds: the command that a hint names can be pasted: it means the same folder, data and operator."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from tests.cli.process import statewright
from tests.cli.projects import gated


def test_the_next_command_repeats_the_flags_that_say_where_things_lie(tmp_path: Path) -> None:
    project = tmp_path / "the project"
    project.mkdir()
    (gated(project) / "operator.yaml").write_text("hosts: {}\n", "utf-8")
    place = ("--cwd", "the project", "--data", "kept here", "--operator", "operator.yaml")
    waits = statewright("run", "-i", "who=Ann", "-o", "json", *place, cwd=tmp_path)
    (awaited,) = json.loads(waits.stdout)["waits_for"]
    assert shlex.join(place) in awaited["next"]
    _, *words = [word.replace("PAYLOAD", '{"ok": true}') for word in shlex.split(awaited["next"])]
    assert statewright(*words, cwd=tmp_path).returncode == 0


def test_only_a_command_that_performs_is_told_of_the_operator(tmp_path: Path) -> None:
    (gated(tmp_path) / "operator.yaml").write_text("hosts: {}\n", "utf-8")
    place = ("--operator", "operator.yaml", "--data", "kept")
    begun = statewright("run", "-i", "who=Ann", "--detach", "-o", "json", *place, cwd=tmp_path)
    told = json.loads(begun.stdout)
    assert told["next"] == f"statewright runs resume {told['run']} --data kept --operator operator.yaml"
    shown = statewright("runs", "show", told["run"], "--data", "kept", cwd=tmp_path)
    assert shown.stderr.endswith(f"statewright runs resume {told['run']} --data kept\n")
