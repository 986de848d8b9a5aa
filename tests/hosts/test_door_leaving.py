"""Owners come and go, also in the middle of a word: what was answered stays, and what was not is named as such."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from statewright.app.application import App
from statewright.errors import EXIT_UNREACHABLE, StatewrightError
from statewright.hosts.door.entering import entered
from statewright.hosts.door.limits import Limits
from statewright.hosts.door.place import DOOR_FILE
from statewright.kernel.state import State
from statewright.store.lock import Lock
from tests.hosts.doors import Stranger, gated, opened, process, served, visiting


@asynccontextmanager
async def owning(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Has the folder owned by another process; the test may end it as it likes."""
    owner = await process("door_owner", str(gated(folder)))
    assert owner.stdout is not None
    assert int(await owner.stdout.readline()) == owner.pid
    try:
        yield owner
    finally:
        if owner.returncode is None:
            await owner.communicate(b"")


async def killed(owner: asyncio.subprocess.Process) -> None:
    owner.kill()
    await owner.wait()


def test_another_process_performs_what_it_is_asked_and_survives_its_guests(tmp_path: Path) -> None:
    async def played() -> None:
        async with owning(tmp_path) as owner:
            async with opened(tmp_path) as guest:
                assert guest.owner == owner.pid
                run = await guest.start("gate", {"doors": [1]})
            async with opened(tmp_path) as guest:
                await guest.signal(run, "knock")
                assert (await guest.ended(run)).output == {"heard": 1}
            assert owner.returncode is None

    asyncio.run(played())


def test_a_request_that_a_killed_owner_did_not_answer_is_in_doubt_unless_it_can_be_repeated(tmp_path: Path) -> None:
    async def played() -> None:
        async with owning(tmp_path) as owner, opened(tmp_path, write=False) as reading, visiting(reading) as guest:
            run = await guest.start("gate", {"doors": [1, 2]})
            owner.send_signal(signal.SIGSTOP)
            in_doubt = asyncio.ensure_future(guest.signal(run, "knock"))
            repeatable = asyncio.ensure_future(guest.signal(run, "knock", key="k"))
            waiting = asyncio.ensure_future(guest.ended(run))
            await asyncio.wait([in_doubt, repeatable, waiting], timeout=0)
            await killed(owner)
            with pytest.raises(StatewrightError, match="ANSWER_LOST") as lost:
                await in_doubt
            assert (lost.value.exit_code, lost.value.hint.endswith(run)) == (EXIT_UNREACHABLE, True)
            for task in (repeatable, waiting):
                with pytest.raises(StatewrightError, match="OWNER_LEFT"):
                    await task
            with pytest.raises(StatewrightError, match="OWNER_LEFT"):
                await guest.status()

    asyncio.run(played())


def test_a_guest_whose_owner_is_killed_takes_the_folder_and_goes_on(tmp_path: Path) -> None:
    """I-01: what was acknowledged through the door is in the journal."""

    async def played() -> None:
        async with owning(tmp_path) as owner, opened(tmp_path) as guest:
            run = await guest.start("gate", {"doors": [1, 2]})
            await guest.signal(run, "knock")
            ended = asyncio.ensure_future(guest.ended(run))
            await killed(owner)
            await guest.signal(run, "knock")
            state = await ended
            assert (state.output, guest.owner) == ({"heard": 2}, 0)

    asyncio.run(played())


def test_the_door_that_a_killed_owner_left_behind_is_replaced(tmp_path: Path) -> None:
    async def played() -> None:
        async with owning(tmp_path) as owner:
            await killed(owner)
        async with opened(tmp_path) as app:
            assert (app.settings.data / DOOR_FILE).is_socket()
            assert app.owner == 0
            async with opened(tmp_path) as guest:
                assert guest.owner == os.getpid()

    asyncio.run(played())


