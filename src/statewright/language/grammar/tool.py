"""Tools (workflows.md 2.7 and 16): what runs them follows from their `type`, else from what they say."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import AnyMap, Boolean, Choice, Duration, SchemaOrId, Text

TYPES = ("http", "javascript", "python")
# The original engine's own tools; nobody else may use the prefix.
BUILTIN_PREFIX = "cp__"

TOOL = Entity(
    "tool",
    "a tool",
    "Something that tasks and prompts may call.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `tool`."),
        Field("id", Text(format="identifier"), "What tasks and agents call it.", required=True),
        Field("name", Text(), "What people call it."),
        Field("description", Text(), "What it does, as a model is told."),
        Field("type", Choice(TYPES), "What runs it; it follows from the rest where it is left out."),
        Field("execute", Text(), "The text of a function, or a file and its function."),
        Field("code", Text(), "The text of a function."),
        Field("implementation", Choice(("runtime", "native")), "Who brings the function.", default="runtime"),
        Field("config", AnyMap(template=True), "Settings of the tool; keys of servers stand here."),
        Field("env", AnyMap(template=True), "Variables of the function's process."),
        Field("with", AnyMap(), "Input that a call may leave out."),
        Field("input", SchemaOrId(), "What a call must give."),
        Field("output", SchemaOrId(), "What a call must return."),
        Field("timeout", Duration(), "How long a call may take."),
        Field("at_most_once", Boolean(), "Whether a call is never repeated.", default=False),
    ),
    kept=True,
)
