"""Servers of the Model Context Protocol (workflows.md 2.12)."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import Choice, Duration, Integer, ListOf, MapOf, OneOf, Text
from statewright.language.grammar.secrets import is_credential_header, refuse_in_clear
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

STDIO = "stdio"


def _one_way_to_reach_it(at: At, kept: dict[str, Json], reader: Reader) -> None:
    url, command = at.get("url"), at.get("command")
    # What a misspelt transport needs nobody knows.
    if kept.get("transport") is None:
        return
    if url is not None and command is not None:
        message = "an MCP server has a 'url' or a 'command', not both"
        reader.problems.key("FIELD_CONFLICT", message, command, hint="`command` starts a program, `url` calls a server")
    elif kept.get("transport") == STDIO and command is None:
        reader.missing(at, "command", "an MCP server with the transport 'stdio'", "the program to start")
    elif kept.get("transport") != STDIO and url is None:
        hint = "or `transport: stdio` for a program to start" if command is None else "set `transport: stdio`"
        reader.missing(at, "url", f"an MCP server with the transport {kept.get('transport')!r}", hint)


def _no_key_in_clear(at: At, kept: dict[str, Json], reader: Reader) -> None:
    headers = at.get("headers")
    for name, entry in headers.entries() if headers is not None else ():
        if is_credential_header(name):
            refuse_in_clear(entry, reader.problems)


MCP = Entity(
    "mcp",
    "an MCP server",
    "A server whose tools agents may use.",
    (
        Field("resource", Text(), "Says in a file of its own that this is an `mcp`."),
        Field("id", Text(format="identifier"), "What agents call it.", required=True),
        Field("name", Text(), "What people call it."),
        Field("description", Text(), "What it is for."),
        Field("transport", Choice(("sse", "streamable-http", STDIO)), "How it is talked to.", default="sse"),
        Field("url", Text(template=True, format="url"), "Where it is."),
        Field("command", OneOf((Text(template=True), ListOf(Text(template=True)))), "The program that is started."),
        Field("args", ListOf(Text(template=True)), "The program's arguments.", default=[]),
        Field("headers", MapOf(Text(template=True)), "What each request says besides."),
        Field("env", MapOf(Text(template=True)), "Variables of the program."),
        Field("proto", Text(format="date"), "The date of the protocol's version.", default="2025-03-26"),
        Field("start_timeout", Duration(), "How long the program may take to start."),
        Field("max_sessions", Integer(), "How many sessions at the same time; 0 sets no limit.", default=0),
    ),
    rules=(_one_way_to_reach_it, _no_key_in_clear),
    kept=True,
    available=False,
)
