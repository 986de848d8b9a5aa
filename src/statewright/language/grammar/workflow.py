"""Workflows (workflows.md 2.2): definitions, what starts one, its tasks and what comes out."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import AnyMap, Inline, ListOf, OneOf, SchemaOrId, Selector, Text
from statewright.language.grammar.knowledge import BINDINGS
from statewright.language.grammar.task import TASK

# A project may define the same: in a single file it is the workflow as well (workflows.md 20.2).
DEFINITIONS = (
    Field("version", Text(), "The author's number of it."),
    Field("description", Text(), "What it is for."),
    Field("author", Inline("author"), "Who wrote it."),
    Field("schemas", ListOf(SchemaOrId()), "JSON Schemas with an `id`, for others to name.", default=[]),
    Field("models", ListOf(Inline("model")), "Models that agents and tasks may ask.", default=[]),
    Field("tools", ListOf(Selector("tool")), "Tools that tasks and prompts may call.", default=[]),
    Field("agents", ListOf(Selector("agent")), "Agents that tasks may name.", default=[]),
    Field("memories", ListOf(Selector("memory")), "Memories that agents may use.", default=[]),
    Field("env", OneOf((AnyMap(template=True), ListOf(Text()))), "Variables: names alone, or names with values."),
    Field("triggers", ListOf(Inline("trigger")), "What starts a run from outside.", default=[]),
    Field("policies", ListOf(Text()), "Rules that every run keeps, as in `every path to send passes approve`."),
    Field("tasks", ListOf(TASK, least=1), "What is done, in order."),
    Field("outputs", AnyMap(template=True), "What a finished run comes to."),
)
DEFINITIONS_LATER = later(
    Field("mcps", ListOf(Selector("mcp")), "Servers whose tools agents may use.", default=[]),
    Field("embedders", ListOf(Inline("embedder")), "What makes vectors of texts.", default=[]),
    Field("vector_dbs", ListOf(Inline("vector_db")), "What holds vectors.", default=[]),
    Field("knowledge_bases", ListOf(Inline("knowledge_base")), "Texts that agents look things up in.", default=[]),
    Field("schedule", Inline("schedule"), "When runs start by themselves."),
)
KNOWLEDGE = later(Field("knowledge", BINDINGS, "A knowledge base that every question is looked up in."))

WORKFLOW = Entity(
    "workflow",
    "a workflow",
    "Tasks, and all that they need.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `workflow`."),
        Field("id", Text(format="identifier"), "What runs are started by."),
        Field("name", Text(), "The id, where there is none.", means="id"),
        Field("config", Inline("config"), "The schema of its input, variables, and its tasks' patience."),
        *DEFINITIONS,
        *DEFINITIONS_LATER,
        *KNOWLEDGE,
    ),
    unknown="typo",
    kept=True,
)
