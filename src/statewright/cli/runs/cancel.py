"""`statewright runs cancel`: lets a run end in an orderly way, undoing what it did, and waits for that."""

from __future__ import annotations

from statewright.api.runs import Run
from statewright.cli.following import execute
from statewright.cli.options import AS_SET, Performing, Shown
from statewright.cli.runs.control import tell_and_follow
from statewright.errors import EXIT_CANCELLED, EXIT_DONE


def cancel(
    run: str,
    /,
    *,
    reason: str = "",
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Cancel a run: nothing new begins, what is under way is stopped, what was done is undone.

    Leaves with 0 once the run is cancelled, and with 11 where undoing it needs a person.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    reason
        Why; it stands in the journal.
    output
        tree and json print the end, jsonl every event.
    """

    async def telling(run: Run) -> None:
        await run.cancel(reason)

    code = execute(tell_and_follow(run, telling, output, how))
    return EXIT_DONE if code == EXIT_CANCELLED else code
