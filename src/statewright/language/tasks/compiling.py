"""Compiles the tasks of one workflow to nodes: every task's common fields here, its type's own through `fields`."""

from __future__ import annotations

from statewright.kernel.expressions.template import Template, Tree
from statewright.kernel.program import Next, Node, TaskType
from statewright.kernel.schemas import Schema
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import article, meant
from statewright.language.entities.definitions import Definitions
from statewright.language.entities.environment import read_variables
from statewright.language.entities.memories import declared_memory
from statewright.language.entities.policies import read_retry, read_timeout
from statewright.language.entities.schemas import read_schema
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.global_opts import ARROW, GLOBAL_OPTS
from statewright.language.grammar.task import COMPONENT
from statewright.language.marks import At, Map
from statewright.language.task_types import BASIC, COLLECTION, TASK_TYPES
from statewright.language.tasks.components import Component, Components
from statewright.language.tasks.fields import needed_of, read_fields, yaml_keys
from statewright.language.tasks.graph import DEFAULT, REPEATED, Container, Spot, order_of, route_spot, survey
from statewright.language.tasks.groups import grouped, sequenced
from statewright.language.templates.compiling import has_template
from statewright.language.templates.texts import merged_tree, parsed, tree
from statewright.language.yaml.reading import Reader, Written

# Containers in containers deeper than this are nobody's design (reliability.md B-044).
NESTING_MAX = 16
# More tasks than this are data, and belong into a collection's items (B-044).
TASKS_MAX = 10_000
# Types whose children do not follow each other, so that a router among them needs a sequence of its own.
_CONCURRENT = ("parallel", COLLECTION)


