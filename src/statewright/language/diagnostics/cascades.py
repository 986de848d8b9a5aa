"""Leaves out what only follows from another mistake: whoever mends the first one never meets the others.

Nothing is hidden for good: what was a mistake of its own is told as soon as its seeming cause is gone.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from statewright.language.diagnostics.diagnostic import Diagnostic

# A mistake in one of these keys takes names away that other places refer to.
NAMING = frozenset({
    "id", "resource", "name", "agents", "tools", "tasks", "actions", "schemas", "models", "memories", "knowledge_bases",
    "embedders", "vector_dbs", "mcps", "workflows", "include", "provider", "model",
})  # fmt: skip
# What is said where a name is not found.
DANGLING = frozenset({
    "REF_NOT_FOUND", "TASK_UNKNOWN", "AGENT_UNKNOWN", "TOOL_UNKNOWN", "MODEL_UNKNOWN", "ACTION_UNKNOWN",
    "SCHEMA_UNKNOWN", "WORKFLOW_UNKNOWN", "KNOWLEDGE_UNKNOWN", "EMBEDDER_UNKNOWN", "VECTOR_DB_UNKNOWN", "MCP_UNKNOWN",
    "MODEL_MISSING", "WAIT_WITHOUT_SOURCE", "TOOL_INCOMPLETE",
})  # fmt: skip
# What is said of a key that is not there, beside FIELD_MISSING, and which key that is.
LACKING = {"TASKS_EMPTY": "tasks", "ROUTES_EMPTY": "routes", "MODEL_MISSING": "model", "AUTOLOAD_NOT_A_RESOURCE": "id"}
# What is said of keys that do not go with a type.
_OF_TYPE = frozenset({"KEY_UNKNOWN", "FIELD_MISSING", "COMPONENT_CONFLICT", "FIELD_CONFLICT", *LACKING})
# More line numbers are no help.
LINES_SHOWN_MAX = 8
# A file, the path of a map in it, and a key of that map.
Entry = tuple[str, str, str]


def without_consequences(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Returns the diagnostics that stand on their own, in their order; a name that is nowhere is told once a file."""
    everything = tuple(found)
    causes = _Causes(one for one in everything if one.severity == "error")
    return _gathered(one for one in everything if not causes.explain(one))


class _Causes:
    """What the errors make unreliable: entries that are there under a wrong key or value, types, and names."""

    def __init__(self, errors: Iterable[Diagnostic]) -> None:
        self._spoilt: set[Entry] = set()
        self._typeless: dict[tuple[str, str], Diagnostic] = {}
        self._mistyped: set[str] = set()
        self._nameless = False
        for one in errors:
            above, _, key = one.path.rpartition("/")
            keys = one.meant if one.code == "KEY_UNKNOWN" else (key,)
            if one.code == "KEY_UNKNOWN":
                self._mistyped.update(one.meant[:1])
            if one.code != "FIELD_MISSING":
                self._spoilt.update((one.file, above, name) for name in keys)
            # What a schema may say is the same for every type.
            if "type" in keys and one.code != "SCHEMA_INVALID":
                self._typeless.setdefault((one.file, above), one)
            lost = one.meant if one.code == "FIELD_MISSING" else keys
            naming = one.code not in DANGLING and not NAMING.isdisjoint(lost)
            self._nameless = self._nameless or naming or one.code == "YAML_DUPLICATE_KEY"

    def explain(self, one: Diagnostic) -> bool:
        """Whether something only follows from them."""
        lacking = _lacking(one)
        if any((one.file, one.path, name) in self._spoilt for name in lacking):
            return True
        # What refers to a map lacks what is mistyped there.
        if one.code == "FIELD_MISSING" and not self._mistyped.isdisjoint(lacking):
            return True
        if one.code in _OF_TYPE:
            above = one.path.rpartition("/")[0]
            cause = self._typeless.get((one.file, above)) or self._typeless.get((one.file, one.path))
            if cause is not None and cause is not one:
                return True
        return self._nameless and one.code in DANGLING and not one.fix


def _lacking(one: Diagnostic) -> tuple[str, ...]:
    """Returns the keys of which a problem says that none is there."""
    names = one.meant if one.code == "FIELD_MISSING" else (LACKING[one.code],) if one.code in LACKING else ()
    # Where there is no `id`, a `name` does as well.
    return (*names, "name") if "id" in names else names


def _gathered(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    same: dict[tuple[str, ...], list[Diagnostic]] = {}
    for one in found:
        place = () if one.code in DANGLING else (str(one.line), str(one.column))
        same.setdefault((one.code, one.message, one.file, *place), []).append(one)
    return tuple(_together(group) for group in same.values())


def _together(group: list[Diagnostic]) -> Diagnostic:
    first = group[0]
    lines = [str(line) for line in dict.fromkeys(one.line for one in group[1:]) if line != first.line]
    if not lines:
        return first
    shown = ", ".join(lines[:LINES_SHOWN_MAX]) + (", …" if len(lines) > LINES_SHOWN_MAX else "")
    message = f"{first.message} (also in line{'s' if len(lines) > 1 else ''} {shown})"
    return msgspec.structs.replace(first, message=message, fix=tuple(edit for one in group for edit in one.fix))
