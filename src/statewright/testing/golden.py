"""Golden journals: what a run did, kept beside its test as readable lines, and compared to the letter.

A line is a record: what happened, which tasks ended with what, and what was asked of the world. Nothing in it changes
with a comment or the layout of the definition.
"""

from __future__ import annotations

import difflib
import os

import msgspec

from statewright.hosts.replay import Step
from statewright.kernel import values
from statewright.kernel.effects import Call, Send, Spawn
from statewright.kernel.state import Result
from statewright.kernel.values import Json
from statewright.testing.scenarios import SimulatedRun

OPTION = "--statewright-regenerate"
# The same in every scenario, or, like the program's digest, another one after each edit.
_OMITTED = ("at", "env", "logic", "program", "run", "seed", "tenant")
# A test's report is read in a terminal; the file itself shows the rest.
DIFF_LINES_MAX = 40


def assert_golden(run: SimulatedRun, path: str | os.PathLike[str]) -> None:
    """Raises `AssertionError`, with the difference, where a run did something else than its golden journal says.

    The path counts from the test's folder. With `--statewright-regenerate` the file is written instead.
    """
    file, told = run.folder / path, "".join(_line(run, step) for step in run.steps)
    if run.regenerate:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(told, "utf-8")
        return
    if not file.is_file():
        raise AssertionError(f"there is no golden journal {path}; write it with: pytest {OPTION}")
    kept = file.read_text("utf-8")
    if kept != told:
        said = f"the run is not the one in {path}:\n{_difference(kept, told)}"
        raise AssertionError(f"{said}\nif it is right as it is now: pytest {OPTION}")


def _line(run: SimulatedRun, step: Step) -> str:
    event: dict[str, Json] = msgspec.json.decode(bytes(step.entry.event))
    patch, effects = (step.decision.patch, step.decision.effects) if step.decision is not None else (None, ())
    ended = patch.results if patch is not None else {}
    line: dict[str, Json] = {
        "seq": step.entry.seq,
        "after_ms": step.entry.at - run.state.started_at,
        "event": {name: value for name, value in event.items() if name not in _OMITTED},
        "ended": {path or "(run)": _left(result) for path, result in ended.items() if result is not None},
        "asked": [_asked(effect) for effect in effects if isinstance(effect, Call | Send | Spawn)],
    }
    return values.encode({name: value for name, value in line.items() if value not in ({}, [])}).decode() + "\n"


def _left(result: Result) -> Json:
    if result.error is not None:
        return {"status": result.status, "code": result.error.code, "message": result.error.message}
    return {"status": result.status, "output": result.output}


def _asked(effect: Call | Send | Spawn) -> Json:
    if isinstance(effect, Call):
        return {"kind": effect.kind, "target": effect.target, "request": effect.request}
    if isinstance(effect, Send):
        return {"kind": "signal", "target": effect.name, "request": effect.payload}
    return {"kind": "workflow", "target": effect.workflow, "request": effect.input}


def _difference(kept: str, told: str) -> str:
    lines = list(difflib.unified_diff(kept.splitlines(), told.splitlines(), "golden", "now", n=1, lineterm=""))
    more = [f"… {len(lines) - DIFF_LINES_MAX} more lines"] if len(lines) > DIFF_LINES_MAX else []
    return "\n".join([*lines[:DIFF_LINES_MAX], *more])
