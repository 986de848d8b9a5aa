"""Proves that names stand for something: tasks and their facts, tools, memories, schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from statewright.kernel.expressions.template import Template
from statewright.kernel.expressions.trace import ANY, Read
from statewright.kernel.program import Program, Prompt
from statewright.language.conditions.names import hyphenated, root_names
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity, meant
from statewright.language.marks import At
from statewright.language.proofs.picture import Picture
from statewright.language.proofs.spans import span_of
from statewright.language.templates.compiling import has_template
from statewright.language.yaml.reading import Reader

# What `.tasks.X` and `.workflow` answer to (workflows.md 4.3 and 20.3).
TASK_FACTS = ("id", "status", "output", "input", "error", "children", "execution_type")
WORKFLOW_FACTS = (
    "id", "version", "description", "status", "input", "output", "error", "exec_id", "execution_id", "execution_time",
    "completed_tasks", "success_rate",
)  # fmt: skip
VALIDATE = "validateSchema"
_VALIDATE = re.compile(VALIDATE + r"\s*\(?\s*(?:[^'\"()|{}]*,)?\s*['\"]([^'\"]+)['\"]")
# Where a secret may be read is a proof of its own.
_ANYWHERE = (ANY, "secrets")
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def check_names(picture: Picture) -> None:
    """Complains about names in templates that nothing has."""
    program, reader = picture.program, picture.reader
    known = _Names(program)
    for at, template in list(reader.templates):
        reads = picture.reads(template)
        paths = dict.fromkeys(read.path for read in reads)
        if has_template(template.source):
            _check_roots(reads, at, template, known, reader)
        elif not _are_rooted(paths, at, template, known, reader):
            continue
        for path in paths:
            _check_name(path, at, template, known, reader)
        _check_schemas(at, template, program, reader)


class _Names:
    """The names of a program that templates may mention."""

    def __init__(self, program: Program) -> None:
        self.roots = root_names(program)
        self.severity: Severity = "error" if program.project.get("strict_templates") else "warning"
        self.tasks = program.places
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


def _are_rooted(paths: Iterable[tuple[str, ...]], at: At, template: Template, known: _Names, reader: Reader) -> bool:
    """Whether a bare condition begins with names that exist; a hyphen in one is told of as a whole."""
    meant_task = hyphenated(template.source, known.tasks)
    if meant_task:
        start = template.source.index(f"tasks.{meant_task}")
        message = f"'tasks.{meant_task}' subtracts; a name with a hyphen stands in brackets"
        problem = Diagnostic(code="REF_NOT_FOUND", message=message, hint=f'write tasks["{meant_task}"]')
        reader.problems.within(problem, at, start, start + len("tasks.") + len(meant_task))
        return False
    unknown = [path for path in paths if path[0] not in known.roots and path[0] not in _ANYWHERE]
    for path in unknown:
        _unknown(path, 0, f"there is no {path[0]!r} here", (at, template), known.roots, reader)
    return not unknown


def _check_roots(reads: Iterable[Read], at: At, template: Template, known: _Names, reader: Reader) -> None:
    """Warns of first names that nothing has; such a name reads null, unless templates are strict."""
    unknown = (read.path[0] for read in reads if read.path[0] not in known.roots and not read.is_guarded)
    for name in dict.fromkeys(unknown):
        if name not in _ANYWHERE:
            start, end = span_of(template.source, (name,), 0)
            advice = meant(name, known.roots, listed="there are")
            problem = Diagnostic(
                code="REF_NOT_FOUND", message=f"there is no '.{name}' here", hint=advice.hint, fix=advice.fix,
                severity=known.severity,
            )  # fmt: skip
            reader.problems.within(problem, at, start, end)


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
    start, end = span_of(template.source, path, index)
    advice = meant(path[index], known, listed="there are")
    problem = Diagnostic(code="REF_NOT_FOUND", message=message, hint=advice.hint, fix=advice.fix)
    reader.problems.within(problem, at, start, end)


def _check_schemas(at: At, template: Template, program: Program, reader: Reader) -> None:
    if VALIDATE not in template.source:
        return
    for action in _ACTION.finditer(template.source):
        for found in _VALIDATE.finditer(action.group()):
            id = found[1]
            if id not in program.schemas:
                hint = meant(id, program.schemas, listed="schemas")
                message = f"there is no schema {id!r}"
                problem = Diagnostic(code="SCHEMA_UNKNOWN", message=message, hint=hint.hint, fix=hint.fix)
                start = action.start() + found.start(1)
                reader.problems.within(problem, at, start, start + len(id))
