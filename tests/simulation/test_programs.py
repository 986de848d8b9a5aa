"""Generated programs of every task type: a crash at any position loses nothing and doubles nothing."""

from __future__ import annotations

import hypothesis

from statewright.testing import TENANT, Faults
from tests.conformance import corpus
from tests.conformance.corpus import Case
from tests.simulation.programs import Came, World, cases
from tests.simulation.runs import run_case

# Each is run once for every one of its commits; soaking draws more.
PROGRAMS = 25
# A longer program is run at as many of its positions.
POSITIONS_MAX = 40


@hypothesis.settings(
    max_examples=max(PROGRAMS, hypothesis.settings().max_examples // 10),
    suppress_health_check=list(hypothesis.HealthCheck),
)
@hypothesis.given(cases())
def test_a_crash_at_any_position_changes_nothing(case: Case) -> None:
    """I-05, I-11, I-13, I-20; R4, R10, R11, R14, R15: replay equals live, each effect is done once, undone once."""
    undisturbed, commits = _came(case, Faults(), seed=None)
    step = max(1, commits // POSITIONS_MAX)
    for position in range(1, commits + 1, step):
        # It dies again one to five times while it recovers.
        crashes = frozenset(range(position, position + 2 + position % 5))
        came, _ = _came(case, Faults(crashes=crashes), seed=position)
        assert came == undisturbed, position


@hypothesis.settings(max_examples=PROGRAMS, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(cases())
def test_answers_in_any_order_twice_and_late_change_nothing(case: Case) -> None:
    """R10, R13."""
    undisturbed, _ = _came(case, Faults(), seed=None)
    for seed in range(4):
        came, _ = _came(case, Faults(latency=200, duplicates=0.3), seed=seed)
        assert came == undisturbed, seed


def _came(case: Case, faults: Faults, seed: int | None) -> tuple[Came, int]:
    world = World()
    finished = run_case(case, faults, seed=seed, world=world)
    state = finished.state
    family = sorted((row.workflow, row.status) for row in finished.store.runs(TENANT, limit=1_000))
    came = Came(state.status, state.output, corpus.tasks(state), dict(sorted(world.ledger().items())), family)
    # The order in which branches end is theirs.
    return Came(came.status, came.output, dict(sorted(came.tasks.items())), came.ledger, came.family), (
        finished.host.commits
    )
