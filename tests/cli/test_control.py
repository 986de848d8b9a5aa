"""Holds: a run can be told to go on, to rest and to end, and nobody has to wait for somebody who does not come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright
from tests.cli.projects import gated, looked, waiting
from tests.cli.test_signals import begun

APPROVED = ("approved", "-d", '{"ok": true}')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one run that waits for a signal."""
    done = statewright("run", "-i", "who=Ann", cwd=gated(tmp_path))
    assert done.returncode == 11, done.stderr
    return tmp_path


def newest(folder: Path) -> str:
    return str(json.loads(statewright("runs", "list", "-o", "json", cwd=folder).stdout)[0]["run"])


def test_a_run_that_waits_for_a_signal_is_left_with_the_command_that_sends_it(tmp_path: Path) -> None:
    done = statewright("run", "-i", "who=Ann", "-o", "json", cwd=gated(tmp_path))
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"]) == (11, "running")
    (awaited,) = told["waits_for"]
    assert (awaited["kind"], awaited["name"], awaited["task"]) == ("signal", "approved", "gate")
    assert awaited["next"] == f"statewright runs signal {told['run']} approved -d PAYLOAD"


def test_a_signal_lets_the_run_go_on_to_its_end(folder: Path) -> None:
    done = statewright("runs", "signal", "last", *APPROVED, cwd=folder)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"said": "after Ann"})
    assert looked(folder) == ["Ann", "after Ann"]


def test_a_signal_that_does_not_fit_leaves_the_run_waiting(folder: Path) -> None:
    done = statewright("runs", "signal", "last", "approved", "-d", '{"ok": false}', cwd=folder)
    assert (done.returncode, done.stdout) == (11, "")
    assert "waits for signal approved" in done.stderr


@pytest.mark.parametrize(("data", "stdin"), [("-", b'{"ok": true}'), ("@word.json", b"")])
def test_a_payload_comes_from_stdin_or_a_file_too(data: str, stdin: bytes, folder: Path) -> None:
    (folder / "word.json").write_text('{"ok": true}', "utf-8")
    assert statewright("runs", "signal", "last", "approved", "-d", data, cwd=folder, stdin=stdin).returncode == 0


def test_a_signal_with_a_key_is_taken_once(folder: Path) -> None:
    again = ("runs", "signal", "last", "approved", "-d", '{"ok": false}', "--key", "k1")
    assert statewright(*again, cwd=folder).returncode == 11
    done = statewright(*again, cwd=folder)
    assert done.returncode == 6
    assert done.stderr.startswith("SIGNAL_REPEATED ") or "SIGNAL_REPEATED" in done.stderr


def test_a_signal_that_nothing_waits_for_is_refused(folder: Path) -> None:
    done = statewright("runs", "signal", "last", "aproved", "-o", "json", cwd=folder)
    assert (done.returncode, done.stdout) == (6, "")
    assert json.loads(done.stderr.splitlines()[-1])["code"] == "SIGNAL_UNKNOWN"


def test_a_cancelled_run_ends_in_this_command(folder: Path) -> None:
    done = statewright("runs", "cancel", "last", "--reason", "changed my mind", "-o", "json", cwd=folder)
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["error"]["message"]) == (0, "cancelled", "changed my mind")
    again = statewright("runs", "cancel", "last", cwd=folder)
    assert again.returncode == 6
    assert "RUN_ENDED" in again.stderr


def test_a_cancelled_run_begins_nothing_again_that_its_process_left(tmp_path: Path) -> None:
    child, run = begun(waiting(tmp_path))
    child.kill()
    child.communicate(timeout=60)
    assert statewright("runs", "cancel", run, cwd=tmp_path).returncode == 0
    events = statewright("runs", "events", run, "-o", "jsonl", cwd=tmp_path).stdout.splitlines()
    assert [json.loads(line)["type"] for line in events] == ["Started", "Cancelled", "Refused"]
    refused = statewright("runs", "events", run, cwd=tmp_path).stdout.splitlines()[-1]
    assert "Refused    tool " in refused


