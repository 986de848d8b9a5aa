"""What all tools have in common: the time they have, their sinks, the masking of what they say, the answer's shape.

One function per kind of tool does the work; it is given a `ToolUse` and returns plain JSON data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from statewright.effects.performer import Answer, Coroutines, Refusal, Work
from statewright.effects.refused import CallRefused, refused, unanswered, unreached
from statewright.effects.registry import missing
from statewright.effects.sinks import Secrets, Sink, plain
from statewright.kernel import values
from statewright.kernel.effects import Call
from statewright.kernel.program import Tool
from statewright.kernel.values import Json

# The text of a tool's own error that is kept: enough for a message, too little for a dump.
MESSAGE_MAX = 2_000

# Returns the time, in milliseconds since 1970 UTC.
Clock = Callable[[], int]


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """One use of one tool. `config` is revealed: it may hold secrets, so a use is never printed."""

    effect: str  # the idempotency key
    tool: Tool
    input: dict[str, Json]
    config: Json
    sink: Sink
    folder: str  # of the project
    now: int

    def __repr__(self) -> str:
        return f"ToolUse(effect={self.effect!r}, tool={self.tool.id!r})"


Run = Callable[[ToolUse], Awaitable[Json]]


class ToolPerformer(Coroutines):
    """Performs the calls of kind `tool` with the function of the tool's kind."""

    def __init__(self, by_kind: Mapping[str, Run], *, secrets: Secrets, clock: Clock) -> None:
        super().__init__(self._perform)
        self._by_kind = dict(by_kind)
        self._secrets = secrets
        self._clock = clock

    async def _perform(self, call: Call, work: Work) -> Answer | Refusal:
        tool = work.program.tools.get(call.target)
        run = self._by_kind.get(tool.kind) if tool else None
        if tool is None or run is None:
            return missing(call)
        sink = Sink(self._secrets)
        try:
            use = self._use(call, tool, work.program.folder, sink)
            value = await _in_time(run, use, call.deadline)
            return Answer(value=_admitted(sink.mask(value), tool.id))
        except CallRefused as end:
            return _short(sink.masked(end.refusal))

    def _use(self, call: Call, tool: Tool, folder: str, sink: Sink) -> ToolUse:
        return ToolUse(
            effect=call.id,
            tool=tool,
            input=plain(call.request["input"], f"the input of tool {tool.id!r}"),
            config=sink.reveal(tool.config),
            sink=sink,
            folder=folder,
            now=self._clock(),
        )


async def _in_time(run: Run, use: ToolUse, deadline: int) -> Json:
    left = deadline - use.now if deadline else use.tool.timeout
    if left <= 0:
        raise unreached("TOOL_TIMEOUT", f"no time was left for the tool {use.tool.id!r}")
    try:
        async with asyncio.timeout(left / 1_000):
            return await run(use)
    except TimeoutError:
        message = f"the tool {use.tool.id!r} did not answer within {left} ms"
        raise unanswered("TOOL_TIMEOUT", message) from None


def _admitted(value: Json, tool: str) -> Json:
    """Returns the answer as the kernel wants it: an object of plain data."""
    try:
        return values.admit(value if isinstance(value, dict) else {"result": value})
    except values.ValueRefused as error:
        raise refused("TOOL_OUTPUT_INVALID", f"the tool {tool!r} returned what is not JSON data: {error}") from error


def _short(refusal: Refusal) -> Refusal:
    """Cuts what a tool said about its failure. Only now: half a secret would be no secret to the mask."""
    details = refusal.details
    if isinstance(details, dict) and isinstance(details.get("message"), str):
        details = {**details, "message": details["message"][:MESSAGE_MAX]}
    return msgspec.structs.replace(refusal, message=refusal.message[:MESSAGE_MAX], details=details)


def text_of(fault: BaseException) -> str:
    """Returns what an error of a tool's own code says, as text that can be journaled."""
    try:
        said = str(fault)
    except Exception as worse:
        said = f"it cannot be printed: {type(worse).__name__}"
    return _journalable(said)


def _journalable(text: str) -> str:
    # A lone surrogate is no text to anybody else, and must not take the place of what the tool had to say.
    return text.encode("utf-8", "backslashreplace").decode()


def failed(tool: str, kind: str, message: str) -> CallRefused:
    """Returns the refusal for an error of the tool's own code, by the error's name and message."""
    message = _journalable(message)
    details = {"name": kind, "message": message}
    said = f"{kind}: {message}" if message else kind
    return refused("TOOL_FAILED", f"the tool {tool!r} failed: {said}", details=details)
