"""A run as programs hold it: a name for what lives in the data folder. It is followed, told something, and read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

from statewright.api.behind import Telling
from statewright.api.places import Places
from statewright.api.records import Awaited, Change, Folded, IndexRow, Step, Verdict, failed, step_of
from statewright.app.application import App
from statewright.hosts.forking import Cut
from statewright.hosts.replay import Step as Decided
from statewright.kernel.program import Program
from statewright.kernel.state import ENDED, State
from statewright.kernel.values import Json

# What the index says of a run that does not go on by itself, as far as it can tell.
RESTING = ENDED | {"suspended"}
# Is shown each step of a journal with the state after it.
Seen = Callable[[Step, State], None]


class Run:
    """One execution of a workflow. It lives in the data folder: this only names it."""

    def __init__(self, app: App, places: Places, id: str, workflow: str, *, anew: tuple[str, ...] = ()) -> None:
        self.id = id
        self.workflow = workflow
        self.anew = anew  # of a fork: the tasks that ask another question than the other run's
        self._app = app
        self._places = places

    def __repr__(self) -> str:
        return f"<Run {self.id} of {self.workflow}>"

    @property
    def status(self) -> str:
        """`running`, `cancelling`, `suspended`, or how it ended: `done`, `failed`, `cancelled`, `terminated`."""
        return self.row().status

    def row(self) -> IndexRow:
        """Returns what the index says of the run now, without reading its journal."""
        return self._app.find(self.id)

    async def result(self) -> Json:
        """Waits for the end and returns the output; raises `RunFailed` where there is none.

        A run that a stopped process left goes on.
        """
        state = await self.ended()
        if state.status == "done":
            return state.output
        raise failed(state, is_suspended=self.status == "suspended")

    async def ended(self) -> State:
        """Returns all that the run is, once it has ended, or a person must say what became of something.

        A run that waits for a signal, or is paused, is waited for: somebody here may send it.
        """
        while True:
            state = await self._app.ended(self.id)
            in_doubt = any(pending.status == "unknown" for pending in state.pending.values())
            if state.ended or in_doubt or self.status == "suspended":
                return state
            # What is in memory may be ahead of the disk, and what is on the disk ahead of what was just looked at.
            await self._more(min(state.seq, self.row().seq))

    async def stream(self, *, after: int = 0) -> AsyncGenerator[Step, None]:
        """Yields each record above `after`, those of the past and then those to come, until the run has ended.

        Nothing is kept for whoever takes its time: it reads on in the journal, at its own pace.
        """
        telling = Telling(self._app, self._places, self.id, after=after)
        resting = asyncio.ensure_future(self._rested())
        resting.add_done_callback(lambda _: telling.wake())
        try:
            is_last = False
            while not is_last:
                is_last = resting.done()
                for step in telling.steps():
                    if step is None:
                        await asyncio.sleep(0)
                    else:
                        yield step
                if not resting.done():
                    await telling.moved()
            await resting
        finally:
            resting.cancel()
            telling.close()

    def steps(self, *, until: int = 0) -> Iterator[Step]:
        """Returns the records so far, or up to record `until`; each is decided again, and nothing is performed."""
        return map(step_of, self._app.steps(self.id, until=until))

    def awaited(self, state: State | None = None) -> tuple[Awaited, ...]:
        """Returns the signals and decisions of people that the run waits for; nothing where it goes on by itself.

        With a state it says what the run waited for then.
        """
        return self._app.awaited(self.id, state)

    def state(self, *, at: int = 0) -> State:
        """Returns all that the run is now, or was after record `at`."""
        return self._app.state(self.id, at=at)

    def program(self) -> Program:
        """Returns the program that the run is pinned to."""
        return self._app.program(self.row().program)

    def verify(self) -> Verdict:
        """Decides the whole journal again, and compares. Raises `JOURNAL_CORRUPT` where stored bytes were changed."""
        folded = self._app.replay(self.id)
        return Verdict(folded.records, folded.divergence)

    def replay(self, seen: Seen | None = None, *, program: Program | None = None, until: int = 0) -> Folded:
        """Decides the journal again, with the run's own program or another, up to its end or the first difference.

        With `until` it stops after that record.
        """
        return self._app.replay(self.id, program, None if seen is None else _shown(seen), until=until)

    def watch(self, seen: Seen, more: Callable[[], bool]) -> Folded:
        """Shows each record, also of a run that another process is at; `more` waits for the next, or says enough is.

        Blocks in `more`; it is for a program that does nothing else.
        """
        return self._app.watch(self.id, _shown(seen), more)

    def began(self, task: str) -> int:
        """Returns the record at which a task began, by its path; raises `TASK_UNKNOWN`."""
        return self._app.began(self.id, task)

    async def fork(
        self, *, at: int = 0, task: str = "", changes: Mapping[str, Json] | None = None, id: str = ""
    ) -> Run:
        """Makes a new, paused run of this one's beginning; `unpause` lets it go on.

        The beginning reaches up to record `at`, or to where `task` began. `changes` are values of it by their paths,
        which begin with `input` or with a task: `{"classify.category": "billing"}`.
        """
        made = tuple(Change(name, value) for name, value in (changes or {}).items())
        forked = await self._app.fork(self.id, Cut(at or self.began(task), made), id=id)
        return Run(self._app, self._places, forked.run, self.workflow, anew=forked.anew)

    async def signal(self, name: str, payload: Json = None, *, key: str = "", source: str = "") -> None:
        """Sends a signal; `source` says whose word it is. With a key, sending it again changes nothing."""
        await self._app.signal(self.id, name, payload, key=key, source=source)

    async def cancel(self, reason: str = "") -> None:
        """Asks the run to end in an orderly way: what it did is undone where the workflow says how."""
        await self._app.cancel(self.id, reason)

    async def terminate(self, reason: str = "") -> None:
        """Ends the run at once."""
        await self._app.terminate(self.id, reason)

    async def pause(self, reason: str = "") -> None:
        """Lets nothing new begin until `unpause`."""
        await self._app.pause(self.id, reason)

    async def unpause(self) -> None:
        """Goes on after a pause."""
        await self._app.unpause(self.id)

    async def resume(self) -> None:
        """Takes the run up again where a stopped process left it."""
        await self._app.resume(self.id)

    async def resolve(self, effect: str, *, happened: bool, value: Json = None) -> None:
        """Says what became of an effect whose outcome nobody knows."""
        await self._app.resolve(self.id, effect, happened=happened, value=value)

    async def _rested(self) -> None:
        """Waits until the run rests. Who only looks has nobody to ask, and waits for what the index says."""
        if self._app.owner or self._app.performs:
            await self.ended()
            return
        while (row := self.row()).status not in RESTING:
            await self._more(row.seq)

    async def _more(self, after: int) -> None:
        """Waits until the run has more records than these."""
        with self._places.at(self.id, after=str(after)) as place:
            while not place.read():
                await place.moved()


def _shown(seen: Seen) -> Callable[[Decided, State], None]:
    return lambda decided, state: seen(step_of(decided), state)
