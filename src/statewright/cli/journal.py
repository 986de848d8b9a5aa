"""A run's journal as the commands read it: folded once, with every step kept up to where it cannot be followed."""

from __future__ import annotations

import msgspec

from statewright.api.records import Folded, Step
from statewright.api.runs import Run
from statewright.api.soundness import diverged
from statewright.errors import StatewrightError
from statewright.kernel.program import Program
from statewright.kernel.state import State


class Story(msgspec.Struct, frozen=True):
    """What a journal tells: its steps, and what came of them; `problem` says why it ends early."""

    steps: list[Step]
    folded: Folded | None
    problem: StatewrightError | None

    @property
    def state(self) -> State:
        """Returns the run's state at the last step that could be followed; raises what prevented all of them."""
        if self.folded is None:
            assert self.problem is not None
            raise self.problem
        return self.folded.state


def read_story(run: Run, program: Program | None = None) -> Story:
    """Returns the run's story, decided with its pinned program or with another."""
    steps: list[Step] = []
    try:
        folded = run.replay(lambda step, state: steps.append(step), program=program)
    except StatewrightError as error:
        return Story(steps, None, error)
    return Story(steps, folded, diverged(run.id, folded.divergence) if folded.divergence is not None else None)
