"""What conditions come to, and what is told of those that come to nothing."""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.evaluate import Budget, ExpressionError, Scope
from statewright.kernel.values import Json, Secret
from statewright.language.conditions.compiling import parse_condition
from statewright.language.templates.problems import TemplateSyntaxError

DATA: dict[str, Json] = {
    "input": {"amount": 1200, "rate": 0.5, "kind": "order", "tags": ["vip", "new"], "none": None, "my-key": 1},
    "xs": [3, 1, 2],
    "users": [{"name": "ann", "age": 30}, {"name": "bob"}],
    "secret": Secret(name="KEY"),
    "tasks": {"my-task": {"output": {"ok": True}}},
}
VALUES: dict[str, Json] = {
    # Paths.
    "input.amount": 1200,
    'input["my-key"]': 1,
    'tasks["my-task"].output.ok': True,
    ".input.amount": 1200,
    "xs[0] + xs[size(xs) - 1]": 5,
    "users[0].name": "ann",
    "(input).amount": 1200,
    # Literals.
    "0x1F + 1u": 32,
    "-9223372036854775808": -(2**63),
    "1.5e3": 1500.0,
    ".5": 0.5,
    r"""'a\'\x41\u00e9\U0001F600\101\n'""": "a'Aé😀A\n",
    r"""r'\d' + R"\w" """: "\\d\\w",
    "'''it's\na text'''": "it's\na text",
    'r"""\\"""': "\\",
    "null": None,
    "[1, 'a', true,]": [1, "a", True],
    "{'a': {'b': 2}}.a.b": 2,
    "{'a': 1,}.a": 1,
    "1 // a comment\n + 1": 2,
    # Precedence, from loose to tight; same ones from the left.
    "1 + 2 * 3 == 7 && 2 < 3 || false": True,
    "false && false || true": True,
    "true || true && false": True,
    "false ? 1 : true ? 2 : 3": 2,
    "true ? (false ? 1 : 2) : 3": 2,
    "true || false ? 'a' : 'b'": "a",
    "10 - 3 - 2": 5,
    "100 / 10 / 2": 5,
    "2 - -3": 5,
    "!(1 == 1) == false": True,
    "!true == false": True,
    "1 < 2 == true": True,
    "-2 * -3": 6,
    "1 in [1] == true": True,
    # Numbers compare across their kinds; whole numbers divide to whole ones, towards zero.
    "1 == 1.0 && 2 > 1.5": True,
    "[7 / 2, -7 / 2, 7 % -3, -7 % 3]": [3, -3, 1, -1],
    "7 / 2.0": 3.5,
    "input.amount * input.rate": 600.0,
    "1 == true || 1 == '1' || null == false": False,
    "{'a': [1]} == {'a': [1.0]}": True,
    "'a' < 'b' && 'B' < 'a'": True,
    # Texts, lists, maps.
    "'a' + 'b' + string(1)": "ab1",
    "xs + [4]": [3, 1, 2, 4],
    "3 in xs && !(4 in xs)": True,
    "'kind' in input && !('x' in input)": True,
    "size('héé') + size(input.tags) + {'a': 1}.size()": 6,
    "'abc'.startsWith('a') && 'abc'.endsWith('c') && 'abc'.contains('b')": True,
    "'order-12'.matches('[0-9]+') && matches('a', '^a$')": True,
    "' ÄbC '.trim().lowerAscii() + 'x'.upperAscii()": "ÄbcX",
    "'a,b,c'.split(',')": ["a", "b", "c"],
    "'a,b,c'.split(',', 2)": ["a", "b,c"],
    "'abc'.split('')": ["a", "b", "c"],
    "'abc'.split('', 2) + 'a'.split('a', 0)": ["a", "bc"],
    "['a', 'b'].join() + ['a', 'b'].join('-')": "aba-b",
    "'aaa'.replace('a', 'b') + 'aaa'.replace('a', 'b', 2)": "bbbbba",
    # Conversions and types.
    "int('42') + int(-3.9)": 39,
    "double('2.5') + double(1)": 3.5,
    "string(2.0) + string(true)": "2true",
    "bool('true') && !bool('0')": True,
    "type(1) == int && type(1.0) != int && type(null) in [null_type, map]": True,
    "type([]) == list && map == type({}) && type('') == string && type(true) == bool": True,
    "dyn(1) + 1": 2,
    # Macros.
    "xs.all(x, x > 0) && !xs.all(x, x > 1) && [].all(x, false)": True,
    "xs.exists(x, x == 2) && !xs.exists(x, x > 3)": True,
    "xs.exists_one(x, x > 2) && !xs.existsOne(x, x > 1)": True,
    "xs.filter(x, x != 1)": [3, 2],
    "xs.map(x, x * 2)": [6, 2, 4],
    "xs.map(x, x > 1, x * 2)": [6, 4],
    "{'a': 1, 'b': 2}.map(key, key + '!')": ["a!", "b!"],
    "xs.map(x, xs.filter(y, y < x))": [[1, 2], [], [1]],
    "xs.map(x, xs.map(x, x + 1).size() + x)": [6, 4, 5],
    "[1].map(input, input + .input.amount)": [1201],
    "users.filter(user, has(user.age)).map(user, user.name)": ["ann"],
    # has().
    "has(input.kind) && has(input.none) && !has(input.x) && !has(no.such.path)": True,
    'has(tasks["my-task"].output.ok) && !has(tasks["other"].output)': True,
    "has(xs[2]) && !has(xs[3]) && has(input) && !has(inputs)": True,
    # The side that decides makes good an error of the other.
    "input.x > 1 || true": True,
    "true || input.x > 1": True,
    "input.x > 1 && false": False,
    "1 / 0 == 1 && false": False,
    "'a' && false": False,
    "(input.x == 1 || 1 / 0 == 1) || true": True,
    "users.exists(user, user.age > 20)": True,
    "users.all(user, user.age > 30)": False,
    "false ? input.x : 1": 1,
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_a_condition_comes_to_its_value(text: str, value: Json) -> None:
    found = parse_condition(text).evaluate(Scope(DATA))
    assert (repr(found), type(found)) == (repr(value), type(value))


# The code, and what of the text it is about.
ERRORS = {
    "input.knd == 'a'": ("EXPR_UNDEFINED", "input.knd"),
    "inptu.kind": ("EXPR_UNDEFINED", "inptu.kind"),
    "input.none.x": ("EXPR_UNDEFINED", "input.none.x"),
    "input.x == null": ("EXPR_UNDEFINED", "input.x"),
    'input["x"] == 1': ("EXPR_UNDEFINED", 'input["x"]'),
    "xs[3] == 1": ("EXPR_INDEX", "xs[3]"),
    "xs[-1] == 1": ("EXPR_INDEX", "xs[-1]"),
    "xs['a'] == 1": ("EXPR_INDEX", "xs['a']"),
    "true && 1 + 'a' == 2": ("EXPR_TYPE", "1 + 'a'"),
    "1 < 'a'": ("EXPR_TYPE", "1 < 'a'"),
    "1 < 2 < 3": ("EXPR_TYPE", "1 < 2 < 3"),
    "true && input.kind": ("EXPR_TYPE", "input.kind"),
    "input.amount || false": ("EXPR_TYPE", "input.amount"),
    "!input.amount": ("EXPR_TYPE", "input.amount"),
    "input.kind ? 1 : 2": ("EXPR_TYPE", "input.kind"),
    "'a' in 'abc'": ("EXPR_TYPE", "'a' in 'abc'"),
    "2.5 % 2": ("EXPR_TYPE", "2.5 % 2"),
    "-'a'": ("EXPR_TYPE", "-'a'"),
    "size(1) > 0": ("EXPR_TYPE", "size(1)"),
    "1 == int('x')": ("EXPR_TYPE", "int('x')"),
    "'1'.contains(1)": ("EXPR_TYPE", "'1'.contains(1)"),
    "[1].join()": ("EXPR_TYPE", "[1].join()"),
    "{'a': 1, 'a': 2}": ("EXPR_TYPE", "'a'"),
    "{1: 2}": ("EXPR_TYPE", "1"),
    "input.amount.all(x, true)": ("EXPR_TYPE", "input.amount"),
    "xs.filter(x, x)": ("EXPR_TYPE", "x"),
    "xs.exists_one(x, x / 0 == 1)": ("EXPR_DIV_ZERO", "x / 0"),
    "users.map(user, user.age)": ("EXPR_UNDEFINED", "user.age"),
    "users.exists(user, user.age > 40)": ("EXPR_UNDEFINED", "user.age"),
    "input.x > 1 && true": ("EXPR_UNDEFINED", "input.x"),
    "input.x > 1 || input.y > 1": ("EXPR_UNDEFINED", "input.x"),
    "1 / 0": ("EXPR_DIV_ZERO", "1 / 0"),
    "9223372036854775807 + 1": ("EXPR_NUMBER_LIMIT", "9223372036854775807 + 1"),
    "-(-9223372036854775808)": ("EXPR_NUMBER_LIMIT", "-(-9223372036854775808"),
    "secret == 'x'": ("EXPR_SECRET", "secret == 'x'"),
    "'x' + secret": ("EXPR_SECRET", "'x' + secret"),
    "secret.contains('x') || true": ("EXPR_SECRET", "secret.contains('x')"),
}


@pytest.mark.parametrize(("text", "wanted"), ERRORS.items())
def test_what_has_no_value_says_why_and_where(text: str, wanted: tuple[str, str]) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text).evaluate(Scope(DATA))
    assert (caught.value.code, text[caught.value.start : caught.value.end]) == wanted


