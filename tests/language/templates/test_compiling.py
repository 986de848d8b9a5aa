"""Templates as authors write them: the seeds' own expressions, both call forms, operators, and mistakes that teach."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.expressions.views import MISSING, View
from statewright.kernel.values import Json
from statewright.language.templates.compiling import has_template, parse_template
from statewright.language.templates.problems import TemplateSyntaxError

# 2026-11-21T10:00:00Z.
NOW_MS = 1_795_255_200_000


class Billing(View):
    """A tool in a template's data."""

    def get(self, key: str) -> Any:
        """It has nothing to read."""
        return MISSING

    def items(self) -> Iterator[tuple[str | int, Any]]:
        """Yields nothing."""
        yield from ()

    def plain(self) -> Json:
        """Returns nothing."""
        return {}

    def call(self, name: str, args: list[Json]) -> Json:
        """Answers with what was asked."""
        return f"{name} of {args[0]}"


DATA: dict[str, Json] = {
    "workflow": {
        "id": "wf",
        "execution_id": "run-1",
        "execution_time": 1.5,
        "input": {
            "name": "Alice",
            "repository": "a/b",
            "data_sources": [{"source_type": "csv"}, {"source_type": "sql"}],
            "report_format": "",
        },
    },
    "tasks": {
        "classify_inquiry": {"output": {"category": "technical", "confidence": 0.93}},
        "route_to_specialist": {"output": {"resolution": None}},
        "my-task": {"output": {"a-b": 1}},
        "transform_data": {"output": {"transformed_data": [{"final_count": 3}, {"final_count": 4}, {"x": 1}, None]}},
        "validate": {
            "output": {
                "validation_results": [
                    {"quality_score": 0.5, "issues_found": ["a", "b"]},
                    {"quality_score": 1, "issues_found": []},
                    {"issues_found": ["c"]},
                ]
            }
        },
        "analyze": {"output": {"recommendations": [{"priority": "high", "n": 1}, {"priority": "low"}, {}]}},
    },
    "input": {
        "files": [{"path": "x.go", "language": "go"}, {"path": "y.py", "language": "py"}],
        "columns": ["id", "name"],
        "sample_data": [{"b": 1, "a": "<&>"}],
        "customer_id": "C-7",
    },
    "index": 1,
    "item": {"data": list(range(25)), "nothing": None},
    "memory": {"technical_context": "user: hi"},
    "tools": {"billing_system": Billing()},
}


def render(text: str) -> Json:
    """What a template gives over the data above."""
    functions = {"validateSchema": lambda value, id: {"valid": value, "by": id}}
    return parse_template(text).evaluate(Scope(DATA, NOW_MS, functions=functions))


