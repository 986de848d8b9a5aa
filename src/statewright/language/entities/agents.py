"""Agents and their actions: who asks a model, with which words, and what the answer must look like.

Source: workflows.md 2.5, 2.6 and 20.2.
"""

from __future__ import annotations

import msgspec

from statewright.kernel.program import MemoryUse, Model
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.entities.memories import Memory, read_uses
from statewright.language.entities.models import read_model
from statewright.language.entities.schemas import read_schema
from statewright.language.grammar.agent import ACTION, AGENT, ITERATIONS, ITERATIONS_MAX
from statewright.language.grammar.tool import BUILTIN_PREFIX
from statewright.language.marks import At, Map
from statewright.language.yaml.reading import Reader


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt with a name."""

    id: str
    prompt: At | None
    input: Schema | None = None
    output: Schema | None = None
    with_: At | None = None
    json_mode: bool = False
    memory: tuple[MemoryUse, ...] = ()


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """Instructions, a model and actions. No model means the project's own default."""

    id: str
    instructions: At | None
    model: Model | None = None
    actions: dict[str, Action] = {}
    with_: At | None = None
    memory: tuple[MemoryUse, ...] = ()
    tools: tuple[str, ...] = ()
    json_mode: bool = False


class AgentContext(msgspec.Struct, frozen=True):
    """What an agent definition is read against."""

    models: dict[str, Model]
    schemas: dict[str, Schema]
    memories: dict[str, Memory]
    tools: frozenset[str]
    env: dict[str, Json]


def read_agent(at: At, context: AgentContext, reader: Reader) -> Agent:
    """Returns the agent that a map defines."""
    reader.keys(at, AGENT.keys)
    id = reader.identifier(at, "an agent")
    reader.required_text(at, "instructions", "an agent")
    reader.integer(at, "max_iterations", ITERATIONS, least=1, most=ITERATIONS_MAX)
    actions: dict[str, Action] = {}
    for element in reader.maps(at, "actions"):
        action = _read_action(element, context, reader)
        if action.id in actions:
            entry = element.get("id") or element
            reader.problems.error("ID_DUPLICATE", f"the agent {id!r} has two actions {action.id!r}", entry)
        actions[action.id] = action
    return Agent(
        id=id,
        instructions=at.get("instructions"),
        model=read_chosen_model(at.get("model") or at.get("config"), context, reader),
        actions=actions,
        with_=reader.mapping(at, "with"),
        memory=read_uses(at, context.memories, reader),
        tools=_tools(at, context, reader),
        json_mode=reader.boolean(at, "json_mode"),
    )


def read_chosen_model(at: At | None, context: AgentContext, reader: Reader) -> Model | None:
    """Returns the model that `model`, `config` or `model_config` chooses: one by its id, or one written in place."""
    if at is None:
        return None
    if isinstance(at.value, Map):
        return read_model(at, context.env, reader)
    found = context.models.get(at.value) if isinstance(at.value, str) else None
    if found is None:
        hint = meant(str(at.value), context.models, listed="models")
        reader.problems.error("MODEL_UNKNOWN", f"there is no model {at.value!r}", at, hint=hint)
    # A model that is not there was said once; a second complaint of a missing one would teach nobody.
    return found or Model(provider="", model="")


def _read_action(at: At, context: AgentContext, reader: Reader) -> Action:
    reader.keys(at, ACTION.keys)
    id = reader.identifier(at, "an action")
    reader.required_text(at, "prompt", "an action")
    return Action(
        id=id,
        prompt=at.get("prompt"),
        input=_schema(at, "input", context, reader),
        output=_schema(at, "output", context, reader),
        with_=reader.mapping(at, "with"),
        json_mode=reader.boolean(at, "json_mode"),
        memory=read_uses(at, context.memories, reader),
    )


def _schema(at: At, key: str, context: AgentContext, reader: Reader) -> Schema | None:
    entry = at.get(key)
    return None if entry is None else read_schema(entry, context.schemas, reader)


def _tools(at: At, context: AgentContext, reader: Reader) -> tuple[str, ...]:
    """Returns the ids of the agent's tools. They are not offered to the model before agents have their loop."""
    found = []
    for element in reader.elements(at, "tools"):
        id = element.value.get("id") if isinstance(element.value, Map) else element.value
        if not isinstance(id, str):
            reader.problems.error("TYPE_STRING", "a tool is named by its id", element)
            continue
        if id.startswith(BUILTIN_PREFIX):
            reader.not_available(f"the built-in tool {id!r}", element)
            continue
        if id not in context.tools and not _defines(element):
            hint = meant(id, context.tools, listed="tools")
            reader.problems.error("TOOL_UNKNOWN", f"there is no tool {id!r}", element, hint=hint)
            continue
        found.append(id)
    entry = at.get("tools")
    if found and entry is not None:
        message = "the model is not offered these tools in this release; prompts may call them"
        usage = f"as in {{{{ .tools.{found[0]}.action(.input.id) }}}}, or use a task with `tool`"
        reader.problems.key("AGENT_TOOLS_NOT_OFFERED", message, entry, hint=usage, severity="warning")
    return tuple(found)


def _defines(at: At) -> bool:
    return isinstance(at.value, Map) and len(at.value) > 1