# The code, what of the text it is about, and a part of the hint.
UNREADABLE = {
    "": ("EXPR_SYNTAX", "", "what has to be true"),
    "a = 1": ("EXPR_UNSUPPORTED", "=", "compare with =="),
    "a === 1": ("EXPR_UNSUPPORTED", "===", "compare with =="),
    "a and b": ("EXPR_SYNTAX", "and", "write &&"),
    "not a": ("EXPR_SYNTAX", "not", "write !"),
    "a & b": ("EXPR_UNSUPPORTED", "&", "write &&"),
    "a | size": ("EXPR_UNSUPPORTED", "|", "pipes belong to templates"),
    "2 ** 3": ("EXPR_UNSUPPORTED", "**", "no powers"),
    "1 << 3": ("EXPR_UNSUPPORTED", "<<", "no shifts"),
    "a?.b": ("EXPR_UNSUPPORTED", "?.", "has(a.b)"),
    "a ?? b": ("EXPR_UNSUPPORTED", "??", "has(a.b)"),
    "$a": ("EXPR_UNSUPPORTED", "$", "input.x"),
    "a.`b-c`": ("EXPR_UNSUPPORTED", "`", 'a["b-c"]'),
    "b'x' == a": ("EXPR_UNSUPPORTED", "b", "without the prefix"),
    "timestamp(a) > b": ("EXPR_UNSUPPORTED", "timestamp", "toDate"),
    "uint(1)": ("EXPR_UNSUPPORTED", "uint", "int("),
    "Money{a: 1}": ("EXPR_UNSUPPORTED", "Money{", "write a map"),
    "a == None": ("EXPR_SYNTAX", "None", "write null"),
    "(a": ("EXPR_SYNTAX", "", ""),
    "a)": ("EXPR_SYNTAX", ")", ""),
    "a.": ("EXPR_SYNTAX", "", 'a["b"]'),
    "a.0": ("EXPR_SYNTAX", ".0", ""),
    "a ? b": ("EXPR_SYNTAX", "", ""),
    "[1 2]": ("EXPR_SYNTAX", "2", ""),
    "'abc": ("EXPR_SYNTAX", "'abc", "close it"),
    r"'\q'": ("EXPR_SYNTAX", r"'\q'", ""),
    r"'\ud800'": ("EXPR_SYNTAX", r"'\ud800'", ""),
    "12abc": ("EXPR_SYNTAX", "12abc", ""),
    "9223372036854775808": ("EXPR_SYNTAX", "9223372036854775808", ""),
    "1e999": ("EXPR_SYNTAX", "1e999", ""),
    "a # b": ("EXPR_SYNTAX", "#", "operators are"),
    "a.__class__": ("EXPR_ATTRIBUTE_FORBIDDEN", "__class__", ""),
    "sze(a)": ("EXPR_FUNCTION_UNKNOWN", "sze", "did you mean 'size'?"),
    "a.startswith('b')": ("EXPR_FUNCTION_UNKNOWN", "startswith", "did you mean 'startsWith'?"),
    "len(a)": ("EXPR_FUNCTION_UNKNOWN", "len", "size(x)"),
    "contains(a, b)": ("EXPR_FUNCTION_UNKNOWN", "contains", "x.contains(…)"),
    "a.int()": ("EXPR_FUNCTION_UNKNOWN", "int", "int(…)"),
    "env('A')": ("EXPR_IMPURE", "env", ".env.NAME"),
    "size()": ("EXPR_ARGUMENTS", "size()", ""),
    "a.split()": ("EXPR_ARGUMENTS", "split()", ""),
    "a.all(x)": ("EXPR_ARGUMENTS", "all(x)", ""),
    "a.all(1, true)": ("EXPR_SYNTAX", "1", "all(x, …)"),
    "has(1 + 1)": ("EXPR_SYNTAX", "1 + 1", "has(a.b)"),
    "has(a, b)": ("EXPR_ARGUMENTS", "has(a, b)", ""),
    "a.matches('(?=b)')": ("REGEX_UNSUPPORTED", "'(?=b)'", "linear time"),
}