def mistake(text: str) -> TemplateSyntaxError:
    """What is wrong with a text."""
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_template(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ now }}", "2026-11-21T10:00:00Z"),
        ("{{ now | date '2006-01-02' }}", "2026-11-21"),
        ("code_review:{{ .workflow.input.repository }}", "code_review:a/b"),
        (
            "{{ .workflow.input.name | validateSchema('customer_inquiry') }}",
            {"valid": "Alice", "by": "customer_inquiry"},
        ),
        (
            '{{ .tasks.classify_inquiry.output.category == "technical" '
            "&& .tasks.classify_inquiry.output.confidence > 0.8 }}",
            True,
        ),
        (
            "{{ .tasks.route_to_specialist.output.message | default('General inquiry processed') }}",
            "General inquiry processed",
        ),
        ("{{ .tasks.route_to_specialist.output.resolution | default('x') }}", "x"),
        ("{{ .workflow.input.report_format | default('pdf') }}", "pdf"),
        ('{{ .input.previous_analysis | default("None") }}', "None"),
        ('{{ .input.previous_analysis | default "None" }}', "None"),
        ("Files changed: {{ .input.files | length }}", "Files changed: 2"),
        (
            "{{ range .input.files }}\nFile: {{ .path }}\n```{{ .language }}\n{{ end }}",
            "\nFile: x.go\n```go\n\nFile: y.py\n```py\n",
        ),
        ("process-{{ .index }}", "process-1"),
        ("{{ .index }}", 1),
        ('{{ .input.columns | join(", ") }}', "id, name"),
        ('{{ .input.columns | join ", " }}', "id, name"),
        ("{{ .input.sample_data | toJson }}", '[{"b":1,"a":"<&>"}]'),
        ("{{ .item.data | slice(0, 10) }}", list(range(10))),
        ("{{ .item.data | slice(20, 99) }}", [20, 21, 22, 23, 24]),
        ("{{ .item.nothing | slice(0, 10) }}", []),
        ("{{ .workflow.input.data_sources[.index].source_type }}", "sql"),
        ("{{ .tasks.transform_data.output.transformed_data | map('final_count') }}", [3, 4, None, None]),
        ("{{ .tasks.transform_data.output.transformed_data | map('final_count') | sum }}", 7),
        ("{{ .tasks.validate.output.validation_results | map('quality_score') | avg }}", 0.75),
        ("{{ .tasks.validate.output.validation_results | map('issues_found') | flatten | length }}", 3),
        ("{{ .tasks.analyze.output.recommendations | filter('priority', 'high') | length }}", 1),
        ("{{ .tasks.nothing.output.insights | length }}", 0),
        ("{{ .tasks.nothing.output | map('x') | sum }}", 0),
        ("{{ .tasks.nothing.output | avg }}", 0),
        ("{{ .tasks.nothing.output | flatten }}", []),
        ("{{ .memory.technical_context }}", "user: hi"),
        ("{{ .memory.other }}", None),
        ("{{ .tools.billing_system.get_account_status(.input.customer_id) }}", "get_account_status of C-7"),
        ("{{ .workflow.execution_time }}", 1.5),
        ("{{ .tasks.my-task.output.a-b }}", 1),
        ("{{ if .tasks.my-task }}yes{{ end }}", "yes"),
    ],
)
def test_the_expressions_of_the_seeds_run_as_written(text: str, value: Json) -> None:
    assert render(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ 1 + 2 * 3 }}", 7),
        ("{{ (1 + 2) * 3 }}", 9),
        ("{{ 10 - 2 - 3 }}", 5),
        ("{{ 7 / 2 }}", 3.5),
        ("{{ 6 / 2 }}", 3),
        ("{{ 7.0 / 2 }}", 3.5),
        ("{{ -7 % 3 }}", -1),
        ("{{ 7 % 3 }}", 1),
        ("{{ -.index }}", -1),
        ("{{ .index-1 }}", None),
        ("{{ .index - 1 }}", 0),
        ("{{ .index -1 }}", 0),
        ("{{ add .index -1 }}", 0),
        ("{{ 'a' + \"b\" + `c` }}", "abc"),
        ("{{ 1 == 1.0 }}", True),
        ("{{ 1 == '1' }}", False),
        ("{{ true == 1 }}", False),
        ("{{ .missing == null }}", True),
        ("{{ .input.columns == (list 'id' 'name') }}", True),
        ("{{ 'a' < 'b' }}", True),
        ("{{ 1 <= 1.5 && 2 >= 2 && 3 != 4 }}", True),
        ("{{ true || .a.b.c }}", True),
        ("{{ false && 1 / 0 }}", False),
        ("{{ true || false && false }}", True),
        ("{{ !true || true }}", True),
        ("{{ !(true || true) }}", False),
        ("{{ .input.columns | length > 1 }}", True),
        ("{{ 1 == 1 && .input.columns | length == 2 }}", True),
        ("{{ .input.columns | length + 1 }}", 3),
        ("{{ 1 + 2 | toString }}", "3"),
        ("{{ (.index > 0) | ternary('y', 'n') }}", "y"),
        ("{{ .index > 0 && .index < 2 || false }}", True),
        ("{{ len .input.columns == 2 }}", True),
        ("{{ eq .index 1 && ne .index 2 }}", True),
    ],
)
def test_operators_bind_as_they_look(text: str, value: Json) -> None:
    result = render(text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("paren", "blank"),
    [
        ("{{ .s | replace('a', 'b') }}", '{{ .s | replace "a" "b" }}'),
        ("{{ .s | trunc(2) }}", "{{ .s | trunc 2 }}"),
        ("{{ .s | contains('a') }}", '{{ contains "a" .s }}'),
        ("{{ .s | regexReplaceAll('a+', 'x') }}", '{{ regexReplaceAll "a+" .s "x" }}'),
        ("{{ .n | sub(1) }}", "{{ sub .n 1 }}"),
        ("{{ .n | div(2) }}", "{{ div .n 2 }}"),
        ("{{ .n | round(1) }}", "{{ round .n 1 }}"),
        ("{{ .n | gt(1) }}", "{{ gt .n 1 }}"),
        ("{{ .l | append(9) }}", "{{ append .l 9 }}"),
        ("{{ .l | without(1) }}", "{{ without .l 1 }}"),
        ("{{ .l | index(1) }}", "{{ index .l 1 }}"),
        ("{{ .l | has(1) }}", "{{ has 1 .l }}"),
        ("{{ .m | get('k') }}", '{{ get .m "k" }}'),
        ("{{ .m | hasKey('k') }}", '{{ hasKey .m "k" }}'),
        ("{{ .m | pick('k') }}", '{{ pick .m "k" }}'),
        ("{{ .m | merge(.o) }}", "{{ merge .m .o }}"),
        ("{{ true | ternary(1, 2) }}", "{{ ternary 1 2 true }}"),
        ("{{ .at | date('2006') }}", '{{ date "2006" .at }}'),
        ("{{ .at | dateInZone('15:04', '+02:00') }}", '{{ dateInZone "15:04" .at "+02:00" }}'),
        ("{{ .n | printf('%05.1f') }}", '{{ printf "%05.1f" .n }}'),
        ("{{ default('d', .x) }}", "{{ .x | default('d') }}"),
        ("{{ now() }}", "{{ now }}"),
    ],
)
def test_after_a_pipe_parens_make_the_value_the_subject(paren: str, blank: str) -> None:
    data = {
        "s": "banana", "n": 7.25, "l": [1, 2], "m": {"k": 1}, "o": {"p": 2}, "at": "2026-11-21T10:00:00Z",
    }  # fmt: skip
    scope = Scope(data, NOW_MS)
    assert parse_template(paren).evaluate(scope) == parse_template(blank).evaluate(scope)


