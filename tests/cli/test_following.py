"""Holds: a follower hears of a fault in the host's callbacks, and shows the runs that it expects and no other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from statewright.cli.following import following, opened
from statewright.cli.views import JsonLines, Silent
from statewright.settings.place import read_settings
from tests.cli.projects import let_go, passing, waiting


async def test_a_fault_in_a_callback_ends_the_waiting(tmp_path: Path) -> None:
    async with opened(read_settings({}, cwd=str(waiting(tmp_path)))) as project:
        with following(project, Silent()) as follower:
            follower.expect("run-1", "waiting")
            await project.start("waiting", {"folder": str(tmp_path)}, id="run-1")
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await follower.rest()
    let_go(tmp_path)


async def test_only_expected_runs_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with opened(read_settings({}, cwd=str(passing(tmp_path)))) as project:
        with following(project, JsonLines()) as follower:
            follower.expect("run-1", "passing")
            for run in ("run-1", "run-2"):
                await project.start("passing", {"name": "Ann"}, id=run)
            assert await follower.rest() == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["run"] for line in lines} == {"run-1"}
    assert [line["kind"] for line in lines] == ["run", "event", "task", "task", "result"]
