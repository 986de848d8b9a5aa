"""A run's journal as the commands read it: folded once, with every step kept up to where it cannot be followed."""

from __future__ import annotations

import msgspec

from statewright.app import App
from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.hosts.replay import Divergence, Folded, Step
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow


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


def read_story(app: App, row: IndexRow, program: Program | None = None) -> Story:
    """Returns the run's story, decided with its pinned program or with another."""
    steps: list[Step] = []
    try:
        folded = app.replay(row.run, program, seen=lambda step, state: steps.append(step))
    except StatewrightError as error:
        return Story(steps, None, error)
    return Story(steps, folded, diverged(row.run, folded.divergence) if folded.divergence is not None else None)


def diverged(run: str, at: Divergence) -> StatewrightError:
    """Returns the problem that a divergence is."""
    key = f" in {at.key!r}" if at.key and at.key not in at.problem else ""
    return StatewrightError(
        "REPLAY_DIVERGED",
        f"run {run!r}, record {at.seq}: {at.problem}{key}",
        hint=f"see what was recorded with: statewright runs events {run}",
        exit_code=EXIT_DIVERGED,
    )
