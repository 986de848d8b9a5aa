"""A process that has everything imported, and lets copies of itself live a session each, on a disk with a plan.

It reads a `Trial` a line and answers with an `Ending`. A copy takes milliseconds, so a session can be killed at each of
its operations in turn.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec

import statewright
from statewright.errors import StatewrightError
from tests.crash.bad_disk import Disk, Plan, install
from tests.crash.sessions import SESSIONS

# No session comes near it; one that hangs is ended, and its test fails.
LONGEST_S = 30.0
PROJECT = Path(__file__).with_name("short")
ENDED, REFUSED, BROKEN = 0, 1, 2


class Trial(msgspec.Struct, frozen=True):
    """Which session, in which folder, on what kind of disk."""

    session: str
    folder: str
    spare: str
    plan: Plan = Plan()
    life_s: float = LONGEST_S  # then it ends, wherever it is; no code of ours runs any more


class Ending(msgspec.Struct, frozen=True):
    """How a process ended (minus the signal that killed it), what it had said by then, and what its disk did."""

    code: int
    said: list[dict[str, Any]]
    refusal: dict[str, Any] = {}  # code, message, hint, exit code
    counts: dict[str, int] = {}
    after: list[str] = []  # what it still did to the disk after the fault
    trace: str = ""


def main() -> None:
    """Answers every line."""
    # What a first session would import is imported once.
    statewright.check(PROJECT)
    importlib.import_module("statewright.effects.egress")
    for line in sys.stdin.buffer:
        ending = _tried(msgspec.json.decode(line, type=Trial))
        sys.stdout.buffer.write(msgspec.json.encode(ending) + b"\n")
        sys.stdout.buffer.flush()


def _tried(trial: Trial) -> Ending:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _live(trial, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines(keepends=True)
    _, status = os.waitpid(child, 0)
    # A line that was cut by a kill was not said.
    said = [msgspec.json.decode(line) for line in lines if line.endswith(b"\n")]
    last = said.pop() if said and "counts" in said[-1] else {}
    return Ending(os.waitstatus_to_exitcode(status), said, **last)


def _live(trial: Trial, pipe: int) -> None:
    """Lives one session and never returns."""
    signal.setitimer(signal.ITIMER_REAL, trial.life_s)
    disk = install(trial.plan, Path(trial.spare))

    def say(**words: Any) -> None:
        os.write(pipe, msgspec.json.encode(words) + b"\n")

    code = ENDED
    last: dict[str, Any] = {}
    try:
        SESSIONS[trial.session](Path(trial.folder), say)
    except StatewrightError as error:
        code = REFUSED
        last = {"refusal": {name: getattr(error, name) for name in ("code", "message", "hint", "exit_code")}}
    except BaseException:
        code, last = BROKEN, {"trace": traceback.format_exc()}
    finally:
        say(**last, **_done(disk))
        os._exit(code)


def _done(disk: Disk) -> dict[str, Any]:
    return {"counts": dict(disk.counts), "after": disk.after_broken}


if __name__ == "__main__":
    main()
