"""Holds: runs can be listed, shown and read event by event, by id, by a beginning of it, or as the last one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright
from tests.cli.projects import gated, let_go, passing, waiting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one run that is done."""
    done = statewright("run", "-i", "name=Ann", cwd=passing(tmp_path))
    assert done.returncode == 0, done.stderr
    return tmp_path


def run_of(folder: Path) -> str:
    (row,) = json.loads(statewright("runs", "list", "-o", "json", cwd=folder).stdout)
    return str(row["run"])


def test_a_list_is_aligned_and_the_newest_comes_first(folder: Path) -> None:
    first = run_of(folder)
    statewright("run", "-i", "name=Ben", cwd=folder)
    done = statewright("runs", "list", cwd=folder)
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["RUN", "WORKFLOW", "STATUS", "STARTED", "TOOK", "EVENTS", "NOTE"]
    assert [line.split()[1:3] for line in lines] == [["passing", "done"]] * 2
    assert lines[1].startswith(first)


def test_a_list_and_a_run_that_waits_say_so_with_the_command_that_lets_it_go_on(tmp_path: Path) -> None:
    statewright("run", "-i", "who=Ann", cwd=gated(tmp_path))
    run = run_of(tmp_path)
    assert statewright("runs", "list", cwd=tmp_path).stdout.split()[-1] == "waits"
    shown = statewright("runs", "show", "last", cwd=tmp_path)
    assert f"statewright runs signal {run} approved" in shown.stdout
    assert "  gate: goes on by itself at " in shown.stdout
    assert shown.stderr == ""


def test_a_run_that_nobody_performs_says_how_to_go_on(tmp_path: Path) -> None:
    statewright("run", "-i", f"folder={tmp_path}", "--detach", cwd=waiting(tmp_path))
    shown = statewright("runs", "show", "last", cwd=tmp_path)
    assert "  wait: no answer yet" in shown.stdout
    assert shown.stderr == f"nobody performs it now; go on with: statewright runs resume {run_of(tmp_path)}\n"


def test_a_list_can_be_narrowed(folder: Path) -> None:
    for flags, count in ((["--status", "done"], 1), (["--status", "failed"], 0), (["--workflow", "other"], 0)):
        done = statewright("runs", "list", *flags, "-o", "jsonl", cwd=folder)
        assert len(done.stdout.splitlines()) == count


def test_no_runs_are_no_mistake(tmp_path: Path) -> None:
    done = statewright("runs", "list", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "no runs" in done.stderr
    assert not (tmp_path / ".statewright").exists()


def test_a_run_is_shown_with_what_its_tasks_returned(folder: Path) -> None:
    run = run_of(folder)
    told = json.loads(statewright("runs", "show", "last", "-o", "json", cwd=folder).stdout)
    assert (told["run"], told["status"], told["input"]["name"]) == (run, "done", "Ann")
    assert [(task["path"], task["status"], task["output"]) for task in told["tasks"]] == [
        ("first", "success", {"text": "Hello Ann"}),
        ("second", "success", {"text": "Hello Ann!", "times": 2}),
    ]
    text = statewright("runs", "show", run[:-3], cwd=folder).stdout
    assert text.startswith(f"{run}  passing\n")
    assert '"said": "Hello Ann!"' in text


def test_events_stand_one_in_a_line(folder: Path) -> None:
    done = statewright("runs", "events", "last", "-o", "jsonl", cwd=folder)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["seq"] for line in lines] == [*range(1, len(lines) + 1)]
    assert lines[0]["type"] == "Started"
    assert all(len(line["digest"]) == 64 for line in lines)
    assert lines[0]["event"]["input"]["name"] == "Ann"
    table = statewright("runs", "events", "last", cwd=folder).stdout.splitlines()
    assert table[0].split() == ["SEQ", "AFTER", "TYPE", "ABOUT", "DIGEST"]
    assert len(table) == len(lines) + 1


def test_a_table_of_events_says_what_was_answered(tmp_path: Path) -> None:
    let_go(waiting(tmp_path))
    statewright("run", "-i", f"folder={tmp_path}", cwd=tmp_path)
    assert "tool wait" in statewright("runs", "events", "last", cwd=tmp_path).stdout


@pytest.mark.parametrize("command", [["runs", "show"], ["runs", "events"], ["runs", "resume"], ["replay"]])
def test_an_unknown_run_is_not_found(command: list[str], folder: Path) -> None:
    done = statewright(*command, "run-nobody", cwd=folder)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("RUN_UNKNOWN ")
    assert "statewright runs list" in done.stderr


def test_the_beginning_of_several_ids_is_not_enough(folder: Path) -> None:
    statewright("run", "-i", "name=Ben", cwd=folder)
    done = statewright("runs", "show", "run-", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("RUN_AMBIGUOUS ")


def test_resuming_a_run_that_has_ended_tells_its_end_again(folder: Path) -> None:
    done = statewright("runs", "resume", "last", "-o", "json", cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "done")


def test_a_file_is_no_data_folder(folder: Path) -> None:
    for command in (("runs", "list"), ("run", "-i", "name=Ann"), ("runs", "prune", "--older-than", "1d")):
        done = statewright(*command, "--data", "compozy.yaml", cwd=folder)
        assert (done.returncode, done.stderr.split()[0]) == (2, "DATA_NOT_A_FOLDER")
