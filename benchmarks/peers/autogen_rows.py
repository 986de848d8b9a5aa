"""AutoGen core: messages to one agent in the single-threaded runtime, one after the other or all at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autogen_core import AgentId, MessageContext, RoutedAgent, SingleThreadedAgentRuntime, message_handler

from benchmarks.measured import Measured, main

STEPS = 10
WORKER = AgentId("worker", "default")


@dataclass
class Item:
    """One no-op to do."""

    index: int


@dataclass
class Number:
    """A number to add one to."""

    n: int


@dataclass
class Nap:
    """50 ms to sleep."""


class Worker(RoutedAgent):
    """Answers each kind of message."""

    @message_handler
    async def work(self, message: Item, ctx: MessageContext) -> Item:
        """Does nothing."""
        return message

    @message_handler
    async def add_one(self, message: Number, ctx: MessageContext) -> Number:
        """Adds one."""
        return Number(message.n + 1)

    @message_handler
    async def sleep(self, message: Nap, ctx: MessageContext) -> Number:
        """Sleeps."""
        return await asyncio.sleep(0.05, result=Number(1))


def step_memory(size: int, folder: Path) -> Measured:
    """Sends `size` times ten messages, each after the answer to the one before."""
    return asyncio.run(_in_a_row(size))


def concurrent_memory(size: int, folder: Path) -> Measured:
    """Sends `size` messages at once to an agent that sleeps."""
    return asyncio.run(_at_once(size))


def fan_out(size: int, folder: Path) -> Measured:
    """Sends `size` messages, nothing kept."""
    return asyncio.run(_fanned_out(size))


async def _in_a_row(size: int) -> Measured:
    measured = _measured(size * STEPS)
    ends = []
    async with _runtime() as runtime:
        with measured.clock():
            for _ in range(size):
                number = Number(0)
                for _ in range(STEPS):
                    number = await runtime.send_message(number, WORKER)
                ends.append(number.n)
    assert ends == [STEPS] * size
    return measured


async def _at_once(size: int) -> Measured:
    measured = _measured(size)
    async with _runtime() as runtime:
        with measured.clock():
            answers = await asyncio.gather(*(runtime.send_message(Nap(), WORKER) for _ in range(size)))
    assert sum(answer.n for answer in answers) == size
    return measured


async def _fanned_out(size: int) -> Measured:
    measured = _measured(size)
    async with _runtime() as runtime:
        with measured.clock():
            answers = await asyncio.gather(*(runtime.send_message(Item(index), WORKER) for index in range(size)))
    assert [answer.index for answer in answers] == list(range(size))
    return measured


@asynccontextmanager
async def _runtime() -> AsyncIterator[SingleThreadedAgentRuntime]:
    runtime = SingleThreadedAgentRuntime()
    await Worker.register(runtime, "worker", lambda: Worker("answers"))
    runtime.start()
    yield runtime
    await runtime.stop_when_idle()


def _measured(units: int) -> Measured:
    return Measured(units=units, facts={"version": version("autogen-core")})


if __name__ == "__main__":
    rows = (step_memory, concurrent_memory, fan_out)
    main({row.__name__: row for row in rows})
