"""The basic task: passes its input through, asks a model once, or calls a tool. Never runs code itself.

Source: workflows.md 5.5 and 20.2. With memory, the conversation is read before the question and appended after it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.moves import Again, Done, Failed, Move, Request, Waiting, refused
from statewright.kernel.program import MemoryUse, Prompt, Tool
from statewright.kernel.state import Failure
from statewright.kernel.tasks.task import Leaf
from statewright.kernel.turn import Visit
from statewright.kernel.values import Json

ANSWER = "answer"
READ = "read:"
REMEMBER = "remember:"


class Pass(msgspec.Struct, frozen=True):
    """No component: the output is the rendered `with`."""


class UseTool(msgspec.Struct, frozen=True):
    """The component is the tool with this id in the program."""

    tool: str


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """`component` is what `agent`, `tool`, `action`, `prompt` and `model_config` of the YAML come to."""

    component: Pass | Prompt | UseTool = Pass()


class Basic(Leaf):
    """`type: basic`."""

    name: Literal["basic"] = "basic"
    Fields = Fields
    asks = True

    def start(self, visit: Visit) -> Move:
        """Starts the component."""
        component = visit.fields.component
        if isinstance(component, Prompt):
            return _ask(visit, component)
        if isinstance(component, UseTool):
            return _use(visit, visit.turn.program.tools[component.tool])
        return Done(visit.frame.input)

    def answered(self, visit: Visit, role: str, closing: Closing) -> Move:
        """Takes a tool's or model's answer, or a memory's."""
        if isinstance(closing, Refused):
            return refused(closing, visit.path)
        assert isinstance(closing, Answered)
        value = visit.turn.value_of(closing)
        component = visit.fields.component
        if not isinstance(component, Prompt):
            return _checked(visit.path, value, visit.turn.program.tools[component.tool])
        if not _well_formed(role, value):
            kind = "memory" if role != ANSWER else "model"
            return Failed(
                Failure("ANSWER_MALFORMED", f"the {kind} answered something of the wrong shape", visit.path, value)
            )
        memory = visit.frame.memory
        if role.startswith(READ):
            read = dict(memory.get("conversations") or {})
            return Again(memory | {"conversations": read | {role.removeprefix(READ): value["messages"]}})
        if role == ANSWER:
            return _answer(visit, component, value)
        return _remembered(visit, component)


def _use(visit: Visit, tool: Tool) -> Move:
    given = visit.frame.input
    value = {**(tool.with_ or {}), **(given or {})}
    if tool.input is not None:
        value = _without_absent(tool.input.with_defaults(value), tool.input.document.get("required") or [])
        problems = tool.input.problems(value)
        if problems:
            return _invalid(visit.path, "TOOL_INPUT_INVALID", f"the input of tool {tool.id!r}", problems)
    request = Request(
        kind="tool",
        target=tool.id,
        request={"input": value},
        role=ANSWER,
        timeout=visit.node.timeout or tool.timeout,
        attempts=visit.node.retry.attempts,
        at_most_once=tool.at_most_once,
    )
    return Waiting((request,))


def _ask(visit: Visit, prompt: Prompt) -> Move:
    frame = visit.frame
    read = frame.memory.get("conversations") or {}
    unread = [use for use in prompt.memory if use.id not in read]
    if unread:
        return Waiting(tuple(_reading(visit, use) for use in unread if f"{READ}{use.id}" not in visit.roles()))
    question = visit.text(prompt.prompt)
    messages = [{"role": "user", "content": question}]
    for use in reversed(prompt.memory):
        messages = list(read[use.id]) + messages
    instructions = visit.text(prompt.instructions)
    if instructions:
        messages.insert(0, {"role": "system", "content": instructions})
    request = Request(
        kind="model",
        target=f"{prompt.model.provider}/{prompt.model.model}",
        request={
            "model": _described(prompt),
            "messages": messages,
            "schema": prompt.schema.document if prompt.schema else None,
            "json_mode": prompt.json_mode,
        },
        role=ANSWER,
        timeout=visit.node.timeout or prompt.model.timeout,
        attempts=max(visit.node.retry.attempts, prompt.model.retry.attempts),
    )
    return Waiting((request,), frame.memory | {"question": question})