SAGA = """\
name: saga
tools: [{id: look, type: python, execute: tools.py:look}]
tasks:
  - {id: book, type: basic, tool: look, with: {what: booked}, compensate: call_off, on_success: {next: gate}}
  - {id: gate, type: wait, wait_for: approved, timeout: 24h, condition: "true"}
  - {id: call_off, type: basic, tool: look, with: {what: called off}}
"""


def test_what_a_cancel_undoes_is_undone_once(tmp_path: Path) -> None:
    gated(tmp_path).joinpath("compozy.yaml").write_text(SAGA, "utf-8")
    assert statewright("run", cwd=tmp_path).returncode == 11
    assert statewright("runs", "cancel", "last", cwd=tmp_path).returncode == 0
    assert looked(tmp_path) == ["booked", "called off"]


def test_an_undo_that_happens_at_most_once_is_not_in_doubt_after_a_cancel(tmp_path: Path) -> None:
    once = SAGA.replace("tools.py:look", "tools.py:look, at_most_once: true")
    gated(tmp_path).joinpath("compozy.yaml").write_text(once, "utf-8")
    assert statewright("run", cwd=tmp_path).returncode == 11
    done = statewright("runs", "cancel", "last", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert looked(tmp_path) == ["booked", "called off"]


def test_an_undo_that_failed_is_resolved_by_the_name_of_its_task(tmp_path: Path) -> None:
    failing = SAGA.replace("what: called off", "that: called off")
    gated(tmp_path).joinpath("compozy.yaml").write_text(failing, "utf-8")
    assert statewright("run", cwd=tmp_path).returncode == 11
    stuck = statewright("runs", "cancel", "last", cwd=tmp_path)
    assert stuck.returncode == 11
    assert "of task call_off happened" in stuck.stderr
    shown = statewright("runs", "show", "last", cwd=tmp_path).stdout
    assert "call_off: nobody knows whether it happened" in shown
    assert "--happened, or --did-not" in shown
    done = statewright("runs", "resolve", "last", "call_off", "--happened", cwd=tmp_path)
    assert done.returncode == 8, done.stderr


@pytest.mark.parametrize("word", [("cancel",), ("pause",), ("terminate",), ("signal", "nope")])
def test_a_word_that_comes_too_late_is_answered_with_a_next_step(word: tuple[str, ...], folder: Path) -> None:
    run = newest(folder)
    statewright("runs", "terminate", run, cwd=folder)
    command, *others = word
    late = statewright("runs", command, run, *others, cwd=folder)
    assert late.returncode == 6
    assert f"help: look at it with: statewright runs show {run}" in late.stderr


def test_pausing_twice_names_how_the_run_goes_on(folder: Path) -> None:
    statewright("runs", "pause", "last", cwd=folder)
    again = statewright("runs", "pause", "last", cwd=folder)
    assert f"go on with: statewright runs resume {newest(folder)}" in again.stderr


def test_a_paused_run_takes_a_signal_and_goes_on_when_it_is_resumed(folder: Path) -> None:
    paused = statewright("runs", "pause", "last", "-o", "json", cwd=folder)
    assert (paused.returncode, json.loads(paused.stdout)["status"]) == (0, "running")
    signalled = statewright("runs", "signal", "last", *APPROVED, cwd=folder)
    assert signalled.returncode == 11
    assert f"it is paused; go on with: statewright runs resume {newest(folder)}" in signalled.stderr
    assert looked(folder) == ["Ann"]
    assert statewright("runs", "resume", "last", cwd=folder).returncode == 0
    assert looked(folder) == ["Ann", "after Ann"]


def test_resuming_all_leaves_a_paused_run_paused(folder: Path) -> None:
    statewright("runs", "pause", "last", cwd=folder)
    assert statewright("runs", "resume", "--all", cwd=folder).returncode == 11
    again = statewright("runs", "pause", "last", cwd=folder)
    assert again.returncode == 6
    assert again.stderr.startswith("ALREADY_PAUSED ")


def test_a_terminated_run_ends_at_once(folder: Path) -> None:
    done = statewright("runs", "terminate", "last", "--reason", "enough", cwd=folder)
    assert (done.returncode, done.stdout) == (0, f"run {newest(folder)} is terminated\n")
    shown = json.loads(statewright("runs", "show", "last", "-o", "json", cwd=folder).stdout)
    assert (shown["status"], shown["error"]["code"]) == ("terminated", "TERMINATED")


def test_a_detached_run_is_only_begun_until_somebody_resumes_it(tmp_path: Path) -> None:
    done = statewright("run", "--detach", "-i", "who=Ann", cwd=gated(tmp_path))
    run = done.stdout.strip()
    assert done.returncode == 0
    assert f"statewright runs resume {run}" in done.stderr
    assert looked(tmp_path) == []
    assert statewright("runs", "resume", run, cwd=tmp_path).returncode == 11
    assert looked(tmp_path) == ["Ann"]


def test_a_call_that_happens_at_most_once_is_not_left_to_somebody_else(tmp_path: Path) -> None:
    done = statewright("run", "--detach", "-i", "who=Ann", cwd=gated(tmp_path, at_most_once=True))
    assert (done.returncode, done.stdout) == (6, "")
    assert "AT_MOST_ONCE_UNSENT" in done.stderr
    assert statewright("runs", "list", "-o", "jsonl", cwd=tmp_path).stdout == ""


def in_doubt(folder: Path) -> str:
    """Returns a run whose process died under a call that happens at most once."""
    project = waiting(folder) / "compozy.yaml"
    once = "execute: tools.py:wait\n    at_most_once: true"
    project.write_text(project.read_text("utf-8").replace("execute: tools.py:wait", once), "utf-8")
    child, run = begun(folder)
    child.kill()
    child.communicate(timeout=60)
    return run


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [(("--happened", "-d", '{"waited": true}'), 0, "done"), (("--did-not",), 1, "failed")],
)
def test_a_person_settles_what_nobody_knows(word: tuple[str, ...], code: int, status: str, tmp_path: Path) -> None:
    run = in_doubt(tmp_path)
    done = statewright("runs", "resolve", run, "wait", *word, "-o", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["status"]) == (code, status)


