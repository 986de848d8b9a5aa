"""`statewright run`: starts a run, shows it, and leaves with what it came to."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from statewright.app import new_run_id
from statewright.cli.findings import counted
from statewright.cli.following import execute, following, opened
from statewright.cli.inputs import read_input
from statewright.cli.options import AS_SET, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit
from statewright.errors import EXIT_NOT_FOUND, StatewrightError


def run(
    workflow: str = "",
    /,
    *,
    values: Annotated[tuple[str, ...], Parameter(name="-i", negative="")] = (),
    input: str = "",
    seed: str = "",
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Run a workflow and wait for its end.

    Parameters
    ----------
    workflow
        Its id; not needed where the project has only one.
    values
        One field of the input, as key=value, typed by the workflow's input schema.
    input
        The input as JSON, as @file, or @- for stdin.
    seed
        Hexadecimal; the same seed draws the same random values.
    output
        tree and json print the end, jsonl every event.
    """
    return execute(_run(workflow, (input, values), seed, output, how))


async def _run(workflow: str, given: tuple[str, tuple[str, ...]], seed: str, output: Shown, how: Performing) -> int:
    _checked_seed(seed)
    async with opened(how.settings()) as app:
        assert app.loaded is not None
        if app.loaded.diagnostics and output == "tree":
            emit(f"{counted(app.loaded)}; see them with: statewright check", "stderr")
        name = workflow or _only(list(app.loaded.programs))
        program = app.loaded.programs.get(name)
        value = read_input(*given, program.input if program is not None else None)
        with following(app, view_for(output)) as follower:
            id = new_run_id()
            follower.expect(id, name)
            await app.start(name, value, run=id, seed=seed)
            return await follower.rest()


def _only(names: list[str]) -> str:
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
