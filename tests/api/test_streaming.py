"""What a stream tells: committed records with the numbers of the journal, and nothing else."""

from __future__ import annotations

from pathlib import Path

import statewright
from statewright.effects.tools.python import Retryable
from statewright.kernel.events import Answered, Refused

PATIENT = """
name: patient
tools:
  - {id: fetch, type: python, execute: "tools.py:fetch"}
tasks:
  - {id: get, type: basic, tool: fetch, retries: 1, config: {retry_policy: {initial_interval: 1ms}}}
"""


async def test_a_stream_tells_each_record_once_under_its_number_however_often_a_call_was_tried(tmp_path: Path) -> None:
    """R31: the numbers are the journal's; a second attempt repeats nothing that was told, nor does a second reader."""
    (tmp_path / "tools.py").touch()
    (tmp_path / "compozy.yaml").write_text(PATIENT, "utf-8")
    attempts = 0

    async def fetch() -> dict[str, int]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise Retryable("not yet")
        return {"n": attempts}

    async with statewright.open(tmp_path, functions={"fetch": fetch}) as project:
        run = await project.start("patient", {})
        told = [step async for step in run.stream()]
        assert await run.result() == {"n": 2}
        assert [step.seq for step in told] == [step.seq for step in run.steps()] == list(range(1, run.row().seq + 1))
        closings = [step.event for step in told if isinstance(step.event, Answered | Refused)]
        assert [(type(event), event.attempt) for event in closings] == [(Refused, 1), (Answered, 2)]
        assert [step.digest async for step in run.stream(after=1)] == [step.digest for step in told[1:]]
