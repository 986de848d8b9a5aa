"""The variables that a workflow may see: those that its files mention, list, or give a value (R8, DESIGN 9)."""

from __future__ import annotations

from collections.abc import Iterator

from statewright.kernel.values import Json, Secret
from statewright.language.entities.credentials import mentioned, sink
from statewright.language.entities.layers import Layers
from statewright.language.marks import At, List, Map
from statewright.language.yaml.reading import Reader


def read_environment(layers: Layers, reader: Reader) -> dict[str, Json]:
    """Returns every name that the files mention as a secret, and the declared ones with their values (R8)."""
    documents = [*(at for kind in layers.resources.values() for at in kind.values()), *layers.documents]
    names = sorted({name for document in documents for name in mentioned(document.value)})
    listed = [name for document in layers.documents for name in _listed_names(document, reader)]
    env: dict[str, Json] = {name: Secret(name) for name in (*names, *listed)}
    for at in _env_maps(layers, reader):
        for key, entry in at.entries():
            if isinstance(entry.value, Map | List):
                reader.problems.error("TYPE_STRING", f"the variable {key!r} must be a single value", entry)
            else:
                env[key] = sink(entry, {}, reader)
    return env


def _listed_names(document: At, reader: Reader) -> tuple[str, ...]:
    return reader.texts(document, "env") if isinstance(document.value.get("env"), List) else ()


def _env_maps(layers: Layers, reader: Reader) -> Iterator[At]:
    for agent in layers.resources.get("agent", {}).values():
        yield from _env_of(agent, reader)
    for document in layers.documents:
        # The project may list names only: they are all secrets.
        if not isinstance(document.value.get("env"), List):
            yield from _env_of(document, reader)
        config = document.get("config")
        if config is not None and isinstance(config.value, Map):
            yield from _env_of(config, reader)
        for agent in _agent_maps(document):
            yield from _env_of(agent, reader)


def _agent_maps(document: At) -> Iterator[At]:
    agents = document.get("agents")
    if agents is not None:
        yield from (element for element in agents.elements() if isinstance(element.value, Map))


def _env_of(at: At, reader: Reader) -> Iterator[At]:
    found = reader.mapping(at, "env")
    if found is not None:
        yield found
