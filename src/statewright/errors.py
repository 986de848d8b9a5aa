"""The base of every error that Statewright raises on purpose.

Three kinds are never mixed: a user's mistake is a `StatewrightError` (or a `Diagnostic` of the language), the world's
refusal is an event (`Refused`), and a bug of ours is any other exception.
"""

from __future__ import annotations

# The exit codes of the command line (DESIGN 9). They are API.
EXIT_DONE = 0
EXIT_RUN_FAILED = 1
EXIT_USAGE = 2
EXIT_INVALID_DEFINITION = 3
EXIT_NOT_ALLOWED = 4
EXIT_NOT_FOUND = 5
EXIT_CONFLICT = 6
EXIT_LIMIT = 7
EXIT_CANCELLED = 8
EXIT_DIVERGED = 9
EXIT_BUDGET = 10
EXIT_WAITING = 11
EXIT_UNREACHABLE = 12
EXIT_INTERNAL = 70


class StatewrightError(Exception):
    """A problem that somebody can act on.

    `code` is stable and upper case, `message` names the thing and what was expected, `hint` names the next step,
    `exit_code` is what the command line leaves with.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", exit_code: int = EXIT_USAGE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
