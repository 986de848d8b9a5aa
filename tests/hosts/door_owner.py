"""A process of its own that opens a project, says whose guest it is, and does what its lines of input say."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.hosts.doors import opened


async def played(folder: str, *words: str) -> None:
    """Prints the owner's number; then either starts a run and waits for its end, or stays until its input ends."""
    async with opened(Path(folder)) as app:
        print(app.owner or os.getpid(), flush=True)
        if words == ("start",):
            run = await app.start("gate", {"doors": []})
            print(run, (await app.ended(run)).status, flush=True)
            return
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(played(*sys.argv[1:]))
