"""`statewright runs resolve`: a person says what became of a call whose outcome nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from statewright.api.records import asked_by
from statewright.api.runs import Run
from statewright.cli.following import execute
from statewright.cli.inputs import read_data
from statewright.cli.options import AS_SET, Flag, Performing, Shown
from statewright.cli.runs.control import tell_and_follow
from statewright.errors import EXIT_CONFLICT, StatewrightError
from statewright.kernel.effects import Call
from statewright.kernel.state import Pending, State


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Word:
    """What a person says of a call. A dataclass, because cyclopts makes flags of one."""

    happened: Flag = False
    """It did: -d is what it answered. An undo that failed has been seen to."""
    did_not: Flag = False
    """It did not: its task fails. An undo that failed is tried again."""
    value: Annotated[str, Parameter(name=("--value", "-d"), allow_leading_hyphen=True)] = ""
    """The answer as JSON, as @file, or - for stdin."""


NOTHING_SAID = Word()


def resolve(
    run: str,
    effect: str,
    /,
    *,
    word: Word = NOTHING_SAID,
    output: Shown = "tree",
    how: Performing = AS_SET,
) -> int:
    """Say whether a call in doubt happened, and go on with its run.

    A call that happens at most once is in doubt when its process died under it; so is an undo that failed.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    effect
        The call's id, or the path of its task, as runs show names them.
    output
        tree and json print the end, jsonl every event.
    """
    if word.happened == word.did_not:
        text = "one of --happened and --did-not says what became of it"
        raise StatewrightError("ARGUMENT_MISSING", text, hint="see: statewright runs resolve --help")
    if word.did_not and word.value:
        raise StatewrightError("ARGUMENT_INVALID", "what did not happen has no answer", hint="leave -d out")
    value = read_data(word.value)

    async def telling(run: Run) -> None:
        await run.resolve(_in_doubt(run.state(), effect), happened=word.happened, value=value)

    return execute(tell_and_follow(run, telling, output, how))


def _in_doubt(state: State, named: str) -> str:
    doubtful = {id: pending for id, pending in state.pending.items() if _is_in_doubt(pending)}
    found = [id for id, pending in doubtful.items() if named in (id, asked_by(pending))]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{id} ({asked_by(pending)})" for id, pending in doubtful.items())
    raise StatewrightError(
        "EFFECT_NOT_UNKNOWN",
        f"{named!r} fits {len(found)} calls in doubt of run {state.run!r}",
        hint=f"in doubt are: {listed or 'none'}",
        exit_code=EXIT_CONFLICT,
    )


def _is_in_doubt(pending: Pending) -> bool:
    # One that was under way when its process died is parked as soon as the run is opened.
    effect = pending.effect
    return pending.status == "unknown" or (isinstance(effect, Call) and effect.at_most_once)
