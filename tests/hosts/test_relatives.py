"""Runs that reach each other: what one hears of another is durable there, whatever dies in between."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from statewright.effects.performer import Answer, Work
from statewright.kernel.effects import Call
from statewright.testing import RUN, TENANT, Faults
from tests.conformance import corpus
from tests.conformance.hosts import driven
from tests.simulation.runs import run_case


def test_a_parent_hears_nothing_that_its_child_may_still_lose() -> None:
    """R15, R29: a child's lane may be ahead of the disk; its parent hears after the commit."""
    case = corpus.case("workflow_two_steps")
    for seed in range(200):
        numbers = itertools.count()

        def world(call: Call, work: Work, numbers: Iterator[int] = numbers) -> Answer:
            # Whoever asks again is told something else.
            return Answer(value={"n": next(numbers)})

        crashes = frozenset({seed % 11 + 1, seed % 7 + 3})
        finished = driven(case, world, seed=seed, faults=Faults(crashes=crashes), listen=lambda host: None)
        (child,) = [row.run for row in finished.store.runs(TENANT) if row.run != RUN]
        assert finished.state.output == finished.host.state(TENANT, child).output, seed


def test_a_signal_that_is_sent_again_after_a_crash_is_heard_once() -> None:
    """R14: the sender dies between telling and knowing; who heard it already knows the effect."""
    case = corpus.case("signal_order")
    for position in range(1, 14):
        for seed in range(4):
            finished = run_case(case, Faults(crashes=frozenset({position})), seed=seed)
            heard = finished.host.state(TENANT, "one")
            assert heard.output == {"seen": [1, 2, 3]}, (position, seed)


def test_a_child_is_started_once_however_often_its_parent_dies() -> None:
    """R15: its id is the effect's, so that a second attempt finds it."""
    case = corpus.case("workflow_nested")
    for position in range(1, 10):
        for seed in range(4):
            finished = run_case(case, Faults(crashes=frozenset({position, position + 1})), seed=seed)
            assert len(finished.store.runs(TENANT)) == 3, (position, seed)
            assert finished.state.output == {"n": 12}
