"""Following runs: everything is told once and in order, and nothing is kept for those who are slow."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TypeVar

import pytest

import statewright
from statewright.api import folder as folders
from statewright.api import places
from statewright.api.records import Fact, Step
from statewright.hosts.lane import Taken
from statewright.kernel.journal import Record
from statewright.store import feed as feeds
from tests.cli.projects import let_go, passing, waiting

Told = TypeVar("Told", Fact, Step)
MANY = """\
name: many
tools: [{ id: echo, type: python, execute: "t.py:echo" }]
tasks:
  - id: each
    type: collection
    items: "{{ .workflow.input.count }}"
    task: { id: "x-{{ .index }}", type: basic, tool: echo, with: { n: "{{ .index }}" } }
"""
# Records that one slow consumer may hold: decisions kept for all, a page, and what the store reads at once.
HELD_MAX = places.RECENT_MAX + places.AT_ONCE + 256


async def echo(n: int) -> dict[str, int]:
    return {"n": n}


def many(folder: Path) -> Path:
    """Returns the folder with a project that makes a record for each of `count` items, and one more."""
    (folder / "compozy.yaml").write_text(MANY, "utf-8")
    (folder / "t.py").write_text("def echo(n): return {'n': n}\n", "utf-8")
    return folder


def held_by(*roots: object) -> int:
    """Counts the records, in whatever shape, that can be reached from these."""
    seen, found, left = {id(one) for one in gc.get_objects() if isinstance(one, type | ModuleType)}, 0, [*roots]
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, FunctionType) or (isinstance(one, dict) and "__builtins__" in one):
            continue
        seen.add(id(one))
        found += isinstance(one, Record | Step | Taken | feeds.Told)
        left += gc.get_referents(one)
    return found


async def first(source: AsyncGenerator[Fact, None], count: int) -> list[Fact]:
    """Takes some and leaves."""
    async with contextlib.aclosing(source):
        return [await anext(source) for _ in range(count)]


async def so_far(project: statewright.Project, *, after: str = "") -> list[Fact]:
    """Returns all that has been committed behind a cursor."""
    found, latest = list[Fact](), project.latest()
    async with contextlib.aclosing(project.follow(after=after)) as source:
        while latest != (found[-1].cursor if found else after):
            found.append(await anext(source))
    return found


def journals(project: statewright.Project) -> dict[str, list[int]]:
    return {run.id: list(range(1, run.row().seq + 1)) for run in project.runs(limit=10_000)}


def by_run(facts: list[Fact]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for fact in facts:
        found.setdefault(fact.run, []).append(fact.seq)
    return found


async def test_a_consumer_that_reads_nothing_holds_few_records_and_misses_none(tmp_path: Path) -> None:
    """I-39: 5,000 records came meanwhile."""
    async with statewright.open(many(tmp_path), functions={"echo": echo}) as project:
        run = await project.start("many", {"count": 5_000})
        steps, facts = run.stream(), project.follow()
        assert ((await anext(steps)).seq, (await anext(facts)).seq) == (1, 1)
        await run.ended()
        last = run.row().seq
        assert last > 5_000
        assert 0 < held_by(steps, facts, project) <= HELD_MAX
        assert [step.seq async for step in steps] == list(range(2, last + 1))
        assert [fact.seq for fact in await first(facts, last - 1)] == list(range(2, last + 1))


async def test_whoever_is_behind_is_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "RECENT_MAX", 3)
    monkeypatch.setattr(feeds, "UNREAD_MAX", 20)
    async with statewright.open(many(tmp_path), functions={"echo": echo}) as project:
        run = await project.start("many", {"count": 100})
        stream = run.stream()
        told = [await anext(stream)]
        await run.ended()
        told += [step async for step in stream]
        assert told == list(run.steps())
        assert [step async for step in run.stream(after=50)] == told[50:]


async def test_two_consumers_go_at_their_own_speeds(tmp_path: Path) -> None:
    async with statewright.open(many(tmp_path), functions={"echo": echo}) as project:
        run = await project.start("many", {"count": 300})
        slow = project.follow()
        told = [await anext(slow)]
        quick = asyncio.ensure_future(_all(run))
        steps = await quick
        assert [step.seq for step in steps] == journals(project)[run.id]
        told += await first(slow, len(steps) - 1)
        assert [(fact.seq, fact.event) for fact in told] == [(step.seq, step.event) for step in steps]


async def test_a_follower_that_asks_too_seldom_is_let_go_and_may_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "UNREAD_MAX", 20)
    async with statewright.open(many(tmp_path), functions={"echo": echo}) as project:
        run = await project.start("many", {"count": 100})
        slow = project.follow()
        told = [await anext(slow)]
        await run.ended()
        with pytest.raises(statewright.StatewrightError, match="SLOW_CONSUMER"):
            await _take_all(slow, told)
        told += await so_far(project, after=told[-1].cursor)
        assert by_run(told) == journals(project)


async def test_a_thousand_who_leave_and_come_back_hear_everything_once(tmp_path: Path) -> None:
    """I-40: no gap and nothing twice, wherever somebody leaves, also amid waiting."""
    chance, told, steps = random.Random(40), list[Fact](), list[int]()
    async with statewright.open(many(tmp_path), functions={"echo": echo}) as project:
        run = await project.start("many", {"count": 250})
        left = asyncio.Event()
        others = asyncio.ensure_future(_start_until(left, project))
        for cycle in range(1_000):
            is_patient = chance.random() < 0.7
            if cycle % 4:
                facts = project.follow(after=told[-1].cursor if told else "")
                told += await _some(facts, chance.randint(0, 5), is_patient=is_patient)
            else:
                stream = run.stream(after=len(steps))
                steps += [step.seq for step in await _some(stream, chance.randint(0, 2), is_patient=is_patient)]
        left.set()
        await others
        await run.ended()
        steps += [step.seq async for step in run.stream(after=len(steps))]
        told += await so_far(project, after=told[-1].cursor)
        assert told == await so_far(project)
        assert by_run(told) == journals(project)
        assert steps == journals(project)[run.id]


async def test_what_is_only_begun_or_forked_is_told_too(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        source = project.follow(after=project.latest())
        begun = await project.begin("passing", {"name": "Ada"})
        assert (await anext(source)).run == begun.id
        forked = await begun.fork(at=1)
        assert {fact.run for fact in await first(source, forked.row().seq)} == {forked.id}


async def test_a_cursor_before_what_was_forgotten_has_expired(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        cursors = []
        for name in ("Ada", "Ben", "Cy"):
            await (await project.start("passing", {"name": name})).result()
            cursors.append(project.latest())
        settings = project.settings
    assert folders.forget(settings, -1_000).runs == 3
    async with statewright.open(tmp_path) as project:
        with pytest.raises(statewright.StatewrightError, match="CURSOR_EXPIRED"):
            await anext(project.follow(after=cursors[0]))
        with pytest.raises(statewright.StatewrightError, match="CURSOR_INVALID"):
            await anext(project.follow(after="yesterday"))
        run = await project.start("passing", {"name": "Di"})
        assert [fact.run for fact in await first(project.follow(after=cursors[-1]), 1)] == [run.id]
        for after, code in ((99, "CURSOR_EXPIRED"), (-1, "CURSOR_INVALID")):
            with pytest.raises(statewright.StatewrightError, match=code):
                await anext(run.stream(after=after))


async def test_what_another_process_performs_is_followed(tmp_path: Path) -> None:
    folder = waiting(tmp_path)
    async with statewright.open(folder) as project:
        run = await project.begin("waiting", {"folder": str(folder)})
    async with statewright.open(folder, write=False) as looking:
        source, stream = looking.follow(), looking.find(run.id).stream()
        assert ((await anext(source)).run, (await anext(stream)).seq) == (run.id, 1)
        command = [sys.executable, "-m", "statewright", "runs", "resume", run.id, "--cwd", str(folder)]
        performing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            told = [await anext(source)]
            let_go(folder)
            assert [step.seq async for step in stream] == journals(looking)[run.id][1:]
            told += await first(source, len(journals(looking)[run.id]) - 2)
            assert by_run(told) == {run.id: journals(looking)[run.id][1:]}
        finally:
            performing.wait()


async def test_a_guest_follows_the_owner_and_goes_on_when_it_has_left(tmp_path: Path) -> None:
    folder = passing(tmp_path)
    async with contextlib.AsyncExitStack() as stack:
        owner = await stack.enter_async_context(statewright.open(folder))
        async with statewright.open(folder) as guest:
            source = guest.follow()
            run = await owner.start("passing", {"name": "Ada"})
            assert (await anext(source)).run == run.id
            nexts = asyncio.ensure_future(anext(source))
            await stack.aclose()
            again = await guest.start("passing", {"name": "Ben"})
            assert (guest.owner, (await nexts).run) == (0, again.id)


async def test_whoever_waits_is_told_that_the_project_is_closed(tmp_path: Path) -> None:
    async with statewright.open(passing(tmp_path)) as project:
        nexts = asyncio.ensure_future(anext(project.follow()))
        await asyncio.sleep(0)
    with pytest.raises(statewright.StatewrightError, match="STORE_CLOSED"):
        await nexts


def test_the_blocking_facade_follows_as_well(tmp_path: Path) -> None:
    with statewright.sync.open(passing(tmp_path)) as project:
        cursor = project.latest()
        run = project.start("passing", {"name": "Ada"})
        fact = next(project.follow(after=cursor))
        assert (fact.run, fact.seq, fact.cursor) == (run.id, 1, project.latest())


async def _all(run: statewright.Run) -> list[Step]:
    return [step async for step in run.stream()]


async def _take_all(source: AsyncGenerator[Fact, None], told: list[Fact]) -> None:
    async for fact in source:
        told.append(fact)


async def _start_until(left: asyncio.Event, project: statewright.Project) -> None:
    while not left.is_set():
        await project.start("many", {"count": 2})


async def _some(source: AsyncGenerator[Told, None], count: int, *, is_patient: bool) -> list[Told]:
    """Takes some and leaves; who is not patient leaves where it would have to wait."""
    found: list[Told] = []
    async with contextlib.aclosing(source):
        while len(found) < count:
            coming = asyncio.ensure_future(anext(source, None))
            if not is_patient:
                await asyncio.sleep(0)
                coming.cancel()
            await asyncio.wait([coming])
            one = None if coming.cancelled() else coming.result()
            if one is None:
                break
            found.append(one)
    return found
