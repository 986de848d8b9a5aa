"""Holds: a fork is a run of its own that makes no recorded call again, and asks anew only what is another question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import statewright
from tests.cli.projects import gated, looked
from tests.cli.test_control import APPROVED, newest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one run that is done: it looked at Ann, and again after a signal."""
    return finished(gated(tmp_path))


def finished(folder: Path) -> Path:
    assert statewright("run", "-i", "who=Ann", cwd=folder).returncode == 11
    assert statewright("runs", "signal", "last", *APPROVED, cwd=folder).returncode == 0
    return folder


def forked(folder: Path, *flags: str) -> dict[str, Any]:
    done = statewright("fork", "last", *flags, "-o", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def events(folder: Path, run: str) -> list[str]:
    lines = statewright("runs", "events", run, "-o", "jsonl", cwd=folder).stdout.splitlines()
    return [json.loads(line)["type"] for line in lines]


def test_a_fork_is_copied_up_to_the_cut_and_rests_there(folder: Path) -> None:
    first = newest(folder)
    told = forked(folder, "--at", "3")
    assert (told["origin"], told["anew"]) == ({"run": first, "seq": 3}, [])
    assert told["next"] == f"statewright runs resume {told['run']}"
    assert events(folder, told["run"]) == ["Started", "Answered", "Received", "Paused"]
    assert looked(folder) == ["Ann", "after Ann"]


def test_only_what_comes_after_the_cut_is_done(folder: Path) -> None:
    told = forked(folder, "--from", "after", "--run")
    assert (told["status"], told["output"]) == ("done", {"said": "after Ann"})
    assert looked(folder) == ["Ann", "after Ann", "after Ann"]
    assert statewright("replay", told["run"], "--verify", cwd=folder).returncode == 0


def test_a_fork_that_goes_on_here_sends_nobody_to_go_on_with_it(folder: Path) -> None:
    done = statewright("fork", "last", "--from", "after", "--run", cwd=folder)
    assert done.returncode == 0
    assert "forked from " in done.stderr
    assert "go on with" not in done.stderr


def test_a_changed_answer_reaches_what_comes_after_it(folder: Path) -> None:
    told = forked(folder, "--from", "after", "--set", "before.seen=Bob", "--run")
    assert told["output"] == {"said": "after Bob"}
    assert looked(folder)[2:] == ["after Bob"]


def test_a_changed_input_asks_anew_what_is_another_question_now(folder: Path) -> None:
    told = forked(folder, "--at", "4", "--set", "input.who=Eve")
    assert told["anew"] == ["before", "after"]
    # The signal answered no question, so it is still there.
    assert events(folder, told["run"]) == ["Started", "Received", "Paused"]
    resumed = statewright("runs", "resume", told["run"], cwd=folder)
    assert json.loads(resumed.stdout) == {"said": "after Eve"}
    assert looked(folder)[2:] == ["Eve", "after Eve"]


def test_a_run_that_has_ended_is_copied_with_its_end(folder: Path) -> None:
    told = forked(folder, "--at", "4")
    assert (told["status"], told["next"]) == ("done", None)
    assert looked(folder) == ["Ann", "after Ann"]


def test_a_call_that_happens_at_most_once_is_made_by_the_fork(tmp_path: Path) -> None:
    folder = finished(gated(tmp_path, at_most_once=True))
    told = forked(folder, "--from", "after")
    assert statewright("runs", "resume", told["run"], cwd=folder).returncode == 0
    assert looked(folder) == ["Ann", "after Ann", "after Ann"]


def test_a_fork_can_be_forked(folder: Path) -> None:
    again = forked(folder, "--at", "3")["run"]
    assert forked(folder, "--at", "4")["origin"] == {"run": again, "seq": 4}


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        ((), 2, "ARGUMENT_MISSING"),
        (("--at", "2", "--from", "gate"), 2, "--at and --from both say"),
        (("--at", "99"), 5, "SEQUENCE_UNKNOWN"),
        (("--at", "0"), 2, "ARGUMENT_INVALID"),
        (("--from", "gaet"), 5, "did you mean 'gate'?"),
        (("--at", "2", "--set", "before"), 2, "is not path=value"),
        (("--at", "1", "--set", "before.seen=Bob"), 5, "FORK_SET_UNKNOWN"),
        (("--at", "2", "--set", "before.seen.name=Bob"), 2, "FORK_SET_INVALID"),
    ],
)
def test_a_fork_that_makes_no_sense_says_what_would(flags: tuple[str, ...], code: int, said: str, folder: Path) -> None:
    done = statewright("fork", "last", *flags, cwd=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_two_runs_part_where_their_answers_do(folder: Path) -> None:
    first = newest(folder)
    told = forked(folder, "--from", "after", "--set", "before.seen=Bob", "--run")
    found = json.loads(statewright("diff", first, told["run"], "-o", "json", cwd=folder).stdout)
    assert (found["identical"], found["same_definition"]) == (False, True)
    assert (found["parting"]["seq"], found["parting"]["differs"]) == (2, "event")
    assert [(one["path"], one["changed"]) for one in found["tasks"]] == [
        ("before", ["output"]),
        ("after", ["input", "output"]),
    ]
    text = statewright("diff", first, told["run"], cwd=folder).stdout
    assert "they part at record 2, in its event" in text
    assert '- {"seen": "after Ann"}' in text
    assert '+ {"seen": "after Bob"}' in text


def test_two_runs_that_did_the_same_are_the_same(tmp_path: Path) -> None:
    for _ in range(2):
        assert statewright("run", "-i", "who=Ann", cwd=gated(tmp_path)).returncode == 11
    rows = json.loads(statewright("runs", "list", "-o", "json", cwd=tmp_path).stdout)
    done = statewright("diff", *[row["run"] for row in rows], cwd=tmp_path)
    assert (done.returncode, "the runs are the same" in done.stdout) == (0, True)


def test_a_moment_says_why_it_came_what_it_changed_and_what_is_then(folder: Path) -> None:
    text = statewright("replay", "last", "--at", "2", cwd=folder).stdout
    assert "Answered: tool look of task before  (compozy.yaml:10:9)" in text
    told = json.loads(statewright("replay", "last", "--at", "2", "-o", "json", cwd=folder).stdout)
    assert told["why"]["task"] == "before"
    assert told["patch"]["results.before"]["output"] == {"seen": "Ann"}
    assert (told["state"]["status"], list(told["state"]["results"])) == ("running", ["before"])
    assert statewright("replay", "last", "--at", "2", "--verify", cwd=folder).returncode == 2
    assert statewright("replay", "last", "--at", "99", cwd=folder).returncode == 5
