"""One simulation: a drawn project, what people do to its runs, and what goes wrong, checked after every step.

Everything follows from its choices. Each simulation draws which faults are on: one with all of them finds less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.awaiting import Awaited, awaited
from statewright.hosts.chance import DAY_ONE, Profile, Streams
from statewright.hosts.lane import Taken
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import Faults
from statewright.kernel.decision import Rejected
from statewright.kernel.events import AnyEvent, Resolved, Unpaused
from statewright.kernel.program import Program
from statewright.kernel.state import ENDED, State
from statewright.store.contract import Append
from statewright.testing import TENANT, started
from tests.simulation import promises
from tests.simulation.choices import Choices
from tests.simulation.disk import REFUSED, Disk, DiskFaults
from tests.simulation.promises import Rest
from tests.simulation.witness import Broken, Witness
from tests.simulation.workflows import drawn
from tests.simulation.world import World

PROFILES: tuple[Profile, ...] = ("fifo", "random", "lifo", "starved", "priorities")
LATENCIES = (0, 0, 10, 10, 300, 300, 5_000, 90_000)
# Steps between two operations at most.
GAP_MAX = 15
# Bytes of an event that a trace shows.
EVENT_SHOWN = 160
# Steps under faults at most; then they end, and everything must come to rest.
TROUBLED_STEPS_MAX = 1_500
# Steps to rest at most; no honest simulation of ten thousand came near a tenth of it.
STEPS_MAX = 20_000
# A run that is paused or asks a person may do so again after it was helped.
HELPINGS_MAX = 20
RUNS_MAX = 1_000
Host = Callable[..., SimulatedHost]
Store = Callable[..., Disk]


class Simulation:
    """A project, its disk, its world, and the host that is at work."""

    def __init__(self, choices: Choices, *, host: Host = SimulatedHost, disk: Store = Disk) -> None:
        self.choices = choices
        self.text, self._workflows = drawn(choices["program"])
        self.profile = choices["faults"].pick(PROFILES)
        self._faults = self._faults_drawn = _faults(choices)
        self.disk = disk(choices["faults"], self._recorded)
        self.disk.faults = _disk_faults(choices)
        self._disk_faults = self.disk.faults
        self.witness = Witness(self.disk, self._workflows.by_digest.__getitem__)
        self.world = World(choices["world"], self.witness.leaves)
        self._make = host
        self._hosts: list[SimulatedHost] = []
        self._zombies: list[SimulatedHost] = []
        self.trace: Callable[[str], None] = lambda line: None
        self.counts: Counter[str] = Counter()
        self._begun: set[str] = set()
        self._refused: set[str] = set()
        self.host = self._opened(DAY_ONE)

    def steps(self, most: int) -> bool:
        """Lets so many things happen; says whether there were so many."""
        for _ in range(most):
            if self._zombies and self.choices["order"](4) == 3:
                self._step_zombie()
            elif not self.host.step():
                if not self.host.fenced:
                    return False
                self.take_over(zombie=False)
            else:
                self.counts["steps"] += 1
        return True

    def take_over(self, *, zombie: bool) -> None:
        """Opens another host over the same disk; the one before goes on for a while if it is only believed dead."""
        before = self.host
        if before.fenced:
            self.counts["fenced"] += 1
            if not self.counts["failovers"]:
                raise Broken(promises.FENCED, "no other host has ever been there")
        if zombie:
            self.counts["failovers"] += 1
            self._zombies.append(before)
        self.host = self._opened(before.now)
        self.host.recover()

    def start(self) -> None:
        """Starts another run of the main workflow."""
        program = self._program("main")
        run = f"run-{len(self._begun) + 1}"
        self._begun.add(run)
        event = started(program, {"n": 1}, at=self.host.now, run=run)
        self.host.start(program, event, accepted=lambda outcome: self._heard(run, "", event, outcome))

    def deliver(self, run: str, event: AnyEvent, token: str = "") -> None:
        """Delivers an event from outside, and listens to what becomes of it."""
        self._refused.discard(token)
        self.host.deliver(TENANT, run, event, lambda outcome: self._heard(run, token, event, outcome))

    def runs(self) -> list[str]:
        """Returns the ids of all runs, those first that have not ended."""
        rows = sorted((row.status in ENDED, row.run) for row in self.disk.runs(TENANT, limit=RUNS_MAX))
        return [run for _, run in rows]

    def calm_down(self) -> None:
        """Ends all faults."""
        self.trace("everything is mended")
        self.disk.faults = DiskFaults()
        self.world.calm = True
        self._faults = Faults()
        self._zombies.clear()
        self.host.calm()
        if self.counts["failovers"]:
            # Positions keep two hosts from writing one journal, not from writing at all; a folder's lock does that.
            # Here whoever is left reads once more what the other one wrote last.
            self.host.crash()
            self.host.recover()

    def help(self) -> bool:
        """Opens what was paused, and says what became of what nobody knows; says whether anything was to be done."""
        helped = False
        for run in self.runs():
            state = self.host.state(TENANT, run)
            if state.ended:
                continue
            words: list[AnyEvent] = [
                Resolved(at=self.host.now, effect=id, happened=True)
                for id, pending in state.pending.items()
                if pending.status == "unknown"
            ]
            words += [Unpaused(at=self.host.now)] if state.paused else []
            for event in words:
                self.deliver(run, event)
            helped = helped or bool(words)
        return helped

    def check_rest(self) -> None:
        """Holds every run against the promises for those that rest."""
        self.witness.rested(self._rest)
        for story in self.witness.stories.values():
            if self._refused & story.heard.keys():
                raise Broken(promises.REFUSED, str(sorted(self._refused & story.heard.keys())))

    def all_counts(self) -> Counter[str]:
        """Returns how often what happened."""
        seen = Counter(records=self.witness.records, runs=len(self.witness.stories), calls=self.world.calls)
        crashes = Counter(crashes=sum(host.crashes for host in self._hosts))
        return self.counts + self.disk.counts + seen + crashes

    def faults_drawn(self) -> dict[str, float]:
        """Returns the faults that are on, and how often each strikes."""
        drawn = {**msgspec.structs.asdict(self._faults_drawn), **msgspec.structs.asdict(self._disk_faults)}
        return {name: value for name, value in drawn.items() if value and name != "jump"}

    def hashes(self) -> dict[str, str]:
        """Returns the hash of every run's last record: the simulation in short."""
        return {run: story.prev.hex() for run, story in sorted(self.witness.stories.items())}

    def _opened(self, now: int) -> SimulatedHost:
        choices = self.choices
        order = None if self.profile == "fifo" else choices["order"]
        streams = Streams(choices["faults"], choices["clock"], order, self.profile, now)
        host = self._make(
            self.disk,
            self.world,
            self._workflows.by_digest.__getitem__,
            seed=streams,
            faults=self._faults,
            library=self._workflows,
        )
        host.listen(self.witness.told)
        self._hosts.append(host)
        return host

    def _step_zombie(self) -> None:
        zombie = self._zombies[0]
        if not zombie.step():
            self.counts["fenced"] += zombie.fenced
            self._zombies.remove(zombie)

    def _recorded(self, entry: Append) -> None:
        told = entry.record.body.partition(b'"event":')[2][:EVENT_SHOWN].decode(errors="replace")
        self.trace(f"{entry.index.run} {entry.record.seq} {told}")
        self.witness.recorded(entry)

    def _heard(self, run: str, token: str, event: AnyEvent, outcome: Taken | Rejected | Exception) -> None:
        if isinstance(outcome, Taken):
            self.witness.acknowledged(run, outcome)
            if type(outcome.event) is not type(event):
                raise Broken(promises.ACKNOWLEDGED, f"{run}: {type(event).__name__}")
        elif isinstance(outcome, StatewrightError) and outcome.code == REFUSED and token:
            self._refused.add(token)

    def _program(self, id: str) -> Program:
        offered = self._workflows.find(id)
        assert offered is not None
        return offered.program

    def _rest(self, run: str) -> Rest:
        state = self.host.state(TENANT, run)
        return Rest(run, state, self.host.suspended(TENANT, run), self._waits(run), self._begun, self.witness.stories)

    def _waits(self, run: str) -> tuple[Awaited, ...]:
        def known(run: str) -> tuple[State, Program] | None:
            row = self.disk.index(TENANT, run)
            return None if row is None else (self.host.state(TENANT, run), self._workflows.by_digest[row.program])

        return awaited(run, known, self.host.now)


