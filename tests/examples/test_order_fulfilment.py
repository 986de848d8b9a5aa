"""The saga: every step is made to fail in turn, and what may have happened is undone, the newest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.command import copied, ran, statewright
from tests.examples.simulating import simulated

ORDER = {"order": "A-1", "amount": 40}
UNDONE = {
    "reserve": [("release", {"released": "nothing"})],
    "charge": [("refund", {"refunded": "nothing"}), ("release", {"released": "shelf-A-1"})],
    "book": [
        ("call_off", {"called_off": "nothing"}),
        ("refund", {"refunded": "payment-A-1"}),
        ("release", {"released": "shelf-A-1"}),
    ],
    "announce": [
        ("call_off", {"called_off": "booking-A-1"}),
        ("refund", {"refunded": "payment-A-1"}),
        ("release", {"released": "shelf-A-1"}),
    ],
}


@pytest.mark.parametrize("step", UNDONE)
def test_what_was_done_before_a_failure_is_undone(step: str) -> None:
    finished = simulated("order-fulfilment", {**ORDER, "fail_at": step})
    assert finished.state.status == "failed"
    assert finished.state.error is not None
    assert finished.state.error.task == step
    undoing = [name for name, _ in UNDONE["announce"]]
    results = [(path, result.output) for path, result in finished.state.results.items() if path in undoing]
    assert results == UNDONE[step]


def test_an_order_that_goes_well_undoes_nothing() -> None:
    finished = simulated("order-fulfilment", ORDER)
    assert finished.state.output == {"order": "A-1", "payment": "payment-A-1", "booking": "booking-A-1"}
    assert list(finished.state.results) == ["reserve", "charge", "book", "announce"]


def test_it_runs_as_its_readme_says(tmp_path: Path) -> None:
    folder = copied("order-fulfilment", tmp_path)
    assert "ok  order-fulfilment" in statewright("check", cwd=folder)
    assert ran(folder, "order-fulfilment", ORDER, "--simulate")["status"] == "done"
    failed = ran(folder, "order-fulfilment", {**ORDER, "fail_at": "book"}, "--simulate", code=1)
    assert "no courier comes here" in failed["error"]["message"]
