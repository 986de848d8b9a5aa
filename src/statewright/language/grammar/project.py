"""The project file (workflows.md 2.1): its name, what all workflows share, and blocks for the server."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import AnyMap, AnyValue, Boolean, Inline, ListOf, OneOf, Text
from statewright.language.grammar.knowledge import BINDINGS
from statewright.language.grammar.workflow import DEFINITIONS, DEFINITIONS_LATER

# Blocks that configure the server and its stores; they may stand in the same file (workflows.md 15).
_SERVER = {
    "mode": "How the server keeps its state.",
    "server": "Where the server listens.",
    "database": "The server's database.",
    "temporal": "The original engine's engine; not used here.",
    "redis": "A Redis server.",
    "limits": "How much is allowed.",
    "memory": "Where conversations are kept.",
    "llm": "How models are asked.",
    "ratelimit": "How much callers may ask.",
    "cli": "How the command line behaves.",
    "attachments": "How files are fetched.",
    "webhooks": "How calls from outside are taken.",
    "mcp_proxy": "Where MCP servers are reached.",
    "stream": "How events are streamed.",
    "worker": "The original engine's workers; not used here.",
    "resources": "Dead in the original engine as well; ignored.",
}
# The server's own block of that name may stand there instead of a list of bindings.
_KNOWLEDGE = OneOf((BINDINGS, AnyMap()))
_VERSION = Field("version", Text(format="semver"), "The project's version, as in 1.0.0.")

PROJECT = Entity(
    "project",
    "a project",
    "What all workflows of a folder share; with `tasks`, the workflow as well.",
    (
        Field("resource", Text(), "Says that this is a `project`."),
        Field("id", Text(), "Ignored: a project is called by its name."),
        Field("name", Text(format="project-name"), "The project's name.", required=True),
        _VERSION,
        *(field for field in DEFINITIONS if field.name != "version"),
        Field("requires", Text(), "Which releases of Statewright can run it, as in `>=1.2`."),
        Field("workflows", ListOf(OneOf((Text(), Inline("workflow_source")))), "The workflows' files.", default=[]),
        Field("runtime", Inline("runtime"), "Where the project's own tools are."),
        Field("autoload", Inline("autoload"), "Which files are read without being named."),
        Field("strict_templates", Boolean(), "Whether a template that names nothing is an error."),
        Field("config", Inline("config"), "Patience of all tasks."),
        *DEFINITIONS_LATER,
        *later(
            Field("knowledge", _KNOWLEDGE, "A knowledge base that every question is looked up in."),
            Field("cache", Inline("cache"), "What is remembered between runs."),
            Field("monitoring", Inline("monitoring"), "Which figures the server publishes."),
        ),
        *(Field(name, AnyValue(), about) for name, about in _SERVER.items()),
    ),
    unknown="typo",
    kept=True,
)
SOURCE = Entity(
    "workflow_source",
    "a workflow of the project",
    "A file with a workflow.",
    (Field("source", Text(), "The file's path, from the project's folder.", required=True),),
    unknown="warning",
)
