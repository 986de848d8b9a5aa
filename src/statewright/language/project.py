"""The project file: its own fields, the files it names, and the blocks that other parts of the system read.

Source: workflows.md 2.1, 2.16..2.19 and 20.2. Blocks of the server's are kept as they are; unknown keys there warn.
"""

from __future__ import annotations

import re

import msgspec

from statewright.kernel.values import Json
from statewright.language.entities.tools import TIMEOUT, Runtime
from statewright.language.marks import At, Map
from statewright.language.paths import is_inside, normal
from statewright.language.workflow import KNOWN as WORKFLOW_KEYS
from statewright.language.workflow import LATER as WORKFLOW_LATER
from statewright.language.yaml.reading import Keys, Reader

# The original engine's rule for names (workflows.md 2.1).
_NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]{0,62}\Z")
# Blocks that configure the server and its stores; they may stand in the same file (workflows.md 15).
_SERVER_BLOCKS = (
    "mode", "server", "database", "temporal", "redis", "limits", "memory", "llm", "ratelimit", "cli", "attachments",
    "webhooks", "mcp_proxy", "stream", "worker", "resources",
)  # fmt: skip
KEYS = Keys(
    "a project",
    frozenset({
        *WORKFLOW_KEYS, "workflows", "runtime", "autoload", "cache", "monitoring", "strict_templates", *_SERVER_BLOCKS,
    }),
    WORKFLOW_LATER,
    unknown="typo",
)  # fmt: skip
RUNTIME_KEYS = Keys(
    "runtime",
    frozenset({
        "type", "entrypoint", "permissions", "tool_execution_timeout", "task_execution_timeout_default",
        "task_execution_timeout_max", "native_tools", "timeout", "memory_limit", "environment", "log_level",
        "log_format", "dispatcher_heartbeat_interval", "dispatcher_heartbeat_ttl", "dispatcher_stale_threshold",
        "async_token_counter_workers", "async_token_counter_buffer_size", "task_execution_timeout", "runtime_type",
        "entrypoint_path", "bun_permissions",
    }),
    unknown="warning",
)  # fmt: skip
AUTOLOAD_KEYS = Keys(
    "autoload",
    frozenset({"enabled", "strict", "include", "exclude", "watch_enabled", "watch_interval"}),
    unknown="warning",
)
CACHE_KEYS = Keys(
    "cache",
    frozenset({
        "enabled", "ttl", "prefix", "max_item_size", "compression_enabled", "compression_threshold", "eviction_policy",
        "stats_interval", "url", "host", "port", "password", "db", "pool_size", "max_idle_conns", "timeout",
    }),
    unknown="warning",
)  # fmt: skip
MONITORING_KEYS = Keys("monitoring", frozenset({"enabled", "path", "metrics", "logging", "tracing"}), unknown="warning")


class Autoload(msgspec.Struct, frozen=True):
    """Which files are read without being named."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = True


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What the project file says. `facts` is what templates see as `.project`."""

    name: str
    facts: dict[str, Json]
    runtime: Runtime = Runtime()


def read_project(at: At, reader: Reader) -> Project:
    """Returns the project that the resolved file describes."""
    reader.keys(at, KEYS)
    name = reader.required_text(at, "name", "a project")
    entry = at.get("name")
    if name and entry is not None and not _NAME.match(name):
        hint = "letters, digits, '-' and '_', at most 63, no digit first"
        reader.problems.error("ID_INVALID", f"{name!r} cannot be a project's name", entry, hint=hint)
    for block, keys in (("cache", CACHE_KEYS), ("monitoring", MONITORING_KEYS)):
        found = reader.mapping(at, block)
        if found is not None:
            reader.keys(found, keys)
    facts: dict[str, Json] = {
        "id": name,
        "name": name,
        "version": reader.text(at, "version"),
        "description": reader.text(at, "description"),
    }
    config = reader.mapping(at, "config")
    if any(reader.boolean(block, "strict_templates") for block in (at, config) if block is not None):
        facts["strict_templates"] = True
    return Project(name=name, facts=facts, runtime=_runtime(at, reader))


def read_sources(at: At, reader: Reader) -> tuple[At, ...]:
    """Returns the paths of the workflow files that the project lists."""
    found = []
    for element in reader.elements(at, "workflows"):
        source = element.get("source") if isinstance(element.value, Map) else element
        if source is None or not isinstance(source.value, str):
            reader.missing(element, "source", "a workflow of the project", "as in `- source: workflows/a.yaml`")
        elif not is_inside(source.value):
            message = f"{source.value!r} leads out of the project's folder"
            hint = "name a file below the project file, with '/' between folders"
            reader.problems.error("PATH_OUTSIDE_PROJECT", message, source, hint=hint)
        else:
            found.append(At(normal(source.value), source.mark, source.path))
    return tuple(found)


def read_autoload(at: At, reader: Reader) -> Autoload | None:
    """Returns which files are read without being named; None where autoload is off."""
    block = reader.mapping(at, "autoload")
    if block is None:
        return None
    reader.keys(block, AUTOLOAD_KEYS)
    include = reader.texts(block, "include")
    enabled = reader.boolean(block, "enabled")
    if enabled and not include:
        reader.missing(block, "include", "autoload", "list globs, as in `- agents/**/*.yaml`")
    for element in reader.elements(block, "include"):
        if isinstance(element.value, str) and not is_inside(element.value):
            message = f"{element.value!r} leads out of the project's folder"
            reader.problems.error("PATH_OUTSIDE_PROJECT", message, element)
    if not enabled:
        return None
    inside = tuple(pattern for pattern in include if is_inside(pattern))
    return Autoload(inside, reader.texts(block, "exclude"), reader.boolean(block, "strict", True))


def _runtime(at: At, reader: Reader) -> Runtime:
    block = reader.mapping(at, "runtime")
    if block is None:
        return Runtime()
    reader.keys(block, RUNTIME_KEYS)
    timeout = reader.duration(block, "tool_execution_timeout", TIMEOUT)
    return Runtime(
        entrypoint=_entrypoint(block, reader),
        permissions=reader.texts(block, "permissions"),
        timeout=reader.duration(block, "timeout", timeout),
    )


def _entrypoint(block: At, reader: Reader) -> str:
    path, entry = reader.text(block, "entrypoint"), block.get("entrypoint")
    if not path or entry is None:
        return ""
    if not is_inside(path):
        reader.problems.error("PATH_OUTSIDE_PROJECT", f"{path!r} leads out of the project's folder", entry)
        return ""
    return normal(path)
