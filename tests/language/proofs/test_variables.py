"""Variables of a task's own, and those that are read in a roundabout way."""

from __future__ import annotations

import pytest

from statewright.kernel.values import Concat, Secret
from tests.language.loading import errors, load_files, load_text, rendered, warnings

ONE = "name: p\nenv: {KNOWN: yes please}\ntasks:\n  - {id: a, with: {x: '%s'}}\n"
UNDECLARED = (
    '{{ index .env "HOME" }}',
    "{{ index .env `HOME` }}",
    '{{ get .env "HOME" }}',
    '{{ if hasKey .env "HOME" }}x{{ end }}',
    "{{ $all := .env }}{{ $all.HOME }}",
    "{{ with .env }}{{ .HOME }}{{ end }}",
    '{{ .env["HOME"] }}',
)
UNKNOWN = (
    "{{ index .env .workflow.input.name }}",
    '{{ index .env (printf "HO%s" "ME") }}',
    "{{ range $name, $value := .env }}{{ $name }}{{ end }}",
    "{{ .env | toJson }}",
)
KNOWN = (
    '{{ index .env "KNOWN" }}',
    "{{ with .env }}{{ .KNOWN }}{{ end }}",
    "{{ .env.KNOWN }}",
    "{{ if .env }}x{{ end }}",
    "{{ .workflow.input.env }}",
)


@pytest.mark.parametrize("template", UNDECLARED)
def test_looking_up_what_nobody_declares_is_a_mistake(template: str) -> None:
    loaded = load_text(ONE % template)
    assert errors(loaded) == ["ENV_NOT_DECLARED"], rendered(loaded)
    assert ".env.HOME" in rendered(loaded)


@pytest.mark.parametrize("template", UNKNOWN)
def test_a_name_that_only_a_run_knows_is_warned_of(template: str) -> None:
    loaded = load_text(ONE % template)
    assert (errors(loaded), warnings(loaded)) == ([], ["ENV_NOT_DECLARED"]), rendered(loaded)


@pytest.mark.parametrize("template", KNOWN)
def test_nothing_is_said_of_what_is_declared(template: str) -> None:
    loaded = load_text(ONE % template)
    assert "ENV_NOT_DECLARED" not in (*errors(loaded), *warnings(loaded)), rendered(loaded)


def test_a_tasks_variables_are_its_own_over_those_of_its_containers() -> None:
    loaded = load_text(
        "name: p\nenv: {A: 1, B: 2}\ntasks:\n"
        "  - id: out\n    type: composite\n    env: {A: 3, C: '{{ .env.B }}', K: '{{ .env.KEY }}'}\n"
        "    tasks:\n      - {id: in, env: {A: 4, H: 'Bearer {{ .env.K }}'}, with: {}}\n"
        "  - {id: beside, with: {}}\n"
    )
    assert errors(loaded) == [], rendered(loaded)
    nodes = loaded.programs["p"].nodes
    key = Secret("KEY")
    assert nodes["out"].env == {"A": 3, "C": 2, "K": key}
    assert nodes["out.in"].env == {"A": 4, "C": 2, "K": key, "H": Concat(("Bearer ", key))}
    assert nodes["beside"].env == {}


@pytest.mark.parametrize("value", ["{{ .env.KEY }}", "Bearer {{ .env.KEY }}"])
def test_a_tasks_variable_that_stands_for_a_secret_is_one(value: str) -> None:
    loaded = load_text(f"name: p\ntasks: [{{id: a, env: {{X: '{value}'}}, with: {{x: '{{{{ .env.X }}}}'}}}}]\n")
    assert errors(loaded) == ["SECRET_NOT_ALLOWED_HERE"], rendered(loaded)


def test_a_tool_that_a_task_defines_uses_the_tasks_variables() -> None:
    tool = "{id: t, type: http, config: {base_url: '{{ .env.URL }}', headers: {Authorization: 'Bearer {{ .env.K }}'}}}"
    loaded = load_text(
        f"name: p\ntasks:\n  - {{id: a, env: {{URL: 'https://x.example', K: '{{{{ .env.KEY }}}}'}}, tool: {tool}}}\n"
    )
    assert errors(loaded) == [], rendered(loaded)
    config = loaded.programs["p"].tools["t"].config
    assert config == {
        "base_url": "https://x.example",
        "headers": {"Authorization": Concat(("Bearer ", Secret("KEY")))},
    }


MISTAKES = {
    "no map": ("env: [X]", "TYPE_MAP"),
    "no single value": ("env: {X: {a: 1}}", "TYPE_STRING"),
    "data of a run": ("env: {X: '{{ .workflow.id }}'}", "TEMPLATE_NOT_ALLOWED_HERE"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_a_tasks_variables_is_told(case: str) -> None:
    written, code = MISTAKES[case]
    loaded = load_text(f"name: p\ntasks: [{{id: a, {written}, with: {{}}}}]\n")
    assert errors(loaded) == [code], rendered(loaded)


WORKFLOW = (
    "id: w\ntasks:\n  - {id: a, env: {OWN: 1, %s}, with: {x: '{{ .env.OWN }}'}%s}\n  - {id: b, with: {y: '%s'}}\n"
)


@pytest.mark.parametrize(
    ("inner", "arrow", "beside", "codes"),
    [
        ("B: 2", "", "nothing", []),
        ("B: 2", "", "{{ .env.OWN }}", ["ENV_NOT_DECLARED"]),
        ("B: '{{ .env.OTHER }}'", "", "nothing", ["ENV_NOT_DECLARED"]),
        ("OTHER: '{{ .env.OTHER }}'", "", "nothing", ["ENV_NOT_DECLARED"]),
        ("B: 2", ", on_success: {next: b, with: {z: '{{ .env.OWN }}'}}", "nothing", ["ENV_NOT_DECLARED"]),
    ],
)
def test_a_task_declares_variables_for_itself_alone(inner: str, arrow: str, beside: str, codes: list[str]) -> None:
    """What another file may see is the project's to say; a task's own name is seen by that task."""
    loaded = load_files({
        "compozy.yaml": "name: p\nworkflows: [w.yaml]\n", "w.yaml": WORKFLOW % (inner, arrow, beside)
    })  # fmt: skip
    assert [code for code in errors(loaded) if code == "ENV_NOT_DECLARED"] == codes, rendered(loaded)


@pytest.mark.parametrize("template", ["{{ secrets.KEY }}", "Bearer {{ secrets.KEY | upper }}", "{{ .secrets.KEY }}"])
def test_a_secret_by_another_engines_name_is_told_how_it_is_written(template: str) -> None:
    loaded = load_text(ONE % template)
    assert errors(loaded) == ["SECRET_NOT_ALLOWED_HERE"], rendered(loaded)
    assert "`api_key`" in rendered(loaded)
