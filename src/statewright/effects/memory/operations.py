"""What can be done with a conversation: how each operation changes it or looks at it, and how its outcome is told.

Source: workflows.md 5.5 and 7. Pure: a request and what the store found come in, the answer goes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from statewright.effects.memory.keeping import flushed_from, flushed_to, persistable, remainder, room, weights
from statewright.effects.models.reply import tokens
from statewright.kernel.effects import Call
from statewright.kernel.program import Retention
from statewright.kernel.values import Json
from statewright.store.remembering import Conversation, Remembered, Said

# What a reader gets who does not say how much: more than any prompt has room for.
READ_MAX = 1_000
# Said beside every number of tokens, so that nobody takes it for a model's own count.
ESTIMATED = {"token_counting": "estimated"}


class Asked(msgspec.Struct, frozen=True):
    """A request, taken apart."""

    memory: str
    tenant: str
    effect: str
    operation: str
    key: str
    at: int
    rules: Retention
    settings: dict[str, Json]
    messages: tuple[dict[str, Json], ...]
    limit: int


def asked_of(call: Call, tenant: str) -> Asked:
    """Returns what a call asks for; only what may be kept is left of its messages."""
    request = call.request
    operation, settings = request["operation"], request.get("settings") or {}
    rules = msgspec.convert(request.get("rules") or {}, Retention)
    messages = persistable(request["messages"], rules) if "messages" in request else ()
    limit = request.get("limit", READ_MAX)
    if operation != "read" and not (settings.get("include_content") or settings.get("group_by")):
        limit = 0
    return Asked(
        memory=call.target,
        tenant=tenant,
        effect=call.id,
        operation=operation,
        key=request["key"],
        at=request["at"],
        rules=rules,
        settings=settings,
        messages=messages,
        limit=limit,
    )


def _said(asked: Asked, *, clears: bool = False) -> Said:
    rules = asked.rules
    return Said(
        tenant=asked.tenant,
        memory=asked.memory,
        key=asked.key,
        effect=asked.effect,
        at=asked.at,
        messages=asked.messages,
        tokens=weights(asked.messages),
        clears=clears,
        full=room(rules),
        keep=remainder(rules),
        expires=asked.at + rules.ttl if rules.ttl else 0,
        extends=asked.at + rules.append_ttl if rules.append_ttl and not clears else 0,
    )


def _appended(asked: Asked, came_to: Remembered) -> Json:
    return {"success": True, "appended": len(asked.messages), "total_count": came_to.count, "key": asked.key}


def _replacing(asked: Asked) -> Said:
    return _said(asked, clears=True)


def _clearing(asked: Asked) -> Said:
    """A backup is the conversation itself, under another key; the next one takes its place."""
    aside = _backup(asked) if asked.settings.get("backup") else ""
    return msgspec.structs.replace(_replacing(asked), aside=aside)


def _cleared(asked: Asked, came_to: Remembered) -> Json:
    backup = {"backup_key": _backup(asked)} if asked.settings.get("backup") and came_to.before else {}
    told = {"success": True, "key": asked.key, "messages_cleared": came_to.before}
    return {**told, "backup_created": bool(backup), **backup}


def _backup(asked: Asked) -> str:
    return f"{asked.key}@backup"


def _flushing(asked: Asked) -> Said:
    rules, settings = asked.rules, asked.settings
    return msgspec.structs.replace(
        _said(asked),
        full=flushed_from(rules, settings.get("threshold", 1), force=bool(settings.get("force"))),
        keep=flushed_to(rules),
        extends=asked.at + rules.flush_ttl if rules.flush_ttl else 0,
    )


def _strategy(asked: Asked) -> str:
    """The two are one here: whoever reads, reads the newest messages, so that the oldest were used longest ago."""
    return str(asked.settings.get("strategy") or asked.rules.strategy)


def _flushed(asked: Asked, came_to: Remembered) -> Json:
    return {
        "success": True,
        "key": asked.key,
        "summary_generated": False,
        "message_count": came_to.count,
        "token_count": came_to.tokens,
        "messages_flushed": came_to.dropped,
        "actual_strategy": _strategy(asked),
        **ESTIMATED,
    }


def _would_flush(asked: Asked, found: Conversation) -> Json:
    full = _flushing(asked).full
    told = _flushed(asked, Remembered(count=found.count, tokens=found.tokens))
    return {**told, "dry_run": True, "would_flush": not full.holds(found.count, found.tokens)}


def _read(asked: Asked, found: Conversation) -> Json:
    return {"messages": found.messages, "count": len(found.messages), "key": asked.key}


def _healthy(asked: Asked, found: Conversation) -> Json:
    told = {"healthy": True, **_figures(asked, found)}
    if asked.settings.get("include_stats"):
        told |= {"last_flush": _moment(found.flushed_at), "current_tokens": found.tokens}
    return told


def _stats(asked: Asked, found: Conversation) -> Json:
    average = round(found.tokens / found.count, 2) if found.count else 0
    told = _figures(asked, found) | {"last_flush": _moment(found.flushed_at), "avg_tokens_per_message": average}
    if asked.settings.get("include_content"):
        told["messages"] = found.messages
    if asked.settings.get("group_by"):
        told["groups"] = _by_role(found)
    return told


def _figures(asked: Asked, found: Conversation) -> dict[str, Json]:
    return {
        "key": asked.key,
        "token_count": found.tokens,
        "message_count": found.count,
        "actual_strategy": _strategy(asked),
        **ESTIMATED,
    }


def _by_role(found: Conversation) -> Json:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for message in found.messages:
        counts[message["role"]] += 1
        sums[message["role"]] += tokens(message["content"])
    return {role: {"message_count": counts[role], "token_count": sums[role]} for role in counts}


def _moment(at: int) -> str | None:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds") if at else None


Change = Callable[[Asked], Said]
Told = Callable[[Asked, Remembered], Json]
LOOKS: dict[str, Callable[[Asked, Conversation], Json]] = {
    "read": _read,
    "health": _healthy,
    "stats": _stats,
    "flush": _would_flush,
}
CHANGES: dict[str, tuple[Change, Told]] = {
    "append": (_said, _appended),
    "write": (_replacing, lambda asked, came_to: {"success": True, "count": came_to.count, "key": asked.key}),
    "delete": (_replacing, lambda asked, came_to: {"success": True, "key": asked.key}),
    "clear": (_clearing, _cleared),
    "flush": (_flushing, _flushed),
}
