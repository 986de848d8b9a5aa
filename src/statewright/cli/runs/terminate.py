"""`statewright runs terminate`: ends a run at once, undoing nothing."""

from __future__ import annotations

from statewright.api.runs import Run
from statewright.cli.following import execute
from statewright.cli.options import HERE, Place, Told
from statewright.cli.runs.control import tell_run


def terminate(run: str, /, *, reason: str = "", output: Told = "text", place: Place = HERE) -> int:
    """End a run and its children at once: nothing is awaited, and nothing undone. To undo, cancel it.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    reason
        Why; it stands in the journal.
    """

    async def telling(run: Run) -> None:
        await run.terminate(reason)

    return execute(tell_run(run, telling, "is terminated", output, place))
