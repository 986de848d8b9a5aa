"""From what a performer said to the event that closes the call. Every host makes its closing events here."""

from __future__ import annotations

from statewright.effects.performer import Answer, Refusal
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, Refused
from statewright.kernel.values import ValueRefused, admit


def closing(
    call: Call, outcome: Answer | Refusal, *, started: int, now: int, took: int | None = None
) -> Answered | Refused:
    """Returns the closing event of one attempt. An answer that is not a value is refused (R6).

    `took` is measured by whoever has a clock that nobody sets.
    """
    took = max(0, now - started) if took is None else took
    try:
        return _closing(call, outcome, started=started, now=now, took=took)
    except ValueRefused as refused:
        said = Refusal(code=refused.code, message=f"{call.kind} {call.target!r}: {refused}")
        return _closing(call, said, started=started, now=now, took=took)


def timed_out(call: Call) -> Refusal:
    """Returns what a host says of a call whose deadline has passed (R16)."""
    message = f"{call.kind} {call.target!r} did not answer in time"
    return Refusal(code="TIMED_OUT", message=message, retryable=True, unknown=True)


def _closing(call: Call, outcome: Answer | Refusal, *, started: int, now: int, took: int) -> Answered | Refused:
    if isinstance(outcome, Answer):
        return Answered(
            at=now,
            effect=call.id,
            attempt=call.attempt,
            value=admit(outcome.value),
            started=started,
            took=took,
            usage=outcome.usage,
            simulated=outcome.simulated,
        )
    return Refused(
        at=now,
        effect=call.id,
        attempt=call.attempt,
        code=outcome.code,
        message=outcome.message,
        details=admit(outcome.details),
        retryable=outcome.retryable,
        retry_after=outcome.retry_after,
        left=outcome.left,
        unknown=outcome.unknown,
        started=started,
        took=took,
    )
