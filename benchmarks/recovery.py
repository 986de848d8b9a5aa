"""How soon a host serves that finds many open runs in its folder: each owes a call, as if the process had been killed.

`python -m benchmarks.recovery [RUNS]` builds the folder, then opens it and starts one new run while it recovers.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.hosting import AddsOne
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.lane import Lane, Taken
from statewright.kernel.events import Started
from statewright.kernel.program import LOGIC_VERSION, Program
from statewright.language.loader import load
from statewright.store.sqlite import SqliteStore

RUNS = 100_000
TENANT = "bench"
TEXT = """
name: bench
tools: [{ id: add_one, type: python, execute: 'tools.py:add_one' }]
tasks:
  - { id: one, type: basic, $use: "tool(local::tools.#(id==\\"add_one\\"))", with: { n: 1 } }
"""
# Records queued at the store at a time, while the folder is built.
AT_ONCE = 4_000


def main() -> None:
    """Prints one line of JSON."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    files = {"statewright.yaml": TEXT.encode()}
    loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    program, definition = loaded.programs["bench"], loaded.definitions["bench"]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_build(Path(folder), program, definition, runs))
        figures = asyncio.run(_recover(Path(folder), program, definition, runs))
    print(msgspec.json.encode({"runs": runs, **figures}).decode())


async def _build(folder: Path, program: Program, definition: bytes, runs: int) -> None:
    store = SqliteStore.open(folder, hand_back=asyncio.get_running_loop().call_soon_threadsafe)
    for first in range(0, runs, AT_ONCE):
        done = asyncio.get_running_loop().create_future()
        left = min(AT_ONCE, runs - first)

        def acknowledged(failed: Exception | None, done: asyncio.Future[None] = done) -> None:
            nonlocal left
            assert failed is None, failed
            left -= 1
            if left == 0:
                done.set_result(None)

        for number in range(first, first + left):
            taken = Lane(program, store.blob).take(_started(program, f"run-{number}"), (program.digest, definition))
            assert isinstance(taken, Taken)
            store.append(taken.append, acknowledged)
        await done
    store.close()


async def _recover(folder: Path, program: Program, definition: bytes, runs: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    store = SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe)
    host = EmbeddedHost(store, AddsOne(), lambda digest: program, clock=lambda: time.time_ns() // 1_000_000)
    lags: list[float] = []
    probe = asyncio.ensure_future(_probe(lags))
    recovering = asyncio.ensure_future(host.recover())
    await host.start(program, _started(program, "new"), (program.digest, definition))
    acknowledged = time.perf_counter() - begun
    assert (await host.ended(TENANT, "new")).status == "done"
    served, opened, most = time.perf_counter() - begun, host.loaded, 0
    while not recovering.done():
        await asyncio.sleep(0.01)
        most = max(most, host.loaded)
    recovered = time.perf_counter() - begun
    probe.cancel()
    seen = sorted(lags)
    while store.owing(limit=1):
        await asyncio.sleep(0.01)
    done = time.perf_counter() - begun
    host.close()
    store.close()
    assert recovering.result() >= runs * 0.99
    return {
        "first start durable (s)": round(acknowledged, 3),
        "first new run ended (s)": round(served, 3),
        "runs in memory by then": opened,
        "all opened (s)": round(recovered, 1),
        "all ended (s)": round(done, 1),
        "most runs in memory": most,
        "lag of the loop, p50 (ms)": round(seen[len(seen) // 2] * 1e3, 1),
        "lag of the loop, p99.9 (ms)": round(seen[int(len(seen) * 0.999)] * 1e3, 1),
        "lag of the loop, most (ms)": round(seen[-1] * 1e3, 1),
        "memory (MB)": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def _probe(lags: list[float]) -> None:
    """Notes how much later than asked the loop comes back."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append(time.perf_counter() - asked - 0.001)


def _started(program: Program, run: str) -> Started:
    return Started(
        at=time.time_ns() // 1_000_000,
        run=run,
        tenant=TENANT,
        program=program.digest,
        logic=LOGIC_VERSION,
        seed="0" * 32,
        input={},
    )


if __name__ == "__main__":
    main()
