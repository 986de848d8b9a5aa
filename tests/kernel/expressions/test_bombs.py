"""Templates that would take all the time or memory there is, or reach out of their box: each has its answer."""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.templates.compiling import parse_template
from statewright.language.templates.problems import TemplateSyntaxError

NEST = "{{ if true }}"
DATA: dict[str, Json] = {
    "big": "x" * 1_000_000,
    "commas": "," * 200_000,
    "digits": "1" * 50_000,
    "many": list(range(50_000)),
    "maps": [{"k": index} for index in range(20_000)],
    "no": -1,
    "text": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
}

BOMBS = {
    # Text that grows.
    '{{ repeat 1000000000 "ab" }}': "EXPR_OUTPUT_LIMIT",
    '{{ "ab" | repeat(1000000000) }}': "EXPR_OUTPUT_LIMIT",
    '{{ indent 1000000000 "a" }}': "EXPR_OUTPUT_LIMIT",
    '{{ nindent 1000000000 "a" }}': "EXPR_OUTPUT_LIMIT",
    '{{ printf "%1000000000d" 1 }}': "EXPR_OUTPUT_LIMIT",
    '{{ printf "%.1000000000f" 1.5 }}': "EXPR_OUTPUT_LIMIT",
    '{{ printf "%*d" 1000000000 1 }}': "EXPR_OUTPUT_LIMIT",
    '{{ replace "," .big .commas }}': "EXPR_OUTPUT_LIMIT",
    '{{ replace "" .big .commas }}': "EXPR_OUTPUT_LIMIT",
    "{{ join .big (until 1000) }}": "EXPR_OUTPUT_LIMIT",
    '{{ regexReplaceAll "," .commas .big }}': "EXPR_OUTPUT_LIMIT",
    "{{ range 100 }}{{ $.big }}{{ end }}": "EXPR_OUTPUT_LIMIT",
    '{{ $x := "ab" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}{{ $x }}': "EXPR_STEP_LIMIT",
    '{{ $x := "ab" }}{{ range 64 }}{{ $x = $x + $x }}{{ end }}{{ $x }}': "EXPR_OUTPUT_LIMIT",
    "{{ $x := `.a` }}{{ range 64 }}{{ $x = regexQuoteMeta (print $x $x) }}{{ end }}{{ $x }}": "EXPR_STEP_LIMIT",
    "{{ wrapWith 1 .big .text }}": "EXPR_OUTPUT_LIMIT",
    "{{ randAlphaNum 1000000000 }}": "EXPR_OUTPUT_LIMIT",
    "{{ randBytes 1000000000 }}": "EXPR_OUTPUT_LIMIT",
    # Lists and maps that grow.
    "{{ until 1000000000 }}": "EXPR_STEP_LIMIT",
    "{{ untilStep 0 1000000000 1 }}": "EXPR_STEP_LIMIT",
    "{{ seq 1000000000 }}": "EXPR_STEP_LIMIT",
    '{{ splitList "," .commas }}': "EXPR_OUTPUT_LIMIT",
    '{{ splitList "" .big }}': "EXPR_OUTPUT_LIMIT",
    '{{ regexFindAll "x" .big -1 }}': "EXPR_STEP_LIMIT",
    "{{ $x := .many }}{{ range 64 }}{{ $x = concat $x $x }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x }}{{ end }}{{ $x }}": "EXPR_STEP_LIMIT",
    "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}": "EXPR_STEP_LIMIT",
    "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x }}{{ end }}{{ $x == $x }}": "EXPR_STEP_LIMIT",
    "{{ $x := list 1 }}{{ range 64 }}{{ $x = list $x $x }}{{ end }}{{ deepCopy $x }}": "EXPR_STEP_LIMIT",
    "{{ $x := list 1 }}{{ range 64 }}{{ $x = dict 1 $x 2 $x }}{{ end }}{{ $x | toJson }}": "EXPR_STEP_LIMIT",
    "{{ $x := list .big }}{{ range 16 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}": "EXPR_OUTPUT_LIMIT",
    "{{ $x := list 1 }}{{ range 100 }}{{ $x = list $x }}{{ end }}{{ $x }}": "EXPR_DEPTH",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ $d }}": "EXPR_DEPTH",
    "{{ $d := dict }}{{ $_ := set $d `a` $d }}{{ merge $d $d }}": "EXPR_DEPTH",
    # Time.
    "{{ range 1000000000 }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ range .many }}{{ range $.many }}{{ end }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ range .many }}{{ $x := upper $.big }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ range .many }}{{ $x := $.maps == $.many }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ range .many }}{{ $x := toJson $.maps }}{{ end }}": "EXPR_STEP_LIMIT",
    "{{ title .big | len }}": "EXPR_STEP_LIMIT",
    "{{ uniq .maps | len }}": "EXPR_STEP_LIMIT",
    "{{ without .many (until 10000) | len }}{{ has `z` .many }}": "EXPR_STEP_LIMIT",
    '{{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }}': "EXPR_DEPTH",
    '{{ define "t" }}{{ range 9 }}{{ template "t" . }}{{ end }}{{ end }}{{ template "t" . }}': "EXPR_DEPTH",
    '{{ toDate "1111111111111111111111111111111" .digits }}': "EXPR_DATE",
    # Numbers.
    "{{ $x := 3 }}{{ range 99 }}{{ $x = $x * $x }}{{ end }}{{ $x }}": "EXPR_NUMBER_LIMIT",
    "{{ $x := 3 }}{{ range 99 }}{{ $x = mul $x $x }}{{ end }}{{ $x }}": "EXPR_NUMBER_LIMIT",
    "{{ 1e308 * 10 }}": "EXPR_NUMBER_LIMIT",
    "{{ mulf 1e308 10 }}": "EXPR_NUMBER_LIMIT",
    "{{ 1 / 0 }}": "EXPR_DIV_ZERO",
    "{{ 1.0 / 0 }}": "EXPR_DIV_ZERO",
    "{{ 1 % 0 }}": "EXPR_DIV_ZERO",
    "{{ div 1 0 }}": "EXPR_DIV_ZERO",
    "{{ divf 1 0 }}": "EXPR_DIV_ZERO",
    # Patterns.
    '{{ regexMatch "(?=a)b" .text }}': "REGEX_UNSUPPORTED",
    '{{ regexMatch "(a)\\\\1" .text }}': "REGEX_UNSUPPORTED",
    '{{ regexMatch "((a{1,100}){1,100}){1,100}" .text }}': "REGEX_UNSUPPORTED",
    "{{ regexMatch .big .text }}": "REGEX_TOO_LARGE",
    # Out of bounds.
    "{{ .many[50000] }}": "EXPR_INDEX",
    "{{ .many[-1] }}": "EXPR_INDEX",
    '{{ .many["a"] }}': "EXPR_INDEX",
    "{{ .many[.no] }}": "EXPR_INDEX",
    "{{ slice .many -1 }}": "EXPR_INDEX",
}

