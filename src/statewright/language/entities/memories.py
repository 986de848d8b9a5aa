"""Memories: resources that hold conversations, and the references by which agents use them.

Source: workflows.md 2.10, 2.11 and 20.2.
"""

from __future__ import annotations

from typing import Any

import msgspec

from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.expressions.functions.regex import compiled
from statewright.kernel.program import MemoryUse, Retention
from statewright.language.diagnostics.diagnostic import near
from statewright.language.grammar.memory import FLUSHING, MEMORY, PRIVACY_POLICY, TOKENS_MAX, TYPES
from statewright.language.grammar.memory_use import MEMORY_USE, PRIVACY
from statewright.language.marks import At
from statewright.language.templates.texts import template
from statewright.language.yaml.reading import Reader

# The original engine's, where a memory counts messages and does not say how many (workflows.md 2.10).
DEFAULT_MESSAGES = 100
# They need a model's summary, or what nobody keeps: when each message was last looked at.
UNAVAILABLE_STRATEGIES = ("hybrid_summary", "token_aware_lru")


class Memory(msgspec.Struct, frozen=True):
    """A declared memory: the key that a reference may leave out, and how conversations are kept."""

    id: str
    key: At | None = None
    rules: Retention = Retention()


def read_memory(at: At, reader: Reader) -> Memory:
    """Returns the memory that a map declares."""
    reader.keys(at, MEMORY.keys)
    kind = reader.choice(at, "type", TYPES, TYPES[0])
    rules = {**_limits(at, kind, reader), **_flushing(at, reader), **_ends(at, reader), **_privacy(at, reader)}
    return Memory(reader.identifier(at, "a memory"), at.get("default_key_template"), Retention(**rules))


def _limits(at: At, kind: str, reader: Reader) -> dict[str, Any]:
    """Every limit holds that is written; what the type counts has one in any case (workflows.md 7.1)."""
    tokens = Retention().max_tokens if kind == "token_based" else 0
    messages = DEFAULT_MESSAGES if kind == "message_count_based" else 0
    return {
        "max_tokens": reader.integer(at, "max_tokens", tokens, least=1, most=TOKENS_MAX),
        "max_messages": reader.integer(at, "max_messages", messages, least=1),
    }


def _flushing(at: At, reader: Reader) -> dict[str, Any]:
    flushes = not reader.boolean(at, "disable_flush")
    flushing = reader.mapping(at, "flushing")
    if flushing is None:
        return {"flushes": flushes}
    reader.keys(flushing, FLUSHING.keys)
    chosen, entry = reader.text(flushing, "type", "simple_fifo"), flushing.get("type")
    if chosen in UNAVAILABLE_STRATEGIES and entry is not None:
        message = f"the strategy {chosen!r} is not available in this release: the oldest messages go"
        reader.problems.warning("NOT_AVAILABLE", message, entry, hint="say simple_fifo, which does the same")
    return {
        "flushes": flushes,
        "strategy": "lru" if chosen == "lru" else "simple_fifo",
        "keep_messages": reader.integer(flushing, "max_messages"),
        "keep_tokens": reader.integer(flushing, "max_tokens", most=TOKENS_MAX),
    }


def _ends(at: At, reader: Reader) -> dict[str, Any]:
    persistence = reader.mapping(at, "persistence")
    return {
        "ttl": reader.duration(persistence, "ttl") if persistence is not None else 0,
        "append_ttl": reader.duration(at, "append_ttl"),
        "flush_ttl": reader.duration(at, "flush_ttl"),
    }


def _privacy(at: At, reader: Reader) -> dict[str, Any]:
    policy = reader.mapping(at, "privacy_policy")
    if policy is None:
        return {}
    reader.keys(policy, PRIVACY_POLICY.keys)
    for element in reader.elements(policy, "redact_patterns"):
        _check_pattern(element, reader)
    return {
        "redact": reader.texts(policy, "redact_patterns"),
        "redaction": reader.text(policy, "default_redaction_string", Retention().redaction),
        "unkept": tuple(role.lower() for role in reader.texts(policy, "non_persistable_message_types")),
    }


def _check_pattern(at: At, reader: Reader) -> None:
    try:
        compiled(at.value if isinstance(at.value, str) else "")
    except ExpressionError as error:
        reader.problems.error(error.code, error.message, at, hint=error.hint)


def read_uses(at: At, declared: dict[str, Memory], reader: Reader) -> tuple[MemoryUse, ...]:
    """Returns the conversations that `memory:` of an agent, action or task names."""
    return tuple(use for use in (_use(element, declared, reader) for element in reader.maps(at, "memory")) if use)


def _use(at: At, declared: dict[str, Memory], reader: Reader) -> MemoryUse | None:
    reader.keys(at, MEMORY_USE.keys)
    id = reader.identifier(at, "a memory reference")
    entry = at.get("id")
    memory = Memory(id) if entry is None or not id else declared_memory(entry, declared, reader)
    key = at.get("key") or memory.key
    if key is None:
        hint = 'say which conversation, as in key: "{{ .input.user }}"'
        reader.missing(at, "key", f"the memory reference {id!r}", hint)
        return None
    mode = reader.choice(at, "mode", ("read-write", "read-only"), "read-write")
    privacy = reader.mapping(at, "privacy")
    rules = memory.rules
    if privacy is not None:
        reader.keys(privacy, PRIVACY.keys)
        if reader.boolean(privacy, "enabled") and not rules.redact:
            message = "messages are kept as they are: the memory has no patterns of what to redact"
            hint = "list them under privacy_policy.redact_patterns of the memory; retention_policy is kept"
            reader.problems.warning("NOT_APPLIED", message, privacy, hint=hint)
        rules = msgspec.structs.replace(rules, ttl=reader.duration(privacy, "retention_policy", rules.ttl))
    return MemoryUse(id=id, key=template(key, reader), mode=mode, rules=rules)  # type: ignore[arg-type]


def declared_memory(at: At, declared: dict[str, Memory], reader: Reader) -> Memory:
    """Returns the memory that an id names; one that nobody declared is used as it is, with a warning."""
    if at.value not in declared:
        meant = near(at.value, declared)
        hint = f"did you mean {meant[0]!r}?" if meant else "declare it under `memories` to say how long it is kept"
        most = Retention().max_tokens
        message = f"the memory {at.value!r} is not declared; it keeps the newest {most:,} tokens of a conversation"
        reader.problems.warning("MEMORY_NOT_DECLARED", message, at, hint=hint)
    return declared.get(at.value) or Memory(at.value)
