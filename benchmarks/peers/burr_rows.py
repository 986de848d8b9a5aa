"""Burr: an application of ten actions. It is good for one run, so building it is part of the run."""

from __future__ import annotations

from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from burr.core import ApplicationBuilder, State, action

from benchmarks.measured import Measured, main

STEPS = 10


@action(reads=["n"], writes=["n"])
def add_one(state: State) -> State:
    """Adds one."""
    return state.update(n=state["n"] + 1)


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, nothing kept."""
    names = [f"s{number}" for number in range(STEPS)]
    actions = dict.fromkeys(names, add_one)
    transitions = list(pairwise(names))
    measured = Measured(units=size * STEPS, facts={"version": version("apache-burr")})
    ends = []
    with measured.clock():
        for _ in range(size):
            application = (
                ApplicationBuilder()
                .with_actions(**actions)
                .with_transitions(*transitions)
                .with_state(n=0)
                .with_entrypoint(names[0])
                .build()
            )
            ends.append(application.run(halt_after=[names[-1]])[2]["n"])
    assert ends == [STEPS] * size
    return measured


if __name__ == "__main__":
    main({"step_memory": step_memory, "pass_memory": step_memory})