class Tasks:
    """The nodes of one workflow, growing. `configs` are the blocks that tasks inherit from, lowest first."""

    def __init__(
        self, definitions: Definitions, configs: list[At], reader: Reader, *, workflows: tuple[str, ...] | None
    ) -> None:
        self.reader = reader
        self.workflows = workflows
        self.nodes: dict[str, Node] = {}
        self.places: dict[str, str] = {}
        self.components = Components(definitions, reader)
        self._definitions = definitions
        self._configs = configs
        # The variables of the task that is being compiled: its own over those of its containers.
        self._env: dict[str, Json] = {}

    @property
    def lacking(self) -> tuple[str, ...]:
        """What the workflow uses that this release cannot run."""
        return tuple(self.components.lacking)

    def top_level(self, elements: list[At]) -> Container:
        """Compiles the workflow's own list of tasks."""
        container = survey("", 0, elements, self.reader)
        self._compile_all(container)
        return container

    def container(self, key: str, depth: int, elements: list[At]) -> Container:
        """Compiles the list of tasks of the container at `key`."""
        container = survey(key, depth, elements, self.reader)
        if depth > NESTING_MAX:
            message = f"tasks nest deeper than {NESTING_MAX} levels"
            self.reader.problems.error("NESTING_LIMIT", message, elements[0])
            return container
        self._compile_all(container)
        return container

    def compile(self, spot: Spot, container: Container) -> None:
        """Compiles one task and, through its fields, those inside it, which see its variables as well."""
        first, around = len(self.reader.templates), self._env
        if spot.at.get("env") is not None:
            seen = {**self._definitions.env, **around}
            self._env = {**around, **read_variables(spot.at, seen, self.reader)}
        self._compile(spot, container)
        self._env = around
        self.reader.tasks[spot.key] = Written(spot.at, first, len(self.reader.templates))

    def _compile(self, spot: Spot, container: Container) -> None:
        at, reader = spot.at, self.reader
        kind = self._kind(at)
        id = self._id(spot)
        if kind is None:
            return
        self._check_keys(at, kind)
        inside = _Inside(self, spot, container, kind)
        values = read_fields(kind, grouped(at) if kind.name == COLLECTION else at, inside)
        component = Component()
        if COMPONENT in kind.Fields.__struct_fields__:
            component = self.components.read(at, self._env)
            values[COMPONENT] = component.component
        memory = at.get("memory_ref") if kind.name == "memory" else None
        if memory is not None and isinstance(memory.value, str) and not has_template(memory.value):
            declared_memory(memory, self._definitions.memories, reader)
        if inside.order:
            values["order"] = inside.order
        if not needed_of(kind.Fields) <= values.keys():
            return
        self.nodes[spot.key] = Node(
            key=spot.key,
            segment=spot.segment,
            id=id,
            kind=kind,
            fields=kind.Fields(**values),
            with_=self._with(at, component),
            outputs=self._outputs(at, kind),
            on_success=self._arrow(at, "on_success", container),
            on_error=self._arrow(at, "on_error", container),
            final=reader.boolean(at, "final"),
            retry=read_retry(at, self._inherited(at), reader),
            # The time that a config gives is for one call; a group's time is its own to say.
            timeout=read_timeout(at, self._inherited(at) if kind.asks else [], reader),
            sleep=reader.duration(at, "sleep", least=0),
            input=self._schema(at, "input") or component.input,
            output=self._schema(at, "output"),
            action=component.action,
            compensate=self._compensation(at, container),
            env=self._env,
            place=(at.get("id") or at).mark.place(),
        )

    def _compile_all(self, container: Container) -> None:
        for spot in container.listed:
            if len(self.nodes) >= TASKS_MAX:
                message, hint = f"a workflow has at most {TASKS_MAX:,} tasks", "let a collection go through a list"
                self.reader.problems.error("FANOUT_LIMIT", message, spot.at, hint=hint)
                return
            self.compile(spot, container)

    def _kind(self, at: At) -> TaskType | None:
        name, entry = self.reader.text(at, "type", BASIC), at.get("type")
        kind = TASK_TYPES.get(name)
        if kind is None and entry is not None:
            hint = meant(name, TASK_TYPES, listed="types")
            self.reader.problems.error("TASK_TYPE_UNKNOWN", f"there is no task type {name!r}", entry, hint=hint)
        return kind

    def _id(self, spot: Spot) -> Template | str:
        if spot.is_group:
            return ""
        entry = spot.at.get("id")
        if has_template(spot.id) and entry is not None:
            return parsed(entry, self.reader) or spot.id
        id = spot.id if entry is None and spot.id else self.reader.identifier(spot.at, "a task")
        if id:
            self._place(id, spot)
        return id

    def _place(self, id: str, spot: Spot) -> None:
        """Two containers may each have a task of this id; from elsewhere, the outer and earlier one is meant."""
        present = self.places.get(id)
        if present is None or spot.key.count(".") < present.count("."):
            self.places[id] = spot.key

    def _check_keys(self, at: At, kind: TaskType) -> None:
        self.reader.keys(at, ENTITIES[f"{kind.name}_task"].keys)
        condition = at.get("condition")
        if condition is not None and "condition" not in yaml_keys(kind):
            message = f"the condition of {article(kind.name)} task decides nothing"
            self.reader.problems.key(
                "NOT_APPLIED", message, condition, hint="put a router before it", severity="warning"
            )

    def _inherited(self, at: At) -> list[At]:
        config = self.reader.mapping(at, "config")
        if config is None:
            return self._configs
        self.reader.keys(config, GLOBAL_OPTS.keys)
        return [*self._configs, config]

    def _with(self, at: At, component: Component) -> Tree | None:
        own = self.reader.mapping(at, "with")
        layers = [*component.defaults, *([own] if own is not None else [])]
        return merged_tree(layers, self.reader)

    def _outputs(self, at: At, kind: TaskType) -> Tree | None:
        entry = at.get("outputs")
        if entry is None:
            if kind.name == "aggregate":
                self.reader.missing(at, "outputs", "an aggregate task")
            return None
        is_template = isinstance(entry.value, str) and has_template(entry.value)
        if not is_template and self.reader.mapping(at, "outputs") is None:
            return None
        return tree(entry, self.reader)

    def _arrow(self, at: At, name: str, container: Container) -> Next | None:
        arrow = self.reader.mapping(at, name)
        if arrow is None:
            return None
        self.reader.keys(arrow, ARROW.keys)
        entry = arrow.get("next")
        if entry is None:
            self.reader.missing(arrow, "next", name)
            return None
        key = self.target(entry, container)
        with_ = self.reader.mapping(arrow, "with")
        return None if key is None else Next(key, None if with_ is None else tree(with_, self.reader))

    def _compensation(self, at: At, container: Container) -> str:
        entry = at.get("compensate")
        if entry is None:
            return ""
        return self.target(entry, container) or ""

    def target(self, at: At, container: Container) -> str | None:
        """Returns the key of the task that a text names; it stands in the same container."""
        key = container.keys.get(at.value) if isinstance(at.value, str) else None
        if key is None:
            hint = meant(str(at.value), container.keys, listed="tasks here")
            self.reader.problems.error("TASK_UNKNOWN", f"there is no task {at.value!r} beside this one", at, hint=hint)
        return key

    def _schema(self, at: At, key: str) -> Schema | None:
        entry = at.get(key)
        return None if entry is None else read_schema(entry, self._definitions.schemas, self.reader)


