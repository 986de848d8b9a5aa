"""What a journal's length costs whoever reads it: replay, which decides every event again, and opening a run."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.hosting import TENANT, AddsOne, Compiled, begin, hosted, run, spread
from benchmarks.measured import Contender, Measured, main
from statewright.hosts.lane import Taken
from statewright.hosts.replay import fold
from statewright.kernel.state import State

RUN = "run-0"
# A short journal is read until about so many records were measured.
RECORDS_MIN = 1_000
# Opening takes a new host each time, which is not measured and takes far longer.
TIMES_MAX = 10
SENT = "triggers: [{ type: signal, name: go }]\n"
WAITS = "  - { id: waits, type: wait, wait_for: go, condition: 'true', timeout: 30 days }\n"


def replay(size: int, folder: Path) -> Measured:
    """Replays a journal of `size` answers with every digest compared."""
    return asyncio.run(_replayed(size, folder))


def open_run(size: int, folder: Path) -> Measured:
    """Opens a run that has had `size` answers and waits for a signal, on a host that does not know it."""
    return asyncio.run(_opened(size, folder))


async def _replayed(size: int, folder: Path) -> Measured:
    program = spread()
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        state = await run(host, program, RUN, _items(size))
        times = max(1, RECORDS_MIN // size)
        measured = Measured(units=state.seq * times, facts={"records": state.seq})
        with measured.clock():
            folded = [fold(program[0], store.read(TENANT, RUN), store.blob) for _ in range(times)]
    assert all((one.state, one.divergence) == (state, None) for one in folded)
    return measured


async def _opened(size: int, folder: Path) -> Measured:
    program = spread(after=WAITS + SENT)
    records = await _left_waiting(program, size, folder)
    times = max(1, min(TIMES_MAX, RECORDS_MIN // size))
    measured = Measured(units=records * times, facts={"records": records, "opened": times})
    for _ in range(times):
        async with hosted(folder, program[0], AddsOne()) as (host, _):
            with measured.clock():
                await host.resume(TENANT, RUN)
            assert host.loaded == 1
    measured.facts["ms for one"] = round(measured.seconds * 1_000 / times, 2)
    return measured


async def _left_waiting(program: Compiled, size: int, folder: Path) -> int:
    """Brings a run to where it waits, closes its host, and returns how many records it has."""
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        waits = asyncio.Event()

        def told(taken: Taken, state: State) -> None:
            row = taken.append.index
            if row.seq > size and row.owes == 0:
                waits.set()

        host.listen(told)
        await begin(host, program, RUN, _items(size))
        await waits.wait()
        row = store.index(TENANT, RUN)
        assert row is not None
        return row.seq


def _items(size: int) -> dict[str, list[int]]:
    return {"items": list(range(size))}


ROWS: dict[str, Contender] = {row.__name__: row for row in (replay, open_run)}


if __name__ == "__main__":
    main(ROWS)
