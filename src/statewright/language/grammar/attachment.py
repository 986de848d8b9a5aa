"""Files and addresses that a model is shown (workflows.md 2.21)."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import AnyMap, Choice, Integer, ListOf, Text
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

_SOURCES = ("url", "urls", "path", "paths")
# What each type may be made of.
_SOURCES_OF = {
    "image": _SOURCES,
    "pdf": _SOURCES,
    "audio": _SOURCES,
    "video": _SOURCES,
    "file": ("path", "paths"),
    "url": ("url",),
}
_PAGES_MAX = 10_000


def _one_source(at: At, kept: dict[str, Json], reader: Reader) -> None:
    allowed = _SOURCES_OF.get(str(kept.get("type")))
    if allowed is None:
        return
    what, listed = f"an attachment of type {kept['type']!r}", " or ".join(allowed)
    given = [entry for name in _SOURCES if (entry := at.get(name)) is not None]
    if not given:
        reader.problems.error("FIELD_MISSING", f"{what} needs {listed}", at)
    for entry in given[1:]:
        reader.problems.key("FIELD_CONFLICT", f"{what} has one source: {listed}", entry, hint="list it by itself")
    if given and given[0].path.rpartition("/")[2] not in allowed:
        reader.problems.key("FIELD_CONFLICT", f"{what} is made of {listed}", given[0])


ATTACHMENT = Entity(
    "attachment",
    "an attachment",
    "A file or an address that the model is shown.",
    (
        Field("type", Choice(tuple(_SOURCES_OF)), "What it is.", required=True),
        Field("name", Text(template=True), "What the model is told that it is called."),
        Field("mime", Text(), "Its media type, where that cannot be seen."),
        Field("meta", AnyMap(template=True), "More about it, as in `image_detail: low`."),
        Field("url", Text(template=True), "An address."),
        Field("urls", ListOf(Text(template=True)), "Several addresses."),
        Field("path", Text(template=True), "A file below the project's folder."),
        Field("paths", ListOf(Text(template=True)), "Several files; globs are allowed."),
        Field("max_pages", Integer(1, _PAGES_MAX), "How many pages of a PDF are read."),
    ),
    rules=(_one_source,),
)
