"""States that runs of the corpus go through: a copy of each, with the program and the event that came next."""

from __future__ import annotations

import copy
import functools

import msgspec

from statewright.hosts.replay import Step, fold
from statewright.kernel.decision import Decision
from statewright.kernel.events import AnyEvent
from statewright.kernel.program import Program
from statewright.kernel.state import State
from tests.conformance import corpus
from tests.conformance.hosts import Ran, simulated
from tests.simulation.runs import SHORT, STARTING


class Visited(msgspec.Struct, frozen=True):
    """A state between two events of a case, and what the next event came to."""

    case: str
    program: Program
    before: State
    event: AnyEvent
    decision: Decision
    after: State
    ran: Ran


@functools.cache
def ran(name: str) -> Ran:
    """Returns the undisturbed run of a case."""
    return simulated(corpus.case(name))


def steps(name: str) -> list[Step]:
    """Returns each event of a case with what it came to."""
    found: list[Step] = []
    folded = fold(corpus.case(name).program, ran(name).records, ran(name).store.blob, seen=lambda s, _: found.append(s))
    assert folded.divergence is None, folded.divergence
    return found


@functools.cache
def visited(name: str) -> tuple[Visited, ...]:
    """Returns the states that the run of a case went through."""
    case, run = corpus.case(name), ran(name)
    found: list[Visited] = []
    before = State()

    def seen(step: Step, state: State) -> None:
        nonlocal before
        assert step.decision is not None
        after = copy.deepcopy(state)
        found.append(Visited(name, case.program, before, step.event, step.decision, after, run))
        before = after

    fold(case.program, run.records, run.store.blob, seen=seen)
    return tuple(found)


def every_state() -> list[Visited]:
    """Returns the states of all short cases."""
    return [one for name in SHORT for one in visited(name)]


__all__ = ["STARTING", "Visited", "every_state", "ran", "steps", "visited"]
