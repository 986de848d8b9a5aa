"""The installed command as a child process, and the examples as folders of their own to run it in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from statewright.kernel.values import Json

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
COMMAND = Path(sys.executable).with_name("statewright")
# No command of the examples takes longer on a loaded machine; one that does hangs.
LONGEST_S = 60
# Another hash order, clock zone and locale than the one the run had; a decision must not notice (I-20).
ELSEWHERE = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}


# A command compiles itself once, as it does where it is installed, whatever the test process does with bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def copied(example: str, to: Path) -> Path:
    """Copies an example, without the tests' traces, and returns the copy."""
    folder = to / example
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns(".statewright", "__pycache__"))
    return folder


def statewright(*arguments: str, cwd: Path, code: int = 0, env: dict[str, str] | None = None) -> str:
    """Runs the command, expects this exit code, and returns what it printed."""
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert done.returncode == code, f"exit {done.returncode}, expected {code}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def ran(folder: Path, workflow: str, input: Json, *flags: str, code: int = 0, **env: str) -> Any:
    """Runs a workflow to its end, proves that the run replays elsewhere, and returns the command's result."""
    arguments = ("run", workflow, "--input", json.dumps(input), "-o", "json", *flags)
    result = json.loads(statewright(*arguments, cwd=folder, code=code, env=env))
    verified(folder, result["run"])
    return result


def verified(folder: Path, run: str) -> None:
    """Replays a run in a fresh process, elsewhere, and expects every decision to be bit-identical."""
    away = folder.parent / "elsewhere"
    away.mkdir(exist_ok=True)
    data = str(folder / ".statewright")
    said = statewright("replay", run, "--verify", "--data", data, cwd=away, env=ELSEWHERE)
    assert "bit-identical" in said
