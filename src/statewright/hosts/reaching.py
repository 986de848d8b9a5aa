"""What runs need to reach each other: the workflows that can be started, and what a host can do with runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from statewright.hosts.fair import Key
from statewright.hosts.lane import Lane, Taken
from statewright.kernel.decision import Rejected
from statewright.kernel.events import AnyEvent, Started
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.kernel.state import State
from statewright.kernel.values import Json

Accepted = Callable[[Taken | Rejected | Exception], None]

# DESIGN 9: an id has so many characters. A child's holds its parent's, so this also ends a workflow that starts itself.
RUN_ID_MAX = 63


class Offered(msgspec.Struct, frozen=True):
    """A workflow that can be started: its program, the definition to pin, and the variables that it may see."""

    program: Program
    definition: tuple[str, bytes]
    env: dict[str, Json] = {}


class Library(Protocol):
    """The workflows of the project, as they are now."""

    def find(self, workflow: str) -> Offered | None:
        """Returns the workflow with this id."""

    def triggered_by(self, signal: str) -> list[str]:
        """Returns the ids of the workflows that a signal of this name starts."""


class NoLibrary:
    """No workflow can be started by another."""

    def find(self, workflow: str) -> Offered | None:
        """There is none."""
        return None

    def triggered_by(self, signal: str) -> list[str]:
        """There is none."""
        return []


class Runs(Protocol):
    """What a host can do with runs."""

    def clock(self) -> int:
        """Returns the time in milliseconds."""

    def open(self, key: Key) -> Lane | None:
        """Returns a run in memory, read if needed; None where there is no such run."""

    def begin(self, key: Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        """Starts a run; `accepted` hears once that is durable or refused."""

    def deliver(self, key: Key, event: AnyEvent, accepted: Accepted | None = None) -> None:
        """Delivers an event; `accepted` hears once it is durable or refused."""

    def later(self, act: Callable[[], None]) -> None:
        """Acts in a while, if this host still lives: what the disk refuses now it may take then."""

    def walk(self, key: Key, steps: Iterator[object]) -> None:
        """Takes the steps in later turns, a few in each, by turns with those of other runs; none once it stops."""


def started_by(by: State, run: str, offered: Offered, *, at: int, input: Json, parent: str = "") -> Started:
    """Returns how a run begins that another one starts."""
    return Started(
        at=at,
        run=run,
        tenant=by.tenant,
        program=offered.program.digest,
        logic=LOGIC_VERSION,
        # Derived, so that a second attempt starts the same run.
        seed=f"{by.seed}:{run}",
        input=input,
        env=offered.env,
        simulate=by.simulate,
        parent=parent,
    )
