"""Memories: resources that hold conversations, and the references by which agents use them.

Source: workflows.md 2.10, 2.11 and 20.2.
"""

from __future__ import annotations

import msgspec

from statewright.kernel.program import MemoryUse
from statewright.language.diagnostics.diagnostic import near
from statewright.language.marks import At
from statewright.language.templates.texts import template
from statewright.language.yaml.reading import Keys, Reader

KEYS = Keys(
    "a memory",
    frozenset({
        "resource", "id", "description", "version", "type", "max_tokens", "max_messages", "max_context_ratio", "model",
        "model_context_size", "token_allocation", "flushing", "eviction_policy", "persistence", "privacy_policy",
        "locking", "append_ttl", "clear_ttl", "flush_ttl", "token_provider", "default_key_template", "disable_flush",
    }),
    unknown="typo",
)  # fmt: skip
USE_KEYS = Keys("a memory reference", frozenset({"id", "key", "mode", "privacy"}))
_PRIVACY_KEYS = Keys("privacy", frozenset({"enabled", "retention_policy"}), unknown="typo")
TYPES = ("token_based", "message_count_based", "buffer")


class Memory(msgspec.Struct, frozen=True):
    """A declared memory: the key that a reference may leave out, and how long messages are kept."""

    id: str
    key: At | None = None
    ttl: int = 0


def read_memory(at: At, reader: Reader) -> Memory:
    """Returns the memory that a map declares."""
    reader.keys(at, KEYS)
    reader.choice(at, "type", TYPES, TYPES[0])
    persistence = reader.mapping(at, "persistence")
    ttl = reader.duration(persistence, "ttl") if persistence is not None else 0
    return Memory(reader.identifier(at, "a memory"), at.get("default_key_template"), ttl)


def read_uses(at: At, declared: dict[str, Memory], reader: Reader) -> tuple[MemoryUse, ...]:
    """Returns the conversations that `memory:` of an agent, action or task names."""
    return tuple(use for use in (_use(element, declared, reader) for element in reader.maps(at, "memory")) if use)


def _use(at: At, declared: dict[str, Memory], reader: Reader) -> MemoryUse | None:
    reader.keys(at, USE_KEYS)
    id = reader.identifier(at, "a memory reference")
    memory = declared.get(id) or _undeclared(id, at, declared, reader)
    key = at.get("key") or memory.key
    if key is None:
        hint = 'say which conversation, as in key: "{{ .input.user }}"'
        reader.missing(at, "key", f"the memory reference {id!r}", hint)
        return None
    mode = reader.choice(at, "mode", ("read-write", "read-only"), "read-write")
    privacy = reader.mapping(at, "privacy")
    ttl = memory.ttl
    if privacy is not None:
        reader.keys(privacy, _PRIVACY_KEYS)
        if reader.boolean(privacy, "enabled"):
            message = "messages are kept as they are: redaction is not available in this release"
            reader.problems.warning("NOT_APPLIED", message, privacy, hint="retention_policy is kept")
        ttl = reader.duration(privacy, "retention_policy", ttl)
    return MemoryUse(id=id, key=template(key, reader), mode=mode, ttl=ttl)  # type: ignore[arg-type]


def _undeclared(id: str, at: At, declared: dict[str, Memory], reader: Reader) -> Memory:
    entry = at.get("id")
    if entry is not None:
        meant = near(id, declared)
        hint = f"did you mean {meant[0]!r}?" if meant else "declare it under `memories` to say how long it is kept"
        message = f"the memory {id!r} is not declared; it keeps everything in the run store"
        reader.problems.warning("MEMORY_NOT_DECLARED", message, entry, hint=hint)
    return Memory(id)