def _described(prompt: Prompt) -> Json:
    model = prompt.model
    return {
        "provider": model.provider,
        "model": model.model,
        "params": model.params,
        "api_key": model.api_key,
        "api_url": model.api_url,
        "timeout": model.timeout,
    }


def _reading(visit: Visit, use: MemoryUse) -> Request:
    key = visit.text(use.key)
    return Request(
        kind="memory",
        target=use.id,
        request={"operation": "read", "key": key, "at": visit.frame.at},
        role=f"{READ}{use.id}",
    )


def _well_formed(role: str, value: Json) -> bool:
    """Says whether a performer kept its promise; one that did not fails its task, not the run's kernel."""
    if role == ANSWER:
        return isinstance(value, dict) and isinstance(value.get("content"), str)
    if not role.startswith(READ):
        return True
    messages = value.get("messages") if isinstance(value, dict) else None
    return isinstance(messages, list) and all(_is_message(message) for message in messages)


def _is_message(message: Json) -> bool:
    return isinstance(message, dict) and isinstance(message.get("role"), str) and "content" in message


def _answer(visit: Visit, prompt: Prompt, value: Json) -> Move:
    output = value.get("object") if prompt.schema or prompt.json_mode else {"response": value["content"]}
    if prompt.schema is not None:
        problems = prompt.schema.problems(output)
        if problems:
            return _invalid(visit.path, "LLM_OUTPUT_INVALID", f"the answer to action {prompt.action!r}", problems)
    frame = visit.frame
    kept = [use for use in prompt.memory if use.mode == "read-write"]
    if not kept:
        return _sniffed(visit.path, output)
    said = [
        {"role": "user", "content": frame.memory["question"]},
        {"role": "assistant", "content": value["content"]},
    ]
    requests = tuple(_appending(visit, use, said) for use in kept)
    return Waiting(requests, frame.memory | {"output": output})


def _appending(visit: Visit, use: MemoryUse, said: Json) -> Request:
    return Request(
        kind="memory",
        target=use.id,
        request={
            "operation": "append",
            "key": visit.text(use.key),
            "at": visit.turn.at,
            "rules": msgspec.to_builtins(use.rules),
            "messages": said,
        },
        role=f"{REMEMBER}{use.id}",
    )


def _remembered(visit: Visit, prompt: Prompt) -> Move:
    if visit.roles():
        return Waiting()
    return _sniffed(visit.path, visit.frame.memory["output"])


def _checked(path: str, value: Json, tool: Tool) -> Move:
    output = value if isinstance(value, dict) else {"result": value}
    sniffed = _sniffed(path, output)
    if isinstance(sniffed, Failed) or tool.output is None:
        return sniffed
    problems = tool.output.problems(output)
    if problems:
        return _invalid(path, "TOOL_OUTPUT_INVALID", f"the output of tool {tool.id!r}", problems)
    return sniffed


def _sniffed(path: str, output: Json) -> Move:
    """A returned map can still be a failure: the original engine reads `error` and `success` (workflows.md 5.2.6)."""
    if isinstance(output, dict):
        error = output.get("error")
        if error is not None and error != "":
            message = error.get("message", "") if isinstance(error, dict) else error
            return Failed(Failure("TASK_REPORTED_ERROR", str(message), path, output))
        if output.get("success") in (False, "false"):
            return Failed(Failure("TASK_REPORTED_ERROR", "the output says success: false", path, output))
    return Done(output)


def _without_absent(value: Json, required: list[str]) -> Json:
    """A null in an optional field means that it is not there: templates yield null for what is missing."""
    return {key: item for key, item in value.items() if item is not None or key in required}


def _invalid(path: str, code: str, what: str, problems: list[Json]) -> Failed:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    details = [{"path": problem.path, "message": problem.message} for problem in problems]
    return Failed(Failure(code, f"{what} does not fit its schema: {first.path}: {first.message}{more}", path, details))
