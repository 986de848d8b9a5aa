"""`statewright runs resume`: takes up again what a stopped process left or a person paused, and waits for its end."""

from __future__ import annotations

from statewright.api.project import Project
from statewright.api.records import IndexRow, Outcome
from statewright.cli.exit_codes import of_run
from statewright.cli.following import execute, following, opened
from statewright.cli.options import AS_SET, Flag, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.kernel.state import ENDED

# Runs that one command takes up; whoever has more calls it again.
RUNS_MAX = 10_000


def resume(
    run: str = "",
    /,
    *,
    all: Flag = False,
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Take runs up again that a stopped process left or somebody paused, and wait for their end.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    all
        All runs that have not ended; those that somebody paused stay paused.
    output
        tree and json print the end, jsonl every event.
    """
    if bool(run) == all:
        raise StatewrightError("ARGUMENT_MISSING", "resume takes a run, or --all", hint="statewright runs resume last")
    return execute(_resume(run, output, how))


async def _resume(run: str, output: Shown, how: Performing) -> int:
    async with opened(how.settings(), project=None) as project:
        rows = [project.find(run).row()] if run else _open_runs(project)
        if not rows:
            emit("no run has to be resumed", "stderr")
            return EXIT_DONE
        view = view_for(output, several=not run)
        if run and rows[0].status in ENDED:
            outcome = Outcome(rows[0].workflow, rows[0].status, project.find(rows[0].run).state())
            view.closed(outcome)
            return of_run(outcome.state)
        with following(project, view) as follower:
            for row in rows:
                found = project.find(row.run)
                await follower.told(found.resume())
                state = found.state()
                follower.expect(row.run, row.workflow, state)
                # Whoever paused one of all the runs had a reason, which nobody has named here.
                if run and state.paused:
                    await follower.told(found.unpause())
            return await follower.rest()


def _open_runs(project: Project) -> list[IndexRow]:
    """Returns the runs that have not ended and can go on, oldest first."""
    return [
        row for status in ("running", "cancelling") for row in reversed(project.rows(status=status, limit=RUNS_MAX))
    ]
