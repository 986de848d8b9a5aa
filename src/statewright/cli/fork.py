"""`statewright fork`: makes a new run of another one's beginning, with something changed or done anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from statewright.api.runs import Run
from statewright.cli.following import execute, following, opened
from statewright.cli.inputs import read_change
from statewright.cli.next_step import command
from statewright.cli.options import AS_SET, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit, printable, several, to_json
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.kernel.state import State
from statewright.kernel.values import Json


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Copied:
    """What of the other run is copied. A dataclass, because cyclopts makes flags of one."""

    at: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Copy up to this record, as runs events numbers them."""
    from_: Annotated[str, Parameter(name="--from")] = ""
    """Copy up to where this task began; it is done anew."""
    changes: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = ()
    """A value of the input or of a task's answer, as input.name=Alice or classify.category=billing."""


NOTHING = Copied()


def fork(
    run: str,
    /,
    *,
    copied: Copied = NOTHING,
    go: Annotated[bool, Parameter(name="--run", negative="")] = False,
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Make a new run of another one's beginning. Its calls are not made again: their answers are copied.

    `statewright fork last --from answer --set classify.category=billing --run`

    Parameters
    ----------
    run
        The other run: its id, the beginning of it, or last.
    go
        Go on with it here, and wait for its end; else it stays paused until it is resumed.
    output
        tree and json print the end, jsonl every event.
    """
    if copied.at and copied.from_:
        hint = "leave one of them out; runs events tells at which record a task began"
        raise StatewrightError("ARGUMENT_INVALID", "--at and --from both say where a fork begins", hint=hint)
    if not copied.at and not copied.from_:
        hint = "statewright fork last --from classify"
        raise StatewrightError("ARGUMENT_MISSING", "a fork needs its place: --at SEQ, or --from TASK", hint=hint)
    changes = dict(map(read_change, copied.changes))
    return execute(_fork(run, copied, changes, (go, output), how))


async def _fork(run: str, copied: Copied, changes: dict[str, Json], wanted: tuple[bool, Shown], how: Performing) -> int:
    go, output = wanted
    async with opened(how.settings(), project=None) as project:
        other = project.find(run)
        seq = copied.at or other.began(copied.from_)
        made = await other.fork(at=seq, changes=changes)
        state = made.state()
        if not go or output == "tree":
            _tell((other.id, seq), made, state, output, going=go)
        if not go:
            return EXIT_DONE
        with following(project, view_for(output)) as follower:
            follower.expect(made.id, made.workflow, state)
            if not state.ended:
                await follower.told(made.unpause())
            return await follower.rest()


def _tell(origin: tuple[str, int], made: Run, state: State, output: Shown, *, going: bool) -> None:
    other, seq = origin
    following = "" if state.ended else command("runs", "resume", made.id)
    if output != "tree":
        fork = {"run": made.id, "workflow": made.workflow, "status": state.status, "anew": list(made.anew)}
        emit(to_json({**fork, "origin": {"run": other, "seq": seq}, "next": following or None}))
        return
    emit(made.id)
    emit(f"forked from {printable(other)} after record {seq}: {several(state.seq, 'record')}", "stderr")
    if made.anew:
        emit(f"another question now, asked anew: {', '.join(map(printable, made.anew))}", "stderr")
    if not going:
        emit(f"go on with: {following}" if following else f"it has ended: {state.status}", "stderr")
