"""Holds: a shell can complete every command, and what it is given is a program of that shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import statewright


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_every_command(shell: str, tmp_path: Path) -> None:
    done = statewright("completion", shell, cwd=tmp_path)
    assert done.returncode == 0
    for word in ("fork", "estimate", "terminate", "--detach"):
        assert word.removeprefix("--") in done.stdout


def test_the_program_for_bash_is_bash(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = statewright("completion", "bash", cwd=tmp_path).stdout
    assert subprocess.run([bash, "-n"], input=script.encode(), capture_output=True).stderr == b""


def test_a_shell_that_is_unknown_is_wrong_usage(tmp_path: Path) -> None:
    done = statewright("completion", "tcsh", cwd=tmp_path)
    assert (done.returncode, done.stderr.split()[0]) == (2, "ARGUMENT_INVALID")
