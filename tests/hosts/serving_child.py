"""A process with a host under load: tells each start that was acknowledged, and drains when it is asked to stop.

`python -m tests.hosts.serving_child FOLDER PROGRAM RUNS SECONDS`: so many runs at a time, of a call that takes so long.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

from statewright.effects.performer import Answer, Coroutines, Work
from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.kernel.effects import Call
from statewright.store.sqlite import SqliteStore
from statewright.testing import load_workflow, started

GRACE_S = 5.0


def now() -> int:
    """Returns the wall clock's time."""
    return time.time_ns() // 1_000_000


async def serve(folder: Path, text: str, runs: int, seconds: float) -> None:
    """Starts runs until it is asked to stop; a second time ends the process."""
    loop = asyncio.get_running_loop()
    program = load_workflow(text)
    store = SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe)

    async def perform(call: Call, work: Work) -> Answer:
        await asyncio.sleep(seconds)
        return Answer(value={"n": 1})

    host = EmbeddedHost(store, Coroutines(perform), lambda digest: program, clock=now)
    stopping = asyncio.Event()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGTERM)
        stopping.set()

    loop.add_signal_handler(signal.SIGTERM, stop)

    async def ask(first: int) -> None:
        for number in range(first, 1_000_000, runs):
            try:
                await host.start(program, started(program, {}, at=now(), run=f"run-{number}"))
            except StatewrightError as error:
                print(f"{error.code} run-{number}", flush=True)
                return
            print(f"ok run-{number}", flush=True)
            await host.ended("default", f"run-{number}")

    asking = [asyncio.ensure_future(ask(first)) for first in range(runs)]
    await stopping.wait()
    print("stopping", flush=True)
    await host.drain(GRACE_S)
    await asyncio.gather(*asking, return_exceptions=True)
    store.close()
    print("drained", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
