"""What the command leaves with, as a table. These numbers are API (DESIGN 9)."""

from __future__ import annotations

from statewright import errors
from statewright.kernel.state import State

EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
EXIT_TERMINATED = 143

MEANING: dict[int, str] = {
    errors.EXIT_DONE: "done",
    errors.EXIT_RUN_FAILED: "the run failed, or doctor found a fault",
    errors.EXIT_USAGE: "wrong usage, input or configuration",
    errors.EXIT_INVALID_DEFINITION: "the project's definition is invalid",
    errors.EXIT_NOT_ALLOWED: "not allowed",
    errors.EXIT_NOT_FOUND: "no such workflow, run or topic",
    errors.EXIT_CONFLICT: "in conflict with what is there, such as a data folder in use",
    errors.EXIT_LIMIT: "timed out, or beyond a limit",
    errors.EXIT_CANCELLED: "the run was cancelled or terminated",
    errors.EXIT_DIVERGED: "a replay diverged, or stored data is damaged",
    errors.EXIT_BUDGET: "the run's budget is spent",
    errors.EXIT_WAITING: "the run waits for a person",
    errors.EXIT_UNREACHABLE: "a service could not be reached",
    errors.EXIT_INTERNAL: "a fault of Statewright itself",
    EXIT_INTERRUPTED: "interrupted (SIGINT); the run can be resumed",
    EXIT_PIPE_CLOSED: "nobody read the output any more (SIGPIPE)",
    EXIT_TERMINATED: "asked to stop (SIGTERM); the run can be resumed",
}

_BY_STATUS = {
    "done": errors.EXIT_DONE,
    "failed": errors.EXIT_RUN_FAILED,
    "cancelled": errors.EXIT_CANCELLED,
    "terminated": errors.EXIT_CANCELLED,
}
# What the kernel refuses an event for says nothing about processes; what it means to a shell is said here.
_BY_CODE = {"INPUT_INVALID": errors.EXIT_USAGE}
_TIMED_OUT = frozenset({"TIMED_OUT", "TOOL_TIMEOUT"})


def of_error(error: errors.StatewrightError) -> int:
    """Returns what an error ends the command with."""
    return _BY_CODE.get(error.code, error.exit_code)


def of_run(state: State, *, is_suspended: bool = False) -> int:
    """Returns what a run at rest ends the command with."""
    if is_suspended:
        return errors.EXIT_INTERNAL
    code = state.error.code if state.error is not None else ""
    if state.status == "failed" and (code in _TIMED_OUT or code.endswith("_LIMIT")):
        return errors.EXIT_LIMIT
    return _BY_STATUS.get(state.status, errors.EXIT_WAITING)


def listed() -> str:
    """Returns the table as `help exit-codes` prints it."""
    return "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANING.items())
