"""Collections with many more items than tasks that are alive."""

from __future__ import annotations

from statewright.kernel.lifecycle import RETRY
from tests.kernel.driving import Driven

ITEMS, WORKERS = 30, 3
WIDE = f"""
name: wide
tools:
  - {{id: call, type: javascript, execute: "() => ({{}})"}}
tasks:
  - id: each
    type: collection
    items: {list(range(ITEMS))}
    max_workers: {WORKERS}
    strategy: fail_fast
    task: {{id: "work-{{{{ .index }}}}", type: basic, tool: call, with: {{n: "{{{{ .item }}}}"}}}}
"""


def test_the_few_that_are_alive_are_cancelled_in_the_order_of_their_items() -> None:
    """R10, R20."""
    run = Driven(WIDE)
    for _ in range(ITEMS // 2):
        run.answer(_oldest(run), {})
    alive = list(run.state.pending)
    run.deny(alive[0])
    assert run.cancels() == alive[1:]
    cancelled = [path for path, status in run.tasks().items() if status == "cancelled"]
    assert cancelled == [f"each[{ITEMS // 2 + 1}]", f"each[{ITEMS // 2 + 2}]"]
    assert run.state.results["each"].left == ITEMS - ITEMS // 2 - WORKERS


def test_a_collection_starts_over_when_all_its_children_have_ended() -> None:
    """R17."""
    run = Driven(WIDE.replace("strategy: fail_fast", "retries: 1"))
    for number in range(ITEMS):
        effect = _oldest(run)
        if number:
            run.answer(effect, {})
        else:
            run.deny(effect, "BUSY", retryable=True)
    run.fire(RETRY)
    assert run.state.frames["each"].attempt == 2
    assert len(run.calls()) == WORKERS


def _oldest(run: Driven) -> str:
    return next(iter(run.state.pending))
