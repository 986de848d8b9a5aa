"""The command as a process of its own: exit code, stdout and stderr are what a caller gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT

COMMAND = (sys.executable, "-m", "statewright")


def statewright(
    *arguments: str, cwd: Path, stdin: bytes = b"", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end in a folder."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, input=stdin, env=environment(environ), capture_output=True, timeout=60
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Returns this process's environment with the sources on the path, as an installed command has them."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), **(more or {})}
