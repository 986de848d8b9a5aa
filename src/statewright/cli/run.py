"""`statewright run`: starts a run, shows it, and leaves with what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from statewright.api.project import new_run_id
from statewright.api.runs import Run
from statewright.cli.findings import counted
from statewright.cli.following import execute, following, opened
from statewright.cli.inputs import read_input
from statewright.cli.next_step import command
from statewright.cli.options import AS_SET, Flag, OnceKey, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit, to_json
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError
from statewright.kernel.state import ENDED


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a run begins. A dataclass, because cyclopts makes flags of one."""

    seed: str = ""
    """Hexadecimal; the same seed draws the same random values."""
    idempotency_key: OnceKey = None
    """Starting again with the same key and input gives the same run."""
    detach: Flag = False
    """Only begin it: print its id once it is durable. Whoever has the folder performs it, or whoever resumes it."""


USUAL = Manner()


def run(
    workflow: str = "",
    /,
    *,
    values: Annotated[tuple[str, ...], Parameter(name="-i", negative="")] = (),
    input: str = "",
    manner: Manner = USUAL,
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Run a workflow and wait for its end.

    A run that waits for a signal, or for a person, is left waiting: the exit code is 11, and the next command is named.

    Parameters
    ----------
    workflow
        Its id; not needed where the project has only one.
    values
        One field of the input, as key=value, typed by the workflow's input schema.
    input
        The input as JSON, as @file, or @- for stdin.
    output
        tree and json print the end, jsonl every event.
    """
    _checked_seed(manner.seed)
    return execute(_run(workflow, (input, values), manner, output, how))


async def _run(
    workflow: str, given: tuple[str, tuple[str, ...]], manner: Manner, output: Shown, how: Performing
) -> int:
    async with opened(how.settings()) as project:
        assert project.loaded is not None
        if project.loaded.diagnostics and output == "tree":
            emit(f"{counted(project.loaded)}; see them with: statewright check", "stderr")
        name = workflow or only([*project.loaded.programs, *project.loaded.lacking])
        program = project.loaded.programs.get(name)
        value = read_input(*given, program.input if program is not None else None)
        if manner.detach:
            # Whoever has the folder performs it; where nobody has, it is only begun.
            begin = project.start if project.owner else project.begin
            begun = await begin(name, value, seed=manner.seed, key=manner.idempotency_key or "")
            return _begun(begun, project.owner, output)
        with following(project, view_for(output)) as follower:
            id = new_run_id()
            follower.expect(id, name)
            starting = project.start(name, value, id=id, seed=manner.seed, key=manner.idempotency_key or "")
            found = await follower.told(starting)
            if found.id != id:
                # The key has started it before: what it has done already is shown as done.
                follower.forget(id)
                follower.expect(found.id, name, found.state())
                await follower.told(found.resume())
            return await follower.rest()


def _begun(run: Run, owner: int, output: Shown) -> int:
    look, go_on = command("runs", "logs", run.id, "-f"), command("runs", "resume", run.id)
    status = run.status
    following = look if owner or status in ENDED else go_on
    if output == "tree":
        emit(run.id)
        if status in ENDED:
            emit(f"it was started before, and has ended: {status}", "stderr")
        elif owner:
            emit(f"begun; process {owner} performs it. Look at it with: {following}", "stderr")
        else:
            emit(f"begun; nobody performs it yet. Go on with: {following}", "stderr")
    else:
        emit(to_json({"run": run.id, "workflow": run.workflow, "status": status, "next": following}))
    return EXIT_DONE


def only(names: list[str]) -> str:
    """Returns the only workflow of a project; raises `WORKFLOW_MISSING` where it has none, or several."""
    if len(names) == 1:
        return names[0]
    if not names:
        message, hint = "this project has no workflow", "add `tasks:`, or list files under `workflows:`"
        raise StatewrightError("WORKFLOW_MISSING", message, hint=hint, exit_code=EXIT_NOT_FOUND)
    raise StatewrightError(
        "WORKFLOW_MISSING", f"this project has {len(names)} workflows", hint=f"name one of: {', '.join(names)}"
    )


def _checked_seed(seed: str) -> None:
    try:
        bytes.fromhex(seed)
    except ValueError:
        raise StatewrightError("SEED_INVALID", f"--seed {seed!r} is not hexadecimal", hint="use: --seed 00ff") from None
