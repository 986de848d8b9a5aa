"""Holds: a command that has come to its end takes nothing from those who are still at the folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.cli.process import COMMAND, environment

PROJECT = """\
name: waiting
tools:
  - { id: wait, type: python, execute: "tools.py:wait", at_most_once: true }
tasks:
  - { id: wait, tool: wait, with: { until: "{{ .workflow.input.until }}" } }
"""
# A guest's call comes back only when the owner has begun to leave: its door is shut then.
TOOLS = '''\
"""Waits until something happens to the folder."""

import time
from pathlib import Path


def wait(until: str) -> dict[str, str]:
    happened = Path("go").exists if until == "go" else lambda: not Path(".statewright/door").exists()
    while not happened():
        time.sleep(0.005)
    return {"until": until}
'''


def started(folder: Path, until: str) -> subprocess.Popen[bytes]:
    """Starts a run, and returns once its only call is under way."""
    child = subprocess.Popen(
        [*COMMAND, "run", "-i", f"until={until}", "-o", "jsonl"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if json.loads(line).get("path") == "wait":
            return child
    raise AssertionError("the tool was never asked")


def test_an_owner_that_ends_lets_a_guests_call_come_back_and_none_is_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / "tools.py").write_text(TOOLS, "utf-8")
    owner = started(tmp_path, "go")
    guest = started(tmp_path, "the owner leaves")
    (tmp_path / "go").touch()
    owner.communicate(timeout=60)
    told, said = guest.communicate(timeout=60)
    last = json.loads(told.splitlines()[-1])
    assert (owner.returncode, guest.returncode, last["status"], said) == (0, 0, "done", b"")