UNREADABLE = {
    "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}": "EXPR_DEPTH",
    "{{ " + "!" * 3_000 + "1 }}": "EXPR_DEPTH",
    "{{ " + "1+" * 3_000 + "1 }}": "EXPR_DEPTH",
    "{{ 1" + " | print" * 900 + " }}": "EXPR_DEPTH",
    "{{ .a" + "[0]" * 2_000 + " }}": "EXPR_DEPTH",
    "{{ " + "print (" * 900 + ")" * 900 + " }}": "EXPR_DEPTH",
    NEST * 3_000 + "{{ end }}" * 3_000: "EXPR_DEPTH",
    "{{ if 1 }}" + "{{ else if 1 }}" * 3_000 + "{{ end }}": "EXPR_DEPTH",
    "{{ " + "'" + "a" * 1_000_000 + "' }}": "EXPR_TOO_LONG",
    "{{ " + " " * 10_000 + " }}": "EXPR_TOO_LONG",
    "{{ .a }}" * 20_000: "EXPR_TOO_LONG",
    "x" * 1_100_000 + "{{ .a }}": "EXPR_TOO_LONG",
    "{{ 2 ** 100000 }}": "EXPR_UNSUPPORTED",
    "{{ 1 << 100000 }}": "EXPR_UNSUPPORTED",
    "{{ 99999999999999999999 }}": "EXPR_SYNTAX",
    "{{ 1e999 }}": "EXPR_SYNTAX",
    "{{ ''.__class__.__mro__ }}": "EXPR_ATTRIBUTE_FORBIDDEN",
    "{{ .__class__ }}": "EXPR_ATTRIBUTE_FORBIDDEN",
    "{{ x|attr('__class__') }}": "EXPR_FUNCTION_UNKNOWN",
    "{{ .x|attr('__class__') }}": "EXPR_ATTRIBUTE_FORBIDDEN",
    "{{ cycler.__init__.__globals__ }}": "EXPR_ATTRIBUTE_FORBIDDEN",
    "{{ env `HOME` }}": "EXPR_IMPURE",
    "{{ expandenv `$HOME` }}": "EXPR_IMPURE",
    "{{ getHostByName `a.example` }}": "EXPR_IMPURE",
    "{{ genPrivateKey `rsa` }}": "EXPR_IMPURE",
    "{{ htpasswd `a` `b` }}": "EXPR_IMPURE",
    "{{ random() }}": "EXPR_IMPURE",
    "{{ read_file('/etc/passwd') }}": "EXPR_IMPURE",
    "{{ unclosed": "EXPR_SYNTAX",
}


@pytest.mark.parametrize(("template", "code"), BOMBS.items())
def test_a_bomb_is_defused_with_its_code(template: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(template).evaluate(Scope(DATA))
    assert caught.value.code == code
    assert 0 <= caught.value.start <= caught.value.end <= len(template)


@pytest.mark.parametrize(
    "call", ["print $x $x", "println $x $x", 'printf "%s%v" $x $x', "cat $x $x", "toJson (list $x $x)"]
)
def test_text_that_doubles_itself_ends_in_go_mode_too(call: str) -> None:
    template = '{{ $x := "ab" }}{{ range until 30 }}{{ $x = CALL }}{{ end }}{{ len $x }}'.replace("CALL", call)
    with pytest.raises(ExpressionError) as caught:
        parse_template(template, mode="go").evaluate(Scope(DATA))
    assert caught.value.code in ("EXPR_STEP_LIMIT", "EXPR_OUTPUT_LIMIT")


@pytest.mark.parametrize(("template", "code"), UNREADABLE.items(), ids=lambda text: text[:40])
def test_what_is_no_template_is_refused_before_it_runs(template: str, code: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_template(template)
    assert caught.value.code == code
    assert 0 <= caught.value.start <= caught.value.end <= len(template)


def test_evaluating_the_deepest_expression_stays_far_from_pythons_own_limit() -> None:
    deep = "{{ " + "(print " * 30 + "1" + ")" * 30 + " }}"
    nested = NEST * 60 + deep + "{{ end }}" * 60
    assert parse_template(nested).evaluate(Scope({})) == "1"


def test_a_budget_is_shared_by_what_is_evaluated_together_and_a_small_one_ends_sooner() -> None:
    template = parse_template("{{ range 50 }}.{{ end }}")
    assert template.evaluate(Scope({}, budget=Budget(steps=200))) == "." * 50
    with pytest.raises(ExpressionError, match="20 steps"):
        template.evaluate(Scope({}, budget=Budget(steps=20)))
