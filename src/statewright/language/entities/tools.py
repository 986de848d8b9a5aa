"""Tool definitions to the kernel's `Tool`: http, inline JavaScript, Python functions, exports of the entrypoint.

Source: workflows.md 2.7, 16 and 20.2. What a tool is follows from its `type`, else from what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from statewright.kernel.program import Tool
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.entities.credentials import sink
from statewright.language.entities.schemas import read_schema
from statewright.language.grammar.runtime import TOOL_TIMEOUT
from statewright.language.grammar.tool import BUILTIN_PREFIX, TOOL, TYPES
from statewright.language.marks import At, bare
from statewright.language.paths import is_inside
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import parsed
from statewright.language.yaml.reading import Reader

_PYTHON = re.compile(r"[^:\0]+\.py:[A-Za-z_][A-Za-z0-9_]*\Z")
# A text that ends like a Python file, or names a function of one, is meant so and not as JavaScript.
_PYTHON_FILE = re.compile(r"[^\s;{}()]+\.py(?::[^\s:]*)?\Z")
_SCRIPT_FILE = re.compile(r"[^\s;{}()]+\.(?:ts|js|mjs|tsx)\Z")

Kind = Literal["http", "javascript", "python", "entrypoint"]


class Runtime(msgspec.Struct, frozen=True):
    """What the project's `runtime` says about tools."""

    entrypoint: str = ""
    permissions: tuple[str, ...] = ()
    timeout: int = TOOL_TIMEOUT


class ToolContext(msgspec.Struct, frozen=True):
    """What a tool definition is read against."""

    runtime: Runtime
    schemas: dict[str, Schema]
    env: dict[str, Json]


def read_tool(at: At, context: ToolContext, reader: Reader) -> Tool | None:
    """Returns the tool that a map defines; None where it is of no kind that can run."""
    reader.keys(at, TOOL.keys)
    id = reader.identifier(at, "a tool")
    if id.startswith(BUILTIN_PREFIX):
        message = f"{id!r} cannot be the id of a tool: the original engine's own tools begin so"
        reader.problems.error("ID_INVALID", message, at.get("id") or at, hint="use another prefix")
        return None
    kind = _kind(at, context.runtime, reader)
    if kind is None:
        return None
    return Tool(
        id=id,
        kind=kind,
        description=reader.text(at, "description"),
        env=_env(at, context.env, reader),
        with_=_default_input(at, reader),
        input=_schema(at, "input", context, reader),
        output=_schema(at, "output", context, reader),
        timeout=reader.duration(at, "timeout", context.runtime.timeout),
        at_most_once=reader.boolean(at, "at_most_once"),
        **_READ[kind](at, context, reader),
    )


def _kind(at: At, runtime: Runtime, reader: Reader) -> Kind | None:
    execute = at.get("execute")
    if at.get("type") is not None:
        return reader.choice(at, "type", TYPES, "") or None  # type: ignore[return-value]  # one of TYPES
    if execute is not None and isinstance(execute.value, str) and _SCRIPT_FILE.match(execute.value.strip()):
        reader.not_available("a tool in a script file of its own", execute)
        return None
    if execute is not None and isinstance(execute.value, str) and _PYTHON_FILE.match(execute.value.strip()):
        return "python"
    if execute is not None or at.get("code") is not None:
        return "javascript"
    if reader.text(at, "implementation", "runtime") == "native":
        reader.not_available("a native tool", at.get("implementation") or at)
        return None
    if runtime.entrypoint:
        return "entrypoint"
    hint = "give it a `type`, or name the file that exports it as runtime.entrypoint"
    message = f"the tool {at.value.get('id')!r} does not say how it runs"
    reader.problems.error("TOOL_INCOMPLETE", message, at.get("id") or at, hint=hint)
    return None


