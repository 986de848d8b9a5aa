"""Tasks (workflows.md 2.3 and 2.4): what every task may say, what a basic one does, and what each type says itself.

A type's own fields follow from its record in kernel/tasks. Here they get their sentences, and limits that a type
cannot say.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import msgspec

from statewright.kernel.program import TaskType
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import article
from statewright.language.grammar.agent import ITERATIONS_MAX, MODEL_CHOICE
from statewright.language.grammar.field import Entity, Field, Rule, later
from statewright.language.grammar.global_opts import ATTEMPTS_MAX
from statewright.language.grammar.kinds import (
    AnyMap,
    AnyValue,
    Boolean,
    Choice,
    Duration,
    Inline,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Number,
    OneOf,
    SchemaOrId,
    Selector,
    Text,
)
from statewright.language.grammar.knowledge import BINDINGS
from statewright.language.marks import At
from statewright.language.task_types import BASIC, COLLECTION, TASK_TYPES
from statewright.language.yaml.reading import Reader

# Filled by the compiler from the graph, never written by an author.
DERIVED = frozenset({"order", "places"})
# Stands for several keys of YAML: see tasks/components.py.
COMPONENT = "component"
TASK = Inline("task", ("id",))

COMMON = (
    Field("resource", Text(), "Says in a file of its own that this is a `task`."),
    Field("id", Text(template=True), "What other tasks call it."),
    Field("type", Choice(tuple(TASK_TYPES)), "What kind of task it is.", default=BASIC),
    Field("description", Text(), "What it is for."),
    Field("config", Inline("config"), "Patience; what it does not say is inherited."),
    Field("input", SchemaOrId(), "What its `with` must look like."),
    Field("output", SchemaOrId(), "What it must come to."),
    Field("with", AnyMap(template=True), "What it is given."),
    Field("outputs", OneOf((AnyMap(template=True), Text(template=True))), "What others see of its output."),
    Field("on_success", Inline("transition"), "Where the flow goes on."),
    Field("on_error", Inline("transition"), "Where the flow goes on after a failure."),
    Field("sleep", Duration(least=0), "How long to wait before it begins."),
    Field("timeout", Duration(), "How long it may take."),
    Field("retries", Integer(0, ATTEMPTS_MAX - 1), "How often it is tried again."),
    Field("condition", Text(template=True), "What decides, in a router or a wait."),
    Field("final", Boolean(), "Whether nothing follows it.", default=False),
    Field("compensate", Text(), "The task that undoes this one, should the run fail later."),
    Field("env", AnyMap(template=True), "Variables that it and what stands in it see, over those of the workflow."),
)
BASIC_FIELDS = (
    Field("agent", Selector("agent"), "Who asks a model."),
    Field("tool", Selector("tool"), "What is called instead."),
    Field("action", Text(template=True), "The agent's action."),
    Field("prompt", Text(template=True), "What the model is asked, below the action's own prompt."),
    Field("model_config", MODEL_CHOICE, "The model that is asked."),
    Field("model", MODEL_CHOICE, "The same as `model_config`.", means="model_config"),
    Field("memory", ListOf(Inline("memory_use")), "Conversations that it remembers."),
    Field("json_mode", Boolean(), "Whether the model answers in JSON.", default=False),
    Field("max_iterations", Integer(0, ITERATIONS_MAX), "How often tools may be called and asked again."),
    *later(
        Field("tools", ListOf(Selector("tool")), "Tools that the model is offered."),
        Field("mcps", ListOf(Selector("mcp")), "Servers whose tools the model is offered."),
        Field("knowledge", BINDINGS, "A knowledge base that is looked up first."),
        Field("attachments", ListOf(Inline("attachment")), "Files that the model is shown."),
    ),
)
_STRATEGY = "When the group is finished, and whether it succeeded."
_WORKERS = "How many run at the same time; 0 leaves it to the engine."
# The sentences, and the kinds that an annotation alone does not tell.
_ABOUT: dict[str, dict[str, str | tuple[str, Kind]]] = {
    "router": {
        "condition": "What decides: it comes to a route's key, or to true or false.",
        "routes": "Tasks to go on with, by what the condition comes to.",
    },
    "parallel": {
        "tasks": "The tasks that run at the same time.",
        "strategy": _STRATEGY,
        "max_workers": _WORKERS,
    },
    COLLECTION: {
        "items": "What is repeated over: a list, a map, a number, or a template that comes to one.",
        "task": "The task that is done for each item.",
        "item_var": "What the item is called in templates.",
        "index_var": "What its number is called in templates.",
        "mode": "All at once, or one after the other.",
        "filter": "Which items are wanted.",
        "batch": "How many are done at the same time.",
        "max_workers": _WORKERS,
        "strategy": _STRATEGY,
    },
    "composite": {"tasks": "The tasks that follow each other."},
    "wait": {
        "wait_for": "The name of the signal.",
        "condition": "Whether a signal is the one that was waited for.",
        "processor": ("A task that looks at each signal first.", Inline("task", ("id", "type"))),
        "on_timeout": "The task to go on with when no such signal came in time.",
    },
    "signal": {"signal": "What is sent."},
    "memory": {
        "operation": "What is done.",
        "memory_ref": "The memory.",
        "key_template": "Which conversation of it.",
        "payload": "What is written: a message, a list of them, or a text.",
        "batch_size": ("How many messages are handled at once.", Integer(1, 10_000)),
        "max_keys": ("How many conversations are looked at.", Integer(1, 50_000)),
        "flush_config": ("How `flush` goes about it.", Inline("flush_config")),
        "health_config": ("What `health` looks at.", Inline("health_config")),
        "stats_config": ("What `stats` counts.", Inline("stats_config")),
        "clear_config": ("That `clear` is meant.", Inline("clear_config")),
    },
    "workflow": {"workflow": "The id of the workflow."},
}
# By the text of the annotation: these aliases are plain types to Python.
_NAMED: dict[str, Kind] = {
    "Children": ListOf(TASK, least=1),
    "Child": TASK,
    "Routes": MapOf(OneOf((Text(), Inline("task")))),
    "Duration": Duration(),
    "Template": Text(template=True),
    "Predicate": Text(template=True),
    "Tree": AnyValue(template=True),
    "Words": Text(template=True),
    "Target": Text(),
    "WorkflowId": Text(),
    "Signalled": Inline("signal"),
}
_PLAIN: dict[Any, Kind] = {int: Integer(), bool: Boolean(), str: Text()}


def _one_of_task_and_tasks(at: At, kept: dict[str, Json], reader: Reader) -> None:
    one, several = at.get("task"), at.get("tasks")
    if one is not None and several is not None:
        message = "a collection has 'task' or 'tasks', not both"
        reader.problems.key("FIELD_CONFLICT", message, several, hint="`tasks` is for several children per item")
    elif one is None and several is None:
        reader.missing(at, "task", "a collection task")


def _memory_is_told_what(at: At, kept: dict[str, Json], reader: Reader) -> None:
    operation = kept.get("operation")
    needed = {
        "write": "payload", "append": "payload", "health": "health_config", "stats": "stats_config",
        "clear": "clear_config",
    }.get(str(operation))  # fmt: skip
    if needed is not None and at.get(needed) is None:
        reader.missing(at, needed, f"the operation {operation!r}")
    unused = at.get("max_keys")
    if unused is not None:
        message = "an operation is about one conversation: 'max_keys' limits nothing"
        reader.problems.key("NOT_APPLIED", message, unused, hint="remove it", severity="warning")


def _clearing_is_confirmed(at: At, kept: dict[str, Json], reader: Reader) -> None:
    entry = at.get("confirm")
    if entry is not None and kept.get("confirm") is False:
        reader.problems.error("RANGE", "'confirm' must be true to clear a memory", entry, hint="write confirm: true")


_RULES: dict[str, tuple[Rule, ...]] = {
    COLLECTION: (_one_of_task_and_tasks,),
    "memory": (_memory_is_told_what,),
}
_EXTRA: dict[str, tuple[Field, ...]] = {
    BASIC: BASIC_FIELDS,
    "router": (Field("default", Text(), "Where the flow goes on when no route fits."),),
    COLLECTION: (Field("tasks", ListOf(TASK, least=1), "Several tasks that are done for each item."),),
}


def own_fields(kind: TaskType) -> tuple[Field, ...]:
    """Returns what tasks of a type may say beyond what every task may."""
    about = _ABOUT.get(kind.name, {})
    found = []
    for info in msgspec.structs.fields(kind.Fields):
        if info.name in DERIVED or info.name == COMPONENT:
            continue
        sentence = about[info.name]
        annotation = str(kind.Fields.__annotations__[info.name]).removesuffix(" | None")
        derived = _NAMED.get(annotation) or _of_type(info.type)
        text, value = (sentence, derived) if isinstance(sentence, str) else sentence
        default = None if info.required or isinstance(info.default, msgspec.Struct) else info.default
        found.append(Field(info.name, value, text, required=info.required, default=default))
    return (*found, *_EXTRA.get(kind.name, ()))


def _of_type(annotation: Any) -> Kind:
    if get_origin(annotation) is Literal:
        return Choice(get_args(annotation))
    return _PLAIN[annotation]


def _entity(name: str, kind: TaskType) -> Entity:
    own = own_fields(kind)
    if name == COLLECTION:
        own = tuple(msgspec.structs.replace(field, required=field.required and field.name != "task") for field in own)
    names = {field.name for field in own}
    common = tuple(field for field in COMMON if field.name not in names)
    if name == "aggregate":
        common = tuple(msgspec.structs.replace(field, required=field.name == "outputs") for field in common)
    return Entity(
        f"{name}_task",
        f"{article(name)} task",
        f"A task of type `{name}`.",
        (*common, *own),
        rules=_RULES.get(name, ()),
    )


TYPES = {name: _entity(name, kind) for name, kind in TASK_TYPES.items()}
# What to do with a key that only other types of task have.
_ELSEWHERE = {
    field.name: f"{article(name)} task has it: set `type: {name}`"
    for name, kind in TASK_TYPES.items()
    for field in own_fields(kind)
}
ANY_TASK = Entity(
    "task",
    "a task",
    "One step of a workflow; its `type` says of which kind.",
    variants={name: entity.name for name, entity in TYPES.items()},
)
SIGNAL = Entity(
    "signal",
    "a signal",
    "What is sent to whoever waits for it.",
    (
        Field("id", Text(template=True), "Its name.", required=True),
        Field("payload", AnyMap(template=True), "What it carries.", default={}),
    ),
)
FLUSH_CONFIG = Entity(
    "flush_config",
    "flush_config",
    "How `flush` goes about it.",
    (
        Field("strategy", Choice(("simple_fifo", "lru"), {"fifo": "simple_fifo"}), "Which messages go first."),
        Field("max_keys", Integer(1, 50_000), "How many conversations are flushed.", default=100),
        Field("dry_run", Boolean(), "Whether it only says what it would do.", default=False),
        Field("force", Boolean(), "Whether memories are flushed that are not full.", default=False),
        Field("threshold", Number(0, 1), "How full a memory must be, 0 to 1."),
    ),
)
HEALTH_CONFIG = Entity(
    "health_config",
    "health_config",
    "What `health` looks at.",
    (
        Field("include_stats", Boolean(), "Whether figures are given too."),
        Field("check_connectivity", Boolean(), "Whether the store is called."),
    ),
)
STATS_CONFIG = Entity(
    "stats_config",
    "stats_config",
    "What `stats` counts.",
    (
        Field("include_content", Boolean(), "Whether messages are given too."),
        Field("group_by", Choice(("role",)), "What figures are given for, beside the whole."),
    ),
)
CLEAR_CONFIG = Entity(
    "clear_config",
    "clear_config",
    "That `clear` is meant.",
    (
        Field("confirm", Boolean(), "Must be true.", required=True),
        Field("backup", Boolean(), "Whether messages are put aside first."),
    ),
    rules=(_clearing_is_confirmed,),
)
ENTITIES = (
    ANY_TASK,
    *(msgspec.structs.replace(entity, elsewhere=_ELSEWHERE) for entity in TYPES.values()),
    SIGNAL, FLUSH_CONFIG, HEALTH_CONFIG, STATS_CONFIG, CLEAR_CONFIG,
)  # fmt: skip
