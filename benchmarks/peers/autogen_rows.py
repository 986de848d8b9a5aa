"""AutoGen core: messages to one agent in the single-threaded runtime, sent at once and awaited together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autogen_core import AgentId, MessageContext, RoutedAgent, SingleThreadedAgentRuntime, message_handler

from benchmarks.measured import Measured, main


@dataclass
class Item:
    """One no-op to do."""

    index: int


class Worker(RoutedAgent):
    """Answers with what it was sent."""

    @message_handler
    async def work(self, message: Item, ctx: MessageContext) -> Item:
        """Does nothing."""
        return message


def fan_out(size: int, folder: Path) -> Measured:
    """Sends `size` messages, nothing kept."""
    return asyncio.run(_fanned_out(size))


async def _fanned_out(size: int) -> Measured:
    runtime = SingleThreadedAgentRuntime()
    await Worker.register(runtime, "worker", lambda: Worker("does nothing"))
    runtime.start()
    measured = Measured(units=size, facts={"version": version("autogen-core")})
    with measured.clock():
        worker = AgentId("worker", "default")
        answers = await asyncio.gather(*(runtime.send_message(Item(index), worker) for index in range(size)))
    await runtime.stop_when_idle()
    assert [answer.index for answer in answers] == list(range(size))
    return measured


if __name__ == "__main__":
    main({"fan_out": fan_out})