def test_what_is_not_in_doubt_is_not_settled(folder: Path) -> None:
    done = statewright("runs", "resolve", "last", "before", "--happened", cwd=folder)
    assert done.returncode == 6
    assert "EFFECT_NOT_UNKNOWN" in done.stderr
    assert "in doubt are: none" in done.stderr
    neither = statewright("runs", "resolve", "last", "before", cwd=folder)
    assert (neither.returncode, neither.stderr.split()[0]) == (2, "ARGUMENT_MISSING")


@pytest.mark.parametrize(
    "command",
    [("cancel",), ("signal", "x"), ("pause",), ("terminate",), ("resolve", "e", "--did-not"), ("logs",)],
)
def test_a_run_that_is_not_there_is_named(command: tuple[str, ...], tmp_path: Path) -> None:
    word, *others = command
    done = statewright("runs", word, "run-nobody", *others, "-o", "jsonl" if word == "logs" else "json", cwd=tmp_path)
    assert done.returncode == 5
    assert json.loads(done.stderr.splitlines()[-1])["code"] == "RUN_UNKNOWN"


def test_a_log_is_followed_until_the_run_waits_for_somebody(folder: Path) -> None:
    done = statewright("runs", "logs", "last", "-f", cwd=folder)
    assert done.returncode == 11
    assert "✔ before" in done.stdout
    lines = statewright("runs", "logs", "last", "-o", "jsonl", cwd=folder).stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [1, 2]


def test_following_a_run_that_nobody_performs_ends(tmp_path: Path) -> None:
    run = statewright("run", "--detach", "-i", "who=Ann", cwd=gated(tmp_path)).stdout.strip()
    done = statewright("runs", "logs", run, "-f", cwd=tmp_path)
    assert done.returncode == 6
    assert "RUN_ABANDONED" in done.stderr
    assert f"statewright runs resume {run}" in done.stderr