@pytest.mark.parametrize(("text", "wanted"), UNREADABLE.items())
def test_what_is_no_condition_is_refused_with_what_to_write(text: str, wanted: tuple[str, str, str]) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_condition(text)
    error = caught.value
    assert (error.code, text[error.start : error.end]) == wanted[:2]
    assert wanted[2] in error.hint


@pytest.mark.parametrize("text", ["1 + 1", "'a'", "[true]", "{'a': true}", "-input.amount", "null"])
def test_what_cannot_be_true_or_false_does_not_decide(text: str) -> None:
    assert parse_condition(text).source == text
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_condition(text, decides=True)
    assert caught.value.code == "EXPR_RESULT_TYPE"


def test_a_condition_that_decides_must_come_to_true_or_false() -> None:
    assert parse_condition("input.kind == 'order'", decides=True).truth(Scope(DATA))
    with pytest.raises(ExpressionError) as caught:
        parse_condition("input.kind", decides=True).truth(Scope({"input": {"kind": "true"}}))
    assert caught.value.code == "EXPR_RESULT_TYPE"


def test_a_missing_name_comes_with_near_ones_or_all_there_are() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_condition("input.amont > 1").evaluate(Scope(DATA))
    assert (caught.value.message, caught.value.hint) == (
        "input.amont does not exist here",
        "did you mean input.amount?",
    )


