"""`statewright runs signal`: sends a run a signal, and goes on with it until it rests."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from statewright.api.runs import Run
from statewright.cli.following import execute
from statewright.cli.inputs import read_data
from statewright.cli.options import AS_SET, OnceKey, Performing, Shown
from statewright.cli.runs.control import tell_and_follow

SOURCE = "cli"


def signal(
    run: str,
    name: str,
    /,
    *,
    data: Annotated[str, Parameter(name=("--payload", "-d"), allow_leading_hyphen=True)] = "",
    key: OnceKey = None,
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Send a run a signal, and go on with it here until it rests.

    Leaves with what the run came to; with 11 where it waits again.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    name
        The signal's name, as its wait has it.
    data
        The payload as JSON, as @file, or - for stdin.
    key
        Makes sending it twice the same as sending it once.
    output
        tree and json print the end, jsonl every event.
    """
    payload = read_data(data)

    async def telling(run: Run) -> None:
        await run.signal(name, payload, key=key or "", source=SOURCE)

    return execute(tell_and_follow(run, telling, output, how))
