"""A workflow's document to a program: its own fields, its definitions, its tasks below the root node.

Source: workflows.md 2.2 and 5.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from statewright.kernel.program import ROOT, Node, Program
from statewright.kernel.schemas import Schema
from statewright.kernel.tasks.composite import Fields
from statewright.kernel.tasks.workflow import Workflow
from statewright.kernel.values import Json
from statewright.language.entities.definitions import read_definitions
from statewright.language.entities.layers import Layers
from statewright.language.entities.schemas import read_schema
from statewright.language.entities.tools import Runtime
from statewright.language.grammar.global_opts import GLOBAL_OPTS
from statewright.language.marks import At
from statewright.language.tasks.compiling import Tasks
from statewright.language.tasks.graph import order_of
from statewright.language.templates.texts import tree
from statewright.language.yaml.reading import Reader

_ROOT_TYPE = Workflow()


class Surroundings(msgspec.Struct, frozen=True):
    """What a workflow is compiled in: the layers below it, the runtime, and the project as templates see it."""

    layers: Layers
    runtime: Runtime
    project: dict[str, Json]
    configs: tuple[At, ...] = ()
    workflows: tuple[str, ...] | None = ()


class Compiled(msgspec.Struct, frozen=True):
    """A program, and what it needs that this release cannot run."""

    program: Program
    lacking: tuple[str, ...] = ()


def workflow_id(at: At) -> str:
    """Returns a workflow's id: `id`, else its `name` (workflows.md 20.2)."""
    id = at.value.get("id") or at.value.get("name")
    return id if isinstance(id, str) else ""


def compile_workflow(at: At, around: Surroundings, reader: Reader) -> Compiled | None:
    """Returns the program of a resolved document; None where it has no tasks to run. Its digest is not set yet."""
    definitions = read_definitions(around.layers, around.runtime, reader)
    config = reader.mapping(at, "config")
    configs = [*around.configs, *([config] if config is not None else [])]
    if config is not None:
        reader.keys(config, GLOBAL_OPTS.keys)
    elements = reader.maps(at, "tasks")
    if not elements:
        reader.problems.error("TASKS_EMPTY", "a workflow needs at least one task", at.get("tasks") or at)
        return None
    tasks = Tasks(definitions, configs, reader, workflows=around.workflows)
    container = tasks.top_level(elements)
    outputs = reader.mapping(at, "outputs")
    fields = Fields(tasks=tuple(spot.key for spot in container.listed), order=order_of(container, top_level=True))
    root = Node(
        key=ROOT,
        segment="",
        id=workflow_id(at),
        kind=_ROOT_TYPE,
        fields=fields,
        outputs=None if outputs is None else tree(outputs, reader),
        place=at.mark.place(),
    )
    program = Program(
        id=workflow_id(at),
        digest="",
        nodes={ROOT: root, **tasks.nodes},
        inside=_inside(tasks.nodes.values()),
        places=tasks.places,
        version=reader.text(at, "version"),
        description=reader.text(at, "description"),
        project=around.project,
        input=_input(config, definitions.schemas, reader),
        schemas=definitions.schemas,
        triggers=dict(_triggers(at, definitions.schemas, reader)),
        tools=tasks.components.tools,
        memories={id: memory.rules for id, memory in definitions.memories.items()},
        env=definitions.env,
    )
    return Compiled(program, tasks.lacking)


def _triggers(at: At, schemas: dict[str, Schema], reader: Reader) -> Iterator[tuple[str, Schema | None]]:
    """Yields the signals that start a run, with their schemas; webhooks come with the server."""
    for trigger in reader.maps(at, "triggers"):
        name, schema = trigger.value.get("name"), trigger.get("schema")
        if trigger.value.get("type", "signal") == "signal" and isinstance(name, str):
            yield name, None if schema is None else read_schema(schema, schemas, reader)


def _inside(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    """Returns the nodes that lie directly inside each container, by key."""
    inside: dict[str, list[str]] = {}
    for node in nodes:
        inside.setdefault(node.key.removesuffix(node.segment).removesuffix("."), []).append(node.key)
    return {container: tuple(keys) for container, keys in inside.items()}


def _input(config: At | None, schemas: dict[str, Schema], reader: Reader) -> Schema | None:
    entry = config.get("input") if config is not None else None
    return None if entry is None else read_schema(entry, schemas, reader)
