"""No door takes the text of a declared secret: what a run is given stands in its journal for ever (I-45)."""

from __future__ import annotations

from pathlib import Path

import pytest

import statewright
from statewright.errors import EXIT_NOT_ALLOWED, StatewrightError

CANARY = "canary-0123456789abcdef"
PROJECT = """
name: p
env: [CANARY_KEY]
tasks:
  - {id: hold, type: wait, wait_for: go, condition: "true", timeout: 1h}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "statewright.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / ".env").write_text(f"CANARY_KEY={CANARY}\n", "utf-8")
    return tmp_path


async def test_an_input_or_a_payload_that_holds_a_secret_is_refused_and_not_kept(folder: Path) -> None:
    refused: list[StatewrightError] = []
    async with statewright.open(folder) as project:
        with pytest.raises(StatewrightError) as raised:
            await project.start("p", {"token": f"Bearer {CANARY}"})
        refused.append(raised.value)
        run = await project.start("p", {"token": "none"})
        with pytest.raises(StatewrightError) as raised:
            await run.signal("go", {"key": CANARY})
        refused.append(raised.value)
        await run.signal("go", {"key": "none"})
        assert (await run.ended()).status == "done"
    assert {(error.code, error.exit_code) for error in refused} == {("SECRET_NOT_ALLOWED_HERE", EXIT_NOT_ALLOWED)}
    assert not any(CANARY in f"{error.message} {error.hint}" for error in refused)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".env")
    assert CANARY.encode() not in kept


async def test_a_reason_or_a_key_that_holds_a_secret_is_refused_and_not_kept(folder: Path) -> None:
    async with statewright.open(folder) as project:
        run = await project.start("p")
        refused = [
            project.start("p", key=CANARY),
            project.begin("p", key=CANARY),
            run.signal("go", key=CANARY),
            run.pause(f"until {CANARY} is changed"),
            run.cancel(CANARY),
            run.terminate(CANARY),
        ]
        for telling in refused:
            with pytest.raises(StatewrightError) as raised:
                await telling
            assert raised.value.code == "SECRET_NOT_ALLOWED_HERE"
        assert [each.id for each in project.runs()] == [run.id]
        assert run.state().seq == 1
