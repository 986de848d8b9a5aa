"""What a basic task does: `agent`, `tool`, `action`, `prompt` and `model_config` of the YAML to one component.

Source: workflows.md 1.3, 2.3, 5.5 and 20.2.
"""

from __future__ import annotations

import msgspec

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import MemoryUse, Model, Prompt, Tool
from statewright.kernel.schemas import Schema
from statewright.kernel.tasks.basic import Pass, UseTool
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import meant
from statewright.language.entities.agents import Action, Agent, read_agent, read_chosen_model
from statewright.language.entities.definitions import Definitions, seeing
from statewright.language.entities.memories import read_uses
from statewright.language.entities.schemas import read_schema
from statewright.language.entities.tools import read_tool
from statewright.language.grammar.tool import BUILTIN_PREFIX
from statewright.language.marks import At, Map
from statewright.language.templates.compiling import has_template, parse_template
from statewright.language.templates.texts import template
from statewright.language.yaml.reading import Reader


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A basic task's component, with what it adds to the task: defaults of `with`, an input schema, the action's id."""

    component: Pass | Prompt | UseTool = Pass()
    defaults: tuple[At, ...] = ()
    input: Schema | None = None
    action: str = ""


class Components:
    """Reads the components of one workflow. Tools that tasks define in place are added to `tools`.

    `lacking` says what the workflow uses that this release cannot run.
    """

    def __init__(self, definitions: Definitions, reader: Reader) -> None:
        self._shared = self._definitions = definitions
        self._reader = reader
        self.tools: dict[str, Tool] = dict(definitions.tools)
        self.lacking: dict[str, None] = {}

    def read(self, at: At, env: dict[str, Json]) -> Component:
        """Returns what the task does; `env` holds the variables that only it and its containers have."""
        self._definitions = seeing(self._shared, env) if env else self._shared
        agent, tool = at.get("agent"), at.get("tool")
        if agent is not None and tool is not None:
            message = "a task has an agent or a tool, not both"
            self._reader.problems.key("COMPONENT_CONFLICT", message, tool, hint="make two tasks of it")
            return Component()
        if tool is not None:
            return self._tool(at, tool)
        if agent is not None:
            found = self._agent(agent)
            return Component() if found is None else self._asking(at, found)
        if at.get("action") is not None:
            self._reader.missing(at, "agent", "a task with an action")
            return Component()
        return self._bare_prompt(at) if at.get("prompt") is not None else Component()

    def _tool(self, at: At, tool: At) -> Component:
        action = at.get("action")
        if action is not None:
            hint = "a tool's action is part of its input: put it under `with`"
            self._reader.problems.key("COMPONENT_CONFLICT", "a task with a tool has no action", action, hint=hint)
        builtin = self._builtin(tool)
        id = builtin or self._selected(tool, "tool", tuple(self._definitions.sources["tool"]))
        if id is None:
            return Component()
        if not builtin and not self._is_declared(tool, "tool", id):
            return self._inline_tool(tool)
        if not builtin and id not in self.tools:
            # Why it cannot run was said where it is defined.
            self.lacking[f"the tool {id!r}"] = None
        return Component(component=UseTool(id))

    def _builtin(self, at: At) -> str:
        """Returns the id of a tool that the original engine brings along, where `at` names one."""
        id = at.value.get("id") if isinstance(at.value, Map) and len(at.value) == 1 else at.value
        if not isinstance(id, str) or not id.startswith(BUILTIN_PREFIX):
            return ""
        self._reader.not_available(f"the built-in tool {id!r}", at)
        self.lacking[f"the built-in tool {id!r}"] = None
        return id

    def _inline_tool(self, at: At) -> Component:
        tool = read_tool(at, self._definitions.tool_context, self._reader)
        if tool is None:
            id = str(at.value.get("id"))
            self.lacking[f"the tool {id!r}"] = None
            return Component(component=UseTool(id))
        if self.tools.setdefault(tool.id, tool) != tool:
            message = f"there is another tool {tool.id!r}"
            self._reader.problems.error("ID_DUPLICATE", message, at.get("id") or at, hint="give it an id of its own")
        return Component(component=UseTool(tool.id))

    def _agent(self, at: At) -> Agent | None:
        id = self._selected(at, "agent", tuple(self._definitions.agents))
        if id is None:
            return None
        if self._is_declared(at, "agent", id):
            return self._definitions.agents.get(id)
        return read_agent(at, self._definitions.context, self._reader)

    def _selected(self, at: At, kind: str, known: tuple[str, ...]) -> str | None:
        """Returns the id that `at` names or defines; complains about one that does not exist."""
        selector = isinstance(at.value, str) or (isinstance(at.value, Map) and set(at.value) == {"id"})
        id = at.value.get("id") if isinstance(at.value, Map) else at.value
        if not isinstance(id, str):
            self._reader.problems.error("TYPE_STRING", f"{kind!r} must be the id of one, or a map with an id", at)
            return None
        if selector and id not in known:
            hint = meant(id, known, listed=f"{kind}s")
            self._reader.problems.error(f"{kind.upper()}_UNKNOWN", f"there is no {kind} {id!r}", at, hint=hint)
            return None
        return id

    def _is_declared(self, at: At, kind: str, id: str) -> bool:
        """Whether `at` is the declared definition itself: named by its id, or brought here by a directive."""
        declared = self._definitions.sources[kind].get(id)
        return declared is not None and (not isinstance(at.value, Map) or at.value in ({"id": id}, declared.value))

    def _asking(self, at: At, agent: Agent) -> Component:
        action = self._action(at, agent)
        if action is None and at.get("prompt") is None:
            if at.get("action") is None:
                hint = meant("", agent.actions, listed="actions")
                self._reader.missing(at, "action", f"a task with the agent {agent.id!r}", hint or "or a `prompt`")
            return Component()
        memory = (*agent.memory, *(action.memory if action else ()), *self._memory(at))
        return Component(
            component=Prompt(
                model=self._model(at, agent.model),
                agent=agent.id,
                action=action.id if action else "",
                instructions=self._template(agent.instructions),
                prompt=self._prompt(action, at.get("prompt")),
                schema=action.output if action else self._output(at),
                json_mode=(action.json_mode if action else False) or agent.json_mode or self._json_mode(at),
                memory=tuple({use.id: use for use in memory}.values()),
                tools=agent.tools,
            ),
            defaults=tuple(given for given in (agent.with_, action.with_ if action else None) if given is not None),
            input=action.input if action else None,
            action=action.id if action else "",
        )

    def _bare_prompt(self, at: At) -> Component:
        prompt = Prompt(
            model=self._model(at, None),
            prompt=self._template(at.get("prompt")),
            schema=self._output(at),
            json_mode=self._json_mode(at),
            memory=self._memory(at),
        )
        return Component(component=prompt)

    def _action(self, at: At, agent: Agent) -> Action | None:
        entry = at.get("action")
        id = self._reader.text(at, "action")
        if entry is None or not id:
            return None
        if has_template(id):
            self._reader.not_available("an action chosen by a template", entry)
            self.lacking["an action chosen by a template"] = None
        elif id not in agent.actions:
            hint = meant(id, agent.actions, listed="actions")
            message = f"the agent {agent.id!r} has no action {id!r}"
            self._reader.problems.error("ACTION_UNKNOWN", message, entry, hint=hint)
        return agent.actions.get(id)

    def _model(self, at: At, own: Model | None) -> Model:
        given = at.get("model_config") or at.get("model")
        chosen = read_chosen_model(given, self._definitions.context, self._reader)
        model = chosen or own or self._definitions.default_model
        if model is None:
            if given is None:
                hint = "list one under `models` of the project, or give the agent a `model`"
                self._reader.problems.error("MODEL_MISSING", "no model is there to ask", at.get("id") or at, hint=hint)
            return Model(provider="", model="")
        return model

    def _memory(self, at: At) -> tuple[MemoryUse, ...]:
        return read_uses(at, self._definitions.memories, self._reader)

    def _output(self, at: At) -> Schema | None:
        entry = at.get("output")
        return None if entry is None else read_schema(entry, self._definitions.schemas, self._reader)

    def _json_mode(self, at: At) -> bool:
        return self._reader.boolean(at, "json_mode")

    def _template(self, at: At | None) -> Template | str:
        return "" if at is None else template(at, self._reader)

    def _prompt(self, action: Action | None, own: At | None) -> Template | str:
        """A task's own prompt stands below its action's."""
        first = self._template(action.prompt if action else None)
        second = self._template(own)
        if not first or not second:
            return first or second
        texts = [part if isinstance(part, str) else part.source for part in (first, second)]
        joined = "\n\n".join(texts)
        return parse_template(joined) if has_template(joined) else joined
