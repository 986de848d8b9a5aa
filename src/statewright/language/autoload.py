"""Files that a project reads without naming them: those below its globs that say which resource they are.

Source: workflows.md 2.17. A file that is listed as a workflow's source is a workflow, whatever autoload says.
"""

from __future__ import annotations

from statewright.language.diagnostics.diagnostic import did_you_mean
from statewright.language.files import Files, Glob
from statewright.language.marks import At, Mark, Source
from statewright.language.paths import fits, normal
from statewright.language.project import Autoload
from statewright.language.yaml.reading import Reader

TYPES = ("agent", "tool", "task", "memory", "workflow", "schema", "model")
LATER_TYPES = ("mcp", "embedder", "vector_db", "knowledge_base")
# Editors' and systems' left-overs are no definitions.
ALWAYS_EXCLUDED = ("**/*.tmp", "**/*.bak", "**/*.swp", "**/*~", "**/.*")

Resources = dict[str, dict[str, At]]


def autoloaded(rules: Autoload, files: Files, glob: Glob, listed: frozenset[str], reader: Reader) -> Resources:
    """Returns the documents of all resources, by type and id."""
    found: Resources = {}
    for path in _paths(rules, glob, listed):
        document = files.document(path, At(path, _top(path), ""))
        if document is not None:
            _register(document, path, rules, found, reader)
    return found


def _paths(rules: Autoload, glob: Glob, listed: frozenset[str]) -> list[str]:
    paths = {normal(path) for pattern in rules.include for path in glob(normal(pattern))}
    excluded = (*ALWAYS_EXCLUDED, *rules.exclude)
    return sorted(path for path in paths - listed if not any(fits(path, pattern) for pattern in excluded))


def _register(document: At, path: str, rules: Autoload, found: Resources, reader: Reader) -> None:
    kind, id = document.value.get("resource"), document.value.get("id")
    if isinstance(kind, str) and kind.lower() in LATER_TYPES:
        reader.not_available(f"the resource type {kind!r}", document.get("resource") or document)
        return
    if not isinstance(kind, str) or kind.lower() not in TYPES or not isinstance(id, str):
        at = document.get("resource") or At(path, _start(document), "")
        message = "an autoloaded file says `resource:` (its type) and `id:`"
        hint = did_you_mean(str(kind or ""), TYPES, listed="types")
        report = reader.problems.error if rules.strict else reader.problems.warning
        report("AUTOLOAD_NOT_A_RESOURCE", message, at, hint=hint)
        return
    same = found.setdefault(kind.lower(), {})
    if id in same:
        other = same[id].mark.source.file
        message = f"there are two autoloaded {kind}s {id!r}; the first one is {other}"
        reader.problems.error("ID_DUPLICATE", message, document.get("id") or document, hint="rename one of them")
        return
    same[id] = document


def _start(document: At) -> Mark:
    return Mark(document.mark.source, 0, 1, 0, 1)


def _top(path: str) -> Mark:
    return Mark(Source(path, ""), 0, 0, 0, 0)