def _faults(choices: Choices) -> Faults:
    choose = choices["faults"]
    return Faults(
        latency=choose.pick(LATENCIES),
        duplicates=choose.pick((0.0, 0.0, 0.3)),
        refusals=choose.pick((0.0, 0.0, 0.0, 0.1)),
        late_answers=choose.pick((0.0, 0.0, 1.0)),
        deaths=choose.pick((0.0, 0.0, 0.01, 0.05)),
        forgetting=choose.pick((0.0, 0.0, 0.3)),
        stalls=choose.pick((0.0, 0.0, 0.2)),
        jumps=choose.pick((0.0, 0.0, 0.0, 0.05)),
        jump=choose.pick((1_000, 3_600_000, 31_536_000_000)),
    )


def _disk_faults(choices: Choices) -> DiskFaults:
    choose = choices["faults"]
    return DiskFaults(
        refused=choose.pick((0.0, 0.0, 0.0, 0.05)),
        unknown_done=choose.pick((0.0, 0.0, 0.05, 0.3)),
        unknown_lost=choose.pick((0.0, 0.0, 0.05, 0.2)),
    )


def simulate(simulation: Simulation, operate: Callable[[Simulation], Iterator[None]]) -> None:
    """Runs one simulation to rest, with faults and then without. Raises `Broken`."""
    simulation.start()
    for _ in operate(simulation):
        simulation.steps(simulation.choices["workload"](GAP_MAX))
    simulation.steps(TROUBLED_STEPS_MAX)
    simulation.calm_down()
    for _ in range(HELPINGS_MAX):
        if simulation.steps(STEPS_MAX):
            raise Broken(promises.ENDLESS, f"still busy after {STEPS_MAX} steps")
        if not simulation.help():
            break
    simulation.check_rest()
