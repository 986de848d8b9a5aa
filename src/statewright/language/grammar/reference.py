"""The grammar as a page for people: docs/reference/project.md is what `project_reference` returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.kernel.values import Json
from statewright.language.grammar import kinds
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.formats import FORMATS

_HEAD = """# The project file, entity by entity

Generated from `src/statewright/language/grammar`, which reading, `check`, the JSON Schema and this page all follow.
A test compares them; `UPDATE_GOLDEN=1 pytest tests/language/test_grammar.py` writes this page anew.

- **Required** fields are marked `*`. A field without a default keeps nothing where nothing is written.
- ⏳ marks what this release reads, checks and keeps, and does not use yet; `check` says so by name (`NOT_AVAILABLE`).
- `{{ }}` marks texts that are rendered while a run goes on.
- Wherever a map or a list may stand, `$ref`, `$use` or `$merge` may stand instead.
- Keys that begin with `x-` are the author's own where unknown keys are not errors.
"""
_UNKNOWN = {
    "error": "An unknown key is an error.",
    "typo": "An unknown key is an error where it resembles a known one, else a warning.",
    "warning": "An unknown key is a warning.",
}
_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))


def project_reference() -> str:
    """Returns the page."""
    sections = [_section(entity) for entity in ENTITIES.values()]
    return "\n".join([_HEAD, *sections]).rstrip() + "\n"


def _section(entity: Entity) -> str:
    title = entity.what.removeprefix("a ").removeprefix("an ")
    lines = [f"## {title[:1].upper()}{title[1:]}", "", f'<a id="{entity.name}"></a>', ""]
    if entity.variants:
        listed = ", ".join(f"[`{name}`](#{variant})" for name, variant in entity.variants.items())
        return "\n".join([*lines, entity.about, "", f"By its `type`: {listed}.", ""])
    later = " ⏳" if not entity.available else ""
    lines += [f"{entity.about}{later} {_UNKNOWN[entity.unknown]}", ""]
    lines += ["| Field | Value | Default | What it says |", "| --- | --- | --- | --- |"]
    lines += [_row(field) for field in entity.fields]
    return "\n".join([*lines, ""])


def _row(field: Field) -> str:
    name = f"`{field.name}`" + (" *" if field.required else "") + ("" if field.available else " ⏳")
    return f"| {name} | {_kind(field.kind)} | {_default(field)} | {field.about} |"


def _default(field: Field) -> str:
    if field.default in (None, [], {}):
        return ""
    return f"`{_span(field.default) if isinstance(field.kind, kinds.Duration) else _scalar(field.default)}`"


def _scalar(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _span(milliseconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _SPANS if milliseconds % size == 0)
    return f"{milliseconds // size}{unit}"


def _kind(kind: kinds.Kind) -> str:
    rendered = " `{{ }}`" if getattr(kind, "template", False) else ""
    return _KINDS[type(kind)](kind) + rendered


def _link(name: str) -> str:
    entity = ENTITIES[name]
    return f"[{entity.what.removeprefix('a ').removeprefix('an ')}](#{name})"


def _text(kind: Any) -> str:
    if kind.of:
        return f"the id of {ENTITIES[kind.of].what}"
    return FORMATS[kind.format].what if kind.format else "text"


def _limits(kind: Any) -> str:
    noun = "whole number" if isinstance(kind, kinds.Integer) else "number"
    return f"{noun}, {kind.least} to {kind.most}"


def _list(kind: Any) -> str:
    least = f", at least {kind.least}" if kind.least else ""
    most = f", at most {kind.most}" if kind.most else ""
    return f"list of {_kind(kind.kind)}{least}{most}"


_KINDS: dict[Any, Callable[[Any], str]] = {
    kinds.Text: _text,
    kinds.Credential: lambda kind: "a variable, as in `{{ .env.KEY }}`",
    kinds.Integer: _limits,
    kinds.Number: _limits,
    kinds.Boolean: lambda kind: "true or false",
    kinds.Choice: lambda kind: ", ".join(f"`{word}`" for word in kind.words),
    kinds.Duration: lambda kind: "span of time",
    kinds.AnyMap: lambda kind: "map",
    kinds.AnyValue: lambda kind: "any value",
    kinds.SchemaOrId: lambda kind: "JSON Schema, or the id of one",
    kinds.Inline: lambda kind: _link(kind.entity),
    kinds.Selector: lambda kind: f"id, or {_link(kind.entity)}",
    kinds.ListOf: _list,
    kinds.MapOf: lambda kind: f"map of {_kind(kind.kind)}",
    kinds.OneOf: lambda kind: " or ".join(_kind(one) for one in kind.kinds),
}
