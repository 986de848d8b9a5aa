"""Who wrote a project or a workflow (workflows.md 2.1)."""

from __future__ import annotations

from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import Inline, ListOf, Text

_PERSON = (
    Field("name", Text(), "The person's name."),
    Field("email", Text(format="email"), "Where to write to."),
    Field("organization", Text(), "The organisation behind it."),
    Field("url", Text(format="url"), "A page about the author."),
)

CONTRIBUTOR = Entity("contributor", "a contributor", "Somebody who helped.", _PERSON, unknown="warning")
AUTHOR = Entity(
    "author",
    "an author",
    "Who wrote this.",
    (*_PERSON, Field("contributors", ListOf(Inline("contributor")), "Others who took part.")),
    unknown="warning",
)
