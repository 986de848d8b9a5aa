"""Holds: a folder in use is no obstacle: what a second command says is done by the process that has the folder."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.process import COMMAND, environment, statewright
from tests.cli.projects import let_go, waiting
from tests.cli.test_signals import begun

GATED = """
  - id: gate
    type: wait
    wait_for: word
    condition: "true"
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process that has the folder: its run waits for a file."""
    child, run = begun(waiting(tmp_path))
    yield child, run
    let_go(tmp_path)
    child.communicate(timeout=60)


def listed(folder: Path) -> dict[str, str]:
    rows = json.loads(statewright("runs", "list", "-o", "json", cwd=folder).stdout)
    return {row["run"]: row["status"] for row in rows}


def test_a_run_beside_the_owner_is_performed_by_the_owner(
    owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    guest, run = begun(tmp_path)
    let_go(tmp_path)
    told, said = guest.communicate(timeout=60)
    lines = [json.loads(line) for line in told.splitlines()]
    assert (guest.returncode, said, lines[-1]["output"]) == (0, b"", {"waited": True})
    assert [line["seq"] for line in lines if line["kind"] == "event"] == [2]
    assert listed(tmp_path)[run] == "done"
    assert statewright("replay", run, "--verify", cwd=tmp_path).returncode == 0


def test_whoever_leaves_a_run_beside_the_owner_leaves_it_with_the_owner(
    owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    guest, run = begun(tmp_path)
    guest.send_signal(signal.SIGINT)
    _, said = guest.communicate(timeout=60)
    problem = json.loads(said)
    assert (guest.returncode, problem["code"]) == (130, "INTERRUPTED")
    assert f"goes on in process {owner[0].pid}" in problem["message"]
    assert problem["hint"] == f"statewright runs logs {run} -f"
    assert listed(tmp_path)[run] == "running"


def test_a_run_outlives_the_owner_that_performed_it(owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    guest, run = begun(tmp_path)
    owner[0].kill()
    owner[0].communicate(timeout=60)
    let_go(tmp_path)
    told, said = guest.communicate(timeout=60)
    assert (guest.returncode, json.loads(told.splitlines()[-1])["status"]) == (0, "done"), said
    assert statewright("replay", run, "--verify", cwd=tmp_path).returncode == 0


def test_a_detached_run_is_performed_by_the_owner(owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    begun = statewright("run", "--detach", "-i", f"folder={tmp_path}", cwd=tmp_path)
    run = begun.stdout.strip()
    assert begun.returncode == 0, begun.stderr
    assert f"process {owner[0].pid} performs it" in begun.stderr
    let_go(tmp_path)
    assert "✔ wait" in statewright("runs", "logs", run, "-f", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [(("pause",), 0, "running"), (("terminate",), 0, "terminated"), (("cancel",), 0, "cancelled")],
)
def test_a_word_to_a_run_reaches_the_owner(
    word: tuple[str, ...], code: int, status: str, owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    _, run = owner
    done = statewright("runs", *word, run, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert listed(tmp_path)[run] == status
    if word == ("pause",):
        resumed = subprocess.Popen([*COMMAND, "runs", "resume", run], cwd=tmp_path, env=environment())
        let_go(tmp_path)
        assert resumed.wait(timeout=60) == 0


def test_a_fork_is_made_and_performed_by_the_owner(owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    forking = ("fork", owner[1], "--at", "1", "--set", f"input.folder={tmp_path}", "--run", "-o", "jsonl")
    fork = subprocess.Popen([*COMMAND, *forking], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE)
    let_go(tmp_path)
    told, _ = fork.communicate(timeout=60)
    assert (fork.returncode, json.loads(told.splitlines()[-1])["output"]) == (0, {"waited": True})


def test_an_owner_under_other_terms_is_a_conflict(owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    done = statewright("run", "-i", f"folder={tmp_path}", "--simulate", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0]) == (6, "OWNER_DIFFERS")
    assert str(owner[0].pid) in done.stderr


def test_doctor_tells_who_has_the_folder(owner: tuple[subprocess.Popen[bytes], str], tmp_path: Path) -> None:
    said = statewright("doctor", "--deep", cwd=tmp_path).stdout
    assert f"1 run, in use by process {owner[0].pid}" in said
    assert "every chain, digest and index row holds" in said


def test_a_signal_to_a_waiting_run_is_followed_beside_the_owner(tmp_path: Path) -> None:
    file = waiting(tmp_path) / "compozy.yaml"
    gated = file.read_text("utf-8").replace("outputs:", "triggers: [{type: signal, name: word}]\noutputs:")
    file.write_text(gated.replace("  - id: before\n    type: basic\n    with: { ready: true }\n", GATED[1:]), "utf-8")
    first = statewright("run", "-i", f"folder={tmp_path}", "-o", "json", cwd=tmp_path)
    second = statewright("run", "-i", f"folder={tmp_path}", "-o", "json", cwd=tmp_path)
    runs = [json.loads(done.stdout)["run"] for done in (first, second)]
    owner = subprocess.Popen([*COMMAND, "runs", "signal", runs[0], "word"], cwd=tmp_path, env=environment())
    guest = subprocess.Popen([*COMMAND, "runs", "signal", runs[1], "word"], cwd=tmp_path, env=environment())
    let_go(tmp_path)
    assert (owner.wait(timeout=60), guest.wait(timeout=60)) == (0, 0)
    assert set(listed(tmp_path).values()) == {"done"}
