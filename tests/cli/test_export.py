"""Holds: a run is exported to a file or the terminal, and imported into another folder, where it replays."""

from __future__ import annotations

import json
from pathlib import Path

from statewright.errors import EXIT_CONFLICT, EXIT_DONE, EXIT_INVALID_DEFINITION, EXIT_USAGE
from tests.cli.process import statewright
from tests.cli.projects import passing


def test_runs_go_to_another_folder_and_replay_there(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    for name in ("Ann", "Ben"):
        statewright("run", "-i", f"name={name}", cwd=folder)
    done = statewright("export", "--all", "-o", "runs.jsonl", cwd=folder)
    assert (done.returncode, done.stdout.split(",")[0]) == (EXIT_DONE, "runs.jsonl: 2 runs")
    there = ("--data", "elsewhere")
    assert json.loads(statewright("import", "runs.jsonl", "-o", "json", *there, cwd=folder).stdout)["runs"] == 2
    again = statewright("import", "runs.jsonl", *there, cwd=folder)
    assert again.stdout == "0 runs imported, 0 records; 2 runs there already\n"
    assert statewright("replay", "last", *there, cwd=folder).returncode == EXIT_DONE
    listed = [statewright("runs", "list", *more, cwd=folder).stdout for more in ((), there)]
    assert listed[0] == listed[1]


def test_a_run_is_printed_line_by_line(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    done = statewright("export", "last", cwd=folder)
    kinds = [json.loads(line)["line"] for line in done.stdout.splitlines()]
    assert kinds == ["statewright-export", "run", "record", "definition", "end"]


def test_a_wrong_call_says_what_to_do(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    statewright("run", "-i", "name=Ann", cwd=folder)
    (folder / "there").write_text("mine")
    for arguments, exit_code, code in [
        (("export",), EXIT_USAGE, "ARGUMENT_MISSING"),
        (("export", "last", "-o", "there"), EXIT_CONFLICT, "FILE_EXISTS"),
        (("import", "there"), EXIT_INVALID_DEFINITION, "EXPORT_INVALID"),
        (("import", "nowhere"), EXIT_USAGE, "FILE_UNREADABLE"),
    ]:
        done = statewright(*arguments, cwd=folder)
        assert (done.returncode, code in done.stderr) == (exit_code, True), done.stderr
    assert (folder / "there").read_text() == "mine"