def _http(at: At, context: ToolContext, reader: Reader) -> dict[str, Any]:
    config = reader.mapping(at, "config")
    if config is None or config.get("base_url") is None:
        reader.missing(config or at, "base_url", "the config of an http tool", "as in config: { base_url: https://… }")
        return {}
    _refuse_keys(at, ("execute", "code"), "an http tool", reader)
    if _is_dynamic(config, reader):
        return {}
    return {"config": sink(config, context.env, reader)}


def _is_dynamic(config: At, reader: Reader) -> bool:
    """Whoever chooses the host could choose one inside our network (reliability.md B-043)."""
    host = config.get("base_url")
    template = parsed(host, reader) if host is not None and has_template(host.value) else None
    if host is None or template is None or all(name[0] == "env" for name in template.names):
        return False
    message = "where a tool calls is fixed before any run starts"
    hint = "write the host, or {{ .env.NAME }}; a path may come with each call"
    reader.problems.error("TOOL_HOST_DYNAMIC", message, host, hint=hint)
    return True


def _javascript(at: At, context: ToolContext, reader: Reader) -> dict[str, Any]:
    entry = at.get("execute") or at.get("code")
    if entry is None:
        reader.missing(at, "execute", "a javascript tool", "it holds one top-level function")
        return {}
    if not isinstance(entry.value, str):
        reader.problems.error("TYPE_STRING", "'execute' must be the text of a function", entry)
        return {}
    return {"code": entry.value, "config": _config(at, context, reader)}


def _python(at: At, context: ToolContext, reader: Reader) -> dict[str, Any]:
    entry = at.get("execute")
    if entry is None:
        reader.missing(at, "execute", "a python tool", "as in execute: tools/billing.py:refund")
        return {}
    if not isinstance(entry.value, str) or not _PYTHON.match(entry.value):
        message = f"{entry.value!r} does not name a function of a file"
        reader.problems.error("TOOL_ENTRY_INVALID", message, entry, hint="as in tools/billing.py:refund")
        return {}
    path, _, function = entry.value.rpartition(":")
    if not is_inside(path):
        reader.problems.error("PATH_OUTSIDE_PROJECT", f"{path!r} leads out of the project's folder", entry)
        return {}
    return {"entry": f"{path.removeprefix('./')}:{function}", "config": _config(at, context, reader)}


def _entrypoint(at: At, context: ToolContext, reader: Reader) -> dict[str, Any]:
    runtime = context.runtime
    config = _config(at, context, reader)
    return {"entry": runtime.entrypoint, "permissions": runtime.permissions, "config": config}


_READ: dict[str, Callable[[At, ToolContext, Reader], dict[str, Any]]] = {
    "http": _http,
    "javascript": _javascript,
    "python": _python,
    "entrypoint": _entrypoint,
}


def _config(at: At, context: ToolContext, reader: Reader) -> Json:
    config = reader.mapping(at, "config")
    return None if config is None else sink(config, context.env, reader)


def _env(at: At, env: dict[str, Json], reader: Reader) -> dict[str, Json]:
    entry = reader.mapping(at, "env")
    return {} if entry is None else {key: sink(item, env, reader) for key, item in entry.entries()}


def _default_input(tool: At, reader: Reader) -> Json:
    at = reader.mapping(tool, "with")
    if at is None:
        return None
    for _, entry in at.entries():
        if isinstance(entry.value, str) and has_template(entry.value):
            hint = "put it into the `with` of the task that uses the tool"
            reader.problems.error("TEMPLATE_NOT_ALLOWED_HERE", "a tool's default input is fixed", entry, hint=hint)
    return bare(at.value)


def _schema(at: At, key: str, context: ToolContext, reader: Reader) -> Schema | None:
    entry = at.get(key)
    return None if entry is None else read_schema(entry, context.schemas, reader)


def _refuse_keys(at: At, keys: tuple[str, ...], what: str, reader: Reader) -> None:
    for key in keys:
        entry = at.get(key)
        if entry is not None:
            reader.problems.key("KEY_UNKNOWN", f"{what} has no key {key!r}", entry, hint=meant(key, ()))
