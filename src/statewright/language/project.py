"""The project file, as far as a run needs it: name and facts, the files that it names, and where its tools run.

Source: workflows.md 2.1, 2.16, 2.17 and 20.2. What else may stand in it is the grammar's.
"""

from __future__ import annotations

import msgspec

from statewright.kernel.values import Json
from statewright.language.entities.tools import Runtime
from statewright.language.grammar.autoload import AUTOLOAD
from statewright.language.grammar.runtime import RUNTIME, TOOL_TIMEOUT
from statewright.language.marks import At, Map
from statewright.language.paths import is_inside, normal
from statewright.language.yaml.reading import Reader


class Autoload(msgspec.Struct, frozen=True):
    """Which files are read without being named."""

    include: tuple[At, ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = True


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What the project file says. `facts` is what templates see as `.project`."""

    name: str
    facts: dict[str, Json]
    runtime: Runtime = Runtime()


def read_project(at: At, reader: Reader) -> Project:
    """Returns the project that the resolved file describes."""
    name = reader.required_text(at, "name", "a project")
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
    reader.keys(block, AUTOLOAD.keys)
    include = reader.texts(block, "include")
    enabled = reader.boolean(block, "enabled")
    if enabled and not include:
        reader.missing(block, "include", "autoload", "list globs, as in `- agents/**/*.yaml`")
    for element in reader.elements(block, "include"):
        if isinstance(element.value, str) and not is_inside(element.value):
            message = f"{element.value!r} leads out of the project's folder"
            hint = "name files below the project file, with '/' between folders"
            reader.problems.error("PATH_OUTSIDE_PROJECT", message, element, hint=hint)
    if not enabled:
        return None
    patterns = reader.elements(block, "include")
    inside = tuple(at for at in patterns if isinstance(at.value, str) and is_inside(at.value))
    return Autoload(inside, reader.texts(block, "exclude"), reader.boolean(block, "strict", True))


def _runtime(at: At, reader: Reader) -> Runtime:
    block = reader.mapping(at, "runtime")
    if block is None:
        return Runtime()
    reader.keys(block, RUNTIME.keys)
    timeout = reader.duration(block, "tool_execution_timeout", TOOL_TIMEOUT)
    return Runtime(
        entrypoint=_entrypoint(block, reader),
        permissions=reader.texts(block, "permissions") or reader.texts(block, "bun_permissions"),
        timeout=reader.duration(block, "timeout", timeout),
    )


def _entrypoint(block: At, reader: Reader) -> str:
    key = "entrypoint" if block.get("entrypoint") is not None else "entrypoint_path"
    path, entry = reader.text(block, key), block.get(key)
    if not path or entry is None:
        return ""
    if not is_inside(path):
        reader.problems.error("PATH_OUTSIDE_PROJECT", f"{path!r} leads out of the project's folder", entry)
        return ""
    return normal(path)
