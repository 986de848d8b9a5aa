"""The cache block (workflows.md 2.18): the original engine's fields, and the older ones that name a Redis server."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import AnyValue, Boolean, Choice, Credential, Duration, Integer, Text

# A day.
TTL = 86_400_000

CACHE = Entity(
    "cache",
    "cache",
    "What is remembered between runs, and where.",
    (
        Field("enabled", Boolean(), "Whether anything is remembered.", default=True),
        Field("ttl", Duration(), "How long an entry lives.", default=TTL),
        Field("prefix", Text(), "What the keys of this project begin with."),
        Field("max_item_size", AnyValue(), "The largest entry that is kept."),
        Field("compression_enabled", Boolean(), "Whether large entries are compressed."),
        Field("compression_threshold", AnyValue(), "From which size on entries are compressed."),
        Field("eviction_policy", Choice(("lru", "lfu", "fifo", "ttl")), "What goes first when the cache is full."),
        Field("stats_interval", Duration(), "How often the hit rate is measured."),
        Field("url", Text(template=True), "The address of a Redis server."),
        Field("host", Text(template=True), "The host of a Redis server."),
        Field("port", Integer(1, 65_535), "The port of a Redis server."),
        Field("password", Credential(), "The variable that holds the server's password."),
        Field("db", Integer(), "The number of the Redis database."),
        Field("pool_size", Integer(), "How many connections are held open at most."),
        Field("max_idle_conns", Integer(), "How many idle connections are held open."),
        Field("timeout", Duration(), "How long the server may take to answer."),
    ),
    unknown="warning",
    available=False,
)
