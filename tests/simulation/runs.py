"""Runs a case under faults, checks what must hold of every run, and says what came of it."""

from __future__ import annotations

from typing import Any

from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.testing import RUN, TENANT, Faults, Finished, run
from tests.conformance import corpus
from tests.conformance.corpus import Case
from tests.simulation.safety import check

# Their journals are long and alike: every position of a short run says more.
LONG = frozenset({"many_items", "many_items_beside_a_call"})
STARTING = [name for name in corpus.names() if not corpus.case(name).expect.start]
SHORT = [name for name in STARTING if name not in LONG]


def run_case(case: Case, faults: Faults, *, seed: int | None = None, program: Program | None = None) -> Finished:
    """Runs the case, or a variant of its program, to rest."""
    told: dict[int, bytes] = {}

    def listen(host: SimulatedHost) -> None:
        host.listen(lambda taken, state: told.update({taken.append.record.seq: taken.append.record.hash}))
        host.listen(lambda taken, state: _deliver(case, host, taken.append.record.seq))

    finished = run(program or case.program, case.input, case.world(), seed=seed, faults=faults, listen=listen)
    check(program or case.program, finished, told)
    return finished


def ended(state: State) -> Any:
    """Returns how the run and each of its tasks ended."""
    code = state.error.code if state.error is not None else ""
    return state.status, state.output, code, corpus.tasks(state)


def outcome(state: State) -> Any:
    """Returns the same with every task's output."""
    return ended(state), {path: result.output for path, result in state.results.items()}, state.simulated


def _deliver(case: Case, host: SimulatedHost, seq: int) -> None:
    for outside in case.events:
        if outside.after == seq:
            # After a crash the record may be another one: then the run may refuse the event, which is fine here.
            host.deliver(TENANT, RUN, outside.event(host.now))
