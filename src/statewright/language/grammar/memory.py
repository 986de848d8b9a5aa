"""Memories (workflows.md 2.10): what holds conversations, how large they grow, and what goes when they are full."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import (
    AnyMap,
    Boolean,
    Choice,
    Credential,
    Duration,
    Inline,
    Integer,
    ListOf,
    MapOf,
    Number,
    Text,
)
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

TYPES = ("token_based", "message_count_based", "buffer")
TOKENS_MAX = 100_000_000
# Each is a walk through every message that is kept.
PATTERNS_MAX = 100
# What floating point may be off by when shares are added.
_SUM_TOLERANCE = 0.001


def _shares_sum_to_one(at: At, kept: dict[str, Json], reader: Reader) -> None:
    own = kept.get("user_defined") or {}
    shares = [kept.get(name) for name in ("short_term", "long_term", "system")] + list(own.values())
    total = sum(share for share in shares if isinstance(share, int | float))
    if at.value and abs(total - 1) > _SUM_TOLERANCE:
        message = f"the shares of a token allocation sum to 1, these to {total:g}"
        reader.problems.error("RANGE", message, at, hint="short_term, long_term, system and each of user_defined")


def _one_limit(at: At, kept: dict[str, Json], reader: Reader) -> None:
    ratio = at.get("max_context_ratio")
    if ratio is not None and at.get("max_tokens") is not None:
        message = "a memory has 'max_tokens' or 'max_context_ratio', not both"
        reader.problems.key("FIELD_CONFLICT", message, ratio, hint="a ratio counts from the model's window")


def _lasting_has_an_end(at: At, kept: dict[str, Json], reader: Reader) -> None:
    if at.value.get("type") == "redis" and at.get("ttl") is None:
        reader.missing(at, "ttl", "the persistence of a memory", "as in `ttl: 24h`")


_FRACTION = Number(0, 1)
# A part of something, and not nothing of it.
_PART = Number(0.001, 1)
TOKEN_ALLOCATION = Entity(
    "token_allocation",
    "a token allocation",
    "Which share of the tokens is whose; all sum to 1.",
    (
        Field("short_term", _FRACTION, "The share of the latest messages."),
        Field("long_term", _FRACTION, "The share of what was summarised."),
        Field("system", _FRACTION, "The share of instructions."),
        Field("user_defined", MapOf(_FRACTION), "Shares with names of your own."),
    ),
    rules=(_shares_sum_to_one,),
)
FLUSHING = Entity(
    "flushing",
    "flushing",
    "What happens to the oldest messages when a memory is full.",
    (
        Field(
            "type",
            Choice(("simple_fifo", "lru", "token_aware_lru", "hybrid_summary"), {"fifo": "simple_fifo"}),
            "Which messages go first.",
            default="simple_fifo",
        ),
        Field("max_messages", Integer(1), "How many messages stay."),
        Field("max_tokens", Integer(1, TOKENS_MAX), "How many tokens stay."),
        *later(
            Field("summarize_threshold", _PART, "How full the memory is when it is summarised."),
            Field("summary_tokens", Integer(1, TOKENS_MAX), "How long a summary may be."),
            Field("summarize_oldest_percent", _PART, "Which part of the messages a summary replaces."),
        ),
    ),
    unknown="typo",
)
EVICTION = Entity(
    "eviction_policy",
    "an eviction policy",
    "Which messages go first when a memory is full.",
    (
        Field("type", Choice(("fifo", "lru", "priority"), {"simple_fifo": "fifo"}), "The rule.", default="fifo"),
        Field("priority_keywords", ListOf(Text()), "Words whose messages stay longest."),
    ),
    unknown="typo",
)
CIRCUIT_BREAKER = Entity(
    "circuit_breaker",
    "a circuit breaker",
    "When a store that fails is left alone for a while.",
    (
        Field("enabled", Boolean(), "Whether it is used."),
        Field("timeout", Duration(), "How long the store may take."),
        Field("max_failures", Integer(1), "After how many failures it opens."),
        Field("reset_timeout", Duration(), "After which time it is tried again."),
    ),
    unknown="typo",
)
PERSISTENCE = Entity(
    "persistence",
    "persistence",
    "Where messages are kept, and for how long.",
    (
        Field("type", Choice(("redis", "in_memory")), "Where messages are kept."),
        Field("ttl", Duration(), "How long a conversation is kept after its last message."),
        *later(Field("circuit_breaker", Inline("circuit_breaker"), "When a failing store is left alone.")),
    ),
    unknown="typo",
    rules=(_lasting_has_an_end,),
)
PRIVACY_POLICY = Entity(
    "privacy_policy",
    "a privacy policy",
    "What is never kept.",
    (
        Field("redact_patterns", ListOf(Text(), most=PATTERNS_MAX), "Patterns whose matches are replaced."),
        Field("non_persistable_message_types", ListOf(Text()), "Roles whose messages are not kept."),
        Field("default_redaction_string", Text(), "What stands instead.", default="[REDACTED]"),
    ),
    unknown="typo",
)
LOCKING = Entity(
    "locking",
    "locking",
    "How long a writer may hold a conversation.",
    (
        Field("append_ttl", Duration(), "While it appends.", default=30_000),
        Field("clear_ttl", Duration(), "While it clears.", default=10_000),
        Field("flush_ttl", Duration(), "While it flushes.", default=300_000),
    ),
    unknown="typo",
)
TOKEN_PROVIDER = Entity(
    "token_provider",
    "a token provider",
    "Who counts tokens.",
    (
        Field("provider", Text(), "Whose counter."),
        Field("model", Text(), "Which model's tokens."),
        Field("api_key", Credential(), "The variable that holds the key."),
        Field("api_key_env", Text(), "The name of that variable."),
        Field("endpoint", Text(template=True), "The counter's address."),
        Field("fallback", Text(), "Who counts where that one fails."),
        Field("settings", AnyMap(), "What the counter is told."),
    ),
    unknown="typo",
)
MEMORY = Entity(
    "memory",
    "a memory",
    "Holds the conversations of agents.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `memory`."),
        Field("id", Text(format="identifier"), "What agents call it.", required=True),
        Field("description", Text(), "What it is for."),
        Field("version", Text(), "The author's number of it."),
        Field("type", Choice(TYPES), "What limits it.", default=TYPES[0]),
        Field("persistence", Inline("persistence"), "Where messages are kept, and for how long."),
        Field("default_key_template", Text(template=True), "Which conversation, where a reference says none."),
        Field("max_tokens", Integer(1, TOKENS_MAX), "How many tokens a conversation keeps."),
        Field("max_messages", Integer(1), "How many messages a conversation keeps."),
        Field("flushing", Inline("flushing"), "What happens to the oldest messages."),
        Field("privacy_policy", Inline("privacy_policy"), "What is never kept."),
        Field("append_ttl", Duration(), "How much longer it is kept after appending."),
        Field("flush_ttl", Duration(), "How much longer it is kept after flushing."),
        Field("disable_flush", Boolean(), "Whether nothing is ever flushed."),
        *later(
            Field("max_context_ratio", _PART, "Which part of the model's window it may fill."),
            Field("model", Text(), "The model whose window counts."),
            Field("model_context_size", Integer(1, TOKENS_MAX), "The size of that window in tokens."),
            Field("token_allocation", Inline("token_allocation"), "Which share of the tokens is whose."),
            Field("eviction_policy", Inline("eviction_policy"), "Which messages go first."),
            Field("locking", Inline("locking"), "How long a writer may hold a conversation."),
            Field("clear_ttl", Duration(), "How much longer it is kept after clearing."),
            Field("token_provider", Inline("token_provider"), "Who counts tokens."),
        ),
    ),
    unknown="typo",
    rules=(_one_limit,),
    kept=True,
)
ENTITIES = (
    MEMORY, TOKEN_ALLOCATION, FLUSHING, EVICTION, CIRCUIT_BREAKER, PERSISTENCE, PRIVACY_POLICY, LOCKING, TOKEN_PROVIDER,
)  # fmt: skip
