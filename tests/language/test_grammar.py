"""The grammar: every field of every entity is read, kept and shown, and what does not fit is told by its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statewright.kernel.values import Json
from statewright.language.grammar.entities import ENTITIES
from statewright.language.grammar.kinds import OneOf, Text
from statewright.language.grammar.reference import project_reference
from statewright.language.task_types import TASK_TYPES
from statewright.language.tasks.fields import yaml_keys
from tests.language.grammar_samples import SILENT, full, misfit, read

FIELDS = [(entity.name, field) for entity in ENTITIES.values() for field in entity.fields]
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "project.md"


def test_every_field_is_read_without_complaint_and_kept() -> None:
    for name, field in FIELDS:
        kept, said = read(name, full(name, field))
        assert [found.message for found in said if found.severity == "error"] == [], (name, field.name)
        found = kept.get(field.means or field.name, (kept.get("params") or {}).get(field.name))
        assert found is not None, (name, field.name)


def test_a_field_that_this_release_does_not_use_is_named_once() -> None:
    for name, field in FIELDS:
        _, said = read(name, full(name, field))
        told = [found.message for found in said if found.code == "NOT_AVAILABLE"]
        assert sum(f"{field.name!r} in {ENTITIES[name].what} " in message for message in told) == (not field.available)


def test_a_value_of_the_wrong_kind_is_an_error_at_its_place() -> None:
    for name, field in FIELDS:
        if isinstance(field.kind, SILENT) or (isinstance(field.kind, OneOf) and Text() in field.kind.kinds):
            continue
        _, said = read(name, full(name, field) | {field.name: misfit(field.kind)})
        assert any(found.severity == "error" and found.path.startswith(f"/{field.name}") for found in said), (
            name,
            field.name,
        )


def test_nothing_that_may_stand_under_a_key_is_an_exception() -> None:
    odd: list[Json] = [
        None,
        True,
        0,
        -1,
        1e300,
        "",
        "{{",
        "x" * 300,
        [],
        {},
        [None],
        [[]],
        [{}],
        {"a": None},
        {"id": {}},
    ]
    for name, field in FIELDS:
        for value in odd:
            read(name, full(name, field) | {field.name: value})


def test_a_value_that_does_not_fit_is_not_judged_again_by_a_rule() -> None:
    for name, written in (("chunking", {"size": "many"}), ("clear_config", {"confirm": "yes"})):
        _, said = read(name, written)
        assert len(said) == 1, said


def test_every_sentence_is_one() -> None:
    for name, field in FIELDS:
        assert (field.about[0].isupper(), field.about[-1]) == (True, "."), (name, field.name)


@pytest.mark.parametrize("name", TASK_TYPES)
def test_what_a_task_type_may_say_follows_from_its_record(name: str) -> None:
    entity = ENTITIES[f"{name}_task"]
    record = yaml_keys(TASK_TYPES[name])
    assert record <= entity.by_name.keys()
    assert {"id", "with", "outputs", "on_success"} <= entity.by_name.keys()


def test_defaults_are_kept_where_nothing_is_written() -> None:
    kept, _ = read("knowledge_base", full("knowledge_base", ENTITIES["knowledge_base"].fields[0]) | {"chunking": {}})
    assert kept["ingest"] == "manual"
    assert kept["chunking"] == {"strategy": "recursive_text_splitter", "size": 800, "overlap": 120}


def test_older_words_become_the_ones_of_today() -> None:
    kept, _ = read("flushing", {"type": "fifo"})
    assert kept["type"] == "simple_fifo"
    kept, _ = read("agent", {"id": "a", "instructions": "x", "config": "m"})
    assert (kept["model"], "config" in kept) == ("m", False)
    flat = {"provider": "openai", "model": "m", "base_url": "https://x.example", "temperature": 0, "max_tokens": 9}
    kept, _ = read("model", flat | {"params": {"max_tokens": 7}})
    assert kept["api_url"] == "https://x.example"
    assert kept["params"] == {"temperature": 0, "max_tokens": 7}


def test_a_span_of_time_is_kept_in_milliseconds_however_it_was_written() -> None:
    for written in ("1h30m", "1 hour 30 minutes", "90 minutes", "5400s"):
        kept, said = read("locking", {"append_ttl": written})
        assert (kept["append_ttl"], said) == (5_400_000, ()), written


def test_a_key_in_clear_is_refused_and_not_kept() -> None:
    """R39: a definition lies beside the journal for ever."""
    kept, said = read("token_provider", {"api_key": "not-a-variable-but-a-key"})
    assert [found.code for found in said] == ["SECRET_INLINE"]
    assert "not-a-variable" not in str(kept) + str(said)


def test_the_reference_shows_the_grammar_of_today() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        REFERENCE.write_text(project_reference(), "utf-8")
    again = "UPDATE_GOLDEN=1 pytest tests/language/test_grammar.py"
    assert REFERENCE.read_text("utf-8") == project_reference(), f"write it anew: {again}"
