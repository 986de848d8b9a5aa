"""The autoload block (workflows.md 2.17): which files are read without being named."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field, later
from statewright.language.grammar.kinds import Boolean, Duration, ListOf, Text

AUTOLOAD = Entity(
    "autoload",
    "autoload",
    "Which files are read without being named; each says its `resource` and its `id`.",
    (
        Field("enabled", Boolean(), "Whether files are looked for.", default=False),
        Field("strict", Boolean(), "Whether a file that is no resource is an error.", default=True),
        Field("include", ListOf(Text()), "Globs below the project's folder."),
        Field("exclude", ListOf(Text()), "Globs of files to leave out."),
        *later(
            Field("watch_enabled", Boolean(), "Whether changed files are read again.", default=False),
            Field("watch_interval", Duration(), "How long a change is waited for."),
        ),
    ),
    unknown="warning",
)
