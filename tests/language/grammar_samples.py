"""For every field of the grammar a value that fits and one that does not, made from its kind."""

from __future__ import annotations

import json
from typing import Any

from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.problems import Problems
from statewright.language.grammar import kinds
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.field import Field
from statewright.language.grammar.reading import Entities
from statewright.language.yaml.reading import Reader
from statewright.language.yaml.source import read_source

_FORMATS = {
    "email": "ada@example.com",
    "url": "https://example.com/x",
    "semver": "1.2.3",
    "date": "2025-03-26",
    "rfc3339": "2026-01-31T09:00:00Z",
    "timezone": "Europe/Berlin",
    "metrics-path": "/metrics",
}
# What an entity's rules ask for beyond its required fields.
_BESIDES: dict[str, dict[str, Json]] = {
    "attachment": {"type": "image", "url": "https://example.com/a.png"},
    "clear_config": {"confirm": True},
    "collection_task": {"task": {"id": "child"}},
    "knowledge_source": {"type": "markdown_glob", "path": "docs/a.md"},
    "mcp": {"url": "https://example.com/mcp"},
    "memory_task": {"operation": "read"},
    "schedule": {"cron": "@daily"},
    "token_allocation": {"short_term": 1},
    "trigger": {"type": "signal", "name": "go"},
    "workflow": {"id": "w", "tasks": [{"id": "a"}]},
}
# What cannot stand beside a field, or must.
_INSTEAD: dict[tuple[str, str], dict[str, Json]] = {
    ("attachment", "path"): {"url": None},
    ("attachment", "paths"): {"url": None},
    ("attachment", "urls"): {"url": None},
    ("autoload", "enabled"): {"include": ["**/*.yaml"]},
    ("chunking", "size"): {"size": 800},
    ("clear_config", "confirm"): {"confirm": True},
    ("collection_task", "tasks"): {"task": None},
    ("embedder_cache", "enabled"): {"size": 9},
    ("tool", "type"): {"config": {"base_url": "https://example.com"}},
    ("mcp", "command"): {"url": None, "transport": "stdio"},
    ("persistence", "type"): {"ttl": "24h"},
    ("schedule", "cron"): {"cron": "0 9 * * MON-FRI"},
    ("token_allocation", "short_term"): {"short_term": 1},
    ("basic_task", "agent"): {"action": "go"},
}
# Kinds whose misfits another reader tells, which knows more of them.
SILENT = (kinds.AnyValue, kinds.SchemaOrId, kinds.Selector)


def sample(kind: kinds.Kind) -> Json:
    """Returns a value that fits."""
    match kind:
        case kinds.Text(format=format):
            return _FORMATS.get(format, "x")
        case kinds.Credential():
            return "{{ .env.KEY }}"
        case kinds.Integer(least=least):
            return max(least, 1)
        case kinds.Number(least=least):
            return least
        case kinds.Boolean():
            return True
        case kinds.Choice():
            return kind.words[0]
        case kinds.Duration():
            return "1 hour 30 minutes"
        case kinds.AnyMap() | kinds.AnyValue():
            return {"a": 1}
        case kinds.SchemaOrId():
            return {"type": "object"}
        case kinds.Inline(entity=entity, needs=needs):
            return _said(entity) | dict.fromkeys((name for name in needs if name != "type"), "x")
        case kinds.Selector():
            return "x"
        case kinds.ListOf():
            return [sample(kind.kind)]
        case kinds.MapOf():
            return {"a": sample(kind.kind)}
        case kinds.OneOf():
            return sample(kind.kinds[0])


def _said(name: str) -> dict[str, Json]:
    """An entity that says something: an empty one counts as not written."""
    return minimal(name) or full(name, ENTITIES[name].fields[0])


def misfit(kind: kinds.Kind) -> Json:
    """Returns a value that does not fit."""
    if isinstance(kind, kinds.Text | kinds.Choice | kinds.Duration | kinds.AnyMap | kinds.Inline | kinds.MapOf):
        return ["nonsense"]
    if isinstance(kind, kinds.Credential):
        return "a-password-in-clear"
    return 5.5 if isinstance(kind, kinds.OneOf | kinds.SchemaOrId | kinds.Selector) else "nonsense"


def minimal(name: str) -> dict[str, Json]:
    """Returns the shortest entity that is right."""
    entity = ENTITIES[name]
    if entity.variants:
        return {"id": "x", "type": "composite", "tasks": [{"id": "child"}]}
    required = {field.name: sample(field.kind) for field in entity.fields if field.required}
    typed = {"type": name.removesuffix("_task")} if name.endswith("_task") else {}
    return typed | required | _BESIDES.get(name, {})


def full(name: str, field: Field) -> dict[str, Json]:
    """Returns the shortest entity that is right and has this field."""
    entity = minimal(name) | ({} if field.name in minimal(name) else {field.name: sample(field.kind)})
    changed = entity | _INSTEAD.get((name, field.name), {})
    return {key: value for key, value in changed.items() if value is not None}


def read(name: str, value: Json) -> tuple[Any, tuple[Diagnostic, ...]]:
    """Returns what reading keeps of a value, and what it says."""
    document, found = read_source(json.dumps(value).encode(), "f.yaml")
    assert document is not None
    assert found == ()
    reader = Reader(Problems())
    return Entities(reader).read(document, name), reader.problems.sorted()