def test_in_every_other_call_blanks_put_the_piped_value_last() -> None:
    assert render("{{ 3 | sub 10 }}") == 7
    assert render('{{ true | ternary "y" "n" }}') == "y"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a {{- ' b ' -}} c", "a b c"),
        ("a{{/* gone */}}b", "ab"),
        ("a {{- /* gone */ -}} b", "ab"),
        ("{{ if false }}a{{ else if true }}b{{ else }}c{{ end }}", "b"),
        ("{{ with .nope }}a{{ else with .index }}{{ . }}{{ end }}", "1"),
        ("{{ range $k, $v := dict 'z' 1 'a' 2 }}{{ $k }}{{ $v }}{{ end }}", "z1a2"),
        ("{{ range 3 }}{{ . }}{{ end }}", "012"),
        ("{{ range .nope }}x{{ else }}none{{ end }}", "none"),
        ("{{ range $i, $e := .input.columns }}{{ if $i }}, {{ end }}{{ $e }}{{ end }}", "id, name"),
        ("{{ range 9 }}{{ if gt . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", "0123"),
        ("{{ range 4 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "023"),
        ("{{ $x := 1 }}{{ range 3 }}{{ $x = $x + 1 }}{{ end }}{{ $x }}", "4"),
        ("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"),
        ('{{ define "t" }}[{{ . }}]{{ end }}{{ range 2 }}{{ template "t" . }}{{ end }}', "[0][1]"),
        ('{{ block "t" .index }}<{{ . }}>{{ end }}', "<1>"),
        ("{{ $d := dict 'a' 1 }}{{ $_ := set $d 'b' 2 }}{{ $d.b }}", "2"),
        ("{{ 'it''s' }}", None),
        ("{{ 'it\\'s' }}{{ \"\\u00e9\\n\" }}", "it's\u00e9\n"),
    ],
)  # fmt: skip
def test_go_blocks_work_with_our_values(text: str, value: Json) -> None:
    if value is None:
        assert mistake(text).code == "EXPR_SYNTAX"
    else:
        assert render(text) == value


