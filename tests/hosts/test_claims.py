"""Holds: starting twice with one key starts one run (R33), whoever asks and however often."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from statewright.app import App, open_app
from statewright.errors import StatewrightError
from statewright.hosts.forking import Cut
from statewright.settings.place import Settings
from tests.cli.projects import PASSING


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "compozy.yaml").write_text(PASSING, "utf-8")
    return Settings(folder=tmp_path, data=tmp_path / "data", env_file=tmp_path / ".env")


def runs(app: App) -> list[str]:
    return [row.run for row in app.runs()]


def test_the_same_key_and_input_give_the_same_run(settings: Settings) -> None:
    async def work() -> None:
        async with open_app(settings) as app:
            first = await app.start("passing", {"name": "Ann"}, key="k")
            assert await app.start("passing", {"name": "Ann"}, key="k") == first
            assert await app.begin("passing", {"name": "Ann"}, key="k") == first
        async with open_app(settings) as app:
            assert await app.start("passing", {"name": "Ann"}, key="k") == first
            assert runs(app) == [first]

    asyncio.run(work())


def test_starts_at_the_same_moment_are_one(settings: Settings) -> None:
    async def work() -> None:
        async with open_app(settings) as app:
            started = await asyncio.gather(*(app.start("passing", {"name": "Ann"}, key="k") for _ in range(20)))
            assert runs(app) == sorted(set(started))
            assert len(set(started)) == 1

    asyncio.run(work())


def test_another_input_is_a_conflict_and_starts_nothing(settings: Settings) -> None:
    async def work() -> None:
        async with open_app(settings) as app:
            first = await app.start("passing", {"name": "Ann"}, key="k")
            for start in (app.start, app.begin):
                with pytest.raises(StatewrightError, match="IDEMPOTENCY_CONFLICT") as refused:
                    await start("passing", {"name": "Ben"}, key="k")
                assert first in refused.value.message
            assert runs(app) == [first]

    asyncio.run(work())


def test_a_refused_start_is_not_remembered(settings: Settings) -> None:
    async def work() -> None:
        async with open_app(settings) as app:
            with pytest.raises(StatewrightError, match="INPUT_INVALID"):
                await app.start("passing", {}, key="k")
            await app.start("passing", {"name": "Ann"}, key="k")

    asyncio.run(work())


def test_a_fork_leaves_the_key_to_the_run_that_has_it(settings: Settings) -> None:
    async def work() -> None:
        async with open_app(settings) as app:
            first = await app.start("passing", {"name": "Ann"}, key="k")
            forked = await app.fork(first, Cut(seq=1))
            assert forked.run != first
            assert await app.start("passing", {"name": "Ann"}, key="k") == first

    asyncio.run(work())
