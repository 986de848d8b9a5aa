"""`statewright run`: starts a run, shows it, and leaves with what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from statewright.app import new_run_id
from statewright.cli.findings import counted
from statewright.cli.following import execute, following, opened
from statewright.cli.inputs import read_input
from statewright.cli.options import AS_SET, Flag, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit, to_json
from statewright.errors import EXIT_DONE, EXIT_NOT_FOUND, StatewrightError


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a run begins. A dataclass, because cyclopts makes flags of one."""

    seed: str = ""
    """Hexadecimal; the same seed draws the same random values."""
    detach: Flag = False
    """Only begin it: print its id once it is durable. Somebody must resume it."""


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
    async with opened(how.settings()) as app:
        assert app.loaded is not None
        if app.loaded.diagnostics and output == "tree":
            emit(f"{counted(app.loaded)}; see them with: statewright check", "stderr")
        name = workflow or only([*app.loaded.programs, *app.loaded.lacking])
        program = app.loaded.programs.get(name)
        value = read_input(*given, program.input if program is not None else None)
        if manner.detach:
            return _begun(await app.begin(name, value, seed=manner.seed), name, output)
        with following(app, view_for(output)) as follower:
            id = new_run_id()
            follower.expect(id, name)
            await follower.told(app.start(name, value, run=id, seed=manner.seed))
            return await follower.rest()


def _begun(run: str, workflow: str, output: Shown) -> int:
    following = f"statewright runs resume {run}"
    if output == "tree":
        emit(run)
        emit(f"begun; nobody performs it yet. Go on with: {following}", "stderr")
    else:
        emit(to_json({"run": run, "workflow": workflow, "status": "running", "next": following}))
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
