"""Whatever an author's file holds, loading it answers with diagnostics: it never raises, and never says nothing."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statewright.language.diagnostics.diagnostic import render
from statewright.language.directives.selectors import SelectorSyntaxError, parse_selector
from tests.language.loading import SEED, load_files, load_text

TEXTS = [(SEED / f"{name}.yaml").read_text("utf-8") for name in ("hello-world", "customer-support", "task-types")]
# What somebody could write where something else belongs.
JUNK = (
    "null", "[]", "{}", "42", "-1.5", "true", "''", "'{{'", "'{{ .a'", "'{{ .tasks.x.output }}'", "[{}]", "{a: {b: c}}",
    "'local::agents'", "{$ref: 'local::tasks'}", "{$use: 'agent(local::agents.0)'}", "{$merge: [1]}", "'\\u202e'",
    "&a [*a]", "!!x y", "\t", '"', "- -", ": :", "1e999", "0x", "'9 d'",
)  # fmt: skip


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        junk = draw(st.sampled_from(JUNK))
        change = draw(st.sampled_from(("value", "drop", "double", "indent", "cut")))
        if change == "value" and colon:
            lines[at] = f"{key}: {junk}"
        elif change == "drop":
            del lines[at]
        elif change == "double":
            lines.insert(at, lines[at])
        elif change == "indent":
            lines[at] = "  " + lines[at]
        else:
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        if not lines:
            return ""
    return "\n".join(lines)


@given(broken_texts())
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_a_broken_project_is_loaded_or_explained(text: str) -> None:
    loaded = load_text(text)
    assert bool(loaded.programs) != any(found.severity == "error" for found in loaded.diagnostics)
    for found in loaded.diagnostics:
        assert found.code == found.code.upper()
        assert found.message
        assert render(found, text)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_at_all_is_loaded_or_explained(text: str) -> None:
    loaded = load_files({"compozy.yaml": text})
    assert loaded.programs or loaded.diagnostics


@given(st.text(alphabet="ab01.#()=<>!&|'\"*?@ \\{[", max_size=40))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_any_path_is_parsed_or_refused(path: str) -> None:
    offset = 0
    try:
        parse_selector(path)
    except SelectorSyntaxError as error:
        offset = error.offset
    assert 0 <= offset <= len(path)
