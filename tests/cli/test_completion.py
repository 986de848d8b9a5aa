"""Holds: a shell can complete every command, and what it is given is a program of that shell."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import environment, statewright
from tests.cli.projects import passing

# Completes a line as bash does; the command itself is this one.
ASKING = """\
source ./program
statewright() {{ {python} -m statewright "$@"; }}
COMP_WORDS=({line}) COMP_CWORD={at}
_statewright_with_runs
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


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


@pytest.mark.parametrize("line", ["runs show ''", "replay run-", "diff last ''", "runs logs run-"])
def test_bash_is_offered_the_newest_runs(line: str, tmp_path: Path) -> None:
    statewright("run", "-i", "name=Ann", cwd=passing(tmp_path))
    run, _, about = statewright("completion", "runs", cwd=tmp_path).stdout.strip().partition("\t")
    assert about == "passing done"
    (tmp_path / "program").write_text(statewright("completion", "bash", cwd=tmp_path).stdout, "utf-8")
    asking = ASKING.format(python=sys.executable, line=f"statewright {line}", at=len(line.split()))
    told = subprocess.run(["bash", "-c", asking], cwd=tmp_path, env=environment(), capture_output=True, check=True)
    assert told.stdout.decode().split() == [run]


def test_every_word_that_is_a_run_is_completed_with_runs(tmp_path: Path) -> None:
    assert statewright("completion", "zsh", cwd=tmp_path).stdout.count(":_statewright_runs'") == 15
    assert statewright("completion", "fish", cwd=tmp_path).stdout.count("statewright completion runs") == 14


def test_where_there_are_no_runs_none_is_offered(tmp_path: Path) -> None:
    done = statewright("completion", "runs", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
