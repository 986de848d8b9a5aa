"""Projects of several files: what is read, what is refused, and what a stored definition holds."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from statewright.errors import StatewrightError
from statewright.kernel.values import Concat, Secret
from statewright.language.loader import load_definition
from tests.language.loading import errors, load_files, load_text, program_of, rendered, warnings

PROJECT = """
name: shop
models: [{provider: simulated, model: m}]
workflows:
  - source: ./workflows/order.yaml
autoload:
  enabled: true
  include: ["agents/*.yaml", "workflows/**/*.yaml", "**/*.res.yaml"]
  exclude: ["agents/old*.yaml"]
"""
ORDER = "id: order\ntasks:\n  - {id: ask, agent: clerk, action: answer}\n"
CLERK = (
    "resource: agent\nid: clerk\ninstructions: Serve.\nmodel: {$ref: 'global::models.0'}\n"
    "actions: [{id: answer, prompt: Hi}]\n"
)
AUDIT = "resource: workflow\nid: audit\ntasks:\n  - {id: look, with: {x: 1}}\n"
SHOP = {
    "compozy.yaml": PROJECT,
    "workflows/order.yaml": ORDER,
    "workflows/late/audit.yaml": AUDIT,
    "agents/clerk.yaml": CLERK,
    "agents/old-clerk.yaml": "this: is excluded",
    "notes.yaml": "not: included",
}


def test_listed_and_autoloaded_files_make_one_project() -> None:
    loaded = load_files(SHOP)
    assert errors(loaded) == [], rendered(loaded)
    assert list(loaded.programs) == ["order", "audit"]
    assert set(loaded.sources) == set(SHOP) - {"agents/old-clerk.yaml", "notes.yaml"}
    assert loaded.programs["order"].nodes["ask"].fields.component.model.provider == "simulated"


def test_a_definition_holds_what_its_workflow_needs_and_nothing_of_the_others() -> None:
    loaded = load_files(SHOP)
    bundle = msgspec.json.decode(loaded.definitions["order"])
    assert bundle["format"] == 1
    assert bundle["main"] == {"project": "compozy.yaml", "workflow": "order", "source": "workflows/order.yaml"}
    assert set(bundle["files"]) == {"compozy.yaml", "workflows/order.yaml", "agents/clerk.yaml"}
    assert loaded.programs["order"].digest == hashlib.sha256(loaded.definitions["order"]).hexdigest()


def test_another_workflows_change_leaves_the_digest_alone() -> None:
    before, after = load_files(SHOP), load_files(SHOP | {"workflows/late/audit.yaml": AUDIT + "# changed\n"})
    assert before.programs["order"].digest == after.programs["order"].digest
    assert before.programs["audit"].digest != after.programs["audit"].digest


@pytest.mark.parametrize("id", ["order", "audit"])
def test_a_definition_compiles_with_nothing_around_it(id: str) -> None:
    loaded = load_files(SHOP)
    program = load_definition(loaded.definitions[id])
    assert program.digest == loaded.programs[id].digest
    assert list(program.nodes) == list(loaded.programs[id].nodes)


def test_a_project_that_is_a_workflow_itself_is_part_of_every_definition() -> None:
    loaded = load_files(SHOP | {"compozy.yaml": PROJECT + "tasks: [{id: a, with: {}}]\n"})
    assert list(loaded.programs) == ["shop", "order", "audit"]
    assert set(msgspec.json.decode(loaded.definitions["order"])["files"]) >= {"compozy.yaml", "workflows/order.yaml"}
    assert load_definition(loaded.definitions["order"]).id == "order"
    assert load_definition(loaded.definitions["shop"]).id == "shop"


def test_a_definition_that_cannot_be_read_is_refused_with_a_reason() -> None:
    with pytest.raises(StatewrightError) as error:
        load_definition(b"not json")
    assert error.value.code == "DEFINITION_INVALID"
    broken = msgspec.json.encode(
        {"format": 1, "main": {"project": "p", "workflow": "w", "source": "p"}, "files": {"p": "name: w\ntasks: 1\n"}}
    )
    with pytest.raises(StatewrightError, match="does not compile"):
        load_definition(broken)


def test_one_error_anywhere_leaves_no_program() -> None:
    loaded = load_files(SHOP | {"agents/clerk.yaml": CLERK + "colour: blue\n"})
    assert errors(loaded) == ["KEY_UNKNOWN"]
    assert loaded.programs == {}
    assert loaded.definitions == {}


def test_strict_autoload_refuses_what_is_no_resource_and_lenient_skips_it() -> None:
    files = SHOP | {"agents/readme.yaml": "hello: world\n", "x.res.yaml": "resource: agnt\nid: x\n"}
    assert errors(load_files(files)) == ["AUTOLOAD_NOT_A_RESOURCE"] * 2
    lenient = files | {"compozy.yaml": PROJECT + "  strict: false\n"}
    assert errors(load_files(lenient)) == []
    assert warnings(load_files(lenient)) == ["AUTOLOAD_SKIPPED"] * 2


@pytest.mark.parametrize(
    "text", ["resource: agent\nid: x\ninstructions: {a: 1}\n", "resource: agent\nid: x\nid: y\n", "[", ""]
)
def test_a_file_with_mistakes_is_an_error_or_left_out(text: str) -> None:
    files = SHOP | {"agents/odd.yaml": text}
    assert errors(load_files(files)) != []
    loaded = load_files(files | {"compozy.yaml": PROJECT + "  strict: false\n"})
    assert (errors(loaded), warnings(loaded)) == ([], ["AUTOLOAD_SKIPPED"]), rendered(loaded)
    assert loaded.diagnostics[0].file == "agents/odd.yaml"


@pytest.mark.parametrize(
    ("file", "is_read"),
    [
        ("agents/a.yaml", True), ("agents/deep/er/a.yaml", True), ("agents/a.yml", False), ("agents/a.yaml~", False),
        ("agents/.a.yaml", False), ("agents/a.yaml.bak", False), ("agents/#a.yaml#", False), ("tools/a.yml", True),
        ("tools/b.yaml", True), ("tools/deep/b.yaml", False), ("agents/old/a.yaml", False), ("compozy.yaml", False),
    ],
)  # fmt: skip
def test_autoload_reads_what_its_globs_say(file: str, is_read: bool) -> None:
    project = (
        "name: p\nautoload: {enabled: true, include: ['*.yaml', 'agents/**/*.yaml', 'tools/*.{yaml,yml}'], "
        "exclude: ['**/old/**']}\ntasks: [{id: a}]\n"
    )
    extra = {} if file == "compozy.yaml" else {file: "resource: Agent\nid: found\ninstructions: x\n"}
    loaded = load_files({"compozy.yaml": project, **extra})
    assert errors(loaded) == [], rendered(loaded)
    assert ("found" in loaded.entities.get("agent", {})) is is_read


def test_globs_that_find_too_much_are_told_where_they_stand() -> None:
    files = {f"agents/{n}.yaml": "resource: agent\n" for n in range(1_001)}
    project = "name: p\nautoload: {enabled: true, include: ['none/*', 'agents/*.yaml']}\ntasks: [{id: a}]\n"
    loaded = load_files({"compozy.yaml": project, **files})
    assert errors(loaded) == ["AUTOLOAD_TOO_MANY"]
    (found,) = loaded.diagnostics
    assert project.split("\n")[1][found.column - 1 : found.end_column - 1] == "'agents/*.yaml'"
    project = project.replace("'agents/*.yaml']", "'agents/*.yaml'], exclude: ['agents/*']")
    assert errors(load_files({"compozy.yaml": project, **files})) == []


def test_two_files_with_one_id_are_refused() -> None:
    assert errors(load_files(SHOP | {"agents/twin.yaml": CLERK})) == ["ID_DUPLICATE"]
    assert errors(load_files(SHOP | {"workflows/late/twin.yaml": AUDIT.replace("audit", "order")})) == ["ID_DUPLICATE"]


def test_a_missing_project_file_is_a_diagnostic() -> None:
    loaded = load_files({})
    assert errors(loaded) == ["FILE_MISSING"]


def test_a_workflow_may_define_its_own_over_the_projects() -> None:
    order = ORDER + "agents:\n  - {id: clerk, instructions: Mine., actions: [{id: answer, prompt: Yo}]}\n"
    loaded = load_files(SHOP | {"workflows/order.yaml": order})
    assert errors(loaded) == [], rendered(loaded)
    component = loaded.programs["order"].nodes["ask"].fields.component
    assert (component.instructions, component.prompt) == ("Mine.", "Yo")


def test_variables_are_secrets_unless_their_value_is_written() -> None:
    program = program_of("""
