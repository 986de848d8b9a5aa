"""Ten thousand items: all of them are there, in order, and no decision goes on once its budget is spent."""

from __future__ import annotations

from pathlib import Path

from statewright.hosts.replay import Step, fold
from statewright.kernel.expressions.evaluate import STEPS_MAX as EVALUATED_MAX
from statewright.kernel.lifecycle import STEPS_MAX
from statewright.kernel.turn import EVALUATED_PER_STEP
from tests.examples.command import copied, ran, statewright
from tests.examples.simulating import loaded, simulated

SUMMED = {"count": 10_000, "sum": 495_000, "alarms": 500}


def test_ten_thousand_items_are_mapped_and_reduced() -> None:
    finished = simulated("map-reduce", {})
    assert finished.state.output == SUMMED
    (program,) = loaded("map-reduce").programs.values()
    steps: list[Step] = []
    fold(program, finished.records, finished.store.blob, seen=lambda step, state: steps.append(step))
    # The step that spends the budget is taken to its end: one evaluation has a limit of its own.
    most = STEPS_MAX + EVALUATED_MAX // EVALUATED_PER_STEP
    assert all(step.decision is not None and step.decision.steps < most for step in steps)


def test_it_runs_as_its_readme_says(tmp_path: Path) -> None:
    folder = copied("map-reduce", tmp_path)
    assert "ok  map-reduce" in statewright("check", cwd=folder)
    assert ran(folder, "map-reduce", {}, "--simulate")["output"] == SUMMED
