"""What of a message is kept, and how much of a conversation: a memory's rules, applied before anything is stored.

Source: workflows.md 7.1 to 7.5. Tokens are estimated as for a model that counts none.
"""

from __future__ import annotations

import math

from statewright.effects.models.reply import tokens as estimated
from statewright.kernel.expressions.functions.regex import compiled
from statewright.kernel.program import Retention
from statewright.kernel.values import Json
from statewright.store.remembering import NO_LIMIT, UNLIMITED, Room

# Whatever its rules say, nobody reads a longer conversation; what has no end must not grow for ever (B-207).
MESSAGES_MAX = 10_000
# Without a word on how much stays, a flush makes room for as much again: fewer would lose, more flush at once again.
FLUSH_KEEPS = 0.5


def persistable(messages: list[Json], rules: Retention) -> tuple[dict[str, Json], ...]:
    """Returns the messages that are kept, redacted."""
    wanted = (message for message in messages if message["role"].lower() not in rules.unkept)
    return tuple(_redacted(message, rules) for message in wanted)


def weights(messages: tuple[dict[str, Json], ...]) -> tuple[int, ...]:
    """Returns the estimated tokens of each message."""
    return tuple(estimated(message["content"]) for message in messages)


def room(rules: Retention) -> Room:
    """Returns how much a conversation holds."""
    if not rules.flushes:
        return Room(messages=MESSAGES_MAX)
    return Room(min(rules.max_messages or MESSAGES_MAX, MESSAGES_MAX), rules.max_tokens or UNLIMITED)


def remainder(rules: Retention) -> Room:
    """Returns how much stays of a conversation that has outgrown its room."""
    whole, messages, tokens = room(rules), rules.keep_messages or UNLIMITED, rules.keep_tokens or UNLIMITED
    return Room(min(messages, whole.messages), min(tokens, whole.tokens))


def flushed_from(rules: Retention, threshold: float, *, force: bool) -> Room:
    """Returns what a conversation must exceed to be flushed on demand: `threshold` of its room, 0 to 1."""
    if not rules.flushes:
        return NO_LIMIT
    if force:
        return Room(0, 0)
    whole = room(rules)
    return Room(_below(whole.messages, threshold), _below(whole.tokens, threshold))


def flushed_to(rules: Retention) -> Room:
    """Returns how much a flush on demand leaves."""
    whole = room(rules)
    return Room(rules.keep_messages or _half(whole.messages), rules.keep_tokens or _half(whole.tokens))


def _redacted(message: dict[str, Json], rules: Retention) -> dict[str, Json]:
    content = message["content"]
    for pattern in rules.redact:
        # A pattern that also fits nothing at all would tear every text.
        content = compiled(pattern).sub(lambda match: rules.redaction if match.group() else "", content)
    return {**message, "content": content}


def _below(limit: int, threshold: float) -> int:
    return UNLIMITED if limit == UNLIMITED else max(math.ceil(limit * threshold) - 1, 0)


def _half(limit: int) -> int:
    return UNLIMITED if limit == UNLIMITED else int(limit * FLUSH_KEEPS)