name: p
env: {REGION: eu, LEVEL: 3, TOKEN: "{{ .env.MY_TOKEN }}", KEY: "k-{{ .env.PART }}"}
tools:
  - id: web
    type: http
    config:
      base_url: "https://{{ .env.REGION }}.example.com"
      headers: {Authorization: "Bearer {{ .env.API }}", X-Part: "{{ .env.PART | b64enc }}", X-Place: "{{ .env.PLACE }}"}
tasks:
  - {id: a, tool: web, with: {where: here}}
""")
    assert program.env == {
        "API": Secret("API"), "MY_TOKEN": Secret("MY_TOKEN"), "PART": Secret("PART"), "PLACE": Secret("PLACE"),
        "REGION": "eu", "LEVEL": 3, "TOKEN": Secret("MY_TOKEN"), "KEY": Concat(("k-", Secret("PART"))),
    }  # fmt: skip
    config = program.tools["web"].config
    assert config["base_url"] == "https://eu.example.com"
    assert config["headers"] == {
        "Authorization": Concat(("Bearer ", Secret("API"))),
        "X-Part": Concat((Concat((Secret("PART"),), "b64enc"),)),
        "X-Place": Secret("PLACE"),
    }


def test_names_in_an_env_list_are_secrets() -> None:
    assert program_of("name: p\nenv: [A, B]\ntasks: [{id: a, with: {}}]\n").env == {"A": Secret("A"), "B": Secret("B")}


def test_the_project_is_what_templates_see() -> None:
    program = program_of("name: p\nversion: '2'\ndescription: d\nstrict_templates: true\ntasks: [{id: a, with: {}}]\n")
    assert program.project == {
        "id": "p", "name": "p", "version": "2", "description": "d", "strict_templates": True
    }  # fmt: skip
    assert (program.id, program.version, program.description) == ("p", "2", "d")


def test_input_schemas_come_in_place_or_by_id() -> None:
    head = "name: p\nschemas: [{id: s, type: object, properties: {n: {type: integer, default: 3}}}]\n"
    for written in ("s", "{type: object, properties: {n: {type: integer, default: 3}}}"):
        program = program_of(f"{head}config: {{input: {written}}}\ntasks: [{{id: a, with: {{}}}}]\n")
        assert program.input is not None
        assert program.input.with_defaults({}) == {"n": 3}


def test_what_comes_later_is_named_and_not_ignored() -> None:
    loaded = load_text("""
