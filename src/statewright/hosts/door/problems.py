"""What goes wrong at a door, each with its code and the next step."""

from __future__ import annotations

from statewright.errors import (
    EXIT_CONFLICT,
    EXIT_INTERNAL,
    EXIT_LIMIT,
    EXIT_NOT_ALLOWED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    StatewrightError,
)

_OTHER_FOLDER = "wait for it, stop it, or name another data folder with --data"


def owner_left(pid: int = 0) -> StatewrightError:
    """Returns the error for what an owner does not do any more: nothing is in doubt, and nothing was begun."""
    who = f"process {pid}, which used the data folder," if pid else "the process that used the data folder"
    hint = "try again: the folder is free in a moment"
    return StatewrightError("OWNER_LEFT", f"{who} has left", hint=hint, exit_code=EXIT_UNREACHABLE)


def answer_lost(pid: int, verb: str, run: str) -> StatewrightError:
    """Returns the error for a request of which nobody knows whether it was taken."""
    what = f"{verb!r} of run {run!r}" if run else repr(verb)
    return StatewrightError(
        "ANSWER_LOST",
        f"process {pid}, which used the data folder, ended before it answered {what}: it may or may not have happened",
        hint=f"see what became of it with: statewright runs {f'show {run}' if run else 'list'}",
        exit_code=EXIT_UNREACHABLE,
    )


def owner_silent(data: str, seconds: float) -> StatewrightError:
    """Returns the error for an owner that lets nobody in."""
    return StatewrightError(
        "OWNER_SILENT",
        f"the process that uses {data} did not answer for {seconds:g} seconds; it may be stopped",
        hint="let it go on, or end it; its number is in the file `lock` of the data folder",
        exit_code=EXIT_UNREACHABLE,
    )


def owner_differs(message: str) -> StatewrightError:
    """Returns the error for an owner that does not work under the guest's terms."""
    return StatewrightError("OWNER_DIFFERS", message, hint=_OTHER_FOLDER, exit_code=EXIT_CONFLICT)


def version_differs(who: str, *, version: int, release: str, own: int) -> StatewrightError:
    """Returns the error for two releases that do not understand each other."""
    return StatewrightError(
        "DOOR_VERSION",
        f"{who} is of release {release or '(unknown)'} and speaks version {version} of the door, not {own}",
        hint="use the same release on both sides",
        exit_code=EXIT_CONFLICT,
    )


def line_limit(limit: int) -> StatewrightError:
    """Returns the error for a line that is too long."""
    return StatewrightError(
        "DOOR_LINE_LIMIT",
        f"a line to or from the owner of a data folder has at most {limit} bytes",
        hint="hand over a path to large data instead of the data",
        exit_code=EXIT_LIMIT,
    )


def not_a_line(problem: str) -> StatewrightError:
    """Returns the error for a line that is none of ours."""
    return StatewrightError(
        "DOOR_LINE_INVALID",
        f"this is not a line of a data folder's door: {problem}",
        hint="reach a data folder with the statewright command or from Python",
        exit_code=EXIT_USAGE,
    )


def guest_slow(seconds: float) -> StatewrightError:
    """Returns the error for a guest that keeps its answers waiting."""
    return StatewrightError(
        "GUEST_SLOW",
        f"this process has taken nothing for {seconds:g} seconds, and the owner of the data folder let it go",
        hint="follow again from the last record that came",
        exit_code=EXIT_LIMIT,
    )


def guest_limit(limit: int) -> StatewrightError:
    """Returns the error for a guest that waits for too much."""
    return StatewrightError(
        "GUEST_LIMIT",
        f"one process may wait for {limit} things at once, each under its own number",
        hint="wait for some of them first",
        exit_code=EXIT_LIMIT,
    )


def door_full(limit: int) -> StatewrightError:
    """Returns the error for one guest too many."""
    return StatewrightError(
        "DOOR_FULL",
        f"{limit} other processes are at this data folder already",
        hint="wait until one of them has ended",
        exit_code=EXIT_LIMIT,
    )


def door_forbidden(reason: str) -> StatewrightError:
    """Returns the error for another user's folder."""
    return StatewrightError(
        "DOOR_FORBIDDEN",
        f"the data folder is in use by another user: {reason}",
        hint="act as the user who owns the folder",
        exit_code=EXIT_NOT_ALLOWED,
    )


def door_closed(data: str, reason: str) -> StatewrightError:
    """Returns the error for a folder at whose door nobody is."""
    return StatewrightError(
        "DOOR_CLOSED",
        f"nobody listens at {data}: {reason}",
        hint="try again; the process that uses the folder may be starting or leaving",
        exit_code=EXIT_UNREACHABLE,
    )


def door_unavailable(data: str, reason: str) -> StatewrightError:
    """Returns the error for a folder that cannot have a door."""
    return StatewrightError(
        "DOOR_UNAVAILABLE",
        f"other processes cannot reach this one through {data}: {reason}",
        hint="name a folder on a local disk, with a shorter path, with --data",
        exit_code=EXIT_UNREACHABLE,
    )


def owner_fault(fault: Exception) -> StatewrightError:
    """Returns the error for a bug of ours in the owner: a guest hears its kind, and nothing of what was in it."""
    return StatewrightError(
        "INTERNAL",
        f"the owner of the data folder met a fault of Statewright itself: {type(fault).__name__}",
        hint="nothing that was acknowledged is lost; look at the run with: statewright runs show",
        exit_code=EXIT_INTERNAL,
    )
