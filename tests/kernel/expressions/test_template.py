"""What a compiled template gives: native values, text, conditions, required values, trees."""

from __future__ import annotations

from typing import Any

import pytest

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.expressions.template import Tree
from statewright.kernel.values import Blob, Concat, Json, Secret
from statewright.language.templates.compiling import parse_template

KEY = Secret(name="KEY")
LARGE = Blob(digest="ab" * 32, size=300_000)


def evaluate(text: str, data: Json = None, **scope: Any) -> Json:
    """What a template gives over some data."""
    return parse_template(text).evaluate(Scope(data or {}, **scope))


def problem(text: str, data: Json = None, **scope: Any) -> ExpressionError:
    """The error that a template gives."""
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, data, **scope)
    return caught.value


@pytest.mark.parametrize("value", [None, True, False, 0, 3, 2.5, "", "text", [], [1, None], {}, {"a": {"b": [1]}}])
def test_a_sole_action_keeps_the_native_value(value: Json) -> None:
    assert evaluate("{{ .x }}", {"x": value}) == value
    assert evaluate("{{- .x -}}", {"x": value}) == value


def test_with_anything_around_it_a_value_becomes_text() -> None:
    assert evaluate("{{ .n }} ", {"n": 3}) == "3 "
    assert evaluate("{{ .n }}{{ .n }}", {"n": 3}) == "33"
    assert evaluate("{{ if true }}{{ .n }}{{ end }}", {"n": 3}) == "3"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (1_000_000.0, "1000000"),
        (0.8, "0.8"),
        (1e21, "1e+21"),
        ([1, "a", None], '[1,"a",null]'),
        ({"b": 1, "a": [2]}, '{"b":1,"a":[2]}'),
        ({"response": "just text"}, "just text"),
        ({"response": "text", "more": 1}, '{"response":"text","more":1}'),
        ("<b>&", "<b>&"),
    ],
)
def test_values_print_plainly_inside_text(value: Json, text: str) -> None:
    assert evaluate("<{{ .x }}>", {"x": value}) == f"<{text}>"


def test_what_data_says_is_never_rendered_again() -> None:
    assert evaluate("{{ .x }}!", {"x": "{{ 7*7 }}"}) == "{{ 7*7 }}!"


def test_rendered_json_stays_text_unless_asked_for() -> None:
    text = '[{{ .x }}, "b"]'
    assert evaluate(text, {"x": 1}) == '[1, "b"]'
    assert parse_template(text, reads_json=True).evaluate(Scope({"x": 1})) == [1, "b"]
    assert parse_template("[{{ .x }}", reads_json=True).evaluate(Scope({"x": 1})) == "[1"


def test_a_missing_key_is_null_and_prints_nothing() -> None:
    assert evaluate("{{ .a.b.c }}") is None
    assert evaluate("<{{ .a.b.c }}>") == "<>"
    assert evaluate("{{ .a.b.c | default('d') }}") == "d"
    assert evaluate("{{ .text.length }}", {"text": "abc"}) is None


@pytest.mark.parametrize(
    ("text", "path", "hint"),
    [
        ("{{ .workflow.inpt.name }}", ".workflow.inpt", "did you mean .workflow.input?"),
        ("{{ .workflow.input.nme }}", ".workflow.input.nme", "did you mean .workflow.input.name?"),
        ("{{ .zzz }}", ".zzz", "the data has: workflow"),
        ("a {{ .workflow.input.size }} b", ".workflow.input.size", ".workflow.input has: name"),
        ('{{ .workflow.input["nam"] }}', ".workflow.input['nam']", "did you mean .workflow.input.name?"),
        ("{{ $x := .workflow }}{{ $x.inputs }}", "$x.inputs", "did you mean $x.input?"),
        ("{{ .workflow.input.name.first }}", ".workflow.input.name.first", ".workflow.input.name has no names at all"),
    ],
)
def test_in_a_required_place_a_missing_key_is_named_with_what_is_there(text: str, path: str, hint: str) -> None:
    template = parse_template(text)
    with pytest.raises(ExpressionError) as caught:
        template.required(Scope({"workflow": {"input": {"name": "Ann"}}}))
    assert caught.value.code == "EXPR_UNDEFINED"
    assert caught.value.message == f"{path} does not exist here"
    assert caught.value.hint == hint
    assert text[caught.value.start : caught.value.end].startswith((".", "$"))


