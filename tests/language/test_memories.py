"""What a project says of its memories, as runs are told of it."""

from __future__ import annotations

import pytest

from statewright.kernel.program import Program, Retention
from tests.language.loading import errors, load_text, rendered, warnings

TASK = "tasks: [{id: t, type: memory, operation: read, memory_ref: m, key_template: k}]\n"
DAY, MINUTE = 86_400_000, 60_000
KEPT = {
    "nothing": ("", Retention(max_tokens=2_000)),
    "tokens": ("type: token_based, max_tokens: 50", Retention(max_tokens=50)),
    "messages": ("type: message_count_based", Retention(max_tokens=0, max_messages=100)),
    "a buffer": ("type: buffer", Retention(max_tokens=0)),
    "a buffer with a limit": ("type: buffer, max_messages: 9", Retention(max_tokens=0, max_messages=9)),
    "what a flush leaves": (
        "type: buffer, flushing: {type: lru, max_messages: 5, max_tokens: 60}",
        Retention(max_tokens=0, strategy="lru", keep_messages=5, keep_tokens=60),
    ),
    "no flush at all": ("disable_flush: true", Retention(flushes=False)),
    "its end": (
        "persistence: {type: redis, ttl: 1d}, append_ttl: 30m, flush_ttl: 1 hour",
        Retention(ttl=DAY, append_ttl=30 * MINUTE, flush_ttl=60 * MINUTE),
    ),
    "what is private": (
        r"privacy_policy: {redact_patterns: ['\d{4}'], non_persistable_message_types: [TOOL],"
        " default_redaction_string: gone}",
        Retention(redact=(r"\d{4}",), redaction="gone", unkept=("tool",)),
    ),
}
REFUSED = {
    "a pattern that no engine runs in linear time": (
        "privacy_policy: {redact_patterns: ['(a)\\1']}", "REGEX_UNSUPPORTED"
    ),
    "a pattern that is none": ("privacy_policy: {redact_patterns: ['(a']}", "REGEX_UNSUPPORTED"),
    "a limit of nothing": ("max_tokens: 0", "RANGE"),
    "a strategy that nobody knows": ("flushing: {type: fifi}", "CHOICE_INVALID"),
    "a lasting memory without an end": ("persistence: {type: redis}", "FIELD_MISSING"),
}  # fmt: skip


def load_memory(written: str) -> Program:
    loaded = load_text(f"name: p\nmemories: [{{id: m, {written}}}]\n{TASK}")
    assert errors(loaded) == [], rendered(loaded)
    return loaded.programs["p"]


@pytest.mark.parametrize("case", KEPT)
def test_a_run_is_pinned_to_what_is_said_of_a_memory(case: str) -> None:
    written, rules = KEPT[case]
    assert load_memory(written).memories == {"m": rules}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_memory_can_do_is_refused(case: str) -> None:
    written, code = REFUSED[case]
    assert errors(load_text(f"name: p\nmemories: [{{id: m, {written}}}]\n{TASK}")) == [code]


@pytest.mark.parametrize("strategy", ["hybrid_summary", "token_aware_lru"])
def test_a_strategy_that_no_memory_here_has_is_named_and_the_oldest_go(strategy: str) -> None:
    loaded = load_text(f"name: p\nmemories: [{{id: m, flushing: {{type: {strategy}}}}}]\n{TASK}")
    assert (errors(loaded), warnings(loaded)) == ([], ["NOT_AVAILABLE"])
    assert repr(strategy) in rendered(loaded)
    assert loaded.programs["p"].memories["m"].strategy == "simple_fifo"


def test_a_memory_that_nobody_declared_is_used_with_a_warning() -> None:
    loaded = load_text(f"name: p\n{TASK}")
    assert (errors(loaded), warnings(loaded)) == ([], ["MEMORY_NOT_DECLARED"])
    assert "2,000 tokens" in rendered(loaded)


@pytest.mark.parametrize("config", ["", "clear_config: {confirm: false}", "clear_config: {backup: true}"])
def test_clearing_is_meant_or_refused(config: str) -> None:
    task = f"{{id: t, type: memory, operation: clear, memory_ref: m, key_template: k, {config}}}"
    loaded = load_text(f"name: p\nmemories: [{{id: m}}]\ntasks: [{task}]\n")
    assert len(errors(loaded)) == 1
    assert set(errors(loaded)) <= {"FIELD_MISSING", "RANGE"}
    assert "confirm" in rendered(loaded) or "clear_config" in rendered(loaded)


def test_a_limit_of_keys_is_said_to_limit_nothing() -> None:
    loaded = load_text(
        f"name: p\nmemories: [{{id: m}}]\n{TASK.replace('key_template: k', 'key_template: k, max_keys: 5')}"
    )
    assert (errors(loaded), warnings(loaded)) == ([], ["NOT_APPLIED"])


def test_an_agents_own_retention_goes_over_its_memorys() -> None:
    loaded = load_text(
        "name: p\nmodels: [{provider: openai, model: gpt-4}]\n"
        "memories: [{id: m, max_tokens: 70, persistence: {type: in_memory, ttl: 1h}}]\n"
        "agents: [{id: a, instructions: x, actions: [{id: go, prompt: hi}],"
        " memory: [{id: m, key: k, privacy: {retention_policy: 1d}}]}]\n"
        "tasks: [{id: t, agent: a, action: go}]\n"
    )
    assert errors(loaded) == [], rendered(loaded)
    (use,) = loaded.programs["p"].nodes["t"].fields.component.memory
    assert use.rules == Retention(max_tokens=70, ttl=DAY)
