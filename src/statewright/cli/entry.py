"""Runs one command and leaves with its exit code, whatever happens: no problem and no fault passes as a traceback."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import statewright
from statewright.cli.commands import run_command
from statewright.cli.exit_codes import EXIT_INTERRUPTED, EXIT_PIPE_CLOSED
from statewright.cli.next_step import OPERATOR, PLACE, remember
from statewright.cli.problems import fault, tell
from statewright.cli.terminal import OutputClosed, emit
from statewright.errors import EXIT_DONE, EXIT_INTERNAL, StatewrightError
from statewright.settings.place import read_settings

_JSON = frozenset({"json", "jsonl"})
# The command that gives a project its first version.
_ITS_OWN_VERSION = "init"
# How the names of threads begin that this program begins itself.
OUR_THREADS = "statewright-"


def enter(arguments: Sequence[str]) -> NoReturn:
    """Runs the command and ends the process."""
    _prepare_streams()
    _silence_traces(arguments)
    try:
        code = _told(arguments)
    except (OutputClosed, BrokenPipeError, SystemExit):
        # The parser's pages of help leave with the last one where nobody reads them.
        code = EXIT_PIPE_CLOSED
    leave(code)


def leave(code: int) -> NoReturn:
    """Ends the process at once.

    A look-up or a tool in a thread cannot be stopped, and Python would wait for it. Nothing is lost by not waiting:
    what was acknowledged is on disk, and what was not is asked for again.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            # Whoever closed the other end has been told with 141.
            try:
                stream.flush()
            except OSError:
                code = code or EXIT_PIPE_CLOSED
    os._exit(code)


def value_of(arguments: Sequence[str], *flags: str) -> str:
    """Returns what a flag was given as, before the arguments are known to be right; empty where it was not."""
    for position, argument in enumerate(arguments):
        for flag in flags:
            if argument == flag:
                return arguments[position + 1] if position + 1 < len(arguments) else ""
            if argument.startswith(f"{flag}="):
                return argument[len(flag) + 1 :]
            if len(flag) == 2 and argument.startswith(flag):
                return argument[2:]
    return ""


def _told(arguments: Sequence[str]) -> int:
    as_json = value_of(arguments, "-o", "--output") in _JSON
    try:
        wanted = _without_globals(arguments)
        if wanted is None:
            return EXIT_DONE
        remember({flags[0]: value_of(wanted, *flags) for flags in (*PLACE, OPERATOR)})
        return run_command(wanted)
    except StatewrightError as error:
        return tell(error, as_json=as_json)
    except KeyboardInterrupt:
        hint = "runs that had begun go on with: statewright runs resume --all"
        return tell(StatewrightError("INTERRUPTED", "stopped", hint=hint, exit_code=EXIT_INTERRUPTED), as_json=as_json)
    except (OutputClosed, BrokenPipeError):
        raise
    except Exception as unexpected:
        return tell(fault(unexpected, _data_folder(arguments)), as_json=as_json)


def _without_globals(arguments: Sequence[str]) -> list[str] | None:
    """Returns the arguments without the flags that mean the same everywhere; None where one of them was all."""
    if "--version" in arguments and arguments[0] != _ITS_OWN_VERSION:
        emit(statewright.__version__)
        return None
    if "--no-color" in arguments:
        os.environ["NO_COLOR"] = "1"
    return [argument for argument in arguments if argument != "--no-color"]


def _prepare_streams() -> None:
    """What we print is UTF-8 wherever it goes, and arrives whole: no locale and no PYTHONUNBUFFERED changes that."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if isinstance(stream.buffer, io.RawIOBase):
            # A raw file may take a part of a text and drop the rest without a word: at a signal, at a closed pipe.
            stream = io.TextIOWrapper(io.BufferedWriter(stream.buffer), write_through=True)
            setattr(sys, name, stream)
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _silence_traces(arguments: Sequence[str]) -> None:
    """What fails where nobody can catch it, in a thread or a finaliser, is a fault too, and no traceback either."""

    def told(happened: Any) -> None:
        error = happened.exc_value if happened.exc_value is not None else happened.exc_type()
        thread = getattr(happened, "thread", None)
        if thread is not None and not thread.name.startswith(OUR_THREADS):
            # A tool began it; the run goes on without it, as the tool's own process would.
            emit(f"warning: a thread that a tool began ended with {type(error).__name__}", "stderr")
            return
        tell(fault(error, _data_folder(arguments)), as_json=False)
        if isinstance(happened, threading.ExceptHookArgs):
            leave(EXIT_INTERNAL)

    threading.excepthook = told
    sys.unraisablehook = told


def _data_folder(arguments: Sequence[str]) -> Path | None:
    try:
        return read_settings(
            os.environ, cwd=value_of(arguments, "--cwd") or None, data=value_of(arguments, "--data") or None
        ).data
    except StatewrightError:
        return None
