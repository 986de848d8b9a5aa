"""What a person sees of a disk that is full, broken or nearly full, and of a data file that somebody keeps locked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from statewright.errors import EXIT_DONE, EXIT_LIMIT, EXIT_UNREACHABLE
from statewright.store.room import ENOUGH_BYTES, LOW_SHARE, Room
from tests.crash.bad_disk import WRITES, Fault, Plan
from tests.crash.vandal import PROJECT
from tests.examples.command import COMMAND, LONGEST_S, ROOT
from tests.independent_reader import read
from tests.store.holding import held

AT_START = str(Path(__file__).with_name("at_start"))
BUSY_MS = 300


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__", ".statewright"))
    return folder


def said(
    folder: Path, *arguments: str, plan: Plan | None = None, free: float = 1.0, busy_ms: int = 60_000
) -> tuple[int, str, dict[str, Any]]:
    """Runs the command on a disk of its own; returns its exit code, what it printed, and its error."""
    path = os.pathsep.join([AT_START, str(ROOT), str(ROOT / "src")])
    environ = {**os.environ, "PYTHONPATH": path, "FREE": str(free), "BUSY_MS": str(busy_ms)}
    if plan is not None:
        environ["DISK"] = msgspec.json.encode(plan).decode()
    done = subprocess.run(
        [str(COMMAND), *arguments, "-o", "json"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert "Traceback" not in done.stderr, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("{")]
    return done.returncode, done.stdout, json.loads(errors[-1]) if errors else {}


def ran(folder: Path, **disk: Any) -> tuple[int, str, dict[str, Any]]:
    return said(folder, "run", "thirty", "-i", f"ledger={folder / 'ledger.jsonl'}", **disk)


@pytest.mark.parametrize(("fault", "at"), [("full", 1), ("full", 60), ("full", 100), ("error", 60), ("error", 100)])
def test_a_run_on_a_disk_that_refuses_stops_with_a_code_and_goes_on_where_it_was(
    project: Path, fault: Fault, at: int
) -> None:
    """I-03, I-09; F3, F4."""
    code, _, error = ran(project, plan=Plan(fault, at, WRITES, on=True))
    assert (code, error["code"]) == (EXIT_UNREACHABLE, "STORE_FAILED"), error
    assert "see to the disk, then start again" in error["hint"]
    assert said(project, "runs", "resume", "--all")[0] == EXIT_DONE
    if not read(project / ".statewright"):
        # Not even the start was taken, so nothing of it may be there.
        assert ran(project)[0] == EXIT_DONE
    (records,) = read(project / ".statewright").values()
    assert records[0]["event"]["type"] == "Started"


def test_little_room_stops_new_runs_and_no_others(project: Path) -> None:
    """I-09: at less than a twentieth."""
    ran(project, plan=Plan("kill", 20, ("sync",)))
    code, _, error = ran(project, free=LOW_SHARE - 0.001)
    assert (code, error["code"]) == (EXIT_LIMIT, "DISK_LOW")
    assert "4.9%" in error["message"]
    assert "statewright runs prune" in error["hint"]
    assert said(project, "runs", "resume", "--all", free=LOW_SHARE - 0.001)[0] == EXIT_DONE
    code, told, _ = said(project, "doctor", free=LOW_SHARE - 0.001)
    assert any("no new run begins" in check["detail"] for check in json.loads(told)["checks"])
    assert ran(project, free=LOW_SHARE + 0.001)[0] == EXIT_DONE
    assert len(read(project / ".statewright")) == 2


@pytest.mark.parametrize(
    ("free", "total", "is_low"),
    [(4, 100, True), (5, 100, False), (ENOUGH_BYTES, 1_000 * ENOUGH_BYTES, False), (0, 0, False), (0, 1, True)],
)
def test_a_share_is_little_unless_it_is_much_of_a_large_disk(free: int, total: int, is_low: bool) -> None:
    assert Room(free, total).is_low is is_low


def test_a_file_that_another_program_keeps_locked_is_refused_after_a_while(project: Path) -> None:
    """I-03; F9. What a store says while it is open stands in tests/store/test_busy.py."""
    assert ran(project)[0] == EXIT_DONE
    with held(project / ".statewright" / "statewright.db"):
        code, _, error = ran(project, busy_ms=BUSY_MS)
    assert (code, error["code"]) == (EXIT_UNREACHABLE, "STORE_BUSY"), error
    assert "SQLite shell" in error["hint"]
    assert ran(project)[0] == EXIT_DONE
    assert len(read(project / ".statewright")) == 2