def test_data_is_never_changed_by_a_template() -> None:
    data: Json = {"m": {"a": 1}, "l": [1]}
    text = "{{ $m := set .m 'b' 2 }}{{ $n := unset .m 'a' }}{{ $l := append .l 2 }}{{ $o := merge .m (dict 'c' 1) }}"
    parse_template(text).evaluate(Scope(data))
    assert data == {"m": {"a": 1}, "l": [1]}


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("x {{ .a | lenght }}", "EXPR_FUNCTION_UNKNOWN", "lenght", "did you mean 'length'\\?"),
        ("{{ name }}", "EXPR_FUNCTION_UNKNOWN", "name", ".*data begins with a dot: .name|did you mean.*"),
        ("{{ $y }}", "EXPR_VARIABLE_UNKNOWN", "$y", "declare it first.*"),
        ("{{ .a | trunc }}", "EXPR_ARGUMENTS", "trunc", ""),
        ("{{ .a and .b }}", "EXPR_SYNTAX", "and", "write &&.*"),
        ("{{ .a ? 1 : 2 }}", "EXPR_UNSUPPORTED", "?", ".*ternary.*"),
        ("{{ 2 ** 3 }}", "EXPR_UNSUPPORTED", "**", ".*"),
        ("{{ .a if .b }}", "EXPR_SYNTAX", "if", ".*if.*"),
        ("{{ for .x }}", "EXPR_FUNCTION_UNKNOWN", "for", "write {{ range.*"),
        ("{{ endif }}", "EXPR_FUNCTION_UNKNOWN", "endif", "write {{ end }}"),
        ("{{ None }}", "EXPR_FUNCTION_UNKNOWN", "None", "write null"),
        ("{{ .a", "EXPR_SYNTAX", "{{ .a", "close it: }}"),
        ("{{ }}", "EXPR_SYNTAX", "}}", ""),
        ("{{ 'open }}", "EXPR_SYNTAX", "'open }}", "close it with '"),
        ("{{ /* open }}", "EXPR_SYNTAX", "/", ".*"),
        ("{{ if .a }}x", "EXPR_SYNTAX", "if", "close it: {{ end }}"),
        ("x{{ end }}", "EXPR_SYNTAX", "end", ""),
        ("{{ else }}", "EXPR_SYNTAX", "else", ""),
        ("{{ .a[1 }}", "EXPR_SYNTAX", "}}", ""),
        ("{{ (.a }}", "EXPR_SYNTAX", "}}", ""),
        ("{{ workflow.input.x }}", "EXPR_FUNCTION_UNKNOWN", "workflow", "data begins with a dot: .workflow"),
        ("{{ env.KEY }}", "EXPR_FUNCTION_UNKNOWN", "env", "data begins with a dot: .env"),
        ("{{ input }}", "EXPR_FUNCTION_UNKNOWN", "input", "data begins with a dot: .input"),
        ("{{ upper nobody.x }}", "EXPR_FUNCTION_UNKNOWN", "nobody", "data begins with a dot: .nobody"),
        ("{{ .a | upcase }}", "EXPR_FUNCTION_UNKNOWN", "upcase", "write upper"),
        ("{{ .a | json }}", "EXPR_FUNCTION_UNKNOWN", "json", "write toJson"),
        ("{{ .a | nobodyknows }}", "EXPR_FUNCTION_UNKNOWN", "nobodyknows", "a function follows.*"),
        ("{{ .a }", "EXPR_SYNTAX", "}", "a template ends with }}"),
        ("{{{ .a }}}", "EXPR_SYNTAX", "{", "two braces open a template.*"),
        ("{{ [1] }}", "EXPR_SYNTAX", "[", "list 1 2 makes a list.*"),
        ("{{ .a = 1 }}", "EXPR_SYNTAX", "=", "== compares.*"),
        ("{{ .a) }}", "EXPR_SYNTAX", ")", "values are joined.*"),
        ("{{ f(1,) }}", "EXPR_SYNTAX", ")", "values are joined.*"),
        ("{{ .a == }}", "EXPR_SYNTAX", "}}", "a value is missing before it"),
        ("{{ 3 4 }}", "EXPR_SYNTAX", "3", ""),
        ("{{ .a | 'x' }}", "EXPR_SYNTAX", "'x'", ""),
        ("{{ 1x }}", "EXPR_SYNTAX", "1x", ""),
        ("{{ '\\q' }}", "EXPR_SYNTAX", "'\\q'", ".*"),
        ("{{ break }}", "EXPR_SYNTAX", "break", ""),
        ("{{ $a, $b := .x }}", "EXPR_SYNTAX", ",", ""),
        ("{{ if true }}{{ define `t` }}{{ end }}{{ end }}", "EXPR_SYNTAX", "define", ""),
        ("{{ env `HOME` }}", "EXPR_IMPURE", "env", "list it under `env:`.*"),
        ("{{ uuid() }}", "EXPR_IMPURE", "uuid", "use uuidv4.*"),
    ],
)
def test_a_mistake_has_a_code_a_place_and_a_next_step(text: str, code: str, place: str, hint: str) -> None:
    found = mistake(text)
    assert (found.code, text[found.start : found.end]) == (code, place)
    assert re.fullmatch(hint, found.hint)
    assert found.message