def test_a_required_value_may_be_null_or_have_a_default() -> None:
    scope = Scope({"x": None})
    assert parse_template("{{ .x }}").required(scope) is None
    assert parse_template("{{ .y | default('d') }}").required(scope) == "d"
    assert parse_template("{{ if .y }}a{{ else }}b{{ end }}").required(scope) == "b"


def test_a_strict_scope_requires_everything_that_is_printed() -> None:
    assert problem("<{{ .y }}>", {"x": 1}, strict=True).code == "EXPR_UNDEFINED"
    assert evaluate("<{{ .x }}>", {"x": None}, strict=True) == "<>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{{ .n > 2 }}", True),
        ("{{ .n > 9 }}", False),
        ("{{ .yes }}", True),
        ("{{ .missing }}", False),
        ("{{ if .yes }}true{{ end }}", True),
        (" {{ .yes }} ", True),
        ("{{ .word }}", False),
    ],
)
def test_a_condition_is_a_native_truth_or_the_text_true(text: str, answer: bool) -> None:
    scope = Scope({"n": 3, "yes": True, "word": "yes"})
    assert parse_template(text).truth(scope) is answer


def test_a_condition_of_another_type_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="a whole number"):
        parse_template("{{ .n }}").truth(Scope({"n": 3}))


def test_a_secret_passes_whole_and_joins_text() -> None:
    assert evaluate("{{ .k }}", {"k": KEY}) == KEY
    assert evaluate("Bearer {{ .k }}!", {"k": KEY}) == Concat(parts=("Bearer ", KEY, "!"))
    assert evaluate('{{ "Bearer " + .k }}', {"k": KEY}) == Concat(parts=("Bearer ", KEY))
    assert evaluate("{{ .u }}:{{ .k }}{{ .u }}", {"k": KEY, "u": "me"}) == Concat(parts=("me:", KEY, "me"))
    assert parse_template("{{ .k }}").text(Scope({"k": KEY})) == Concat(parts=(KEY,))


def test_encoders_that_a_sink_can_apply_stand_beside_the_secret() -> None:
    inner = Concat(parts=("u:", KEY), encoder="b64enc")
    assert evaluate('{{ printf "%s:%s" .u .k | b64enc }}', {"k": KEY, "u": "u"}) == inner
    assert evaluate('Basic {{ print "u:" .k | b64enc }}', {"k": KEY}) == Concat(parts=("Basic ", inner))
    assert evaluate("{{ .k | urlquery }}", {"k": KEY}) == Concat(parts=(KEY,), encoder="urlquery")


@pytest.mark.parametrize(
    "text",
    [
        "{{ len .k }}", "{{ .k | length }}", '{{ .k == "a" }}', '{{ eq .k "a" }}', "{{ if .k }}{{ end }}",
        "{{ with .k }}{{ end }}", "{{ range .k }}{{ end }}", "{{ .k.name }}", "{{ .k[0] }}", "{{ !.k }}",
        "{{ .k && true }}", "{{ upper .k }}", "{{ list .k }}", "{{ toJson .m }}", "<{{ .m }}>", "{{ .m | toString }}",
        '{{ join "," .l }}', '{{ printf "%q" .k }}', '{{ printf "%5s" .k }}', "{{ sha256sum .k }}", "{{ -.k }}",
        "{{ .k < 1 }}", "{{ .l == .l }}", "{{ .k | default('x') }}", "{{ not .k }}", "{{ quote .k }}",
    ],
)  # fmt: skip
def test_nothing_else_looks_at_a_secret(text: str) -> None:
    assert problem(text, {"k": KEY, "m": {"k": KEY}, "l": [KEY]}).code == "EXPR_SECRET"


def test_a_condition_over_a_secret_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="secret"):
        parse_template("{{ .k }}").truth(Scope({"k": KEY}))


