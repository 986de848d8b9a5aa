"""Holds: projects in each of the three dialects load as they are (workflows.md 0.2), and 0.4's broken one teaches.

What this release reads and does not run yet is a warning by name; nothing else is said.
"""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.evaluate import Scope
from statewright.language.loader import Loaded
from tests.language.loading import DATA, errors, load_files, load_text, rendered

# By dialect: the workflows that run, those that lack something with what it is, and the warnings that teach.
DIALECTS: dict[str, tuple[list[str], dict[str, set[str]], set[str]]] = {
    "era_a": (
        ["digest"],
        {"quotes": {"the tool 'fetch_quotes'", "the tool 'save_quote'"}},
        {"NOT_AVAILABLE", "AGENT_TOOLS_NOT_OFFERED"},
    ),
    "era_b": (
        ["nightly"],
        {"desk": {"the built-in tool 'cp__write_file'"}},
        {"NOT_AVAILABLE", "AGENT_TOOLS_NOT_OFFERED", "WAIT_WITHOUT_SOURCE"},
    ),
    "era_c": ([], {"notes": {"the tool 'sign'"}}, {"NOT_AVAILABLE", "NOT_APPLIED", "AUTOLOAD_SKIPPED"}),
}
ENTITIES = {
    "era_a": {"agent": {"curator", "writer"}, "tool": {"fetch_quotes", "save_quote"}, "schema": {"mood"}},
    "era_b": {
        "agent": {"helper", "tidier"}, "tool": {"lookup_order", "send_reply"}, "schema": {"question", "answer"},
        "mcp": {"search", "files"}, "memory": {"conversations"}, "embedder": {"small"}, "vector_db": {"local"},
        "knowledge_base": {"handbook"}, "model": {"openai:gpt-4o", "quick"}, "workflow": {"desk", "nightly"},
    },
    "era_c": {
        "agent": {"writer"}, "tool": {"shout", "sign"}, "model": {"openai:gpt-4o", "ollama:llama3.2:3b", "cheap"},
        "memory": {"style"}, "knowledge_base": {"style-guide"},
    },
}  # fmt: skip
# workflows.md 0.4: a router that does not say by what, a last task that does nothing, another system's templates.
BROKEN = """
name: memory-example
memories: [{id: notes, type: buffer}]
tasks:
  - id: choose
    type: router
    routes: {read: read, write: write}
  - {id: read, type: memory, operation: read, memory_ref: notes, key_template: "u", on_success: {next: end}}
  - {id: write, type: memory, operation: append, memory_ref: notes, key_template: u, payload: x,
     on_success: {next: end}}
  - id: end
    type: basic
    final: true
    with:
      note: "{% if read %}as written{% endif %}"
      at: "{{ now | date '2006-01-02' }}"
outputs:
  found: '{{ if .tasks.read }}{{ .tasks.read.output }}{{ else }}nothing{{ end }}'
"""


def load_dialect(name: str) -> Loaded:
    folder = DATA / name
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    declared = files.get(".env.example", b"").decode().split()
    return load_files(files, environment=frozenset(line.partition("=")[0] for line in declared))


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_loads_and_says_what_comes_later(name: str) -> None:
    runs, lacks, codes = DIALECTS[name]
    loaded = load_dialect(name)
    assert errors(loaded) == [], rendered(loaded)
    assert list(loaded.programs) == runs
    assert {id: set(lacking) for id, lacking in loaded.lacking.items()} == lacks
    assert {found.code for found in loaded.diagnostics} == codes, rendered(loaded)


@pytest.mark.parametrize("name", ENTITIES)
def test_every_entity_of_a_dialect_is_kept(name: str) -> None:
    entities = load_dialect(name).entities
    assert {kind: set(entities.get(kind, {})) & ids for kind, ids in ENTITIES[name].items()} == ENTITIES[name]


def test_the_broken_example_says_what_its_router_lacks_and_nothing_else() -> None:
    loaded = load_text(BROKEN)
    assert errors(loaded) == ["FIELD_MISSING"], rendered(loaded)
    assert "'condition'" in loaded.diagnostics[0].message


def test_the_broken_example_runs_once_it_is_told() -> None:
    told = BROKEN.replace("type: router", "type: router\n    condition: '{{ .workflow.input.action }}'")
    (program,) = load_text(told).programs.values()
    (end,) = [node for node in program.nodes.values() if node.id == "end"]
    assert end.with_ is not None
    given = end.with_.evaluate(Scope({}, 0))
    assert given == {"note": "{% if read %}as written{% endif %}", "at": "1970-01-01"}


def test_a_listed_file_is_a_workflow_whatever_autoload_says() -> None:
    files = {
        "compozy.yaml": "name: p\nworkflows: [{source: w/a.yaml}]\nautoload: {enabled: true, include: ['w/*.yaml']}\n",
        "w/a.yaml": "id: a\ntasks: [{id: t}]\n",
        "w/b.yaml": "resource: WORKFLOW\nid: b\ntasks: [{id: t}]\n",
    }
    assert list(load_files(files).programs) == ["a", "b"]
    files["w/a.yaml"] = "resource: agent\n" + files["w/a.yaml"]
    assert list(load_files(files).programs) == ["a", "b"]
