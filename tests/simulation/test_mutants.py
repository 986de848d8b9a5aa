"""The swarm finds bugs: each of those that are planted here is found within some seeds, and told in a plain form."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

import pytest

from tests.simulation.choices import Choices, Plan
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.seeds import breaks
from tests.simulation.shrinking import Breaks, shrunk

# The rarest of them shows in one of sixty.
SEEDS_MAX = 400
# Shrinking to the end takes some seconds each; `make soak` has the time for it.
TRIALS_SHORT, TRIALS = 60, 2_000
# What a person reads at a glance: the choices of a shrunk simulation that are not the plainest.
GLANCE = 30


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_found_and_told_plainly(mutant: Mutant, soaking: bool) -> None:
    broken = partial(breaks, host=mutant.host, disk=mutant.disk)
    with ExitStack() as planted:
        mutant.plant(planted)
        choices, promise = _first_found(broken)
        assert promise in mutant.caught_by
        plan = shrunk(choices.plan(), broken, TRIALS if soaking else TRIALS_SHORT)
        assert broken(Choices(plan)) == promise
    assert _surprises(plan) <= (GLANCE if soaking else _surprises(choices.plan()))


def _first_found(broken: Breaks) -> tuple[Choices, str]:
    for seed in range(SEEDS_MAX):
        choices = Choices(seed)
        promise = broken(choices)
        if promise:
            return choices, promise
    raise AssertionError(f"not found in {SEEDS_MAX} seeds")


def _surprises(plan: Plan) -> int:
    return sum(number > 0 for numbers in plan.values() for number in numbers)
