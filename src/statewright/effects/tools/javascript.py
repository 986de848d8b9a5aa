"""JavaScript tools: the text in the workflow, or a function that the project's entrypoint exports, run in `deno.py`.

A module is imported by a name that the operator file lists, never from the network or from the disk.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import tempfile
from pathlib import Path

import msgspec

from statewright.effects.operator import Operator
from statewright.effects.refused import CallRefused, refused
from statewright.effects.tools import deno
from statewright.effects.tools.paths import inside
from statewright.effects.tools.permissions import Granted, granted
from statewright.effects.tools.tool import ToolUse, failed
from statewright.kernel.values import Json

RUNNER = Path(__file__).with_name("runner.js")

# What an entrypoint may consist of, besides itself. More files, or larger ones, are a build's output or an accident.
SOURCE_SUFFIXES = frozenset({".js", ".mjs", ".ts", ".mts", ".tsx", ".jsx", ".json"})
SOURCE_FILES_MAX = 500
SOURCE_BYTES_MAX = 10 * 1024 * 1024

# Deno brings these along, so a text could import them unlisted. They could do nothing without a permission; that they
# are absent makes one rule of it: what the operator does not list is not there.
NODE_MODULES = (
    "assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram "
    "diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector "
    "inspector/promises module net os path path/posix path/win32 perf_hooks process punycode querystring "
    "readline readline/promises repl sea sqlite stream stream/consumers stream/promises stream/web "
    "string_decoder sys test test/reporters timers timers/promises tls trace_events tty url util util/types v8 "
    "vm wasi worker_threads zlib "
)

# How Deno says that it does not load a module, in the order of how exact the name is.
_NOT_LOADED = tuple(
    re.compile(pattern)
    for pattern in (
        r'Import "([^"]+)" not a dependency',
        r'A remote specifier was requested: "([^"]+)"',
        r'Blocked by null entry for "+([^"]+)"',
        r'Requires read access to "([^"]+)"',
        r'Module not found "([^"]+)"',
        r"(npm|jsr) specifiers? w",
    )
)
_DATA_TYPES = {".ts": "application/typescript", ".mts": "application/typescript"}


class InlineJavaScript:
    """Runs tools of kind `javascript`, with no permission at all."""

    def __init__(self, operator: Operator) -> None:
        self._modules = operator.modules

    async def __call__(self, use: ToolUse) -> Json:
        """Returns what the one function of the text returns."""
        imports = {f"node:{name}": None for name in NODE_MODULES.split()} | _stubs(self._modules)
        with tempfile.TemporaryDirectory(prefix="statewright-") as folder:
            root = _prepared(folder, imports)
            return _result(use, await deno.run(deno.Job(folder=root, stdin=_document(use))), root)


class EntrypointTools:
    """Runs tools of kind `entrypoint`, with the permissions that the project names one by one."""

    def __init__(self, operator: Operator) -> None:
        self._modules = operator.modules

    async def __call__(self, use: ToolUse) -> Json:
        """Returns what the function returns that the entrypoint exports under the tool's id."""
        rights = granted(use.tool.permissions, use.folder)
        entry = inside(use.folder, use.tool.entry)
        with tempfile.TemporaryDirectory(prefix="statewright-") as folder:
            source = Path(folder).resolve() / "source"
            await asyncio.to_thread(_copied, entry.parent, source)
            imports = _stubs(self._modules) | {"statewright:entry": (source / entry.name).as_uri()}
            imports[f"{source.as_uri()}/"] = f"{source.as_uri()}/"
            job = deno.Job(
                folder=_prepared(folder, imports),
                permissions=rights.flags,
                environment=_environment(use, rights),
                stdin=_document(use),
            )
            return _result(use, await deno.run(job), job.folder)


def _prepared(folder: str, imports: dict[str, str | None]) -> Path:
    """Puts runner and import map into the folder. The map ends at the folder: no other file is a module."""
    root = Path(folder).resolve()
    shutil.copyfile(RUNNER, root / RUNNER.name)
    runner = (root / RUNNER.name).as_uri()
    document = {"imports": {"file:///": None, runner: runner, **imports}}
    (root / "import-map.json").write_bytes(msgspec.json.encode(document))
    return root


