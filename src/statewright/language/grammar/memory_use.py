"""A conversation that an agent, an action or a task remembers (workflows.md 2.11)."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import Boolean, Choice, Duration, Inline, Text

MEMORY_USE = Entity(
    "memory_use",
    "a memory reference",
    "A conversation that is read before the question and appended to after it.",
    (
        Field("id", Text(format="identifier"), "The memory that holds the conversation.", required=True),
        Field("key", Text(template=True), "Which conversation; the memory's `default_key_template` else."),
        Field("mode", Choice(("read-write", "read-only")), "Whether anything is appended.", default="read-write"),
        Field("privacy", Inline("privacy"), "The seed's words about redaction and how long messages are kept."),
    ),
)
PRIVACY = Entity(
    "privacy",
    "privacy",
    "The seed's words about redaction and how long messages are kept.",
    (
        Field("enabled", Boolean(), "Whether messages are redacted."),
        Field("retention_policy", Duration(), "How long messages are kept, as in `7d`."),
    ),
    unknown="typo",
)
