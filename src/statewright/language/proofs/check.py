"""Proves what can be known before a run: names that do not exist, tasks that nothing leads to, circles without an exit.

Works on the compiled program and on the templates that were parsed for it, so every complaint has its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from statewright.kernel.expressions.template import Template
from statewright.kernel.program import ROOT, Node, Program, Prompt
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity, did_you_mean
from statewright.language.marks import At
from statewright.language.proofs.routes import check_routes
from statewright.language.tasks.graph import ROUTER
from statewright.language.yaml.reading import Reader

# What `.tasks.X` and `.workflow` answer to (workflows.md 4.3 and 20.3).
TASK_FACTS = ("id", "status", "output", "input", "error", "children", "execution_type")
WORKFLOW_FACTS = (
    "id", "version", "description", "status", "input", "output", "error", "exec_id", "execution_id", "execution_time",
    "completed_tasks", "success_rate",
)  # fmt: skip
_VALIDATE = re.compile(r"validateSchema\s*\(?\s*(?:[^'\"()|{}]*,)?\s*['\"]([^'\"]+)['\"]")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def check(program: Program, reader: Reader) -> None:
    """Adds what the proofs find to the reader's problems."""
    known = _Names(program)
    for at, template in list(reader.templates):
        for path in template.names:
            _check_name(path, at, template, known, reader)
        _check_schemas(at, template, program, reader)
    if not reader.problems.failed:
        _check_reachable(program, reader)
        _check_circles(program, reader)
        check_routes(program, reader)


class _Names:
    """The names of a program that templates may mention."""

    def __init__(self, program: Program) -> None:
        self.tasks = [*program.places]
        self.tools = [*program.tools]
        components = [getattr(node.fields, "component", None) for node in program.nodes.values()]
        self.memories = [use.id for one in components if isinstance(one, Prompt) for use in one.memory]
        made = [node.id.source for node in program.nodes.values() if isinstance(node.id, Template)]
        self._made = [re.compile(_pattern(source)) for source in made]

    def has_task(self, id: str) -> bool:
        """Whether a task can have this id; a template's parts in braces may be anything."""
        return id in self.tasks or any(pattern.fullmatch(id) for pattern in self._made)


def _pattern(source: str) -> str:
    return ".*".join(re.escape(text) for text in _ACTION.split(source))


def _check_name(path: tuple[str, ...], at: At, template: Template, known: _Names, reader: Reader) -> None:
    if len(path) < 2 or path[1] == "*":
        return
    root, name = path[0], path[1]
    if root == "tasks" and not known.has_task(name):
        _unknown(path, 1, f"there is no task {name!r}", (at, template), known.tasks, reader)
    elif root == "tasks" and len(path) > 2 and path[2] != "*" and path[2] not in TASK_FACTS:
        message = f"a task has no {path[2]!r}; what it returned is under `output`"
        _unknown(path, 2, message, (at, template), TASK_FACTS, reader)
    elif root == "tools" and name not in known.tools:
        _unknown(path, 1, f"there is no tool {name!r}", (at, template), known.tools, reader)
    elif root == "workflow" and name not in WORKFLOW_FACTS:
        _unknown(path, 1, f"a workflow has no {name!r}", (at, template), WORKFLOW_FACTS, reader)
    elif root == "memory" and name not in known.memories:
        _unknown(path, 1, f"no agent here uses a memory {name!r}", (at, template), known.memories, reader)


def _unknown(
    path: tuple[str, ...], index: int, message: str, where: tuple[At, Template], known: Iterable[str], reader: Reader
) -> None:
    at, template = where
    start, end = _span(template.source, path, index)
    hint = did_you_mean(path[index], known, listed="there are")
    reader.problems.within(Diagnostic(code="REF_NOT_FOUND", message=message, hint=hint), at, start, end)


def _span(source: str, path: tuple[str, ...], index: int) -> tuple[int, int]:
    """Returns where the name at `index` of a path stands in a template."""
    written = r"\s*\.\s*".join(re.escape(name) for name in path[: index + 1])
    found = re.search(r"\.\s*" + written + r"(?![\w-])", source)
    if found is None:
        start = max(source.find(path[index]), 0)
        return start, start + len(path[index])
    return found.end() - len(path[index]), found.end()


def _check_schemas(at: At, template: Template, program: Program, reader: Reader) -> None:
    for action in _ACTION.finditer(template.source):
        for found in _VALIDATE.finditer(action.group()):
            id = found[1]
            if id not in program.schemas:
                hint = did_you_mean(id, program.schemas, listed="schemas")
                problem = Diagnostic(code="SCHEMA_UNKNOWN", message=f"there is no schema {id!r}", hint=hint)
                start = action.start() + found.start(1)
                reader.problems.within(problem, at, start, start + len(id))


def _check_reachable(program: Program, reader: Reader) -> None:
    root = program.nodes[ROOT].fields
    order, listed = root.order, root.tasks
    reached: set[str] = set()
    waiting = [*(order or listed[:1])]
    while waiting:
        key = waiting.pop()
        if key not in reached and key in program.nodes:
            reached.add(key)
            waiting.extend(_followers(program.nodes[key]))
    for key in listed:
        node = program.nodes.get(key)
        if node is not None and key not in reached:
            message = f"nothing leads to the task {_shown(node)!r}"
            hint = "name it in a `next` or a route, or leave out every on_success and `final`"
            _at_node(node, "TASK_UNREACHABLE", message, hint, reader)


def _followers(node: Node) -> list[str]:
    arrows = [arrow.node for arrow in (node.on_success, node.on_error) if arrow is not None]
    return [*arrows, *node.fields.routes.values()] if node.kind.name == ROUTER else arrows


def _check_circles(program: Program, reader: Reader) -> None:
    """A circle of `on_success` alone never ends: no router is in it that could leave."""
    for key, node in program.nodes.items():
        trail, at = [key], node
        while at.on_success is not None and at.kind.name != ROUTER and len(trail) <= len(program.nodes):
            at = program.nodes.get(at.on_success.node, at)
            trail.append(at.key)
            if at.key == key:
                shown = " > ".join(trail)
                hint = "put a router into it that can leave, or end it"
                _at_node(node, "TASK_CYCLE", f"these tasks follow each other for ever: {shown}", hint, reader)
                return


def _shown(node: Node) -> str:
    return node.id.source if isinstance(node.id, Template) else node.id


def _at_node(node: Node, code: str, message: str, hint: str, reader: Reader) -> None:
    severity: Severity = "warning" if code == "TASK_UNREACHABLE" else "error"
    reader.problems.at_place(
        Diagnostic(code=code, message=message, hint=hint, severity=severity), node.place, len(_shown(node))
    )
