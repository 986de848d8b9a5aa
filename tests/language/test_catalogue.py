"""Holds: the bad input of reliability.md 4.1 and 4.2 has its code, its place and its next step (B-001 to B-069).

The command line's part (4.6) is in tests/cli/test_catalogue.py; what resources bombs may take in test_bombs.py.
"""

from __future__ import annotations

import re

import pytest

from statewright.kernel.expressions.draws import Draws
from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError
from tests.language.catalogue import CANARY, FILES, task
from tests.language.loading import load_files

# Numbers without a case here, each with the feature that brings it.
COMES_WITH = {
    **dict.fromkeys((24, 25, 26, 27, 28), "state machines"),
    41: "tools of the type cli",
    42: "permissions of tools",
    50: "reloading while runs go on",
    51: "reloading while runs go on",
}
# Numbers that are about a run: what happens is held where runs are tested.
HELD_ELSEWHERE = {
    34: "tests/cli/test_bad_files.py: pipes, links and devices need a folder",
    67: "tests/conformance/router_text and tests/kernel: a decision needs a run",
    68: "tests/conformance/router_none: a decision needs a run",
}


# What looks odd and has one meaning here: what `x` stands for then.
MEANINGS: dict[str, tuple[str, Json]] = {
    **{f"B-013 {word}": (word, word) for word in ("no", "on", "yes", "off")},
    "B-014 no octal": ("012", 12),
    "B-014 no minutes": ("1:30", "1:30"),
    "B-014 no grouping": ("1_000", "1_000"),
    "B-014 hexadecimal": ("0x1F", 31),
    "B-015 a date": ("2001-01-01", "2001-01-01"),
}
DATA: dict[str, Json] = {
    "none": None,
    "text": "x",
    "one": 1,
    "list": [1, 2],
    "mixed": [1, "a", None],
    "big": "x" * 100_000,
    "many": list(range(1_000)),
    "said": "{{ 7*7 }}",
}
# What goes wrong in a template, and the characters that are marked.
TEMPLATES: dict[str, tuple[str, str, str]] = {
    "B-052 in a required place": ("{{ .txt }}", "EXPR_UNDEFINED", ".txt"),
    "B-053 open": ("{{ unclosed", "EXPR_SYNTAX", "{{"),
    "B-053 alone": ("{{ .one }} {{ ) }}", "EXPR_SYNTAX", ")"),
    "B-053 without end": ("{{ if .one }}a", "EXPR_SYNTAX", "if"),
    "B-054 a class": ("{{ ''.__class__.__mro__ }}", "EXPR_ATTRIBUTE_FORBIDDEN", ""),
    "B-054 a filter": ("{{ .text | attr('__class__') }}", "EXPR_FUNCTION_UNKNOWN|EXPR_ATTRIBUTE_FORBIDDEN", ""),
    "B-054 a format": ("{{ '{0.__class__}'.format(1) }}", "EXPR_[A-Z_]+", ""),
    "B-054 a helper": ("{{ cycler.__init__ }}", "EXPR_ATTRIBUTE_FORBIDDEN", ""),
    "B-054 itself": ("{{ self.__init__ }}", "EXPR_ATTRIBUTE_FORBIDDEN", ""),
    "B-054 globals": ("{{ lipsum.__globals__ }}", "EXPR_ATTRIBUTE_FORBIDDEN", ""),
    "B-055 itself again": ('{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}', "EXPR_DEPTH", ""),
    "B-056 repeated": ('{{ repeat 1000000000 "ab" }}', "EXPR_OUTPUT_LIMIT", ""),
    "B-056 times": ("{{ 'a' * 1000000000 }}", "EXPR_TYPE", ""),
    "B-056 padded": ('{{ printf "%1000000000d" 1 }}', "EXPR_OUTPUT_LIMIT", ""),
    "B-056 replaced": ('{{ replace "x" .big .big }}', "EXPR_OUTPUT_LIMIT", ""),
    "B-056 joined": ("{{ join .big .many }}", "EXPR_OUTPUT_LIMIT", ""),
    "B-057 power": ("{{ 10**10000000 }}", "EXPR_UNSUPPORTED", "**"),
    "B-057 shift": ("{{ 1 << 100000 }}", "EXPR_UNSUPPORTED", "<<"),
    "B-058 loops": ("{{ range .many }}{{ range $.many }}{{ end }}{{ end }}", "EXPR_STEP_LIMIT", ""),
    "B-058 a range": ("{{ until 1000000000 }}", "EXPR_STEP_LIMIT", ""),
    "B-059 nested": ("{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}", "EXPR_DEPTH", ""),
    "B-059 a megabyte": ("{{ '" + "a" * 1_000_000 + "' }}", "EXPR_TOO_LONG", ""),
    "B-060 zero": ("{{ .one / 0 }}", "EXPR_DIV_ZERO", ""),
    "B-060 number and text": ("{{ .one + .text }}", "EXPR_TYPE", ""),
    "B-060 nothing": ("{{ .none < 1 }}", "EXPR_TYPE", ""),
    "B-061 behind the end": ("{{ .list[2] }}", "EXPR_INDEX", ""),
    "B-061 negative": ("{{ .list[-1] }}", "EXPR_INDEX", ""),
    "B-061 a text": ('{{ .list["a"] }}', "EXPR_INDEX", ""),
    "B-062 back-reference": ('{{ regexMatch "(a)\\\\1" .text }}', "REGEX_UNSUPPORTED", ""),
    "B-062 100 KB": ("{{ regexMatch .big .text }}", "REGEX_TOO_LARGE", ""),
    "B-064 the environment": ('{{ env "HOME" }}', "EXPR_IMPURE", ""),
    "B-069 mixed kinds": ("{{ sortAlpha .mixed | join 1 }}{{ .mixed | sort }}", "EXPR_TYPE|EXPR_FUNCTION_UNKNOWN", ""),
}
RENDERED: dict[str, tuple[str, Json]] = {
    "B-060 a third": ("{{ 1 / 3 }}", 1 / 3),
    "B-063 now": ("{{ now == now }}", True),
    "B-065 rendered once": ("{{ .said }} and {{ .said }}", "{{ 7*7 }} and {{ 7*7 }}"),
}


