"""Policies: what each sentence forbids, how a wrong one is explained, and whom the project's own bind."""

from __future__ import annotations

import json

import pytest

from tests.language.loading import load_files, load_text, rendered

TASKS = """\
name: shop
models: [{provider: simulated, model: m}]
agents: [{id: clerk, instructions: Help., actions: [{id: answer, prompt: Hi}]}]
tools: [{id: pay, type: http, config: {base_url: "https://example.com"}}]
tasks:
  - {id: draft, agent: clerk, action: answer, with: {x: 1}}
  - id: choose
    type: router
    condition: '{{ .workflow.input.kind }}'
    routes: {yes: {id: approve, with: {x: 1}}, default: {id: decline, with: {x: 1}}}
  - {id: send, tool: pay, with: {x: 1}}
"""
KEPT = [
    "every path to send passes draft", "every path to tool:pay passes agent:clerk",
    "every path to approve passes choose",
    "no path leads from approve to decline", "no path leads from send to draft", "tool:pay happens at most once",
    "at most 1 model calls", "every path to 'send' passes \"choose\"",
]  # fmt: skip
BROKEN = {
    "every path to send passes approve": "start > draft > choose > decline > send",
    "no path leads from approve to tool:pay": "start > draft > choose > approve > send",
    "at most 0 model calls": "",
}
# The word where it stops being a policy, and what is expected there.
WRONG = {
    "every path to send goes through approve": ("goes", "'passes'"),
    "never send": ("send", "'happens'"),
    "at most many model calls": ("many", "a number"),
    "at most 3 model calls please": ("please", "its end"),
    "no path leads from draft": ("", "'to'"),
}


def checked(*policies: str) -> list[tuple[str, str]]:
    loaded = load_text(TASKS + "policies:\n" + "".join(f"  - {json.dumps(policy)}\n" for policy in policies))
    return [(found.code, found.witness) for found in loaded.diagnostics]


@pytest.mark.parametrize("policy", KEPT)
def test_a_policy_that_every_path_keeps_is_silent(policy: str) -> None:
    assert checked(policy) == []


@pytest.mark.parametrize("policy", BROKEN)
def test_a_broken_policy_shows_the_shortest_way_that_breaks_it(policy: str) -> None:
    assert checked(policy) == [("POLICY_VIOLATED", BROKEN[policy])]


@pytest.mark.parametrize("policy", WRONG)
def test_a_sentence_that_is_none_is_explained_at_its_first_wrong_word(policy: str) -> None:
    word, expected = WRONG[policy]
    loaded = load_text(TASKS + f"policies:\n  - {policy}\n")
    (found,) = loaded.diagnostics
    assert found.code == "POLICY_SYNTAX"
    assert expected in found.message
    line = loaded.sources["compozy.yaml"].splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith(word), rendered(loaded)


def test_a_name_that_nothing_has_is_found_with_what_was_meant() -> None:
    loaded = load_text(TASKS + "policies: [every path to sned passes aprove]\n")
    assert [(found.code, found.hint) for found in loaded.diagnostics] == [
        ("REF_NOT_FOUND", "did you mean 'send'?"),
        ("REF_NOT_FOUND", "did you mean 'approve'?"),
    ]


def test_tools_called_in_templates_count_as_calls_of_the_tool() -> None:
    asks = TASKS.replace("with: {x: 1}}\n  - id: choose", "with: {x: '{{ .tools.pay.status(1) }}'}}\n  - id: choose")
    loaded = load_text(asks + "policies: [every path to tool:pay passes choose]\n")
    assert [found.witness for found in loaded.diagnostics] == ["start > draft"]


def test_the_projects_policies_bind_each_workflow_that_has_the_names() -> None:
    files = {
        "compozy.yaml": "name: p\nworkflows: [{source: a.yaml}, {source: b.yaml}]\n"
        "policies: [every path to send passes approve, at most 5 model calls]\n",
        "a.yaml": "id: a\ntasks: [{id: approve, with: {x: 1}}, {id: send, with: {x: 1}}]\n",
        "b.yaml": "id: b\ntasks: [{id: send, with: {x: 1}}, {id: other, with: {x: 1}}]\n"
        "policies: [no path leads from other to send]\n",
    }
    loaded = load_files(files)
    assert [(found.code, found.file, found.witness) for found in loaded.diagnostics] == [
        ("POLICY_VIOLATED", "compozy.yaml", "start > send")
    ]


def test_a_wait_has_no_bound_where_each_signal_is_looked_at_by_a_model() -> None:
    wait = (
        "  - {id: w, type: wait, wait_for: go, condition: '{{ true }}', timeout: 1m, processor: {id: p, prompt: Hi}}\n"
    )
    loaded = load_text(TASKS + wait + "triggers: [{type: signal, name: go}]\npolicies: [at most 9 model calls]\n")
    (found,) = [one for one in loaded.diagnostics if one.code == "POLICY_VIOLATED"]
    assert found.message == "'shop' may make unbounded model calls per run (each signal that w waits for)"


def test_more_policies_than_anybody_keeps_in_mind_are_refused() -> None:
    assert checked(*["at most 5 model calls"] * 101) == [("POLICY_LIMIT", "")]
