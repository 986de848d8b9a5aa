"""The memory task: reads, writes or looks after one conversation of a memory. A performer does it, once (R35).

Source: workflows.md 2.4, 5.5 and 7. How the memory keeps conversations travels in the request, as the run's own
definition has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from statewright.kernel import values
from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.expressions.template import Tree
from statewright.kernel.moves import Done, Failed, Move, Request, Waiting, refused
from statewright.kernel.program import Retention, Words
from statewright.kernel.state import Failure
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Blob, Json

ROLES = ("system", "user", "assistant", "tool")
# The original engine's limits (workflows.md 4.8): a memory holds what was said, and no documents.
CONTENT_BYTES_MAX = 10 * 1024
PAYLOAD_BYTES_MAX = 100 * 1024
# More mistakes of one payload than these help nobody.
PROBLEMS_SHOWN = 10
OPERATED = "operated"

_WRITING = ("write", "append")


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with which conversation of which memory."""

    operation: Literal["read", "write", "append", "delete", "flush", "health", "clear", "stats"]
    memory_ref: Words
    key_template: Words
    payload: Tree | None = None
    batch_size: int = 100
    max_keys: int = 1_000
    flush_config: Tree | None = None
    health_config: Tree | None = None
    stats_config: Tree | None = None
    clear_config: Tree | None = None


class Memory(Leaf):
    """`type: memory`."""

    name: Literal["memory"] = "memory"
    Fields = Fields
    asks = True

    def start(self, visit: Visit) -> Move:
        """Asks for the operation; messages that no memory takes are refused here."""
        fields = visit.fields
        memory = visit.text(fields.memory_ref)
        rules = _rules(visit, memory)
        if rules is None:
            known = ", ".join(visit.turn.program.memories) or "none"
            return _failed(visit, "MEMORY_UNKNOWN", f"there is no memory {memory!r}; known: {known}")
        details = _details(visit)
        if "messages" in details:
            messages, problems = _checked(visit, details["messages"])
            if problems:
                return _refusal(visit, problems)
            details = {"messages": messages}
        request = {
            "operation": fields.operation,
            "key": visit.text(fields.key_template),
            "at": visit.turn.at,
            "rules": msgspec.to_builtins(rules),
            **details,
        }
        asked = Request(
            kind="memory",
            target=memory,
            request=request,
            role=OPERATED,
            timeout=visit.node.timeout,
            attempts=visit.node.retry.attempts,
        )
        return Waiting((asked,))

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """The performer's answer is the output."""
        if isinstance(closing, Refused):
            return refused(closing, visit.path)
        assert isinstance(closing, Answered)
        return Done(visit.turn.value_of(closing))


def _rules(visit: Visit, memory: str) -> Retention | None:
    """A memory that the author names need not be declared; one that only a run names must be (reliability.md B-206)."""
    found = visit.turn.program.memories.get(memory)
    return Retention() if found is None and isinstance(visit.fields.memory_ref, str) else found


def _details(visit: Visit) -> dict[str, Json]:
    fields = visit.fields
    if fields.operation == "read":
        return {"limit": fields.batch_size}
    if fields.operation in _WRITING:
        return {"messages": visit.tree(fields.payload)}
    settings = getattr(fields, f"{fields.operation}_config", None)
    return {"settings": {} if settings is None else visit.tree(settings)}


def _checked(visit: Visit, payload: Json) -> tuple[list[dict[str, Json]], list[str]]:
    """Returns the messages of a payload, and what is wrong with them."""
    payload = _loaded(visit, payload)
    given = payload if isinstance(payload, list) else [payload]
    messages = [_message(one) for one in given]
    problems = [problem for number, one in enumerate(messages) for problem in _problems(number, one)]
    total = sum(len(str(one.get("content", "")).encode()) for one in messages)
    if not problems and total > PAYLOAD_BYTES_MAX:
        problems.append(f"the messages are {total:,} bytes together, {PAYLOAD_BYTES_MAX:,} at most are taken at once")
    return messages, problems


def _message(given: Json) -> dict[str, Json]:
    """A text is said by the user; what is no text is said as JSON."""
    if not isinstance(given, dict):
        given = {"role": "user", "content": given}
    content = given.get("content")
    text = content if isinstance(content, str) else "" if content is None else values.encode(content).decode()
    others = {key: value for key, value in given.items() if key not in ("role", "content")}
    return {"role": given.get("role", "user"), "content": text, **others}


def _problems(number: int, message: dict[str, Json]) -> Iterator[str]:
    role, content = message["role"], message["content"]
    if role not in ROLES:
        yield f"message {number + 1}: the role {str(role)[:40]!r} is none of {', '.join(ROLES)}"
    if not content.strip():
        yield f"message {number + 1}: it has no content"
    elif len(content.encode()) > CONTENT_BYTES_MAX:
        yield f"message {number + 1}: its content is longer than {CONTENT_BYTES_MAX:,} bytes"
    for other in list(message)[2:]:
        yield f"message {number + 1}: it has {other[:40]!r} beside role and content"


def _loaded(visit: Visit, value: Json) -> Json:
    if isinstance(value, Blob):
        return visit.turn.blob(value)
    if isinstance(value, dict):
        return {key: _loaded(visit, item) for key, item in value.items()}
    return [_loaded(visit, item) for item in value] if isinstance(value, list) else value


def _refusal(visit: Visit, problems: list[str]) -> Failed:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return _failed(visit, "MEMORY_MESSAGE_INVALID", f"{problems[0]}{more}", problems[:PROBLEMS_SHOWN])


def _failed(visit: Visit, code: str, message: str, details: Json = None) -> Failed:
    return Failed(Failure(code, message, visit.path, details))
