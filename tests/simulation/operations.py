"""What people do to runs while a simulation goes on, at any moment: each draws the run that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from statewright.kernel.events import AnyEvent, Cancelled, Paused, Received, Resolved, Terminated, Unpaused
from statewright.testing import TENANT
from tests.simulation.swarm import Simulation
from tests.simulation.workflows import SIGNALS

OPERATIONS_MAX = 9


def operate(simulation: Simulation) -> Iterator[None]:
    """Does one thing after the other; between two of them the simulation goes on."""
    choose = simulation.choices["workload"]
    for _ in range(choose(OPERATIONS_MAX)):
        yield
        name = choose.pick(NAMES)
        runs = simulation.runs()
        if runs:
            # What has ended is spoken to as well, but not as often.
            run = runs[0] if choose(2) else choose.pick(runs)
            simulation.trace(f"{name} {run}")
            simulation.counts["operations"] += 1
            OPERATIONS[name](simulation, run)


def _signal(simulation: Simulation, run: str) -> None:
    """Every second signal has a key, and is sent again at once or later by whoever is not sure that it arrived."""
    choose = simulation.choices["workload"]
    token = f"token-{simulation.counts['operations']}"
    key = f"key-{token}" if choose(2) else ""
    payload = {"token": token, "n": choose(4)}
    event = Received(at=simulation.host.now, name=choose.pick(SIGNALS), payload=payload, key=key)
    simulation.deliver(run, event, token)
    if key:
        simulation.steps(choose(10))
        simulation.deliver(run, event, token)


def _said(make: Callable[[int], AnyEvent]) -> Callable[[Simulation, str], None]:
    return lambda simulation, run: simulation.deliver(run, make(simulation.host.now))


def _resolve(simulation: Simulation, run: str) -> None:
    happened = bool(simulation.choices["workload"](2))
    for id, pending in dict(simulation.host.state(TENANT, run).pending).items():
        if pending.status == "unknown":
            simulation.deliver(run, Resolved(at=simulation.host.now, effect=id, happened=happened))


def _crash(simulation: Simulation, run: str) -> None:
    """Up to five times while it still recovers (I-05)."""
    for _ in range(1 + simulation.choices["workload"](5)):
        simulation.host.crash()
        simulation.host.recover()
        simulation.steps(simulation.choices["workload"](3))


OPERATIONS: dict[str, Callable[[Simulation, str], None]] = {
    "signal": _signal,
    "start": lambda simulation, run: simulation.start(),
    "cancel": _said(lambda at: Cancelled(at=at)),
    "terminate": _said(lambda at: Terminated(at=at)),
    "pause": _said(lambda at: Paused(at=at)),
    "unpause": _said(lambda at: Unpaused(at=at)),
    "resolve": _resolve,
    "crash": _crash,
    "take over": lambda simulation, run: simulation.take_over(zombie=True),
}
# A signal is the only thing that may be said twice and be meant twice.
NAMES = ("signal", "signal", *OPERATIONS)