name: p
triggers: [{type: signal, name: go}]
mcps: [{id: search, url: "https://mcp.example.com"}]
agents: [{id: a, instructions: x, mcps: [search], model: {provider: simulated, model: m}}]
tools: [{id: cp__exec}]
tasks:
  - {id: t, with: {}, compensate: u}
  - {id: u, type: signal, signal: {id: done}}
""")
    assert errors(loaded) == [], rendered(loaded)
    assert warnings(loaded) == ["NOT_AVAILABLE"] * 3, rendered(loaded)


def test_files_of_ten_megabytes_are_no_project() -> None:
    big = "x-notes: |\n" + ("  " + "x" * 70 + "\n") * 14_000
    files = {f"agents/a{n}.res.yaml": f"resource: schema\nid: s{n}\ntype: object\n{big}" for n in range(11)}
    assert set(errors(load_files(SHOP | files))) == {"DEF_TOO_LARGE"}


def test_a_project_without_a_workflow_is_said_to_have_none() -> None:
    assert [found.code for found in load_text("name: p\n").diagnostics] == ["PROJECT_EMPTY"]


@pytest.mark.parametrize("written", ["3", "{a: b}", "x"])
def test_tasks_that_are_no_list_are_told_as_such(written: str) -> None:
    assert errors(load_text(f"name: p\ntasks: {written}\n")) == ["TYPE_LIST"]


def test_an_entrypoint_that_is_not_there_is_said_once() -> None:
    project = PROJECT + "runtime: {entrypoint: ./tools/index.ts}\n"
    assert warnings(load_files(SHOP | {"compozy.yaml": project})) == ["FILE_MISSING"]
    assert warnings(load_files(SHOP | {"compozy.yaml": project, "tools/index.ts": "export default {}"})) == []
