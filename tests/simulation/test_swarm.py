"""Drawn projects under drawn faults: whatever goes wrong, and whenever, no promise is broken.

`python -m tests.simulation SEED` runs a failing seed again, and tells it in its plainest form.
"""

from __future__ import annotations

import pytest

from tests.simulation.choices import Choices
from tests.simulation.mutants import DeafHost
from tests.simulation.operations import operate
from tests.simulation.seeds import breaks, run_seeds, told_plainly
from tests.simulation.shrinking import shrunk
from tests.simulation.swarm import Simulation, simulate

# `make soak` runs ten thousand, see __main__.py.
SEEDS, BLOCK = 300, 50


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_whatever_goes_wrong_no_promise_is_broken(first: int) -> None:
    """I-01, I-03, I-05, I-06, I-07, I-08, I-11 to I-17, I-20, I-21; R2, R10, R16, R26."""
    summary = run_seeds(range(first, first + BLOCK))
    assert not summary.broken, "\n".join(
        f"python -m tests.simulation {seed}   # {promise}" for seed, promise in summary.broken
    )


def test_the_swarm_goes_everywhere() -> None:
    """A simulation that nothing happens in proves nothing."""
    summary = run_seeds(range(1_000, 1_060))
    happened = summary.as_json()
    for what in ("crashes", "failovers", "fenced", "records", "operations", "COMMIT_UNKNOWN", "DISK_FULL", "snapshots"):
        assert happened["counts"][what] > 0, what
    assert len(happened["profiles"]) == 5
    assert len(happened["simulations_with"]) == 11


def test_the_same_seed_gives_the_same_journals() -> None:
    for seed in (3, 14, 15):
        one, other = (Simulation(Choices(seed)) for _ in range(2))
        simulate(one, operate)
        simulate(other, operate)
        assert one.hashes() == other.hashes()
        assert one.hashes()


def test_the_choices_of_a_seed_play_it_back() -> None:
    drawn = Choices(7)
    first = Simulation(drawn)
    simulate(first, operate)
    again = Simulation(Choices(drawn.plan()))
    simulate(again, operate)
    assert again.hashes() == first.hashes()


def test_one_more_choice_of_one_kind_leaves_the_others_alone() -> None:
    plain, more = Choices(7), Choices(7)
    more["faults"](10)
    assert [more["order"](1_000) for _ in range(5)] == [plain["order"](1_000) for _ in range(5)]


def test_shrinking_keeps_the_broken_promise_and_little_else() -> None:
    def broken(choices: Choices) -> str:
        return breaks(choices, host=DeafHost)

    seed = next(seed for seed in range(400) if broken(Choices(seed)))
    choices = Choices(seed)
    wanted = broken(choices)
    plan = shrunk(choices.plan(), broken, 300)
    assert broken(Choices(plan)) == wanted
    assert sum(map(len, plan.values())) < sum(map(len, choices.plan().values())) / 2


def test_a_failing_seed_is_told_with_its_project_its_faults_and_its_records() -> None:
    told = told_plainly(3, breaks)
    assert "tasks:" in told
    assert '"type":"Started"' in told
    assert "plan: {" in told
