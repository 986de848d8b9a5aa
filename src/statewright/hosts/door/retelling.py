"""A followed run, decided again record by record as it comes in. It is a guest's picture of what the owner performs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from statewright.errors import EXIT_DIVERGED, StatewrightError
from statewright.hosts.replay import Footing, ReadBlob, Step, fold
from statewright.kernel.journal import GENESIS, Record
from statewright.kernel.program import Program
from statewright.kernel.state import State


async def retold(
    records: AsyncIterator[Record], program: Program, blob: ReadBlob, *, base: Footing | None = None
) -> AsyncIterator[tuple[Step, State]]:
    """Yields each record with what it came to and the state after it, which the next one changes in place.

    The records are those from the run's first one on, or those that follow `base`. Raises `ChainBroken`, or
    `RUN_DIVERGED` where this release decides otherwise than the owner's.
    """
    base = base or Footing(State(), GENESIS)
    told: list[tuple[Step, State]] = []
    async for record in records:
        folded = fold(program, (record,), blob, footing=base, seen=lambda step, state: told.append((step, state)))
        if folded.divergence is not None:
            raise StatewrightError(
                "RUN_DIVERGED",
                f"run {folded.state.run!r}: record {folded.divergence.seq}: {folded.divergence.problem}",
                hint="use the release that performs the run",
                exit_code=EXIT_DIVERGED,
            )
        base = Footing(folded.state, folded.prev, set_aside=folded.set_aside)
        yield told.pop()
