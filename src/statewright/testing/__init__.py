"""Lets users test: workflows in memory and in simulated time, against a world that says what a script tells it.

`scenarios` runs whole projects, `golden` compares journals with kept ones, `kit` is what both are made of. Nothing here
reaches network or clock. The pytest plugin beside this package (`statewright/pytest_plugin.py`) brings the fixture.
"""

from statewright.effects.models.scripted import Held, Scripted
from statewright.effects.performer import Answer, Refusal
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import Faults, Late, World
from statewright.testing.golden import assert_golden
from statewright.testing.kit import (
    RUN,
    TENANT,
    Finished,
    Line,
    Script,
    WorldPerformer,
    instant_store,
    load_workflow,
    run,
    started,
)
from statewright.testing.scenarios import Signal, SimulatedProject, SimulatedRun, open_simulated

__all__ = [
    "RUN",
    "TENANT",
    "Answer",
    "Faults",
    "Finished",
    "Held",
    "Late",
    "Line",
    "Refusal",
    "Script",
    "Scripted",
    "Signal",
    "SimulatedHost",
    "SimulatedProject",
    "SimulatedRun",
    "World",
    "WorldPerformer",
    "assert_golden",
    "instant_store",
    "load_workflow",
    "open_simulated",
    "run",
    "started",
]
