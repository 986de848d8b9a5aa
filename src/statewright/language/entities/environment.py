"""The variables that a workflow may see: those that its files mention, list, or give a value (R8, DESIGN 9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from statewright.kernel.values import Json, Secret
from statewright.language.diagnostics.diagnostic import Diagnostic, near
from statewright.language.entities.credentials import mentioned, sink
from statewright.language.entities.layers import Layers
from statewright.language.marks import At, List, Map
from statewright.language.templates.compiling import has_template
from statewright.language.yaml.reading import Reader

# What prose says about `.env.local` names no variable, and neither does a comment.
_ACTION = re.compile(r"\{\{(?!-?\s*/\*).*?\}\}", re.DOTALL)
_NAMED = re.compile(r"\.env\.([A-Za-z_][A-Za-z0-9_]*)")

# Entries of a task that do not see its own variables: what gives these their values, and arrows, which its container
# follows when the task is over.
_OF_THE_PLACE_AROUND = ("env", "on_success", "on_error")


def read_environment(layers: Layers, reader: Reader) -> dict[str, Json]:
    """Returns every name that the files mention as a secret, and the declared ones with their values (R8)."""
    documents = [*(at for kind in layers.resources.values() for at in kind.values()), *layers.documents]
    names = sorted({name for document in documents for name in _mentioned(document, reader)})
    listed = [name for document in layers.documents for name in _listed_names(document, reader)]
    env: dict[str, Json] = {name: Secret(name) for name in (*names, *listed)}
    for at in _env_maps(layers, reader):
        env |= _values(at, {}, reader)
    return env


def read_variables(at: At, around: dict[str, Json], reader: Reader) -> dict[str, Json]:
    """Returns the variables of a task's own; their values may use those `around` it."""
    found = reader.mapping(at, "env")
    return {} if found is None else _values(found, around, reader)


def _values(at: At, around: dict[str, Json], reader: Reader) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, entry in at.entries():
        if isinstance(entry.value, Map | List):
            reader.problems.error("TYPE_STRING", f"the variable {key!r} must be a single value", entry)
        else:
            found[key] = sink(entry, around, reader)
    return found


def _mentioned(document: At, reader: Reader) -> set[str]:
    """Returns the names in a document; it is walked once, however many workflows lie above it."""
    return reader.once(document, None, _walked) if _may_mention(document) else set()


def _walked(document: At, _: None, reader: Reader) -> set[str]:
    return mentioned(document.value)


def _may_mention(document: At) -> bool:
    """Says whether a walk can find anything. What a directive brought here stands in another of the documents."""
    text = document.mark.source.text
    return ".env." in text or "\\" in text


def refuse_undeclared(layers: Layers, allowed: frozenset[str], reader: Reader) -> None:
    """Complains about variables that a file names and nobody declared (B-040).

    The project file may name any. What else is loaded with it may come from anywhere, and names those that `allowed`
    holds, that the project file names as well, or that an `env` in force lists.
    """
    project, *others = layers.documents
    known = {*allowed, *_mentioned(project, reader)}
    known.update(name for document in layers.documents for name in _listed_names(document, reader))
    known.update(key for at in _env_maps(layers, reader) for key, _ in at.entries())
    resources = (at for kind in layers.resources.values() for at in kind.values())
    for document in (*resources, *others):
        if _mentioned(document, reader) - known:
            _refuse(document, known, reader)


def _refuse(at: At, known: set[str], reader: Reader) -> None:
    if isinstance(at.value, str) and has_template(at.value):
        for action in _ACTION.finditer(at.value):
            for found in _NAMED.finditer(at.value, action.start(), action.end()):
                if found[1] not in known:
                    reader.problems.within(_undeclared(found[1], known), at, found.start(1), found.end(1))
    for element in at.elements():
        _refuse(element, known, reader)
    own = known | _own_names(at)
    for key, entry in at.entries():
        _refuse(entry, known if key in _OF_THE_PLACE_AROUND else own, reader)


def _own_names(at: At) -> set[str]:
    """Returns the names that a task declares for itself and what stands in it."""
    entry = at.get("env")
    return {name for name, _ in entry.entries()} if entry is not None else set()


def _undeclared(name: str, known: set[str]) -> Diagnostic:
    close = [repr(other) for other in near(name, sorted(known))]
    declare = f"declare it in the project file, as in `env: [{name}]`, or write it into .env or .env.example"
    return Diagnostic(
        code="ENV_NOT_DECLARED",
        message=f"this file may not see the variable {name!r}: the project does not declare it",
        hint=f"did you mean {' or '.join(close)}? Else {declare}" if close else declare,
    )


def _listed_names(document: At, reader: Reader) -> tuple[str, ...]:
    return reader.texts(document, "env") if isinstance(document.value.get("env"), List) else ()


def _env_maps(layers: Layers, reader: Reader) -> Iterator[At]:
    """Yields the maps that give values, the weakest first: project, workflow, agents (kernel rule R8)."""
    for document in layers.documents:
        # A list names variables only: they are all secrets.
        if not isinstance(document.value.get("env"), List):
            yield from _env_of(document, reader)
        config = document.get("config")
        if config is not None and isinstance(config.value, Map):
            yield from _env_of(config, reader)
    agents = [*layers.resources.get("agent", {}).values()]
    for agent in (*agents, *(agent for document in layers.documents for agent in _agent_maps(document))):
        yield from _env_of(agent, reader)


def _agent_maps(document: At) -> Iterator[At]:
    agents = document.get("agents")
    if agents is not None:
        yield from (element for element in agents.elements() if isinstance(element.value, Map))


def _env_of(at: At, reader: Reader) -> Iterator[At]:
    found = reader.mapping(at, "env")
    if found is not None:
        yield found
