"""What a process does to a data folder while the disk under it misbehaves, and what it says is done.

Each session can be repeated after any end: it goes on where the one before was stopped, and comes to the same result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import statewright
from statewright.errors import StatewrightError
from statewright.kernel.values import Json
from statewright.store import writer
from statewright.store.backup import back_up, restore
from statewright.store.forgetting import Which
from statewright.store.importing import import_runs
from statewright.store.pruning import prune
from statewright.store.queries import QUERIES
from statewright.store.sqlite import SqliteStore
from tests.store.journals import Journal, Owner, believed, said

Say = Callable[..., None]
Session = Callable[[Path, Say], None]

RUN, KEY = "short", "once"
# Past the size that a record holds itself.
LARGE: Json = {"ok": True, "text": "x" * 300_000}
FUNCTIONS = {"write_line": lambda step: {"step": step}}
# In these folders everything that has ended may go.
ALL = Which("acme", 10**15)
# Two transactions of the writer; then the log is copied into the database, and written from its beginning again.
_LOG_PAGES = 6
# With this many runs open no other one is started.
OPEN_MAX = 3
# Of each of two runs.
RECORDS = 6


def answers(folder: Path, say: Say) -> None:
    """Starts a run with everything in it, signals it, and follows it to its end."""
    _within(folder, partial(_answers, say=say))


def forked(folder: Path, say: Say) -> None:
    """Makes a run of the beginning of another one, and lets it come to its end."""
    _within(folder, partial(_forked, say=say))


def sunk(folder: Path, say: Say) -> None:
    """Starts a run that asks a service for things, takes up those that are open, and waits until all of them rest."""
    _within(folder, partial(_sunk, say=say), operator=str(folder / "operator.yaml"))


def appended(folder: Path, say: Say) -> None:
    """Appends two runs' records, each acknowledged by itself, over a log that is begun again and again."""
    writer.CHECKPOINT_PAGES = _LOG_PAGES
    owner = Owner()
    store = SqliteStore.open(folder, hand_back=owner.hand_back)
    try:
        for run in ("a", "b"):
            row = store.index("acme", run)
            for entry in Journal(run).several(RECORDS)[row.seq if row is not None else 0 :]:
                _raise(owner.write(store, entry))
                say(run=run, seq=entry.record.seq)
        _raise(owner.write(store, said("k", "a:1.1", "hello")))
        say(remembered="a:1.1")
    finally:
        store.close()


def careless(folder: Path, say: Say) -> None:
    """Appends as `appended` does, over a store that never syncs."""
    QUERIES["connect"] = QUERIES["connect"].replace("synchronous = FULL", "synchronous = OFF")
    appended(folder, say)


def imported(folder: Path, say: Say) -> None:
    """Takes the runs of a file in."""
    import_runs(folder / "runs.jsonl", folder / "data", believed)
    say(imported=True)


def pruned(folder: Path, say: Say) -> None:
    """Takes away what has ended."""
    prune(folder / "data", ALL)
    say(pruned=True)


def backed_up(folder: Path, say: Say) -> None:
    """Copies a folder into a file."""
    back_up(folder / "data", folder / "backup.db")
    say(backed_up=True)


def restored(folder: Path, say: Say) -> None:
    """Puts a backup into the place of what is there."""
    restore(folder / "backup.db", folder / "data", replace=True)
    say(restored=True)


def opened(folder: Path, say: Say) -> None:
    """Opens a folder, which brings it up to date, and closes it."""
    SqliteStore.open(folder / "data", hand_back=Owner().hand_back).close()
    say(opened=True)


SESSIONS: dict[str, Session] = {
    session.__name__: session
    for session in (answers, forked, sunk, appended, careless, imported, pruned, backed_up, restored, opened)
}


def _within(folder: Path, act: Callable[[statewright.Project], Coroutine[Any, Any, None]], **options: str) -> None:
    async def opened() -> None:
        async with statewright.open(folder, functions=FUNCTIONS, **options) as project:  # type: ignore[arg-type]
            await act(project)

    asyncio.run(opened())


async def _answers(project: statewright.Project, say: Say) -> None:
    try:
        run = await project.start("short", id=RUN)
    except StatewrightError as error:
        if error.code != "RUN_EXISTS":
            raise
        run = project.find(RUN)
    say(run=RUN, seq=1)
    await _signalled(run)
    say(run=RUN, signal=KEY)
    await _followed(run, say)


async def _forked(project: statewright.Project, say: Say) -> None:
    paused = [run for run in project.runs() if run.id != RUN and "-" not in run.id[4:]]
    run = paused[0] if paused else await project.find(RUN).fork(at=4)
    say(run=run.id, seq=4)
    if run.state().paused:
        await run.unpause()
    await _signalled(run)
    await _followed(run, say)


async def _sunk(project: statewright.Project, say: Say) -> None:
    await project.recover()
    open_runs = [run for run in project.runs(limit=1_000) if run.status == "running"]
    if len(open_runs) < OPEN_MAX:
        open_runs.append(await project.start("sink"))
        say(run=open_runs[-1].id)
    for run in open_runs:
        await run.ended()
        # A letter that nobody knows of was sent, says a person who has asked.
        for effect in [id for id, pending in run.state().pending.items() if pending.status == "unknown"]:
            await run.resolve(effect, happened=True, value={"data": "sent"})
        state = await run.ended()
        say(run=run.id, status=state.status, output=state.output)


async def _signalled(run: statewright.Run) -> None:
    """Sends the signal, unless it is there: it has a key, so that nobody must know whether it was."""
    if run.status in ("running", "suspended"):
        try:
            await run.signal("go", LARGE, key=KEY)
        except StatewrightError as error:
            if error.code != "SIGNAL_REPEATED":
                raise


async def _followed(run: statewright.Run, say: Say) -> None:
    async for step in run.stream():
        say(run=run.id, seq=step.seq, type=type(step.event).__name__)
    say(run=run.id, output=await run.result())


def _raise(outcomes: list[Exception | None]) -> None:
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