def _stubs(modules: dict[str, str]) -> dict[str, str | None]:
    """Returns the operator's modules as data addresses: loading those needs no right to read."""
    stubs: dict[str, str | None] = {}
    for name, path in modules.items():
        kind = _DATA_TYPES.get(Path(path).suffix, "text/javascript")
        stubs[name] = f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"
    return stubs


def _document(use: ToolUse) -> bytes:
    return msgspec.json.encode(
        {
            "code": use.tool.code,
            "tool": use.tool.id,
            "input": use.input,
            "config": use.config or {},
            "idempotencyKey": use.effect,
        }
    )


def _environment(use: ToolUse, rights: Granted) -> dict[str, str]:
    """Returns the variables that were granted and are set, the tool's own `env` before the operator's secrets."""
    variables: dict[str, str] = {}
    for name in rights.variables:
        text = use.sink.reveal(use.tool.env[name]) if name in use.tool.env else use.sink.named(name)
        if text is not None:
            variables[name] = str(text)
    return variables


def _copied(source: Path, target: Path) -> None:
    """Copies the entrypoint's folder: only source files, and no links, so that nothing outside of it comes along."""
    files = size = 0
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        for path in (Path(folder) / name for name in names):
            if path.suffix not in SOURCE_SUFFIXES or path.is_symlink():
                continue
            files, size = files + 1, size + path.stat().st_size
            if files > SOURCE_FILES_MAX or size > SOURCE_BYTES_MAX:
                limits = f"{SOURCE_FILES_MAX} files or {SOURCE_BYTES_MAX} bytes"
                message = f"the entrypoint's folder holds more than {limits}"
                raise refused("TOOL_SOURCE_LIMIT", message, hint="give the entrypoint a folder of its own", left=False)
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy, follow_symlinks=False)


class _Error(msgspec.Struct, frozen=True):
    name: str
    message: str
    code: str


class _Printed(msgspec.Struct, frozen=True):
    result: Json = None
    error: _Error | None = None


# JavaScript writes only those as an escape; pairs stand as the character that they are.
_LONE_SURROGATE = re.compile(rb"\\ud[89a-f][0-9a-f]{2}")
_printed = msgspec.json.Decoder(_Printed)


def _result(use: ToolUse, output: bytes, folder: Path) -> Json:
    try:
        printed = _printed.decode(output)
    except RecursionError as error:
        raise refused("TOOL_OUTPUT_INVALID", f"the tool {use.tool.id!r} returned what nests too deeply") from error
    except msgspec.MsgspecError as error:
        if _LONE_SURROGATE.search(output):
            message = f"the tool {use.tool.id!r} returned a text that holds a lone surrogate"
            raise refused("TOOL_OUTPUT_INVALID", message) from error
        message = f"the tool {use.tool.id!r} printed what is not its answer: {error}"
        raise refused("TOOL_FAILED", message) from error
    if printed.error is None:
        return printed.result
    # The temporary folder's name tells nobody anything, and differs each time.
    message = printed.error.message.replace(f"{folder.as_uri()}/", "").replace(str(folder), "")
    raise _refusal(use.tool.id, printed.error.name, message, printed.error.code)


def _refusal(tool: str, name: str, message: str, code: str) -> CallRefused:
    if code in ("TOOL_CODE_INVALID", "TOOL_NOT_FOUND"):
        return refused(code, f"the tool {tool!r} cannot run: {message}", left=False)
    if code == "ERR_MODULE_NOT_FOUND" and (module := _module(message)):
        hint = "list the module under `modules` of the operator file"
        return refused("MODULE_NOT_ALLOWED", f"the tool {tool!r} may not import {module!r}", hint=hint)
    if name == "NotCapable":
        return refused("TOOL_DENIED", f"the tool {tool!r} lacks a permission: {message}")
    if message == "Array buffer allocation failed":
        return refused("TOOL_MEMORY", f"the tool {tool!r} needs more memory than it has")
    return failed(tool, name, message)


def _module(message: str) -> str:
    found = (pattern.search(message) for pattern in _NOT_LOADED)
    return next((match[1] for match in found if match), "")
