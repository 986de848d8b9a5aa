"""Answers come in any order, late, twice, or refused for now: the outcome is the same where the program says so."""

from __future__ import annotations

import pytest

from statewright.testing import Faults
from tests.conformance import corpus
from tests.simulation.runs import SHORT, STARTING, ended, run_case

ANY_ORDER = [name for name in STARTING if corpus.case(name).any_order]
SEEDS = range(4)


@pytest.mark.parametrize("name", ANY_ORDER)
def test_the_order_of_answers_does_not_change_theended(name: str) -> None:
    case = corpus.case(name)
    outcomes = [ended(run_case(case, Faults(latency=200), seed=seed).state) for seed in SEEDS]
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize("name", SHORT)
def test_an_answer_that_comes_twice_is_heard_once(name: str) -> None:
    """R10: what comes after the closing is dropped."""
    case = corpus.case(name)
    once = run_case(case, Faults(), seed=1)
    twice = run_case(case, Faults(duplicates=1.0), seed=1)
    if not case.events:
        assert ended(once.state) == ended(twice.state)


@pytest.mark.soak
@pytest.mark.parametrize("name", SHORT)
def test_whatever_goes_wrong_no_promise_is_broken(name: str, soaking: bool) -> None:
    """Every run draws which faults are on, and how often (reliability.md 3.2)."""
    case = corpus.case(name)
    for seed in range(300 if soaking else 4):
        faults = Faults(
            latency=(0, 50, 5_000)[seed % 3],
            duplicates=(0.0, 0.3)[seed % 2],
            refusals=(0.0, 0.2)[seed // 2 % 2],
            late_answers=(0.0, 1.0)[seed // 4 % 2],
            crashes=frozenset(range(seed % 4 + 1, 20, 3)[: seed % 5]),
        )
        run_case(case, faults, seed=seed)


def test_the_same_seed_gives_the_same_journal() -> None:
    """The simulator itself is deterministic."""
    for name in ("nested_containers", "retry", "cancel"):
        case = corpus.case(name)
        faults = Faults(latency=100, duplicates=0.5, refusals=0.3, crashes=frozenset({2, 5}))
        one, other = (run_case(case, faults, seed=7) for _ in range(2))
        assert one.records == other.records
