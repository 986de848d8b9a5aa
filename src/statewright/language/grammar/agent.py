"""Agents and their actions (workflows.md 2.5 and 2.6): who asks a model, and with which words."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import (
    AnyMap,
    Boolean,
    Duration,
    Inline,
    Integer,
    ListOf,
    SchemaOrId,
    Selector,
    Text,
)
from statewright.language.grammar.knowledge import BINDINGS

ITERATIONS, ITERATIONS_MAX = 5, 100
MODEL_CHOICE = Selector("model")

ACTION = Entity(
    "action",
    "an action",
    "A prompt with a name.",
    (
        Field("id", Text(format="identifier"), "What tasks call it.", required=True),
        Field("description", Text(), "What it is for."),
        Field("prompt", Text(template=True), "What the model is asked.", required=True),
        Field("input", SchemaOrId(), "What a task must give."),
        Field("output", SchemaOrId(), "What the answer must look like; the model answers in JSON then."),
        Field("with", AnyMap(template=True), "Input that a task may leave out."),
        Field("json_mode", Boolean(), "Whether the model answers in JSON.", default=False),
        Field("memory", ListOf(Inline("memory_use")), "Conversations that it remembers."),
        *later(
            Field("attachments", ListOf(Inline("attachment")), "Files that the model is shown."),
            Field("tools", ListOf(Selector("tool")), "Tools that the model is offered."),
            Field("mcps", ListOf(Selector("mcp")), "Servers whose tools the model is offered."),
            Field("max_iterations", Integer(1, ITERATIONS_MAX), "How often tools may be called and asked again."),
            Field("retries", Integer(0, ITERATIONS_MAX), "How often a refused question is asked again."),
            Field("timeout", Duration(), "How long an answer may take."),
            Field("on_success", Inline("transition"), "Where the flow goes on."),
            Field("on_error", Inline("transition"), "Where the flow goes on after a failure."),
        ),
    ),
)
AGENT = Entity(
    "agent",
    "an agent",
    "Instructions, a model and actions.",
    (
        Field("resource", Text(), "Says in a file of its own that this is an `agent`."),
        Field("id", Text(format="identifier"), "What tasks call it.", required=True),
        Field("name", Text(), "What people call it."),
        Field("description", Text(), "What it is for."),
        Field("instructions", Text(template=True), "What the model is told before every question.", required=True),
        Field("model", MODEL_CHOICE, "The model it asks; the project's default where it says none."),
        Field("config", MODEL_CHOICE, "The older word for `model`.", means="model"),
        Field("actions", ListOf(Inline("action")), "What it can be asked to do.", default=[]),
        Field("with", AnyMap(template=True), "Input that a task may leave out."),
        Field("env", AnyMap(template=True), "Variables."),
        Field("tools", ListOf(Selector("tool")), "Tools that its prompts may call.", default=[]),
        Field("max_iterations", Integer(1, ITERATIONS_MAX), "How often it may call tools.", default=ITERATIONS),
        Field("memory", ListOf(Inline("memory_use")), "Conversations that it remembers."),
        Field("json_mode", Boolean(), "Whether the model answers in JSON.", default=False),
        *later(
            Field("mcps", ListOf(Selector("mcp")), "Servers whose tools it may use.", default=[]),
            Field("knowledge", BINDINGS, "A knowledge base that it looks things up in."),
            Field("attachments", ListOf(Inline("attachment")), "Files that the model is shown."),
        ),
    ),
    kept=True,
)
