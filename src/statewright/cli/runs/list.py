"""`statewright runs list`: the newest runs first."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from statewright.api.records import IndexRow
from statewright.cli.following import execute, opened
from statewright.cli.options import HERE, Listed, Place
from statewright.cli.outcomes import instant
from statewright.cli.terminal import duration, emit, printable, table, to_json
from statewright.errors import EXIT_DONE

LIMIT = 50
# More rows than one screen, file or memory is for; `--workflow` and `--status` find the others.
LIMIT_MAX = 1_000_000
_LIMIT = Parameter(name=("--limit", "-n"), validator=Number(gte=1, lte=LIMIT_MAX), show_default=True)
Status = Literal["running", "cancelling", "done", "failed", "cancelled", "terminated", "suspended"]
_HEAD = ("RUN", "WORKFLOW", "STATUS", "STARTED", "TOOK", "EVENTS", "NOTE")


def list_runs(
    *,
    workflow: str = "",
    status: Status | None = None,
    limit: Annotated[int, _LIMIT] = LIMIT,
    output: Listed = "table",
    place: Place = HERE,
) -> int:
    """List runs, the newest first.

    Parameters
    ----------
    workflow
        Only runs of this workflow.
    status
        Only runs in this state.
    limit
        At most so many.
    """
    return execute(_list(workflow, status or "", limit, output, place))


async def _list(workflow: str, status: str, limit: int, output: Listed, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        data = project.data
        rows = project.rows(workflow=workflow, status=status, limit=limit)
    if output == "json":
        emit(to_json([row_json(row) for row in rows]))
    elif output == "jsonl":
        for row in rows:
            emit(to_json(row_json(row)))
    elif rows:
        emit(table(_HEAD, map(_cells, rows)))
    else:
        none = f"no runs in {printable(str(data))}; start one with: statewright run"
        emit("no run fits" if workflow or status else none, "stderr")
    return EXIT_DONE


def row_json(row: IndexRow) -> dict[str, object]:
    """Returns what the index says of a run, as JSON data."""
    return {
        "run": row.run,
        "workflow": row.workflow,
        "status": row.status,
        "seq": row.seq,
        "started_at": instant(row.started_at),
        "updated_at": instant(row.updated_at),
        "simulated": row.simulated,
        "error": row.error or None,
        "program": row.program,
    }


def _cells(row: IndexRow) -> tuple[str, ...]:
    # Nothing is asked of the world: it goes on by a signal, by the end of a pause, or by the clock.
    waits = row.status == "running" and not row.owes
    note = [row.error] * bool(row.error) + ["waits"] * waits + ["simulated"] * row.simulated
    took = duration(row.updated_at - row.started_at)
    started = instant(row.started_at)[:19] + "Z"
    return (row.run, row.workflow, row.status, started, took, str(row.seq), " ".join(note))
