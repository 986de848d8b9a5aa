"""`statewright fork`: makes a new run of another one's beginning, with something changed or done anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from statewright.cli.following import execute, following, opened
from statewright.cli.inputs import read_change
from statewright.cli.options import AS_SET, Performing, Shown
from statewright.cli.showing import view_for
from statewright.cli.terminal import emit, printable, several, to_json
from statewright.errors import EXIT_DONE, StatewrightError
from statewright.hosts.editing import Change
from statewright.hosts.forking import Cut, Forked
from statewright.store.contract import IndexRow


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
    if bool(copied.at) == bool(copied.from_):
        hint = "statewright fork last --from classify"
        raise StatewrightError("ARGUMENT_MISSING", "a fork needs its place: --at SEQ, or --from TASK", hint=hint)
    changes = tuple(Change(*read_change(change)) for change in copied.changes)
    return execute(_fork(run, copied, changes, (go, output), how))


async def _fork(
    run: str, copied: Copied, changes: tuple[Change, ...], wanted: tuple[bool, Shown], how: Performing
) -> int:
    go, output = wanted
    async with opened(how.settings(), project=None) as app:
        row = app.find(run)
        cut = Cut(copied.at or app.began(row.run, copied.from_), changes)
        made = await app.fork(row.run, cut)
        if not go:
            _tell(row, cut, made, output)
            return EXIT_DONE
        if output == "tree":
            _tell(row, cut, made, output, going=True)
        with following(app, view_for(output)) as follower:
            state = made.lane.state
            follower.expect(state.run, row.workflow, state)
            if not state.ended:
                await follower.told(app.unpause(state.run))
            return await follower.rest()


def _tell(row: IndexRow, cut: Cut, made: Forked, output: Shown, *, going: bool = False) -> None:
    state = made.lane.state
    following = "" if state.ended else f"statewright runs resume {state.run}"
    if output != "tree":
        fork = {"run": state.run, "workflow": row.workflow, "status": state.status, "anew": list(made.anew)}
        emit(to_json({**fork, "origin": {"run": row.run, "seq": cut.seq}, "next": following or None}))
        return
    emit(state.run)
    emit(f"forked from {printable(row.run)} after record {cut.seq}: {several(len(made.appends), 'record')}", "stderr")
    if made.anew:
        emit(f"another question now, asked anew: {', '.join(map(printable, made.anew))}", "stderr")
    if not going:
        emit(f"go on with: {following}" if following else f"it has ended: {state.status}", "stderr")
