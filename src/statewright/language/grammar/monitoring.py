"""The monitoring block (workflows.md 2.19). The seed's nested blocks are kept as they are."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import AnyMap, Boolean, Text

MONITORING = Entity(
    "monitoring",
    "monitoring",
    "Which figures the server publishes.",
    (
        Field("enabled", Boolean(), "Whether figures are published.", default=False),
        Field("path", Text(format="metrics-path"), "Where they are published.", default="/metrics"),
        Field("metrics", AnyMap(), "The seed's block; its `endpoint` is the path."),
        Field("logging", AnyMap(), "The seed's block about logs."),
        Field("tracing", AnyMap(), "The seed's block about traces."),
    ),
    unknown="warning",
    available=False,
)