def test_processes_that_come_at_once_share_the_folder(tmp_path: Path) -> None:
    """Each may be the owner or a guest, and is handed over where its owner leaves first."""

    async def one() -> list[str]:
        child = await process("door_owner", str(tmp_path), "start")
        said, _ = await child.communicate(b"")
        assert child.returncode == 0
        return said.decode().split()

    async def played() -> None:
        gated(tmp_path)
        runs = [(run, status) for _, run, status in await asyncio.gather(*(one() for _ in range(6)))]
        async with opened(tmp_path, write=False) as app:
            assert sorted(runs) == sorted((row.run, "done") for row in app.runs())
        assert not (app.settings.data / DOOR_FILE).exists()

    asyncio.run(played())


def test_an_owner_that_leaves_hands_its_guests_the_folder(tmp_path: Path) -> None:
    async def one(guest: App, run: str) -> State:
        await guest.signal(run, "knock")
        return await guest.ended(run)

    async def played() -> None:
        async with AsyncExitStack() as guests:
            async with opened(gated(tmp_path)) as owner:
                runs = [await owner.start("gate", {"doors": [1, 2]}) for _ in range(5)]
                entered_as = [await guests.enter_async_context(opened(tmp_path)) for _ in runs]
                ending = [asyncio.ensure_future(one(*pair)) for pair in zip(entered_as, runs, strict=True)]
                while any(owner.find(run).seq < 2 for run in runs):
                    await asyncio.sleep(0)
            await asyncio.gather(*(guest.signal(run, "knock") for guest, run in zip(entered_as, runs, strict=True)))
            assert [state.status for state in await asyncio.gather(*ending)] == ["done"] * 5
            assert sorted(guest.owner for guest in entered_as) == [0] + [os.getpid()] * 4

    asyncio.run(played())


def test_whatever_is_asked_while_the_owner_leaves_happens_exactly_once(tmp_path: Path) -> None:
    async def played() -> None:
        async with AsyncExitStack() as stack:
            owner = await stack.enter_async_context(opened(gated(tmp_path)))
            async with opened(tmp_path) as guest:
                starting = [asyncio.ensure_future(guest.start("gate", {"doors": []})) for _ in range(40)]
                await owner.close()
                runs = await asyncio.gather(*starting)
                assert sorted(runs) == sorted(row.run for row in guest.runs(limit=100))

    asyncio.run(played())


def test_an_owner_does_not_wait_for_a_guest_that_does_not_leave(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            async with served(owner, tmp_path / "b", Limits(drain_s=0)):
                stranger = Stranger(tmp_path / "b")
                await stranger.greet()
            assert await stranger.hear() == {"say": "closing"}
            assert await stranger.hear() == {}
            stranger.leave()

    asyncio.run(played())


def test_what_is_asked_of_an_owner_that_leaves_is_refused_and_not_done(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            run = await owner.start("gate", {"doors": [1]})
            async with served(owner, tmp_path / "b") as door:
                stranger = Stranger(tmp_path / "b")
                await stranger.greet()
                await stranger.say(b'{"say":"ended","id":1,"run":"%b"}\n{"say":"status","id":2}\n' % run.encode())
                assert (await stranger.hear())["id"] == 2
                closing = asyncio.ensure_future(door.close())
                assert (await stranger.hear())["code"] == "OWNER_LEFT"
                assert await stranger.hear() == {"say": "closing"}
                refused = await stranger.ask({"say": "terminate", "id": 3, "run": run})
                assert (refused["id"], refused["code"]) == (3, "OWNER_LEFT")
                stranger.leave()
                await closing
            assert owner.find(run).status == "running"

    asyncio.run(played())


def test_a_folder_whose_owner_has_no_door_stays_locked(tmp_path: Path) -> None:
    """A backup that is restored, or an owner that could not make a door."""

    async def played() -> None:
        lock = Lock(tmp_path)

        async def knock() -> None:
            raise StatewrightError("DOOR_CLOSED", "nobody is there")

        with pytest.raises(StatewrightError, match="DATA_LOCKED"):
            await entered(lambda: Lock(tmp_path), knock, patience_s=0)
        lock.release()
        assert isinstance(await entered(lambda: Lock(tmp_path), knock, patience_s=0), Lock)

    asyncio.run(played())
