"""Directives: what they stand for, how what stands beside them is merged, and what is said when they lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.directives.lookup import Scopes
from statewright.language.directives.resolve import resolve
from statewright.language.marks import At, bare
from statewright.language.yaml.source import read_source


def read(text: str, file: str = "f.yaml") -> At:
    document, found = read_source(text.encode(), file)
    assert found == ()
    assert document is not None
    return document


def resolved(text: str, project: str = "", **resources: str) -> tuple[Any, tuple[Diagnostic, ...]]:
    document = read(text)
    by_type = {kind: {str(read(one).value["id"]): read(one)} for kind, one in resources.items()}
    scopes = Scopes(document, read(project, "p.yaml") if project else document, by_type)
    at, found = resolve(document, scopes)
    return bare(at.value), found


def value_of(text: str, project: str = "", **resources: str) -> Any:
    value, found = resolved(text, project, **resources)
    assert found == ()
    return value


def codes_of(text: str, project: str = "") -> list[str]:
    return [one.code for one in resolved(text, project)[1]]


MERGES = {
    "deep": ("{a: {x: 1, y: 2}}", "{a: {y: 3}}", "", {"a": {"x": 1, "y": 3}}),
    "shallow": ("{a: {x: 1}}", "{a: {y: 3}}", "strategy: shallow", {"a": {"y": 3}}),
    "replace": ("{a: 1}", "{b: 2}", "strategy: replace", {"b": 2}),
    "first": ("{a: 1, c: 1}", "{a: 2, b: 2}", "key_conflict: first", {"a": 1, "c": 1, "b": 2}),
    "last": ("{a: 1}", "{a: 2}", "key_conflict: last", {"a": 2}),
    "lists in maps are replaced": ("{a: [1]}", "{a: [2]}", "", {"a": [2]}),
    "concat": ("[1, 2]", "[2, 3]", "", [1, 2, 2, 3]),
    "append": ("[1]", "[2]", "strategy: append", [1, 2]),
    "prepend": ("[1]", "[2, 3]", "strategy: prepend", [2, 3, 1]),
    "unique": ("[1, {a: 1}]", "[{a: 1}, 2]", "strategy: union", [1, {"a": 1}, 2]),
    "lists replace": ("[1]", "[2]", "strategy: replace", [2]),
    "nulls are skipped": ("null", "{a: 1}", "", {"a": 1}),
}

# What two maps come to, by strategy and by who wins: the row of workflows.md 3.6, in full.
FIRST, SECOND = "{a: {x: 1, y: [1]}, b: 1}", "{a: {y: [2], z: 3}, c: 3}"
DEEP, SHALLOW = {"x": 1, "y": [2], "z": 3}, {"y": [2], "z": 3}
CONFLICTS: dict[tuple[str, str], Any] = {
    ("deep", "replace"): {"a": DEEP, "b": 1, "c": 3},
    ("deep", "last"): {"a": DEEP, "b": 1, "c": 3},
    ("deep", "first"): {"a": {"x": 1, "y": [1], "z": 3}, "b": 1, "c": 3},
    ("deep", "error"): "MERGE_CONFLICT",
    ("shallow", "replace"): {"a": SHALLOW, "b": 1, "c": 3},
    ("shallow", "last"): {"a": SHALLOW, "b": 1, "c": 3},
    ("shallow", "first"): {"a": {"x": 1, "y": [1]}, "b": 1, "c": 3},
    ("shallow", "error"): "MERGE_CONFLICT",
    **{("replace", conflict): {"a": SHALLOW, "c": 3} for conflict in ("replace", "last", "first", "error")},
}


@pytest.mark.parametrize(("strategy", "conflict"), CONFLICTS)
def test_who_wins_follows_from_strategy_and_conflict(strategy: str, conflict: str) -> None:
    text = f"x: {{$merge: {{sources: [{FIRST}, {SECOND}], strategy: {strategy}, key_conflict: {conflict}}}}}\n"
    value, found = resolved(text)
    expected = CONFLICTS[strategy, conflict]
    assert (found[0].code if found else value["x"]) == expected


@pytest.mark.parametrize("strategy", ["concat", "append", "prepend", "unique", "union", "replace"])
@pytest.mark.parametrize("conflict", ["replace", "first", "error"])
def test_lists_have_no_conflicts(strategy: str, conflict: str) -> None:
    text = f"x: {{$merge: {{sources: [[1, 2], null, [2, 3]], strategy: {strategy}, key_conflict: {conflict}}}}}\n"
    expected = {"prepend": [2, 3, 1, 2], "unique": [1, 2, 3], "union": [1, 2, 3], "replace": [2, 3]}
    assert value_of(text)["x"] == expected.get(strategy, [1, 2, 2, 3])


def test_of_nothing_but_nulls_comes_an_empty_map() -> None:
    assert value_of("x: {$merge: [null, null]}\n")["x"] == {}


def test_null_leaves_what_stands_beside_it() -> None:
    value = value_of("n: null\nx: {$ref: 'local::n'}\ny: {$ref: 'local::n', a: 1}\n")
    assert (value["x"], value["y"]) == (None, {"a": 1})


def test_sources_that_are_no_list_may_come_from_elsewhere() -> None:
    text = "parts: {all: [{a: 1}, {b: 2}]}\nx: {$merge: {$ref: 'local::parts.all'}}\n"
    assert value_of(text)["x"] == {"a": 1, "b": 2}


def test_an_id_that_two_things_have_is_an_error_and_a_wide_question_a_warning() -> None:
    parts = "parts: [{id: a, n: 1}, {id: a, n: 2}]\n"
    for query, severity, line in (("id=='a'", "error", 2), ("n>0", "warning", 2)):
        value, found = resolved(parts + f'x: {{$ref: "local::parts.#({query})"}}\n')
        assert [(one.code, one.severity, one.line) for one in found] == [("REF_AMBIGUOUS", severity, line)]
        assert value["x"] == {"id": "a", "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        "a: {$ref: 'local::b', c: 1}\nb: {$ref: 'local::a', d: 1}\n",
        "x: {$merge: [{$ref: 'local::none'}, {a: 1}]}\n",
        "x: {$merge: {$ref: 'local::none'}}\n",
        "x: {$ref: 'local::none', a: {b: 1}}\n",
        "x: {$use: 'agent(local::agents.none)', action: go}\nagents: []\n",
    ],
)
def test_one_mistake_is_said_once(text: str) -> None:
    found = resolved(text)[1]
    assert len({(one.code, one.line) for one in found}) == len(found) <= 2
    assert {one.code for one in found} <= {"REF_CYCLE", "REF_NOT_FOUND"}


def test_ref_is_replaced_by_what_it_names() -> None:
    text = "agents:\n  - {id: a, model: m}\nx:\n  $ref: local::agents.#(id=='a')\n"
    assert value_of(text)["x"] == {"id": "a", "model": "m"}


def test_siblings_override_what_ref_brings() -> None:
    assert value_of("base: {a: {b: 1, c: 2}}\nx: {$ref: 'local::base', a: {c: 3}, d: 4}\n")["x"] == {
        "a": {"b": 1, "c": 3},
        "d": 4,
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("shallow", {"a": {"c": 3}}),
        ("deep,first", {"a": {"b": 1, "c": 2}}),
        ("replace", {"a": {"b": 1, "c": 2}}),
    ],
)
def test_inline_options_change_how_siblings_merge(options: str, expected: Any) -> None:
    text = f"base: {{a: {{b: 1, c: 2}}}}\nx: {{$ref: 'local::base!merge:{options}', a: {{c: 3}}}}\n"
    assert value_of(text)["x"] == expected


@pytest.mark.parametrize("options", ["replace", "replace,first", "first,replace"])
def test_a_result_that_replaces_drops_its_siblings_in_either_order_of_the_options(options: str) -> None:
    assert value_of(f"base: {{a: 1}}\nx: {{$ref: 'local::base!merge:{options}', b: 2}}\n")["x"] == {"a": 1}


def test_use_wraps_what_it_finds() -> None:
    text = 'agents:\n  - {id: a}\nx:\n  $use: agent(local::agents.#(id="a"))\n  action: go\n'
    assert value_of(text)["x"] == {"agent": {"id": "a"}, "action": "go"}


def test_a_used_task_stands_for_itself_and_as_what_a_collection_repeats() -> None:
    text = (
        "tasks: [{id: t, with: {a: 1}}]\nx: {$use: task(local::tasks.0), id: u}\n"
        "y: {$use: task(local::tasks.0), type: collection}\n"
    )
    value = value_of(text)
    assert value["x"] == {"id": "u", "with": {"a": 1}}
    assert value["y"] == {"type": "collection", "task": {"id": "t", "with": {"a": 1}}}


def test_what_comes_from_the_project_sees_the_local_document_of_its_referrer() -> None:
    project = "shared: {name: {$ref: 'local::name'}}\n"
    assert value_of("name: mine\nx: {$ref: 'global::shared'}\n", project)["x"] == {"name": "mine"}


def test_global_models_fall_back_to_the_documents_own() -> None:
    text = "models: [{provider: openai, model: m}]\nx: {$ref: 'global::models.#(provider==\"openai\")'}\n"
    assert value_of(text, "name: p\n")["x"] == {"provider": "openai", "model": "m"}


def test_a_selector_that_says_provider_and_model_is_a_model_of_its_own() -> None:
    text = 'x: {$ref: \'global::models.#(provider=="openai" && model=="gpt-4")\'}\n'
    value, found = resolved(text, "models: [{provider: openai, model: gpt-4-turbo}]\n")
    assert value["x"] == {"provider": "openai", "model": "gpt-4", "api_key": "{{ .env.OPENAI_API_KEY }}"}
    assert [(one.code, one.severity) for one in found] == [("MODEL_NOT_DECLARED", "warning")]


def test_resources_are_found_by_id_field_and_query() -> None:
    agent = "id: a.b\nresource: agent\nmodel: {provider: p}\n"
    text = "x: {$ref: 'resource::agent::a.b.model'}\ny: {$ref: \"resource::agent::#(id=='a.b').model.provider\"}\n"
    assert value_of(text, agent=agent) == {"x": {"provider": "p"}, "y": "p"}


@pytest.mark.parametrize("case", MERGES)
def test_merge_joins_its_sources(case: str) -> None:
    first, second, options, expected = MERGES[case]
    text = f"x:\n  $merge:\n    sources: [{first}, {second}]\n" + (f"    {options}\n" if options else "")
    assert value_of(text)["x"] == expected


def test_merge_takes_directives_as_sources() -> None:
    text = "a: {x: 1}\nb: {$merge: [{$ref: 'local::a'}, {$merge: [{y: 2}, {z: 3}]}]}\n"
    assert value_of(text)["b"] == {"x": 1, "y": 2, "z": 3}


@pytest.mark.parametrize("parts", ["{sources: [{y: 1}, {z: 2}]}", "[{y: 1}, {z: 2}]"])
def test_a_directive_may_stand_for_all_that_merge_joins(parts: str) -> None:
    assert value_of(f"a: {parts}\nb: {{$merge: {{$ref: 'local::a'}}}}\n")["b"] == {"y": 1, "z": 2}


def test_json_schema_references_and_unknown_dollar_keys_are_plain_data() -> None:
    text = "s: {$schema: x, $defs: {a: {}}, properties: {p: {$ref: '#/$defs/a'}}}\n"
    assert value_of(text)["s"]["properties"] == {"p": {"$ref": "#/$defs/a"}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x: {$ref: 'local::nothing'}", "REF_NOT_FOUND"),
        ("x: {$ref: 'resource::agent::a'}", "REF_NOT_FOUND"),
        ("x: {$ref: 'elsewhere::a'}", "REF_SYNTAX"),
        ("x: {$ref: 'local'}", "REF_SYNTAX"),
        ("x: {$ref: 7}", "REF_SYNTAX"),
        ("x: {$ref: 'local::a.#(id'}", "REF_SYNTAX"),
        ("x: {$use: 'local::a'}", "REF_SYNTAX"),
        ("x: {$use: 'robot(local::a)'}", "REF_SYNTAX"),
        ("a: 1\nx: {$use: 'agent(local::a)'}", "REF_KIND"),
        ("tools: [{id: a}]\nx: {$use: 'agent(local::tools.0)'}", "REF_KIND"),
        ("models: [{id: a}]\nx: {$use: 'agent(local::models.0)'}", "REF_KIND"),
        ("x: {$merge: {$ref: 'local::nothing'}}", "REF_NOT_FOUND"),
        ("a: [1]\nx: {$ref: 'local::a', b: 1}", "REF_KIND"),
        ("a: 1\nx: {$ref: 'local::a', b: 1}", "REF_KIND"),
        ("a: {$ref: 'local::b'}\nb: {$ref: 'local::a'}", "REF_CYCLE"),
        ("x: {$ref: 'local::a', $merge: []}\na: {}", "DIRECTIVE_MULTIPLE"),
        ("x: {$merge: [{a: 1}], b: 1}", "DIRECTIVE_SIBLINGS"),
        ("x: {$merge: []}", "MERGE_SOURCES"),
        ("x: {$merge: [{a: 1}, [1]]}", "MERGE_KIND"),
        ("x: {$merge: [1, 2]}", "MERGE_KIND"),
        ("x: {$merge: {sources: [{a: 1}], strategy: concat}}", "MERGE_STRATEGY"),
        ("x: {$merge: {sources: [{a: 1}], key_conflict: maybe}}", "MERGE_STRATEGY"),
        ("x: {$merge: {sources: [{a: 1}, {a: 2}], key_conflict: error}}", "MERGE_CONFLICT"),
        ("x: {$merge: {sources: [{a: 1}], other: 1}}", "KEY_UNKNOWN"),
        ("a: {b: 1}\nx: {$ref: 'local::a!merge:deep,error', b: 2}", "MERGE_CONFLICT"),
        ("a: {b: 1}\nx: {$ref: 'local::a!merge:quick', b: 2}", "REF_SYNTAX"),
    ],
)
def test_a_directive_that_leads_nowhere_says_why(text: str, code: str) -> None:
    assert code in codes_of(text + "\n")


def test_a_long_chain_of_references_stops() -> None:
    chain = "".join(f"a{n}: {{$ref: 'local::a{n + 1}'}}\n" for n in range(1_000)) + "a1000: 1\n"
    assert codes_of(chain) == ["REF_DEPTH"]


def test_references_that_double_each_other_stop() -> None:
    bomb = (
        "".join(f"a{n}: [{{$ref: 'local::a{n + 1}'}}, {{$ref: 'local::a{n + 1}'}}]\n" for n in range(30)) + "a30: 1\n"
    )
    assert "REF_DEPTH" in codes_of(bomb)


def test_a_missing_name_is_shown_inside_the_directive_with_what_was_meant() -> None:
    text = 'agents: [{id: greeter}]\nx:\n  $use: agent(local::agents.#(id="greter"))\n'
    (found,) = resolved(text)[1]
    assert found.hint == "did you mean 'greeter'?"
    line = text.split("\n")[found.line - 1]
    assert line[found.column - 1 : found.end_column - 1] == 'agents.#(id="greter")'


def test_a_resolved_document_shares_nothing_with_its_source() -> None:
    document = read("a: {b: {c: 1}}\nx: {$ref: 'local::a', d: 2}\ny: {$ref: 'local::a'}\n")
    at, _ = resolve(document, Scopes(document, document))
    at.value["x"]["b"]["c"] = 2
    at.value["a"]["b"]["c"] = 3
    assert bare(document.value["a"]) == {"b": {"c": 1}}
