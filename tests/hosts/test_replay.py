"""Replay: the same journal gives the same decisions; a changed program is found out where it decides otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from statewright.hosts.replay import Divergence, Folded, Known, fold
from statewright.kernel.journal import ChainBroken, Record
from statewright.testing import load_workflow
from tests.conformance import corpus
from tests.kernel.states import STARTING, ran
from tests.simulation.safety import assert_same

ROOT = Path(__file__).parents[2]
B, C = "  - {id: b, type: basic, with: {n: 2}}\n", "  - {id: c, type: basic, with: {n: 3}}\n"
# One change of every kind that a workflow can suffer: case, what stood there, what stands there now, and where the
# decision is a different one: sequence and first key.
CHANGES = [
    ("pass_through", "Hello", "Bye", 1, "results.hello"),
    ("tool", "tool: fetch\n    with: {id:", "tool: fetch\n    with: {key:", 1, "frames.get"),
    ("tool", "output.title", "output.name", 2, "run.output"),
    ("tool_schema", "default: 10", "default: 11", 1, "pending.run-1:1.0"),
    ("prompt", "Say something", "Tell me something", 1, "frames.speak"),
    ("prompt_object", "enum: [glad, sad]", "enum: [glad, bad]", 1, "pending.run-1:1.0"),
    ("memory", "user:{{", "person:{{", 1, "pending.run-1:1.0"),
    ("explicit_graph", "next: c", "next: b", 1, "results.c"),
    ("arrow_with", "from: a}", "from: b}", 1, "results.b"),
    ("final", ", final: true", "", 1, "results.b"),
    ("on_error", "on_error: {next: repair, ", "on_success: {next: repair, ", 2, "results.repair"),
    ("composite", ".n + 1", ".n + 2", 2, "results.both.two"),
    ("composite_on_error", ", on_error: {next: two}", "", 2, "results.both.two"),
    ("nested_containers", "got:", "has:", 3, "results.outer.both.each[1].second"),
    ("parallel", "wait_all", "race", 1, "frames."),
    ("parallel_best_effort", "best_effort", "wait_all", 3, "results.all"),
    ("parallel_max_workers", "max_workers: 1", "max_workers: 2", 1, "frames.all"),
    ("collection", '"{{ .workflow.input.items }}"', '"{{ .workflow.input.items | slice(0, 2) }}"', 1, "frames.each"),
    ("collection_filter", '!= "b"', '!= "a"', 1, "frames.each"),
    ("collection_sequential", "sequential", "parallel", 1, "frames.each"),
    ("collection_batch", "batch: 2", "batch: 3", 1, "frames.each"),
    ("collection_map", "={{", ":{{", 1, "results.each[0]"),
    ("router_text", "billing: {id: pay", "billing: {id: paid", 1, "results.route.billing"),
    ("router_by_id", "technical: fix", "technical: pay", 1, "results.route"),
    ("router_bool", "> 0.8", "> 0.95", 1, "results.route"),
    ("aggregate", "one.output.n +", "two.output.n +", 3, "results.combine"),
    ("retry", "retries: 2", "retries: 1", 1, "pending.run-1:1.0"),
    ("timeout", "timeout: 5s", "timeout: 6s", 1, "pending.run-1:1.0"),
    ("loop", ">= 5", ">= 4", 1, "results.count"),
    ("template_call", "get('a')", "get('b')", 1, "pending.run-1:1.0"),
    ("input_defaults", "default: warm", "default: cool", 1, "run.input"),
]
# Changes that no decision depends on.
WORDS = [
    ("pass_through", "name: pass_through", "name: pass_through\ndescription: polite"),
    ("tool", '"() => ({})"', '"() => ({n: 1})"'),
    ("router_bool", "by: clerk", "by: nobody"),
]
# What can be written in other words, or in another sense: case, what stood there, words, sense.
SENSES = {
    "guard": (
        "router_bool",
        ".workflow.input.score > 0.8",
        "gt .workflow.input.score 0.8",
        "lt .workflow.input.score 0.8",
    ),
    "template": ("tool", ".tasks.get.output.title", "index .tasks.get.output 'title'", "index .tasks.get 'id'"),
    "order": ("explicit_graph", B + C, C + B, B.replace("id: b", "id: c") + C.replace("id: c", "id: b")),
}


@pytest.mark.parametrize("name", STARTING)
def test_replaying_a_journal_gives_the_state_that_lived(name: str) -> None:
    """I-20, R5, R6: every digest is the recorded one, every field and every byte the same."""
    live = ran(name)
    folded = fold(corpus.case(name).program, live.records, live.store.blob)
    assert folded.divergence is None
    assert folded.records == len(live.records)
    assert folded.prev == live.records[-1].hash
    assert_same(folded.state, live.state)


@pytest.mark.parametrize(("name", "old", "new", "seq", "key"), CHANGES)
def test_a_changed_program_is_found_out_at_its_first_other_decision(
    name: str, old: str, new: str, seq: int, key: str
) -> None:
    """I-22, R5: naming the sequence and the key."""
    divergence = _folded_with(name, old, new).divergence
    assert divergence is not None
    assert (divergence.seq, divergence.key) == (seq, key)


@pytest.mark.parametrize(("name", "old", "new"), WORDS)
def test_a_change_that_decides_nothing_else_is_no_divergence(name: str, old: str, new: str) -> None:
    """R27: what decides is compared, not how it is written."""
    assert _folded_with(name, old, new).divergence is None


@pytest.mark.parametrize("kind", ["guard", "template", "order"])
def test_what_decides_is_compared_whatever_was_rewritten(kind: str) -> None:
    """R27: the same guard, template or order of tasks in other words is taken; in another sense it is found out."""
    name, old, words, sense = SENSES[kind]
    assert _folded_with(name, old, words).divergence is None
    assert _folded_with(name, old, sense).divergence is not None


def test_an_event_that_would_be_refused_now_is_a_divergence() -> None:
    tool = 'tools:\n  - id: fetch\n    type: javascript\n    execute: "() => ({})"\n'
    divergence = _folded_with("failure", "tool: fetch", "with: {n: 1}").divergence
    assert isinstance(divergence, Divergence)
    assert divergence.seq == 1
    assert tool in (corpus.FOLDER / "failure" / "workflow.yaml").read_text()


def test_a_byte_that_changed_in_the_journal_breaks_the_chain() -> None:
    live, case = ran("tool"), corpus.case("tool")
    for number, record in enumerate(live.records):
        body = record.body.replace(b'"seq"', b'"sEq"')
        damaged = [*live.records[:number], msgspec.structs.replace(record, body=body), *live.records[number + 1 :]]
        with pytest.raises(ChainBroken) as broken:
            fold(case.program, damaged, live.store.blob)
        assert broken.value.seq == number + 1


def test_a_missing_record_breaks_the_chain() -> None:
    live, case = ran("retry"), corpus.case("retry")
    records: list[Record] = list(live.records)
    del records[1]
    with pytest.raises(ChainBroken):
        fold(case.program, records, live.store.blob)


def test_decisions_do_not_depend_on_the_process_they_are_made_in() -> None:
    """I-20, I-23, R20: another hash seed, time zone, locale and working directory give the same journals."""
    elsewhere = [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"},
    ]
    told = {_told_in(environment, folder) for environment, folder in zip(elsewhere, ("/", str(ROOT)), strict=True)}
    assert len(told) == 1
    assert told.pop().count("\n") == len(STARTING)


def _folded_with(name: str, old: str, new: str) -> Folded:
    text = (corpus.FOLDER / name / "workflow.yaml").read_text()
    assert old in text, f"{name} has changed: {old!r} is not in it"
    live = ran(name)
    return fold(load_workflow(text.replace(old, new)), live.records, live.store.blob)


def _told_in(environment: dict[str, str], folder: str) -> str:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    child = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("journals_child.py"))],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_journal_that_lost_its_end_is_not_taken_for_a_shorter_run(lost: int) -> None:
    """I-04: a chain cannot show that its end is missing; the index can."""
    live, case = ran("retry"), corpus.case("retry")
    known = Known(live.state.tenant, live.state.run, len(live.records))
    assert fold(case.program, live.records, live.store.blob, known=known).divergence is None
    with pytest.raises(ChainBroken, match="it is missing"):
        fold(case.program, live.records[:-lost], live.store.blob, known=known)


def test_a_journal_in_the_place_of_another_is_found_out() -> None:
    live, case = ran("tool"), corpus.case("tool")
    known = Known(live.state.tenant, "another", len(live.records))
    with pytest.raises(ChainBroken, match="the journal of run"):
        fold(case.program, live.records, live.store.blob, known=known)