def load(blob: Blob) -> Json:
    """The only blob there is."""
    assert blob == LARGE
    return {"list": [1, 2], "text": "abc"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ .b.text }}", "abc"),
        ("{{ .b.list[1] }}", 2),
        ("{{ .b | length }}", 2),
        ("<{{ .b }}>", '<{"list":[1,2],"text":"abc"}>'),
        ("{{ .in | toJson }}", '[{"list":[1,2],"text":"abc"}]'),
        ("{{ range $k, $v := .b }}{{ $k }},{{ end }}", "list,text,"),
        ("{{ if .b }}yes{{ end }}", "yes"),
        ("{{ .b == .b }}", True),
        ("{{ .in | map('text') }}", ["abc"]),
    ],
)
def test_a_blob_is_loaded_when_something_looks_into_it(text: str, value: Json) -> None:
    assert evaluate(text, {"b": LARGE, "in": [LARGE]}, blob=load) == value


def test_a_blob_passes_whole_without_being_loaded() -> None:
    assert evaluate("{{ .b }}", {"b": LARGE}) == LARGE
    assert evaluate("{{ .in }}", {"in": [LARGE]}) == [LARGE]


def test_the_kernels_functions_get_the_piped_value_first() -> None:
    functions = {"validateSchema": lambda value, id: [value, id]}
    for text in ("{{ .x | validateSchema('s') }}", '{{ .x | validateSchema "s" }}', "{{ validateSchema(.x, 's') }}"):
        assert evaluate(text, {"x": 1}, functions=functions) == [1, "s"]


def test_an_error_of_a_kernel_function_keeps_its_code_and_gets_a_place() -> None:
    def refuse(value: Json, id: str) -> Json:
        raise ExpressionError("SCHEMA_VALIDATION", "it does not fit")

    found = problem("ab {{ .x | validateSchema('s') }}", functions={"validateSchema": refuse})
    assert (found.code, found.start) == ("SCHEMA_VALIDATION", 11)


def test_a_tree_renders_its_texts_and_keeps_the_rest() -> None:
    tree = Tree({"a": parse_template("{{ .x }}"), "b": [parse_template("{{ .x }}!"), 3, None], "{{ .x }}": "plain"})
    assert tree.evaluate(Scope({"x": 7})) == {"a": 7, "b": ["7!", 3, None], "{{ .x }}": "plain"}
    assert not tree.constant


def test_a_tree_without_templates_is_constant() -> None:
    tree = Tree({"a": [1, "b"]})
    assert tree.constant
    assert tree.evaluate(Scope({})) == {"a": [1, "b"]}
    assert tree.names == ()


def test_the_templates_of_a_tree_share_one_budget() -> None:
    tree = Tree([parse_template("{{ range 30 }}.{{ end }}") for _ in range(4)])
    with pytest.raises(ExpressionError, match="steps"):
        tree.evaluate(Scope({}, budget=Budget(steps=150)))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ .a.b }} {{ .c }} {{ .a.b }}", [("a", "b"), ("c",)]),
        ("{{ .a | default(.b) }}", [("a",), ("b",)]),
        ("{{ .xs[.index].t }}", [("xs", "*", "t"), ("index",)]),
        ('{{ .a["k"].b[0] }}', [("a", "k", "b", "0")]),
        ("{{ range .xs }}{{ .name }}{{ $.top }}{{ end }}", [("xs",), ("xs", "*", "name"), ("top",)]),
        ("{{ range $i, $x := .xs }}{{ $x.n }}{{ $i }}{{ end }}", [("xs",), ("xs", "*", "n")]),
        ("{{ with .a }}{{ .b }}{{ end }}", [("a",), ("a", "b")]),
        ("{{ $x := .a.b }}{{ $x.c }}", [("a", "b", "c")]),
        ('{{ define "t" }}{{ .n }}{{ end }}{{ template "t" .a }}', [("a", "n")]),
        ("{{ .tools.billing.get(.input.id) }}", [("tools", "billing", "get"), ("input", "id")]),
        ("{{ .a == 1 && !.b }}", [("a",), ("b",)]),
        ("{{ (list .a 1) | first }}", [("a",)]),
        ("{{ . }}", [("*",)]),
    ],
)
def test_a_template_knows_the_paths_that_it_reads(text: str, names: list[tuple[str, ...]]) -> None:
    found = parse_template(text).names
    assert sorted(found) == sorted(names)
    assert found[0] == names[0]


def test_a_template_that_invokes_itself_can_be_traced() -> None:
    text = '{{ define "t" }}{{ .n }}{{ template "t" .next }}{{ end }}{{ template "t" .a }}'
    assert parse_template(text).names == (("a", "n"),)
