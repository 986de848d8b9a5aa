"""Runs a case under faults, checks what must hold of every run, and says what came of it."""

from __future__ import annotations

import contextlib
from typing import Any

from statewright.errors import StatewrightError
from statewright.hosts.lane import Taken
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import World
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.testing import RUN, TENANT, Faults, Finished
from tests.conformance import corpus
from tests.conformance.corpus import Case, Outside
from tests.conformance.hosts import RUNS_MAX, driven, schedule
from tests.simulation.safety import check

Told = dict[str, dict[int, bytes]]  # hash of every record that subscribers were told of, by run and sequence

# Their journals are long and alike: every position of a short run says more.
LONG = frozenset({"many_items", "many_items_beside_a_call", "wait_log_full", "wait_yields"})
STARTING = [name for name in corpus.names() if not corpus.case(name).expect.start]
SHORT = [name for name in STARTING if name not in LONG]


def run_case(
    case: Case, faults: Faults, *, seed: int | None = None, program: Program | None = None, world: World | None = None
) -> Finished:
    """Runs the case, or a variant of its program, to rest."""
    told: Told = {}

    def listen(host: SimulatedHost) -> None:
        host.listen(lambda taken, state: told.setdefault(state.run, {}).update(_named(taken)))
        host.listen(lambda taken, state: _deliver(case, host, taken.append.record.seq, state.run))
        schedule(case, host, lambda outside: _hand_in(outside, host))

    finished = driven(case, world or case.world(), program=program, seed=seed, faults=faults, listen=listen)
    programs = {**case.workflows.by_digest, case.program.digest: program or case.program}
    for row in finished.store.runs(TENANT, limit=RUNS_MAX):
        check(programs[row.program], finished, told.get(row.run, {}), run=row.run)
    return finished


def ended(state: State) -> Any:
    """Returns how the run and each of its tasks ended."""
    code = state.error.code if state.error is not None else ""
    return state.status, state.output, code, corpus.tasks(state)


def outcome(state: State) -> Any:
    """Returns the same with every task's output."""
    return ended(state), {path: result.output for path, result in state.results.items()}, state.simulated


def _named(taken: Taken) -> dict[int, bytes]:
    return {taken.append.record.seq: taken.append.record.hash}


def _deliver(case: Case, host: SimulatedHost, seq: int, run: str) -> None:
    for outside in case.events:
        if run == RUN and outside.at < 0 and outside.after == seq:
            _hand_in(outside, host)


def _hand_in(outside: Outside, host: SimulatedHost) -> None:
    """After a crash the record may be another one, or a child have another id: that it is refused is fine here."""
    with contextlib.suppress(StatewrightError):
        host.deliver(TENANT, outside.run, outside.event(host.now))