@pytest.mark.parametrize("row", FILES)
def test_a_bad_file_gets_its_code_its_place_and_its_next_step(row: str) -> None:
    bad = FILES[row]
    loaded = load_files({"compozy.yaml": bad.text, **bad.files})
    found = [one for one in loaded.diagnostics if re.fullmatch(bad.code, one.code)]
    assert found, [(one.code, one.message) for one in loaded.diagnostics]
    (one,) = found[:1]
    assert one.severity == bad.severity
    assert _marked(one, loaded.sources).startswith(bad.marked)
    assert re.search(bad.hint, one.hint), one.hint
    assert bad.severity == "warning" or not loaded.programs
    assert not any(CANARY in text for one in loaded.diagnostics for text in (one.message, one.hint))


def _marked(found: Diagnostic, sources: dict[str, str]) -> str:
    lines = sources.get(found.file, "").split("\n")
    return lines[found.line - 1][found.column - 1 : found.end_column - 1] if found.line <= len(lines) else ""


@pytest.mark.parametrize("row", MEANINGS)
def test_what_yaml_of_old_took_otherwise_has_one_meaning(row: str) -> None:
    written, meant = MEANINGS[row]
    loaded = load_files({"compozy.yaml": task(f"{{id: a, with: {{x: {written}}}}}")})
    (node,) = [node for node in loaded.programs["p"].nodes.values() if node.id == "a"]
    assert node.with_ is not None
    assert node.with_.constant
    assert node.with_.value == {"x": meant}


@pytest.mark.parametrize("row", TEMPLATES)
def test_a_bad_template_gets_its_code_and_its_place(row: str) -> None:
    text, code, marked = TEMPLATES[row]
    error = _error(text, strict=row.startswith("B-052"))
    assert re.fullmatch(code, error.code)
    assert 0 <= error.start <= error.end <= len(text)
    assert text[error.start : error.end].startswith(marked)


@pytest.mark.parametrize("row", RENDERED)
def test_what_a_template_may_do_is_always_the_same(row: str) -> None:
    text, value = RENDERED[row]
    assert [parse_template(text).evaluate(_scope()) for _ in range(2)] == [value, value]


def test_chance_comes_from_the_seed() -> None:
    values = {parse_template("{{ uuidv4 }}").evaluate(_scope(seed=seed)) for seed in ("a", "a", "b")}
    assert len(values) == 2


def test_every_number_is_a_case_or_comes_with_its_feature() -> None:
    rows = [*FILES, *MEANINGS, *TEMPLATES, *RENDERED]
    covered = {int(row[2:5]) for row in rows} | COMES_WITH.keys() | HELD_ELSEWHERE.keys()
    assert covered == set(range(1, 70))
    assert not {int(row[2:5]) for row in rows} & COMES_WITH.keys()


def _error(text: str, *, strict: bool) -> ExpressionError | TemplateSyntaxError:
    try:
        value = parse_template(text).evaluate(_scope(strict=strict))
    except (ExpressionError, TemplateSyntaxError) as error:
        return error
    raise AssertionError(f"{text} gives {value!r}")


def _scope(*, strict: bool = False, seed: str = "") -> Scope:
    draws = Draws(seed.encode())
    return Scope(DATA, 1_795_255_200_000, draws=draws, strict=strict, budget=Budget(output_bytes=1_000_000))
