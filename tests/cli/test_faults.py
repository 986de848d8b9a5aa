"""Holds: no traceback ever reaches a user; a fault of ours has exit code 70, and its trace goes to a file on demand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import environment

# A process in which one command has a fault: what `entry` then prints is what a user sees.
FAULTY = """
import sys, threading
from statewright.cli import entry

def fail(arguments):
    {act}

entry.run_command = fail
entry.enter(sys.argv[1:])
"""


def faulty(
    act: str, *arguments: str, cwd: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAULTY.format(act=act), *arguments],
        cwd=cwd,
        env=environment(environ),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_fault_is_told_by_its_type_alone(tmp_path: Path) -> None:
    done = faulty("raise RuntimeError('the secret data of a run')", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (70, "")
    head, hint = done.stderr.splitlines()
    assert head.startswith("INTERNAL an unexpected RuntimeError")
    assert "STATEWRIGHT_DEBUG=1" in hint
    assert "secret" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_fault_as_json(tmp_path: Path) -> None:
    done = faulty("raise RuntimeError('x')", "-o", "json", cwd=tmp_path)
    assert json.loads(done.stderr)["code"] == "INTERNAL"


def test_the_trace_goes_to_a_file_of_the_owner_where_that_was_asked_for(tmp_path: Path) -> None:
    done = faulty("raise RuntimeError('x')", "--data", "here", cwd=tmp_path, environ={"STATEWRIGHT_DEBUG": "1"})
    (report,) = (tmp_path / "here").iterdir()
    assert done.returncode == 70
    assert str(report) in done.stderr
    assert "Traceback" not in done.stderr
    assert "RuntimeError: x" in report.read_text("utf-8")
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_report_that_cannot_be_written_is_no_second_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = faulty("raise RuntimeError('x')", "--data", "file/data", cwd=tmp_path, environ={"STATEWRIGHT_DEBUG": "1"})
    assert done.returncode == 70
    assert "could not be written" in done.stderr


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("raise KeyboardInterrupt", 130),
        ("raise BrokenPipeError", 141),
        ("raise RecursionError", 70),
        ("raise MemoryError", 70),
        (
            "it = threading.Thread(target=lambda: 1 / 0, name=entry.OUR_THREADS); it.start(); it.join(); return 0",
            70,
        ),
    ],
)
def test_whatever_happens_there_is_no_traceback(act: str, code: int, tmp_path: Path) -> None:
    done = faulty(act, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
