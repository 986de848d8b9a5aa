"""The strategies of concurrent containers, as the table of workflows.md 5.4 has them."""

from __future__ import annotations

import pytest

from statewright.kernel.tasks.strategy import VERDICTS, Strategy, Tally, Verdict

# Strategy, then: total, succeeded, failed -> verdict.
TABLE: list[tuple[Strategy, int, int, int, Verdict]] = [
    ("wait_all", 3, 3, 0, "success"),
    ("wait_all", 3, 1, 1, ""),
    ("wait_all", 3, 2, 1, "failed"),
    ("wait_all", 0, 0, 0, "success"),
    ("fail_fast", 3, 0, 1, "failed"),
    ("fail_fast", 3, 2, 0, ""),
    ("fail_fast", 3, 3, 0, "success"),
    ("best_effort", 3, 0, 2, ""),
    ("best_effort", 3, 1, 2, "success"),
    ("best_effort", 3, 0, 3, "failed"),
    ("best_effort", 0, 0, 0, "success"),
    ("race", 3, 1, 0, "success"),
    ("race", 3, 0, 2, ""),
    ("race", 3, 0, 3, "failed"),
    ("race", 0, 0, 0, "success"),
    ("wait_any", 3, 1, 2, "success"),
    ("wait_any", 3, 0, 1, ""),
    ("wait_first", 3, 1, 0, "success"),
    ("wait_first", 3, 0, 1, "failed"),
    ("wait_first", 3, 0, 0, ""),
]


@pytest.mark.parametrize(("strategy", "total", "succeeded", "failed", "verdict"), TABLE)
def test_a_strategy_decides_as_the_table_says(
    strategy: Strategy, total: int, succeeded: int, failed: int, verdict: Verdict
) -> None:
    tally = Tally(total, succeeded + failed, succeeded, failed)
    assert VERDICTS[strategy](tally) == verdict


def test_every_strategy_stands_in_the_table() -> None:
    assert {row[0] for row in TABLE} == set(VERDICTS)