def test_a_function_that_the_scope_will_not_supply_is_unknown() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_template("{{ .x | validateSchema('a') }}", functions=frozenset())
    assert caught.value.code == "EXPR_FUNCTION_UNKNOWN"
    assert parse_template("{{ lookup 'a' }}", functions=frozenset({"lookup"})).names == ()


def test_only_text_with_braces_has_to_be_parsed() -> None:
    assert has_template("a {{ .b }}")
    assert not has_template("a { b } }}")
    assert parse_template("a { b } }}").evaluate(Scope({})) == "a { b } }}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ .nil }}", "<no value>"),
        ("{{ .miss }}", "<no value>"),
        ("{{ .m }}", "map[a:q z:1]"),
        ("{{ .xs }}", "[a b]"),
        ("{{ .n }} {{ .f }}", "1e+06 3"),
        ("{{ .b | ternary `y` `n` }}", "y"),
        ("{{ 'a' }}", "97"),
        ("{{ printf `%d` .f }}", "%!d(float64=3)"),
        ("{{ .m | toJson }}", '{"a":"q","z":1}'),
        ("{{ now }}", "2026-11-21 10:00:00 +0000 UTC"),
    ],
)
def test_go_mode_prints_as_go_does(text: str, value: str) -> None:
    data = {"xs": ["a", "b"], "n": 1_000_000.0, "f": 3.0, "b": True, "nil": None, "m": {"z": 1, "a": "q"}}
    assert parse_template(text, mode="go").evaluate(Scope(data, NOW_MS)) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{ .s == `hi` }}",
        "{{ .xs[0] }}",
        "{{ .my-key }}",
        "{{ .s | default(`x`) }}",
        "{{ .xs | length }}",
        "{{ 'ab' }}",
    ],
)
def test_go_mode_knows_none_of_our_own_syntax(text: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        parse_template(text, mode="go")


@pytest.mark.parametrize(
    "text",
    ["{{ gt .n 3 }}", "{{ .nil.x }}", "{{ .s.x }}", "{{ slice .xs 0 9 }}", "{{ upper .n }}", "{{ .m.x.y }}"],
)
def test_go_mode_refuses_what_go_refuses(text: str) -> None:
    data = {"xs": ["a"], "n": 1.5, "s": "hi", "nil": None, "m": {}}
    with pytest.raises(ExpressionError):
        parse_template(text, mode="go", missing_key="error").evaluate(Scope(data))
