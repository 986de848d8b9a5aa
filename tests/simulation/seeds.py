"""Seeds by the thousand: runs each, sums up what happened, and tells a failing one in its plainest form."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import version
from typing import Any

from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.program import LOGIC_VERSION
from tests.simulation.choices import Choices
from tests.simulation.disk import Disk
from tests.simulation.operations import operate
from tests.simulation.shrinking import Breaks, shrunk
from tests.simulation.swarm import Simulation, simulate
from tests.simulation.witness import Broken

# Every so-manieth seed is run twice: the simulator must come to the same journals, byte for byte.
TWICE = 100
DETERMINISTIC = "the same seed gives the same journals"


class Summary:
    """What so many seeds came to."""

    def __init__(self) -> None:
        self.seeds = 0
        self.counts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()  # simulations in which each was on
        self.profiles: Counter[str] = Counter()
        self.longest = 0
        self.broken: list[tuple[int, str]] = []

    def as_json(self) -> dict[str, Any]:
        """Returns it for a report."""
        return {
            "seeds": self.seeds,
            "counts": dict(sorted(self.counts.items())),
            "simulations_with": dict(sorted(self.faults.items())),
            "profiles": dict(sorted(self.profiles.items())),
            "longest_steps": self.longest,
            "broken": [f"{seed}: {promise}" for seed, promise in self.broken],
            "logic": LOGIC_VERSION,
            "statewright": version("statewright"),
            "python": platform.python_version(),
        }


def run_seeds(seeds: Iterable[int], failed: Callable[[int, str], None] = lambda seed, promise: None) -> Summary:
    """Runs every seed, also after one that failed; `failed` hears of each at once."""
    summary = Summary()
    for seed in seeds:
        summary.seeds += 1
        simulation = Simulation(Choices(seed))
        try:
            simulate(simulation, operate)
            if seed % TWICE == 0:
                _again(seed, simulation)
        except Exception as fault:
            promise = _named(fault)
            summary.broken.append((seed, promise))
            failed(seed, promise)
        _add(summary, simulation)
    return summary


def breaks(choices: Choices, *, host: type[SimulatedHost] = SimulatedHost, disk: type[Disk] = Disk) -> str:
    """Returns the name of the promise that a simulation breaks; "" if it breaks none."""
    try:
        simulate(Simulation(choices, host=host, disk=disk), operate)
    except Exception as fault:
        return _named(fault)
    return ""


def told_plainly(seed: int, broken: Breaks) -> str:
    """Returns the plainest simulation that breaks what this seed does, for a person to read."""
    choices = Choices(seed)
    broken(choices)
    plan = shrunk(choices.plan(), broken)
    simulation = Simulation(Choices(plan))
    trace: list[str] = []
    simulation.trace = trace.append
    try:
        simulate(simulation, operate)
    except Exception as fault:
        trace.append(f"{type(fault).__name__}: {fault}")
    return "\n".join([simulation.text, str(simulation.faults_drawn()), *trace, f"plan: {plan}"])


def _again(seed: int, first: Simulation) -> None:
    second = Simulation(Choices(seed))
    simulate(second, operate)
    if first.hashes() != second.hashes():
        raise Broken(DETERMINISTIC, f"seed {seed}")


def _named(fault: Exception) -> str:
    """A fault is known by its promise, or else by its kind and the function that it comes from."""
    if isinstance(fault, Broken):
        return fault.promise
    traceback = fault.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = traceback.tb_frame.f_code.co_name if traceback is not None else ""
    return f"{type(fault).__name__} in {place}"


def _add(summary: Summary, simulation: Simulation) -> None:
    counts = simulation.all_counts()
    summary.counts += counts
    summary.profiles[simulation.profile] += 1
    summary.faults.update(list(simulation.faults_drawn()))
    summary.longest = max(summary.longest, counts["steps"])
