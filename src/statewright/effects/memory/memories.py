"""Performs what is done with memories, over the run's own store.

The effect id makes every change happen once, whatever is repeated after a crash (R35). No task, no thread: reading is
the store's synchronous read, and a change finishes with the store's own commit.
"""

from __future__ import annotations

import re

from statewright.effects.memory.operations import CHANGES, LOOKS, Asked, Told, asked_of
from statewright.effects.performer import Answer, Finish, Refusal, Work
from statewright.errors import StatewrightError
from statewright.kernel.effects import Call
from statewright.store.contract import Store
from statewright.store.remembering import Remembered

# As long as the longest sensible "tenant:customer:thread"; a key is an index entry, not a document.
KEY_BYTES_MAX = 512

# Wildcards, line breaks and what a template prints for a missing value are mistakes, never names.
_KEY_MISTAKE = re.compile(r"\*|<no value>|\{\{|[\x00-\x1f\x7f]")


class Memories:
    """Performs the calls of kind `memory`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, call: Call, work: Work, finish: Finish) -> None:
        """Reads at once; a change finishes after its commit."""
        key = call.request["key"]
        if not isinstance(key, str) or not key.strip() or _KEY_MISTAKE.search(key) or _too_long(key):
            message = f"the key {str(key)[:80]!r} of memory {call.target!r} is not a name of 1 to {KEY_BYTES_MAX} bytes"
            finish(Refusal(code="MEMORY_KEY_INVALID", message=message, left=False))
            return
        asked = asked_of(call, work.tenant)
        if asked.operation in CHANGES and not asked.settings.get("dry_run"):
            self._change(asked, finish)
        else:
            finish(self._look(asked))

    def _look(self, asked: Asked) -> Answer | Refusal:
        try:
            conversation = self._store.converse(asked.tenant, asked.memory, asked.key, now=asked.at, limit=asked.limit)
        except StatewrightError as error:
            if asked.operation == "health":
                return Answer(value={"healthy": False, "key": asked.key, "error": error.code})
            return Refusal(code=error.code, message=error.message, left=False)
        return Answer(value=LOOKS[asked.operation](asked, conversation))

    def _change(self, asked: Asked, finish: Finish) -> None:
        change, told = CHANGES[asked.operation]

        def done(error: Exception | None) -> None:
            finish(_refusal(error) if error is not None else self._outcome(asked, told))

        self._store.remember(change(asked), done)

    def _outcome(self, asked: Asked, told: Told) -> Answer | Refusal:
        """What the change came to is read back, so that a second attempt gives the first one's answer."""
        try:
            came_to = self._store.remembered(asked.tenant, asked.effect)
        except StatewrightError as error:
            return Refusal(code=error.code, message=error.message)
        return Answer(value=told(asked, came_to or Remembered()))


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, StatewrightError):
        return Refusal(code=error.code, message=error.message)
    return Refusal(code="MEMORY_FAILED", message=f"the store failed with {type(error).__name__}", retryable=True)


def _too_long(key: str) -> bool:
    return len(key.encode(errors="replace")) > KEY_BYTES_MAX
