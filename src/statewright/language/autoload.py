"""Files that a project reads without naming them: those below its globs that say which resource they are.

Source: workflows.md 2.17. A file that is listed as a workflow's source is a workflow, whatever autoload says.
"""

from __future__ import annotations

from statewright.language.diagnostics.diagnostic import meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.files import Files, Glob
from statewright.language.marks import At, Mark, Source
from statewright.language.paths import fits, normal
from statewright.language.project import Autoload
from statewright.language.yaml.reading import Reader

TYPES = (
    "agent", "tool", "task", "memory", "workflow", "schema", "model", "mcp", "embedder", "vector_db", "knowledge_base",
)  # fmt: skip
# Types that this release reads, keeps and does not use yet.
LATER_TYPES = ("mcp", "embedder", "vector_db", "knowledge_base")
# Editors' and systems' left-overs are no definitions.
ALWAYS_EXCLUDED = ("**/*.tmp", "**/*.temp", "**/*.bak", "**/*.orig", "**/*.swp", "**/*~", "**/.*", "**/#*#")
# An `include` that finds more than this is a mistake (reliability.md B-034).
FILES_MAX = 1_000

Resources = dict[str, dict[str, At]]


def autoloaded(rules: Autoload, files: Files, glob: Glob, listed: frozenset[str], reader: Reader) -> Resources:
    """Returns the documents of all resources, by type and id; `listed` are files that are something else already."""
    found: Resources = {}
    for path in _paths(rules, glob, listed, reader.problems):
        document = _document(path, rules, files, reader.problems)
        if document is not None:
            _register(document, rules, found, reader)
    return found


def skipped(path: str, why: Problems, problems: Problems) -> None:
    """Says that a file is left out, and for what: without `strict` that is no error."""
    first = next(found for found in why.sorted() if found.severity == "error")
    at = f"{first.file}:{first.line}" if first.line else path
    message = f"{path} is left out: {first.code} at {at}: {first.message}"
    hint = first.hint or "correct it, or exclude it"
    problems.warning("AUTOLOAD_SKIPPED", message, At(path, _top(path), ""), hint=hint)


def _paths(rules: Autoload, glob: Glob, listed: frozenset[str], problems: Problems) -> list[str]:
    excluded = (*ALWAYS_EXCLUDED, *rules.exclude)
    paths: set[str] = set()
    for pattern in rules.include:
        for path in map(normal, glob(normal(pattern.value))):
            if path not in listed and not any(fits(path, one) for one in excluded):
                paths.add(path)
            if len(paths) > FILES_MAX:
                hint = "narrow it, or name folders under `exclude`"
                problems.error("AUTOLOAD_TOO_MANY", f"autoload finds more than {FILES_MAX} files", pattern, hint=hint)
                return []
    return sorted(paths)


def _document(path: str, rules: Autoload, files: Files, problems: Problems) -> At | None:
    at = At(path, _top(path), "")
    if rules.strict:
        return files.document(path, at)
    own = Problems()
    document = files.tried(path, at, own)
    if own.failed:
        skipped(path, own, problems)
        return None
    problems.add(own.sorted())
    return document


def _register(document: At, rules: Autoload, found: Resources, reader: Reader) -> None:
    own = Problems()
    kind, id = _identity(document, Reader(own))
    if own.failed and not rules.strict:
        skipped(document.mark.source.file, own, reader.problems)
        return
    reader.problems.add(own.sorted())
    if not kind or not id:
        return
    if kind in LATER_TYPES:
        reader.not_available(f"the resource type {kind!r}", document.get("resource") or document)
    same = found.setdefault(kind, {})
    if id in same:
        other = same[id].mark.source.file
        message = f"there are two autoloaded {kind}s {id!r}; the first one is {other}"
        reader.problems.error("ID_DUPLICATE", message, document.get("id") or document, hint="rename one of them")
        return
    same[id] = document


def _identity(document: At, reader: Reader) -> tuple[str, str]:
    """Returns the type and the id that a resource says of itself; types may be written in any case."""
    said = document.get("resource")
    kind = said.value.lower() if said is not None and isinstance(said.value, str) else ""
    if said is None or kind not in TYPES:
        message = "an autoloaded file says `resource:` (its type) and `id:`"
        hint = meant(kind, TYPES, listed="types")
        reader.problems.error("AUTOLOAD_NOT_A_RESOURCE", message, said or _start(document), hint=hint)
        return "", ""
    if document.get("id") is None and not (kind == "workflow" and document.get("name") is not None):
        message = f"an autoloaded {kind} needs an id"
        reader.problems.error("AUTOLOAD_NOT_A_RESOURCE", message, said, hint="add `id:` below `resource:`")
        return "", ""
    return kind, reader.identifier(document, f"an autoloaded {kind}", "id" if document.get("id") else "name")


def _start(document: At) -> At:
    return At(document.value, Mark(document.mark.source, 0, 1, 0, 1), "")


def _top(path: str) -> Mark:
    return Mark(Source(path, ""), 0, 0, 0, 0)
