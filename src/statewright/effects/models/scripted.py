"""The scripted model, for tests: it says what it was told to say, in order, and records what it was asked.

It never sleeps: a `Held` line is said when the test releases it. Its answers say that they are simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from statewright.effects.models.reply import encode, reply, wanted_schema
from statewright.effects.performer import Answer, Finish, Refusal, Stop, Work
from statewright.kernel.effects import Call
from statewright.kernel.values import Json


class Held:
    """A line that waits for `release`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self._released = False
        self._waiting: list[Callable[[], None]] = []

    def release(self) -> None:
        """Says the line now, to everyone who waits and everyone who comes."""
        self._released = True
        waiting, self._waiting = self._waiting, []
        for say in waiting:
            say()

    def then(self, say: Callable[[], None]) -> None:
        """Calls `say` once the line is released."""
        if self._released:
            say()
        else:
            self._waiting.append(say)


# Text and data are answers; an exception is a fault of the performer; a function chooses by the call.
Line = str | dict[str, Json] | list[Json] | Answer | Refusal | Exception | Held | Callable[[Call], "Line"]


class Scripted:
    """Performs model calls from a script. `calls` is what it was asked, in order.

    A line of `matching` whose key stands in the last message is said as often as it is asked for; else the next of
    `lines` is.
    """

    def __init__(self, lines: Iterable[Line] = (), *, matching: Mapping[str, Line] | None = None) -> None:
        self.calls: list[Call] = []
        self._lines = list(lines)
        self._matching = dict(matching or {})

    def begin(self, call: Call, work: Work, finish: Finish) -> Stop | None:
        """Says the line that is due."""
        self.calls.append(call)
        return _say(self._due(call), call, finish)

    def _due(self, call: Call) -> Line:
        messages = call.request["messages"]
        asked = str(messages[-1]["content"]) if messages else ""
        for text, line in self._matching.items():
            if text in asked:
                return line
        if self._lines:
            return self._lines.pop(0)
        message = f"the script has no line for call {len(self.calls)}: {asked[:80]!r}"
        return Refusal(code="SCRIPT_EXHAUSTED", message=message, left=False)


def _say(line: Line, call: Call, finish: Finish) -> Stop | None:
    if isinstance(line, Held):
        return _hold(line, call, finish)
    if not isinstance(line, (str, dict, list, Answer, Refusal, Exception)):
        return _say(line(call), call, finish)
    finish(_outcome(line, call))
    return None


def _hold(held: Held, call: Call, finish: Finish) -> Stop:
    stopped = False

    def say() -> None:
        if not stopped:
            _say(held.line, call, finish)

    def stop() -> None:
        nonlocal stopped
        stopped = True
        finish(Refusal(code="CANCELLED", message=f"{call.kind} {call.target!r} was stopped"))

    held.then(say)
    return stop


def _outcome(line: str | dict[str, Json] | list[Json] | Answer | Refusal | Exception, call: Call) -> Answer | Refusal:
    if isinstance(line, (Answer, Refusal)):
        return line
    if isinstance(line, Exception):
        return Refusal(code="PERFORMER_FAULT", message=f"the model performer failed with {type(line).__name__}")
    if not isinstance(line, str):
        return reply(call, encode(line), line)
    return reply(call, line, _parsed(line) if wanted_schema(call) is not None else None)


def _parsed(text: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
