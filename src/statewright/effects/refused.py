"""How code deep inside a performer ends its call: it raises the refusal that the performer then returns."""

from __future__ import annotations

from statewright.effects.performer import Refusal
from statewright.kernel.values import Json


class CallRefused(Exception):
    """Carries the `Refusal` of the call at hand. It never leaves the effects room."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refused(code: str, message: str, *, hint: str = "", details: Json = None, left: bool = True) -> CallRefused:
    """Returns a final refusal to raise; `hint` says what to do next."""
    if hint:
        details = {**(details or {}), "hint": hint}
    return CallRefused(Refusal(code=code, message=message, details=details, left=left))


def retryable(code: str, message: str, *, retry_after: int = 0, details: Json = None) -> CallRefused:
    """Returns a refusal to raise that another attempt may overcome; `retry_after` is milliseconds."""
    return CallRefused(Refusal(code=code, message=message, details=details, retryable=True, retry_after=retry_after))


def unreached(code: str, message: str) -> CallRefused:
    """Returns a refusal to raise of a request that never left; another attempt may."""
    return CallRefused(Refusal(code=code, message=message, retryable=True, left=False))


def unanswered(code: str, message: str) -> CallRefused:
    """Returns a refusal to raise of a request that left, and of which nobody knows what became of it."""
    return CallRefused(Refusal(code=code, message=message, retryable=True, unknown=True))
