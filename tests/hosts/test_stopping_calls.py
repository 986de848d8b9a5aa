"""Calls that do not want to stop: a run still ends within its grace, and at once where it is terminated (I-34).

With the real performers: a Python tool that spins in its thread, a service that never answers, a child that is stuck.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from statewright.effects.operator import Operator
from statewright.effects.tools.http import HttpTools
from statewright.effects.tools.python import PythonTools
from statewright.effects.tools.tool import Run, ToolPerformer
from statewright.hosts.embedded import EmbeddedHost
from statewright.kernel.events import Cancelled, Terminated
from statewright.kernel.program import Program
from statewright.store.memory import MemoryStore
from statewright.testing import RUN, TENANT, load_workflow, started
from tests.effects.performing import now

TOOLS = """
tools:
  - {id: spin, type: python, execute: "tools.py:spin"}
  - {id: hang, type: http, config: {base_url: "http://localhost:PORT"}}
"""
HANGS = "with: {endpoint: /}"
TASKS = {
    "a service that never answers": f"  - {{id: one, type: basic, tool: hang, {HANGS}}}\n",
    "a tool that spins": "  - {id: one, type: basic, tool: spin}\n",
}
RACE = f"""
  - id: all
    type: parallel
    strategy: race
    tasks:
      - {{id: slow, type: basic, tool: hang, {HANGS}}}
      - {{id: fast, type: basic, with: {{n: 1}}, sleep: 100ms}}
"""


class Deaf:
    """A service that listens and never answers; it hears when the other side has gone."""

    def __init__(self) -> None:
        self.port = 0
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads until there is nothing more to read."""
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        while await reader.read(1024):
            pass
        self.left.set()
        writer.close()
        await writer.wait_closed()
        self.over.set()


@asynccontextmanager
async def deaf() -> AsyncIterator[Deaf]:
    """Runs the service on a free port of loopback."""
    running = Deaf()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running
        if running.asked.is_set():
            await running.over.wait()


class Spinning:
    """A tool that keeps a processor busy until the test is over, whatever it is told."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.over = threading.Event()

    def __call__(self) -> None:
        """Spins."""
        self.asked.set()
        while not self.over.is_set():
            sum(range(1_000))


@pytest.fixture
def spinning() -> Iterator[Spinning]:
    tool = Spinning()
    yield tool
    tool.over.set()


def host_of(program: Program, spinning: Spinning) -> EmbeddedHost:
    """Returns a host with the real tools."""
    kinds: dict[str, Run] = {
        "http": HttpTools(Operator(allow_http_loopback=True)),
        "python": PythonTools({"spin": spinning}),
    }
    store = MemoryStore(hand_back=asyncio.get_running_loop().call_soon)
    return EmbeddedHost(
        store, ToolPerformer(kinds, secrets=lambda name: None, clock=now), lambda digest: program, clock=now
    )


async def under_way(tasks: str, running: Deaf, spinning: Spinning) -> EmbeddedHost:
    """Starts a run, and returns its host once its tool has been asked."""
    program = load_workflow(f"name: stop\n{TOOLS}tasks:\n{tasks}".replace("PORT", str(running.port)))
    host = host_of(program, spinning)
    await host.start(program, started(program, {}, at=now()))
    while not running.asked.is_set() and not spinning.asked.is_set():
        await asyncio.sleep(0.005)
    return host


@pytest.mark.parametrize("what", TASKS)
@pytest.mark.parametrize("event", [Terminated(at=0), Cancelled(at=0)], ids=["terminate", "cancel"])
async def test_a_run_ends_within_two_seconds_whatever_its_tool_does(
    what: str, event: Terminated | Cancelled, spinning: Spinning
) -> None:
    async with deaf() as running, asyncio.timeout(20):
        host = await under_way(TASKS[what], running, spinning)
        begun = time.monotonic()
        await host.intervene(TENANT, RUN, event)
        state = await host.ended(TENANT, RUN)
        assert state.status == ("terminated" if isinstance(event, Terminated) else "cancelled")
        assert time.monotonic() - begun < 2
        host.close()


async def test_the_service_of_a_race_that_was_lost_sees_the_other_side_leave(spinning: Spinning) -> None:
    """Within a second of the winner's answer."""
    async with deaf() as running, asyncio.timeout(20):
        host = await under_way(RACE, running, spinning)
        assert (await host.ended(TENANT, RUN)).status == "done"
        await asyncio.wait_for(running.left.wait(), 1)
        host.close()
