"""The language: loading a large project with every position, and rendering a template that was parsed before."""

from __future__ import annotations

from pathlib import Path

from benchmarks.large_project import large_project
from benchmarks.measured import Contender, Measured, main
from statewright.kernel.expressions.evaluate import Scope
from statewright.kernel.values import Json
from statewright.language.loader import load
from statewright.language.templates.compiling import parse_template

PROMPT = """\
Dear {{ .workflow.input.name | default("somebody") | trim }},
{{ if .tasks.classify.output.score > 0.8 }}we are sure that this is {{ .tasks.classify.output.kind | upper }}\
{{ else }}we think that this is {{ .tasks.classify.output.kind }}{{ end }}:
{{ range $index, $line := .workflow.input.lines }}{{ $index }}. {{ $line.text }} ({{ $line.count }})
{{ end }}Customer {{ .workflow.input.customer_id }}, {{ .workflow.input.lines | length }} lines.
"""
DATA: dict[str, Json] = {
    "workflow": {
        "input": {
            "name": " Ada Lovelace ",
            "customer_id": "c-7",
            "lines": [{"text": "pen", "count": 2}, {"text": "paper", "count": 500}, {"text": "ink", "count": 1}],
        }
    },
    "tasks": {"classify": {"output": {"kind": "order", "score": 0.93}}},
}


def load_project(size: int, folder: Path) -> Measured:
    """Loads a project of `size` lines once: files, directives, templates, proofs, definitions."""
    files = large_project(size)
    measured = Measured(units=1, facts=size_of(files))
    with measured.clock():
        loaded = load(files.get, lambda pattern: [], "statewright.yaml")
    assert not loaded.diagnostics, loaded.diagnostics
    measured.facts["workflows"] = len(loaded.programs)
    return measured


def render_warm(size: int, folder: Path) -> Measured:
    """Renders a prompt `size` times."""
    template = parse_template(PROMPT)
    measured = Measured(units=size, facts={"characters": len(PROMPT)})
    scope = Scope(DATA)
    with measured.clock():
        for _ in range(size):
            text = template.text(scope)
    assert isinstance(text, str)
    assert "ORDER" in text
    return measured


def size_of(files: dict[str, bytes]) -> dict[str, int]:
    """Returns how large a project is."""
    return {"lines": sum(data.count(b"\n") for data in files.values()), "bytes": sum(map(len, files.values()))}


ROWS: dict[str, Contender] = {"load_project": load_project, "render_warm": render_warm}


if __name__ == "__main__":
    main(ROWS)
