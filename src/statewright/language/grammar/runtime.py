"""The runtime block (workflows.md 2.16): where the project's own tools are, and what they may do."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import AnyMap, AnyValue, Boolean, Choice, Duration, ListOf, OneOf, Text

TOOL_TIMEOUT = 60_000
TASK_TIMEOUT_MAX = 300_000

RUNTIME = Entity(
    "runtime",
    "runtime",
    "Where the project's own tools are, and what they may do.",
    (
        Field("type", Choice(("bun", "node")), "What runs the tools of the entrypoint.", default="bun"),
        Field("entrypoint", Text(), "The file whose default export maps tools' ids to functions."),
        Field("permissions", ListOf(Text()), "What tools may do, as in `--allow-net=api.example.com`."),
        Field("tool_execution_timeout", Duration(), "How long a tool may take.", default=TOOL_TIMEOUT),
        Field("timeout", Duration(), "The seed's `tool_execution_timeout`.", means="tool_execution_timeout"),
        *later(
            Field("task_execution_timeout_default", Duration(), "How long callers wait.", default=TOOL_TIMEOUT),
            Field("task_execution_timeout_max", Duration(), "How long they may wait.", default=TASK_TIMEOUT_MAX),
            Field("task_execution_timeout", AnyMap(), "The same two, as `default` and `max`."),
            Field("native_tools", OneOf((Boolean(), AnyMap())), "Settings of the built-in tools."),
            Field("memory_limit", AnyValue(), "How much memory a tool may take."),
        ),
        Field("runtime_type", Text(), "The configuration's word for `type`.", means="type"),
        Field("entrypoint_path", Text(), "The configuration's word for `entrypoint`.", means="entrypoint"),
        Field("bun_permissions", ListOf(Text()), "The configuration's word for `permissions`.", means="permissions"),
        Field("environment", Text(), "The configuration's: what kind of installation this is."),
        Field("log_level", Text(), "The configuration's: how much is logged."),
        Field("log_format", Text(), "The configuration's: how it is logged."),
        Field("dispatcher_heartbeat_interval", AnyValue(), "The configuration's; not used here."),
        Field("dispatcher_heartbeat_ttl", AnyValue(), "The configuration's; not used here."),
        Field("dispatcher_stale_threshold", AnyValue(), "The configuration's; not used here."),
        Field("async_token_counter_workers", AnyValue(), "The configuration's; not used here."),
        Field("async_token_counter_buffer_size", AnyValue(), "The configuration's; not used here."),
    ),
    unknown="warning",
)
