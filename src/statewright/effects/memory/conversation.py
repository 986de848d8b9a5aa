"""Conversation memory over the run's store. It forgets by expiry only; trimming and summaries are not its business.

The effect id makes an append happen once, whatever is repeated after a crash (R35). No task, no thread: reading is
the store's synchronous read, and an append finishes with the store's own commit.
"""

from __future__ import annotations

import re

from statewright.effects.performer import Answer, Finish, Refusal, Work
from statewright.errors import StatewrightError
from statewright.kernel.effects import Call
from statewright.kernel.values import Json
from statewright.store.contract import Said, Store

# As long as the longest sensible "tenant:customer:thread"; a key is an index entry, not a document.
KEY_BYTES_MAX = 512

# Wildcards, line breaks and what a template prints for a missing value are mistakes, never names.
_KEY_MISTAKE = re.compile(r"\*|<no value>|\{\{|[\x00-\x1f\x7f]")


class Conversations:
    """Performs the calls of kind `memory`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Reads at once; an append finishes after its commit."""
        key = call.request["key"]
        if not isinstance(key, str) or not key.strip() or _KEY_MISTAKE.search(key) or _too_long(key):
            message = f"the key {str(key)[:80]!r} of memory {call.target!r} is not a name of 1 to {KEY_BYTES_MAX} bytes"
            finish(Refusal(code="MEMORY_KEY_INVALID", message=message, left=False))
        elif call.request["operation"] == "read":
            finish(self._read(call, work))
        else:
            self._append(call, work, finish)

    def _read(self, call: Call, work: Work) -> Answer | Refusal:
        key = call.request["key"]
        try:
            conversation = self._store.converse(work.tenant, call.target, key, now=call.request["now"])
        except StatewrightError as error:
            return Refusal(code=error.code, message=error.message, left=False)
        messages = conversation.messages
        return Answer(value={"messages": messages, "count": len(messages), "key": key})

    def _append(self, call: Call, work: Work, finish: Finish) -> None:
        request = call.request
        said = Said(
            tenant=work.tenant,
            memory=call.target,
            key=request["key"],
            effect=call.id,
            at=request["at"],
            messages=tuple(request["messages"]),
            expires=request["expires"],
        )
        self._store.remember(said, lambda error: finish(_outcome(request, error)))


def _outcome(request: Json, error: Exception | None) -> Answer | Refusal:
    if error is None:
        return Answer(value={"appended": len(request["messages"]), "key": request["key"]})
    if isinstance(error, StatewrightError):
        return Refusal(code=error.code, message=error.message)
    return Refusal(code="MEMORY_FAILED", message=f"the store failed with {type(error).__name__}", retryable=True)


def _too_long(key: str) -> bool:
    return len(key.encode(errors="replace")) > KEY_BYTES_MAX
