"""Holds: whoever leaves early leaves a durable run behind (B-158), and a closed pipe is no fault."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.cli.process import COMMAND, environment, statewright
from tests.cli.projects import WAITING, let_go, passing, waiting


def begun(folder: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], str]:
    """Starts a run that waits, and returns it once its tool has been asked."""
    child = subprocess.Popen(
        [*COMMAND, "run", "-i", f"folder={folder}", "-o", "jsonl", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    for line in child.stdout:
        told = json.loads(line)
        if told["kind"] == "task" and told["path"] == "wait":
            return child, told["run"]
    raise AssertionError("the tool was never asked")


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_how_to_resume_it_and_can_be(
    number: signal.Signals, exit_code: int, tmp_path: Path
) -> None:
    child, run = begun(waiting(tmp_path))
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    problem = json.loads(said)
    assert (child.returncode, problem["exit_code"]) == (exit_code, exit_code)
    assert problem["code"] == "INTERRUPTED"
    assert problem["hint"] == f"statewright runs resume {run}"
    let_go(tmp_path)
    resumed = statewright("runs", "resume", run, "-o", "json", cwd=tmp_path)
    result = json.loads(resumed.stdout)
    assert (resumed.returncode, result["status"], result["output"]) == (0, "done", {"waited": True})
    types = [json.loads(line)["type"] for line in events_of(tmp_path, run)]
    assert types.count("Resumed") == 1
    assert statewright("replay", run, "--verify", cwd=tmp_path).returncode == 0


def test_what_answers_after_a_sigterm_is_not_asked_again(tmp_path: Path) -> None:
    child, run = begun(waiting(tmp_path))
    child.send_signal(signal.SIGTERM)
    let_go(tmp_path)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, json.loads(said)["code"]) == (143, "INTERRUPTED")
    types = [json.loads(line)["type"] for line in events_of(tmp_path, run)]
    assert types == ["Started", "Answered"]


def test_a_second_sigterm_ends_it_at_once(tmp_path: Path) -> None:
    child, run = begun(waiting(tmp_path))
    while child.poll() is None:
        child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGTERM
    let_go(tmp_path)
    assert statewright("runs", "resume", run, cwd=tmp_path).returncode == 0


def test_a_killed_run_is_resumed_with_all_others(tmp_path: Path) -> None:
    child, run = begun(waiting(tmp_path))
    child.kill()
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    listed = json.loads(statewright("runs", "list", "-o", "json", cwd=tmp_path).stdout)
    assert [(row["run"], row["status"]) for row in listed] == [(run, "running")]
    let_go(tmp_path)
    resumed = statewright("runs", "resume", "--all", cwd=tmp_path)
    assert resumed.returncode == 0
    assert f"{run} done in " in resumed.stderr
    again = statewright("runs", "resume", "--all", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "")
    assert "no run has to be resumed" in again.stderr


def test_a_run_whose_effect_may_have_happened_waits_for_a_person(tmp_path: Path) -> None:
    project = waiting(tmp_path) / "compozy.yaml"
    project.write_text(WAITING.replace("execute: tools.py:wait", "execute: tools.py:wait\n    at_most_once: true"))
    child, run = begun(tmp_path)
    child.kill()
    child.communicate(timeout=60)
    resumed = statewright("runs", "resume", run, cwd=tmp_path)
    assert (resumed.returncode, resumed.stdout) == (11, "")
    assert f"statewright runs show {run}" in resumed.stderr
    shown = json.loads(statewright("runs", "show", run, "-o", "json", cwd=tmp_path).stdout)
    assert [(pending["task"], pending["status"]) for pending in shown["pending"]] == [("wait", "unknown")]


def test_a_folder_in_use_can_be_looked_at(tmp_path: Path) -> None:
    child, run = begun(waiting(tmp_path))
    try:
        shown = statewright("runs", "show", run, "-o", "json", cwd=tmp_path)
        assert json.loads(shown.stdout)["status"] == "running"
        assert statewright("replay", run, "--verify", cwd=tmp_path).returncode == 0
    finally:
        let_go(tmp_path)
        child.communicate(timeout=60)
    assert child.returncode == 0


def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "run", "-i", "name=x", "-o", "jsonl"],
            cwd=passing(tmp_path),
            env=environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_reader_that_leaves_in_the_middle_of_a_text_is_noticed_without_buffers_too(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [*COMMAND, "run", "-i", f"name={'x' * 100_000}", "-i", "times=1", "-o", "jsonl"],
        cwd=passing(tmp_path),
        env=environment({"PYTHONUNBUFFERED": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stdout.read(1) == b"{"
    child.stdout.close()
    _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (141, b"")


@pytest.mark.parametrize("arguments", [["--version"], ["nope"]])
def test_where_nothing_can_be_told_the_exit_code_says_it(arguments: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, env=environment(), stdout=full, stderr=full)
    assert done.returncode == 2


def test_an_interrupt_before_the_command_can_answer_leaves_no_traceback(tmp_path: Path) -> None:
    # The pipe opens once the command reads from it, and nothing comes.
    os.mkfifo(tmp_path / "input")
    child = subprocess.Popen(
        [*COMMAND, "run", "--input", "@input"],
        cwd=passing(tmp_path),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that runs the tests in the background has its children ignore it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    with open(tmp_path / "input", "wb"):
        # Python looks for a signal before it reads: one that comes in between waits for the next.
        while child.poll() is None:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(1)
    assert child.communicate() == (b"", b"")
    assert child.returncode == -signal.SIGINT


def test_a_full_disk_behind_stdout_is_a_problem_with_a_next_step(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "help", "exit-codes"], cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"OUTPUT_UNWRITABLE ")


def test_closed_streams_are_nobodys_fault(tmp_path: Path) -> None:
    script = " ".join([*COMMAND, "run --input @-", "<&- >&- 2>&-"])
    assert subprocess.run(["sh", "-c", script], cwd=passing(tmp_path), env=environment()).returncode == 2


def events_of(folder: Path, run: str) -> list[str]:
    return statewright("runs", "events", run, "-o", "jsonl", cwd=folder).stdout.splitlines()
