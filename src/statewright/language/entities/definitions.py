"""Everything that a workflow can name: models, agents, tools, schemas, memories and variables, read from its layers.

A layer is a document that defines things: autoloaded files below the project below the workflow itself. What a higher
layer defines hides the same id of a lower one (workflows.md 1.3).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from statewright.kernel.program import Model, Tool
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import article, meant
from statewright.language.entities.agents import Agent, AgentContext, read_agent
from statewright.language.entities.environment import read_environment
from statewright.language.entities.layers import Layers
from statewright.language.entities.memories import Memory, read_memory
from statewright.language.entities.models import model_id, read_model
from statewright.language.entities.schemas import read_schema
from statewright.language.entities.tools import Runtime, ToolContext, read_tool
from statewright.language.grammar.tool import BUILTIN_PREFIX
from statewright.language.marks import At, Map
from statewright.language.yaml.reading import Reader


class Definitions(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow's tasks are compiled against. `sources` has agents and tools as written, by kind and id."""

    models: dict[str, Model]
    default_model: Model | None
    schemas: dict[str, Schema]
    memories: dict[str, Memory]
    tools: dict[str, Tool]
    agents: dict[str, Agent]
    env: dict[str, Json]
    context: AgentContext
    tool_context: ToolContext
    sources: dict[str, dict[str, At]]


def read_definitions(layers: Layers, runtime: Runtime, reader: Reader) -> Definitions:
    """Returns what the layers define; every definition is read, also one that no task uses."""
    env = read_environment(layers, reader)
    schemas = _schemas(layers, reader)
    models, default = _models(layers, env, reader)
    memories = {id: read_memory(at, reader) for id, at in _all(layers, "memories", "memory", reader).items()}
    tool_ats = _all(layers, "tools", "tool", reader)
    tool_context = ToolContext(runtime, schemas, env)
    tools = {id: tool for id, at in tool_ats.items() if (tool := read_tool(at, tool_context, reader)) is not None}
    context = AgentContext(models, schemas, memories, frozenset(tool_ats), env)
    agent_ats = _all(layers, "agents", "agent", reader)
    agents = {id: reader.once(at, context, read_agent) for id, at in agent_ats.items()}
    inline = _inline_tools(agent_ats, tool_context, reader)
    return Definitions(
        models=models,
        default_model=default,
        schemas=schemas,
        memories=memories,
        tools={**inline, **tools},
        agents=agents,
        env=env,
        context=context,
        tool_context=tool_context,
        sources={"agent": agent_ats, "tool": tool_ats},
    )


def seeing(definitions: Definitions, env: dict[str, Json]) -> Definitions:
    """Returns the definitions as a task with variables of its own uses them."""
    own = {**definitions.env, **env}
    return msgspec.structs.replace(
        definitions,
        env=own,
        context=msgspec.structs.replace(definitions.context, env=own),
        tool_context=msgspec.structs.replace(definitions.tool_context, env=own),
    )


def _all(layers: Layers, section: str, kind: str, reader: Reader) -> dict[str, At]:
    """Returns the definitions of a section by id, over all layers."""
    found = dict(layers.resources.get(kind, {}))
    for document in layers.documents:
        here: dict[str, At] = {}
        for element in reader.elements(document, section):
            if isinstance(element.value, str):
                _selected(element, found, kind, reader)
            elif isinstance(element.value, Map):
                if not _selects(element, found):
                    _define(element, here, kind, reader)
                elif element.value["id"] not in found:
                    _selected(At(element.value["id"], element.mark, element.path), found, kind, reader)
            else:
                reader.problems.error("TYPE_MAP", f"an element of {section!r} must be a map or an id", element)
        found.update(here)
    return found


def _selects(at: At, found: dict[str, At]) -> bool:
    """A map of an `id` alone names what a lower layer, or the original engine, defines."""
    id = at.value.get("id")
    return len(at.value) == 1 and isinstance(id, str) and (id in found or id.startswith(BUILTIN_PREFIX))


def _selected(at: At, found: dict[str, At], kind: str, reader: Reader) -> None:
    if kind == "tool" and at.value.startswith(BUILTIN_PREFIX):
        reader.not_available(f"the built-in tool {at.value!r}", at)
    elif at.value not in found:
        hint = meant(at.value, found, listed=f"{kind}s")
        reader.problems.error(f"{kind.upper()}_UNKNOWN", f"there is no {kind} {at.value!r}", at, hint=hint)


def _define(at: At, here: dict[str, At], kind: str, reader: Reader) -> None:
    id = at.value.get("id")
    if not isinstance(id, str):
        reader.identifier(at, article(kind))
        return
    if id in here:
        line = here[id].mark.place().line
        message = f"there are two {kind}s {id!r}; the first one is in line {line}"
        reader.problems.error("ID_DUPLICATE", message, at.get("id") or at, hint="rename one of them")
    here[id] = at


def _schemas(layers: Layers, reader: Reader) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for id, at in _all(layers, "schemas", "schema", reader).items():
        schema = read_schema(at, found, reader)
        if schema is not None:
            found[id] = schema
    return found


def _models(layers: Layers, env: dict[str, Json], reader: Reader) -> tuple[dict[str, Model], Model | None]:
    found: dict[str, Model] = {}
    marked: list[At] = []
    for at in _model_maps(layers, reader):
        model = read_model(at, env, reader)
        found[model_id(at)] = model
        found.setdefault(f"{model.provider}:{model.model}", model)
        if reader.boolean(at, "default"):
            marked.append(at)
    if len(marked) > 1:
        line = marked[0].mark.place().line
        message = f"one model at most is the default; the model in line {line} is marked too"
        reader.problems.error("MODEL_DEFAULT_AMBIGUOUS", message, marked[1].get("default") or marked[1])
    chosen = found[model_id(marked[0])] if marked else next(iter(found.values()), None)
    return found, chosen


def _model_maps(layers: Layers, reader: Reader) -> Iterator[At]:
    yield from layers.resources.get("model", {}).values()
    for document in layers.documents:
        yield from reader.maps(document, "models")


def _inline_tools(agents: dict[str, At], context: ToolContext, reader: Reader) -> dict[str, Tool]:
    """Returns the tools that agents define themselves, or reach by a directive."""
    found: dict[str, Tool] = {}
    for agent in agents.values():
        for element in reader.elements(agent, "tools"):
            if isinstance(element.value, Map) and len(element.value) > 1:
                tool = read_tool(element, context, reader)
                if tool is not None:
                    found[tool.id] = tool
    return found