def test_a_hyphen_in_a_tasks_name_is_a_minus_and_the_error_says_so() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_condition("tasks.my-task.output.ok").evaluate(Scope({**DATA, "task": {"output": {"ok": 1}}}))
    assert caught.value.hint == 'a name with a hyphen is written tasks["my-task"]'


def test_a_condition_tells_what_it_reads_and_what_it_only_asks_for() -> None:
    text = "has(input.a) && tasks.x.output.n > 1 ? users.exists(user, user.age > item.age) : tasks['y'].output"
    reads = {".".join(read.path): read.asking for read in parse_condition(text).reads}
    assert reads == {
        "input.a": True,
        "tasks.x.output.n": False,
        "users": False,
        "users.*.age": False,
        "item.age": False,
        "tasks.y.output": False,
    }


@pytest.mark.parametrize(
    ("text", "code"),
    {
        "xs.map(x, xs.map(y, xs.map(z, x)))": "EXPR_STEP_LIMIT",
        "true || xs.all(x, xs.all(y, xs.all(z, true)))": None,
        "xs.all(x, xs.all(y, xs.all(z, true))) || true": "EXPR_STEP_LIMIT",
        "has(xs.map(x, xs.map(y, xs.map(z, x)))[0].a)": "EXPR_STEP_LIMIT",
    }.items(),
)
def test_a_limit_is_a_limit_on_either_side(text: str, code: str | None) -> None:
    scope = Scope({"xs": [*range(100)]}, budget=Budget(steps=1_000))
    if code is None:
        assert parse_condition(text).evaluate(scope) is True
        return
    with pytest.raises(ExpressionError) as caught:
        parse_condition(text).evaluate(scope)
    assert caught.value.code == code


def test_conditions_nest_as_deep_as_templates_and_no_deeper() -> None:
    assert parse_condition("(" * 60 + "1" + ")" * 60).evaluate(Scope({})) == 1
    assert parse_condition(" || ".join(["false"] * 60)).evaluate(Scope({})) is False
    for text in ("(" * 70 + "1" + ")" * 70, "!" * 70 + "true", "-" * 70 + "1", "1" + " + 1" * 70, "a" + "[0]" * 70):
        with pytest.raises(TemplateSyntaxError) as caught:
            parse_condition(text)
        assert caught.value.code == "EXPR_DEPTH"


def test_a_long_condition_is_a_program() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        parse_condition("a" + " " * 8_192 + "b")
    assert caught.value.code == "EXPR_TOO_LONG"
