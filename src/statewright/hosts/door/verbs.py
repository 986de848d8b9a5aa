"""What each request makes the owner do. A table: one line a verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

from statewright.hosts.door import lines
from statewright.hosts.door.lines import Parted, Rested, Terms
from statewright.hosts.door.problems import owner_differs
from statewright.hosts.forking import Cut, Forked
from statewright.hosts.lane import Taken
from statewright.kernel.journal import Record
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.store.contract import IndexRow


class Owner(Protocol):
    """Whom a door serves: an `App` that is open for writing, and promises what is said there."""

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Starts a run."""

    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Makes a start durable."""

    async def ended(self, run: str) -> State:
        """Waits until a run rests."""

    async def recover(self) -> int:
        """Opens the runs that a host owes something."""

    async def resume(self, run: str) -> None:
        """Takes a run up again."""

    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a signal."""

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end."""

    async def terminate(self, run: str, reason: str) -> None:
        """Ends a run at once."""

    async def pause(self, run: str, reason: str) -> None:
        """Lets nothing new leave."""

    async def unpause(self, run: str) -> None:
        """Goes on after a pause."""

    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect."""

    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Forked:
        """Makes a new run of another one's beginning."""

    def find(self, run: str) -> IndexRow:
        """Returns what the index says of a run."""

    def records(self, run: str, *, after: int = 0) -> Iterator[Record]:
        """Yields the stored records of a run above `after`."""

    def listen(self, told: Callable[[Taken, State], None]) -> None:
        """Adds somebody who is told of every committed record."""


Verb = Callable[[Owner, Any], Awaitable[object]]


def agree(own: Terms, asked: lines.Starting, pid: int) -> None:
    """Raises `OWNER_DIFFERS` where the owner would run something else than the guest means."""
    owner = f"process {pid}, which uses this data folder,"
    if asked.folder != own.folder:
        raise owner_differs(f"{owner} works for the project in {own.folder}")
    if asked.simulate != own.simulate:
        raise owner_differs(f"{owner} runs {'with' if own.simulate else 'without'} --simulate")
    if asked.program != own.programs.get(asked.workflow, ""):
        raise owner_differs(f"{owner} has read the workflow {asked.workflow!r} in another version")


async def _start(owner: Owner, asked: lines.Start) -> object:
    return await owner.start(asked.workflow, asked.input, run=asked.run, seed=asked.seed, key=asked.key)


async def _begin(owner: Owner, asked: lines.Begin) -> object:
    return await owner.begin(asked.workflow, asked.input, run=asked.run, seed=asked.seed, key=asked.key)


async def _ended(owner: Owner, asked: lines.Ended) -> object:
    await owner.ended(asked.run)
    row = owner.find(asked.run)
    return Rested(row.status, row.seq)


async def _fork(owner: Owner, asked: lines.Fork) -> object:
    forked = await owner.fork(asked.run, Cut(asked.seq, asked.changes), id=asked.new)
    state = forked.lane.state
    return Parted(state.run, state.status, len(forked.appends), forked.anew)


# Requests that wait for something: they end with the conversation. All others, once begun, are brought to their end.
STANDING = (lines.Ended, lines.Follow)
VERBS: dict[type[lines.Request], Verb] = {
    lines.Start: _start,
    lines.Begin: _begin,
    lines.Ended: _ended,
    lines.Recover: lambda owner, asked: owner.recover(),
    lines.Resume: lambda owner, asked: owner.resume(asked.run),
    lines.Signal: lambda owner, asked: owner.signal(
        asked.run, asked.name, asked.payload, key=asked.key, source=asked.source
    ),
    lines.Cancel: lambda owner, asked: owner.cancel(asked.run, asked.reason),
    lines.Terminate: lambda owner, asked: owner.terminate(asked.run, asked.reason),
    lines.Pause: lambda owner, asked: owner.pause(asked.run, asked.reason),
    lines.Unpause: lambda owner, asked: owner.unpause(asked.run),
    lines.Resolve: lambda owner, asked: owner.resolve(
        asked.run, asked.effect, happened=asked.happened, value=asked.value
    ),
    lines.Fork: _fork,
}
