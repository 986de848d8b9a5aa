"""How a problem is told: as a block of text or a JSON object. A fault of our own is one too, and never a traceback."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from statewright.cli.exit_codes import of_error
from statewright.cli.terminal import emit, paint, printable, to_json
from statewright.errors import EXIT_INTERNAL, StatewrightError
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic

DEBUG = "STATEWRIGHT_DEBUG"


class ProjectInvalid(StatewrightError):
    """A project with errors, with all of its diagnostics, and as they are shown."""

    def __init__(self, error: StatewrightError, diagnostics: Sequence[Diagnostic], shown: str) -> None:
        super().__init__(error.code, error.message, hint=error.hint, exit_code=error.exit_code)
        self.diagnostics = tuple(diagnostics)
        self.shown = shown


def tell(error: StatewrightError, *, as_json: bool) -> int:
    """Prints the problem to stderr and returns the exit code, which says it still where stderr takes nothing."""
    code = of_error(error)
    with suppress(StatewrightError):
        emit(to_json(_problem(error, code)) if as_json else _block(error), "stderr")
    return code


def fault(error: BaseException, folder: Path | None) -> StatewrightError:
    """Returns the problem that stands for a fault of ours; with STATEWRIGHT_DEBUG=1 its trace goes to a file."""
    name = type(error).__name__
    hint = f"run it again with {DEBUG}=1 to write a crash report to <data>/crash-….txt"
    if os.environ.get(DEBUG, "") not in ("", "0") and folder is not None:
        hint = _report(error, folder)
    message = f"an unexpected {name}; nothing that was acknowledged is lost"
    return StatewrightError("INTERNAL", message, hint=hint, exit_code=EXIT_INTERNAL)


def diagnostic_json(diagnostic: Diagnostic) -> Json:
    """Returns a diagnostic as JSON data."""
    return msgspec.to_builtins(diagnostic)


def _block(error: StatewrightError) -> str:
    # Our own sentences end where they should; what they quote may not.
    lines = [f"{paint(error.code, 'red')} {printable(error.message)}", f"  help: {printable(_hint(error))}"]
    if isinstance(error, ProjectInvalid) and error.shown:
        lines.insert(0, f"{error.shown}\n")
    return "\n".join(lines)


def _hint(error: StatewrightError) -> str:
    """Every code has a page, so nobody is left without a next step."""
    return error.hint or f"more about it: statewright explain {error.code}"


def _problem(error: StatewrightError, code: int) -> Json:
    problem = {"code": error.code, "message": error.message, "hint": _hint(error), "exit_code": code}
    if isinstance(error, ProjectInvalid):
        problem["diagnostics"] = [diagnostic_json(diagnostic) for diagnostic in error.diagnostics]
    return problem


def _report(error: BaseException, folder: Path) -> str:
    path = folder / f"crash-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Values of a run may stand in a trace: it is for its owner's eyes.
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as refused:
        return f"the crash report could not be written: {path}: {refused.strerror}"
    return f"the crash report is {path}; it may hold data of your run"
