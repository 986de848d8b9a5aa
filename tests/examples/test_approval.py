"""The human gate: who decides, and what happens when nobody does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from statewright.kernel.values import Json
from tests.examples.command import copied, ran, statewright
from tests.examples.simulating import HOUR, simulated

LARGE = {"who": "Ada", "reason": "servers", "amount": 4_000}
APPROVED, DENIED = {"approved": True}, {"approved": False}


@pytest.mark.parametrize(
    ("signals", "output"),
    [
        ([(1 * HOUR, APPROVED)], {"paid": 4_000, "by": "manager"}),
        ([(1 * HOUR, DENIED)], {"paid": 0, "by": "manager"}),
        ([(1 * HOUR, {"approved": "perhaps"}), (2 * HOUR, APPROVED)], {"paid": 4_000, "by": "manager"}),
        ([(1 * HOUR, None), (2 * HOUR, {"aproved": True}), (3 * HOUR, APPROVED)], {"paid": 4_000, "by": "manager"}),
        ([(50 * HOUR, APPROVED)], {"paid": 4_000, "by": "director"}),
        ([], {"paid": 0, "by": "rule"}),
    ],
)
def test_a_large_expense_waits_for_a_decision(signals: list[tuple[int, Json]], output: Json) -> None:
    finished = simulated("approval", LARGE, [(after, "decision", payload) for after, payload in signals])
    assert finished.state.status == "done"
    assert finished.state.output == output


def test_a_small_one_goes_through_by_itself(tmp_path: Path) -> None:
    folder = copied("approval", tmp_path)
    checked = json.loads(statewright("check", "-o", "json", cwd=folder))
    assert not [found for found in checked["diagnostics"] if found["severity"] == "error"]
    result = ran(folder, "approval", {"who": "Ada", "reason": "cables", "amount": 40}, "--simulate")
    assert result["output"] == {"paid": 40, "by": "rule"}
