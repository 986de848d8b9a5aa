"""`statewright runs pause`: lets nothing new leave until the run is resumed."""

from __future__ import annotations

from statewright.api.runs import Run
from statewright.cli.following import execute
from statewright.cli.options import HERE, Place, Told
from statewright.cli.runs.control import tell_run


def pause(run: str, /, *, reason: str = "", output: Told = "text", place: Place = HERE) -> int:
    """Pause a run: no new call leaves, and those under way may answer.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    reason
        Why; it stands in the journal.
    """

    async def telling(run: Run) -> None:
        await run.pause(reason)

    return execute(tell_run(run, telling, "is paused; go on with: {resume}", output, place))
