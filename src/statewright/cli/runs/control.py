"""What the commands share that tell a run something: they find it, tell it, and say so or watch what follows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from statewright.api.runs import Run
from statewright.cli.following import following, opened
from statewright.cli.next_step import command
from statewright.cli.options import Performing, Place, Shown, Told
from statewright.cli.outcomes import instant
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit, printable, to_json
from statewright.errors import EXIT_DONE

Telling = Callable[[Run], Coroutine[Any, Any, None]]


async def tell_run(run: str, telling: Telling, said: str, output: Told, place: Place) -> int:
    """Tells a run something after which nothing is to be performed; `said` ends the sentence about it."""
    async with opened(place.settings(), project=None) as project:
        found = project.find(run)
        await telling(found)
        row = found.row()
    if output == "json":
        emit(to_json({"run": row.run, "workflow": row.workflow, "status": row.status, "at": instant(row.updated_at)}))
    else:
        emit(f"run {printable(row.run)} {said.format(resume=command('runs', 'resume', row.run))}")
    return EXIT_DONE


async def tell_and_follow(run: str, telling: Telling, output: Shown, how: Performing) -> int:
    """Tells a run something, and goes on with it here until it rests; returns what it came to."""
    async with opened(how.settings(), project=None) as project:
        found = project.find(run)
        with following(project, view_for(output)) as follower:
            follower.expect(found.id, found.workflow, found.state())
            await follower.told(telling(found))
            return await follower.rest()
