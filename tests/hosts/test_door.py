"""Whoever finds a folder in use asks its owner, and gets the same: every verb, every error, every record once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from statewright.app.application import App
from statewright.errors import EXIT_CONFLICT, EXIT_LIMIT, StatewrightError
from statewright.hosts.door.asking import Asking
from statewright.hosts.door.guest import Guest
from statewright.hosts.door.limits import Limits
from statewright.hosts.door.lines import WINDOW, Standing
from statewright.hosts.forking import Cut
from statewright.kernel.journal import GENESIS, open_record
from tests.hosts.doors import gated, opened, served, visiting


def play(folder: Path, scene: Callable[[App, Guest], Awaitable[None]]) -> None:
    """Plays a scene between a folder's owner and a guest of it."""

    async def played() -> None:
        async with opened(gated(folder)) as owner, visiting(owner) as guest:
            await scene(owner, guest)

    asyncio.run(played())


def doors(count: int) -> dict[str, Any]:
    return {"doors": list(range(count))}


def test_a_guest_starts_signals_and_sees_the_end_of_a_run_that_the_owner_performs(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        run = await guest.start("gate", doors(2), run="mine", seed="ab")
        assert (run, owner.state(run).seed) == ("mine", "ab")
        ended = asyncio.ensure_future(guest.ended(run))
        await guest.signal(run, "knock", {"by": "a"}, key="1", source="street")
        with pytest.raises(StatewrightError, match="SIGNAL_REPEATED"):
            await guest.signal(run, "knock", {"by": "a"}, key="1")
        await guest.signal(run, "knock", {"by": "b"}, key="2")
        state = await ended
        assert (state.status, state.output, state.seq) == ("done", {"heard": 2}, owner.find(run).seq)

    play(tmp_path, scene)


def test_a_key_gives_the_same_run_again(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        first = await guest.start("gate", doors(1), key="once")
        assert await guest.start("gate", doors(1), key="once") == first
        assert await owner.start("gate", doors(1), key="once") == first
        with pytest.raises(StatewrightError, match="IDEMPOTENCY_CONFLICT"):
            await guest.start("gate", doors(2), key="once")

    play(tmp_path, scene)


def test_a_run_that_was_only_begun_goes_on_when_it_is_resumed(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        run = await guest.begin("gate", doors(0))
        assert owner.find(run).seq == 1
        await guest.resume(run)
        assert (await guest.ended(run)).status == "done"

    play(tmp_path, scene)


def test_a_guest_pauses_lets_go_cancels_and_terminates(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        first, second = [await guest.start("gate", doors(1)) for _ in range(2)]
        await guest.pause(first, "lunch")
        assert owner.state(first).paused
        await guest.unpause(first)
        assert not owner.state(first).paused
        await guest.cancel(first, "enough")
        assert (await guest.ended(first)).status == "cancelled"
        await guest.terminate(second, "at once")
        assert (await guest.ended(second)).reason == "at once"
        assert await guest.recover() == 0

    play(tmp_path, scene)


def test_a_guest_forks_a_run(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        run = await guest.start("gate", doors(1))
        parted = await guest.fork(run, Cut(1), id="other")
        assert (parted.run, parted.status, parted.records) == ("other", "running", owner.find("other").seq)
        assert owner.state("other").paused

    play(tmp_path, scene)


def test_a_guest_learns_who_the_owner_is(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        standing = await guest.status()
        assert standing == Standing(
            guest.owner, standing.release, "default", str(owner.settings.folder), simulate=False, guests=1
        )

    play(tmp_path, scene)


REFUSED: dict[str, Callable[[Any], Awaitable[object]]] = {
    "RUN_UNKNOWN": lambda by: by.signal("nobody", "knock"),
    "RUN_EXISTS": lambda by: by.start("gate", {"doors": [1]}, run="there"),
    "INPUT_INVALID": lambda by: by.start("gate", {"doors": "none"}),
    "EFFECT_NOT_UNKNOWN": lambda by: by.resolve("there", "there:1.0", happened=True, value=1),
    "NOT_PAUSED": lambda by: by.unpause("there"),
    "SEQUENCE_UNKNOWN": lambda by: by.fork("there", Cut(99)),
    "NUMBER_NOT_FINITE": lambda by: by.signal("there", "knock", {"x": float("nan")}),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_guest_is_told_what_the_owner_would_be_told(code: str, tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        await owner.start("gate", doors(1), run="there")
        told = []
        for by in (owner, guest):
            with pytest.raises(StatewrightError) as caught:
                await REFUSED[code](by)
            told.append((caught.value.code, caught.value.hint, caught.value.exit_code))
        assert told[0] == told[1]
        assert told[0][0] == code

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"folder": "/elsewhere"}, "works for the project in"),
        ({"simulate": True}, "without --simulate"),
        ({"programs": {"gate": "0" * 64}}, "in another version"),
        ({"tenant": "others"}, "another tenant"),
    ],
)
def test_an_owner_starts_nothing_that_the_guest_does_not_mean(terms: dict[str, Any], said: str, tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            with pytest.raises(StatewrightError, match=said) as caught:
                async with visiting(owner, **terms) as guest:
                    await guest.start("gate", doors(1))
            assert (caught.value.code, caught.value.exit_code) == ("OWNER_DIFFERS", EXIT_CONFLICT)
            assert owner.runs() == []

    asyncio.run(played())


def test_a_follower_gets_every_record_once_and_is_let_go_at_the_end(tmp_path: Path) -> None:
    """I-40; more records than a window holds, those of the past and those to come."""

    async def scene(owner: App, guest: Guest) -> None:
        count = WINDOW + 44
        run = await guest.start("gate", doors(count))
        for _ in range(10):
            await owner.signal(run, "knock")
        following = asyncio.ensure_future(everything(guest, run))
        for _ in range(count - 10):
            await owner.signal(run, "knock")
        assert await following == list(owner.records(run))

    play(tmp_path, scene)


async def everything(guest: Guest, run: str) -> list[Any]:
    return [record async for record in guest.follow(run)]


def test_whoever_leaves_and_follows_again_misses_nothing_and_gets_nothing_twice(tmp_path: Path) -> None:
    """I-40."""

    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            run = await owner.start("gate", doors(60))
            sending = asyncio.ensure_future(knocking(owner, run, 60))
            prev, after = GENESIS, 0
            while owner.find(run).seq > after or not sending.done():
                async with visiting(owner) as guest:
                    records = guest.follow(run, after=after)
                    # Another number each time, so that the places where it leaves move through the journal.
                    for _ in range(1 + after % 3):
                        record = await anext(records, None)
                        if record is None:
                            break
                        open_record(prev, record, after + 1)
                        prev, after = record.hash, record.seq
                    await records.aclose()
            assert owner.state(run).status == "done"

    asyncio.run(played())


async def knocking(app: App, run: str, count: int) -> None:
    for _ in range(count):
        await app.signal(run, "knock")


def test_a_follower_of_a_run_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    async def scene(owner: App, guest: Guest) -> None:
        with pytest.raises(StatewrightError, match="RUN_UNKNOWN"):
            await anext(guest.follow("nobody"))

    play(tmp_path, scene)


def test_what_a_guest_does_not_wait_for_any_more_takes_no_place(tmp_path: Path) -> None:
    async def played() -> None:
        async with opened(gated(tmp_path)) as owner, served(owner, tmp_path / "b", Limits(standing_max=1)):
            run = await owner.start("gate", doors(1))
            async with visiting(owner, tmp_path / "b") as guest:
                waiting = asyncio.ensure_future(guest.ended(run))
                await guest.status()
                with pytest.raises(StatewrightError, match="GUEST_LIMIT") as caught:
                    await guest.ended(run)
                assert caught.value.exit_code == EXIT_LIMIT
                waiting.cancel()
                await asyncio.wait([waiting])
                await guest.status()
                following = guest.follow(run)
                assert (await anext(following)).seq == 1
                await following.aclose()

    asyncio.run(played())


def test_fifty_guests_are_served_at_once(tmp_path: Path) -> None:
    async def one(owner: App) -> str:
        async with visiting(owner) as guest:
            run = await guest.start("gate", doors(2))
            ended = asyncio.ensure_future(guest.ended(run))
            await asyncio.gather(guest.signal(run, "knock"), guest.signal(run, "knock"))
            return (await ended).status

    async def played() -> None:
        async with opened(gated(tmp_path)) as owner:
            assert await asyncio.gather(*(one(owner) for _ in range(50))) == ["done"] * 50
            assert len({row.run for row in owner.runs(limit=100)}) == 50

    asyncio.run(played())


def test_one_guest_too_many_is_told_so(tmp_path: Path) -> None:
    async def played() -> None:
        other = tmp_path / "b"
        async with opened(gated(tmp_path)) as owner, served(owner, other, Limits(guests_max=1)), visiting(owner, other):
            with pytest.raises(StatewrightError, match="DOOR_FULL") as caught:
                await Asking.open(other)
            assert caught.value.exit_code == EXIT_LIMIT

    asyncio.run(played())