class _Inside:
    """Compiles the tasks inside one task, for `fields`."""

    def __init__(self, tasks: Tasks, spot: Spot, container: Container, kind: TaskType) -> None:
        self.reader = tasks.reader
        self.order: tuple[str, ...] = ()
        self._tasks = tasks
        self._spot = spot
        self._container = container
        self._kind = kind
        self._concurrent = kind.name in _CONCURRENT

    def children(self, at: At) -> tuple[str, ...]:
        """Compiles the list of tasks of a container."""
        elements = self.reader.maps(at, "tasks")
        if self._concurrent:
            elements = [sequenced(element) for element in elements]
        container = self._tasks.container(self._spot.key, self._container.depth + 1, elements)
        if not self._concurrent:
            self.order = order_of(container, top_level=False)
        # What undoes a task is not started beside it.
        undoing = {spot.at.value.get("compensate") for spot in container.listed} if self._concurrent else ()
        return tuple(spot.key for spot in container.listed if spot.id not in undoing)

    def child(self, at: At, name: str) -> str:
        """Compiles the one task inside another: the one that a collection repeats, or that looks at signals."""
        entry = at.get(name)
        assert entry is not None, "fields asks for a task that is there"
        child = sequenced(entry) if self._concurrent else entry
        id = child.value.get("id")
        segment = REPEATED if self._kind.name == COLLECTION else f".{name}"
        spot = Spot(
            child,
            id if isinstance(id, str) else "",
            self._spot.key + segment,
            segment.removeprefix("."),
            is_group=self._kind.name == COLLECTION and self._spot.at.get("tasks") is not None,
        )
        self._tasks.compile(spot, Container(self._spot.key, self._container.depth + 1, (spot,), ()))
        return spot.key

    def routes(self, at: At) -> dict[str, str]:
        """Compiles the tasks written inside a router, and finds those it names."""
        found: dict[str, str] = {}
        routes = at.get("routes")
        default = at.get(DEFAULT)
        for index, (route, entry) in enumerate(routes.entries() if routes is not None else ()):
            if isinstance(entry.value, Map):
                inner = route_spot(self._container.key, self._spot, index, route, entry)
                self._tasks.compile(inner, self._container)
                found[route] = inner.key
            else:
                found[route] = self._tasks.target(entry, self._container) or ""
        if default is not None:
            found.setdefault(DEFAULT, self._tasks.target(default, self._container) or "")
        return found

    def target(self, at: At) -> str | None:
        """Returns the key of a task beside this one."""
        return self._tasks.target(at, self._container)

    def workflow(self, at: At) -> str | None:
        """Returns the id of a workflow of the project."""
        known = self._tasks.workflows
        if known is None or at.value in known:
            return str(at.value)
        hint = meant(at.value, known, listed="workflows")
        self.reader.problems.error("WORKFLOW_UNKNOWN", f"there is no workflow {at.value!r}", at, hint=hint)
        return None
