"""A guest: the verbs of an `App`, asked of the process that owns the folder. It performs nothing itself.

Every verb returns once it is durable, and raises what the owner raised. `OWNER_LEFT`: the owner is gone or leaving and
nothing is in doubt, so enter the folder again (`entering.entered`). `ANSWER_LOST`: the owner ended before it answered,
and nobody knows whether the request was taken.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from statewright.errors import EXIT_CONFLICT, StatewrightError
from statewright.hosts.door import lines
from statewright.hosts.door.asking import Asking
from statewright.hosts.door.lines import Parted, Rested, Standing, Terms
from statewright.hosts.door.problems import owner_differs
from statewright.hosts.editing import Change
from statewright.hosts.forking import Cut
from statewright.kernel.journal import Record
from statewright.kernel.state import State
from statewright.kernel.values import Json, ValueRefused, admit

_NOTHING = type(None)


class Guest:
    """At the owner of a folder. Runs are named by their whole ids. Close it when done; what was answered stays."""

    def __init__(self, asking: Asking, terms: Terms, state: Callable[[str], State]) -> None:
        self._asking = asking
        self._terms = terms
        self._state = state

    @classmethod
    async def enter(cls, data: Path, terms: Terms, state: Callable[[str], State]) -> Guest:
        """Enters through the door of a data folder.

        `state` reads a run's state from the folder, which a guest may do beside the owner (`App.state` of an
        application opened for reading). Raises `DOOR_CLOSED`, `DOOR_FORBIDDEN`, `DOOR_VERSION`, `DOOR_FULL`,
        `OWNER_SILENT`, `OWNER_LEFT`, or `OWNER_DIFFERS` where the owner works for another tenant.
        """
        asking = await Asking.open(data)
        if asking.welcome.tenant != terms.tenant:
            await asking.close()
            raise owner_differs(f"process {asking.welcome.pid}, which uses this data folder, works for another tenant")
        return cls(asking, terms, state)

    @property
    def owner(self) -> int:
        """The process id of the folder's owner."""
        return self._asking.welcome.pid

    async def start(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Starts a run that the owner performs, and returns its id. Raises `OWNER_DIFFERS` besides what `App` does."""
        asked = lines.Start(**self._starting(workflow, input), run=run, seed=seed, key=key)
        return await self._asking.answer(asked, str)

    async def begin(self, workflow: str, input: Json, *, run: str = "", seed: str = "", key: str = "") -> str:
        """Makes a start durable, and returns its id; nothing of it is performed before somebody resumes it."""
        asked = lines.Begin(**self._starting(workflow, input), run=run, seed=seed, key=key)
        return await self._asking.answer(asked, str)

    async def ended(self, run: str) -> State:
        """Returns the run's state once it has ended, or cannot go on by itself."""
        await self._asking.answer(lines.Ended(run=run), Rested)
        return self._state(run)

    async def recover(self) -> int:
        """Opens every run that the owner owes something; returns how many."""
        return await self._asking.answer(lines.Recover(), int)

    async def resume(self, run: str) -> None:
        """Takes a run up again: the owner performs it."""
        await self._asking.answer(lines.Resume(run=run), _NOTHING)

    async def signal(self, run: str, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a run a signal. With a key, sending it again changes nothing."""
        asked = lines.Signal(run=run, name=name, payload=_admitted(payload), key=key, source=source)
        await self._asking.answer(asked, _NOTHING)

    async def cancel(self, run: str, reason: str) -> None:
        """Asks a run to end in an orderly way."""
        await self._asking.answer(lines.Cancel(run=run, reason=reason), _NOTHING)

    async def terminate(self, run: str, reason: str) -> None:
        """Ends a run at once."""
        await self._asking.answer(lines.Terminate(run=run, reason=reason), _NOTHING)

    async def pause(self, run: str, reason: str) -> None:
        """Lets nothing new of a run leave until `unpause`."""
        await self._asking.answer(lines.Pause(run=run, reason=reason), _NOTHING)

    async def unpause(self, run: str) -> None:
        """Lets out what a pause kept back."""
        await self._asking.answer(lines.Unpause(run=run), _NOTHING)

    async def resolve(self, run: str, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows."""
        asked = lines.Resolve(run=run, effect=effect, happened=happened, value=_admitted(value))
        await self._asking.answer(asked, _NOTHING)

    async def fork(self, run: str, cut: Cut, *, id: str = "") -> Parted:
        """Makes a new run of another one's beginning, durable and paused."""
        changes = tuple(Change(change.name, _admitted(change.value)) for change in cut.changes)
        return await self._asking.answer(lines.Fork(run=run, seq=cut.seq, changes=changes, new=id), Parted)

    def follow(self, run: str, *, after: int = 0) -> AsyncGenerator[Record, None]:
        """Yields each record of a run above `after` once and in order, those of the past and those to come.

        It ends with the run. After `OWNER_LEFT` or `GUEST_SLOW`, following again from the last one leaves no gap.
        """
        return self._asking.follow(lines.Follow(run=run, after=after))

    async def status(self) -> Standing:
        """Returns who the owner is, and under what it runs workflows."""
        return await self._asking.answer(lines.Status(), Standing)

    async def close(self) -> None:
        """Leaves. What the owner has begun for this guest goes on."""
        await self._asking.close()

    def _starting(self, workflow: str, input: Json) -> dict[str, Any]:
        """Returns what a start says of itself, with what this process takes for granted."""
        return {
            "workflow": workflow,
            "input": _admitted(input),
            "folder": self._terms.folder,
            "simulate": self._terms.simulate,
            "program": self._terms.programs.get(workflow, ""),
        }


def _admitted(value: Json) -> Json:
    """Returns a value as a line can carry it; what a codec would bend is refused, as a run would refuse it (R6)."""
    try:
        return admit(value)
    except ValueRefused as refused:
        raise StatewrightError(refused.code, str(refused), exit_code=EXIT_CONFLICT) from None
