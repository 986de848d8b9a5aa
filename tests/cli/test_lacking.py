"""A workflow that is right and that this release cannot run: `check` accepts it, `run` refuses it by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.process import statewright

PROJECT = "name: p\ntasks:\n  - {id: a, tool: cp__read_file}\n"
THING = "the built-in tool 'cp__read_file'"


@pytest.mark.parametrize("arguments", [["run", "p"], ["run"]])
def test_what_cannot_run_yet_is_refused_by_name(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(PROJECT, "utf-8")
    done = statewright(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"NOT_AVAILABLE the workflow 'p' needs what this release does not have: {THING}" in done.stderr


def test_check_accepts_it_and_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "compozy.yaml").write_text(PROJECT, "utf-8")
    done = statewright("check", cwd=tmp_path)
    assert done.returncode == 0
    assert "p (cannot run yet)" in done.stdout
    told = json.loads(statewright("check", "-o", "json", cwd=tmp_path).stdout)
    assert (told["workflows"], told["lacking"]) == ([], {"p": [THING]})
