"""Templates and conditions that want out of their box, or all the time and memory there is; each with its answer.

Names begin with what they try. The rows of spec B-054 to B-062 are among them.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from statewright.kernel.expressions.template import Template
from statewright.kernel.values import Json, Secret
from statewright.language.conditions.compiling import parse_condition
from statewright.language.templates.compiling import parse_template

DATA: dict[str, Json] = {
    "big": "x" * 1_000_000,
    "same": "x" * 999_999 + "x",
    "commas": "," * 200_000,
    "deep": msgspec.json.decode("[" * 60 + "]" * 60),
    "digits": "9" * 5_000,
    "key": Secret(name="KEY"),
    "lines": "\n" * 300_000,
    "many": list(range(50_000)),
    "maps": [{"k": index} for index in range(5_000)],
    "n": 1,
    "names": {f"name{index}": index for index in range(20_000)},
    "text": "a" * 60 + "!",
    "wide": "\N{GRINNING FACE}" * 250_000,
    "xs": [1, 2, 3],
}
# A map that holds itself twice, forty times over: 2^40 leaves in forty small maps.
DOUBLED = '{{ $d := dict "a" 1 }}{{ range 40 }}{{ $d = dict "a" $d "b" $d }}{{ end }}'
CIRCLE = '{{ $d := dict }}{{ $_ := set $d "d" $d }}'

TEMPLATES: dict[str, tuple[str, str]] = {
    # Ways into the program.
    "attribute: the class of a text": ('{{ "".__class__.__mro__ }}', "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: the class of a list": ("{{ (list 1).__class__ }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: the globals of the scope": ("{{ $.__init__.__globals__ }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: all subclasses": ("{{ .n.__class__.__base__.__subclasses__() }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: what a date is made of": ("{{ (now).__reduce__ }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: a date's hidden state": ("{{ (now)._state }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: in brackets": ('{{ .xs["__class__"] }}', "EXPR_INDEX"),
    "attribute: by index": ('{{ index .xs "__len__" }}', "EXPR_INDEX"),
    "attribute: by getattr": ('{{ getattr .n "real" }}', "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: of another engine's names": ("{{ cycler.__init__.__globals__ }}", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "method: of a list": ("{{ .xs.append(1) }}", "EXPR_NOT_CALLABLE"),
    "method: of a map": ("{{ .names.update(.names) }}", "EXPR_NOT_CALLABLE"),
    "method: of a text": ("{{ .text.format(1) }}", "EXPR_NOT_CALLABLE"),
    "method: of a number": ("{{ .n.to_bytes(9) }}", "EXPR_NOT_CALLABLE"),
    "method: of a date": ("{{ (now).replace(1) }}", "EXPR_NOT_CALLABLE"),
    "call: of data": ("{{ call .n }}", "EXPR_FUNCTION_UNKNOWN"),
    "call: of Python": ('{{ exec("1") }}', "EXPR_FUNCTION_UNKNOWN"),
    "call: import": ('{{ import "os" }}', "EXPR_FUNCTION_UNKNOWN"),
    "host: the environment": ('{{ env "HOME" }}', "EXPR_IMPURE"),
    "host: a file": ('{{ readFile "/etc/passwd" }}', "EXPR_IMPURE"),
    "host: the network": ('{{ getHostByName "example.org" }}', "EXPR_IMPURE"),
    "secret: compared": ('{{ .key == "a" }}', "EXPR_SECRET"),
    "secret: measured": ("{{ len .key }}", "EXPR_SECRET"),
    "secret: as a key": ("{{ dict .key 1 }}", "EXPR_SECRET"),
    "secret: letter by letter": ("{{ range $c := .key }}{{ end }}", "EXPR_SECRET"),
    "secret: as a condition's text": ('{{ if eq .key "a" }}x{{ end }}', "EXPR_SECRET"),
    # Numbers.
    "number: a power": ("{{ 9 ** 9 ** 9 }}", "EXPR_UNSUPPORTED"),
    "number: a shift": ("{{ 1 << 62 }}", "EXPR_UNSUPPORTED"),
    "number: too long to be written": ("{{ 99999999999999999999999 }}", "EXPR_SYNTAX"),
    "number: one too many": ("{{ 0x7fffffffffffffff + 1 }}", "EXPR_NUMBER_LIMIT"),
    "number: multiplied by a function": ("{{ mul 9223372036854775807 2 }}", "EXPR_NUMBER_LIMIT"),
    "number: added by a function": ("{{ add 9223372036854775807 1 }}", "EXPR_NUMBER_LIMIT"),
    "number: grown in a loop": ("{{ $x := 10 }}{{ range 40 }}{{ $x = $x * 10 }}{{ end }}", "EXPR_NUMBER_LIMIT"),
    "number: infinite": ("{{ 1e308 + 1e308 }}", "EXPR_NUMBER_LIMIT"),
    "number: rounded to a billion digits": ("{{ round 1e300 1000000000 }}", "EXPR_NUMBER_LIMIT"),
    "number: rest of a division by zero": ("{{ mod 1 0 }}", "EXPR_DIV_ZERO"),
    # Text that grows.
    "text: repeated without end": ('{{ repeat 9223372036854775807 "a" }}', "EXPR_OUTPUT_LIMIT"),
    "text: indented without end": ('{{ indent 9223372036854775807 "a" }}', "EXPR_OUTPUT_LIMIT"),
    "text: every empty line indented": ("{{ indent 100 .lines }}", "EXPR_OUTPUT_LIMIT"),
    "text: wrapped to single letters": (
        "{{ range .many }}{{ $x := wrapWith 1 $.same $.big }}{{ end }}", "EXPR_STEP_LIMIT"),
    "text: a wide column": ('{{ printf "%2147483648d" 1 }}', "EXPR_OUTPUT_LIMIT"),
    "text: a wide column by argument": ('{{ printf "%*d" 9223372036854775807 1 }}', "EXPR_OUTPUT_LIMIT"),
    "text: a column wider than numbers": ('{{ printf "%099999999999999999999d" 1 }}', "EXPR_OUTPUT_LIMIT"),
    "text: two billion decimals": ('{{ printf "%.2147483648f" 1.0 }}', "EXPR_OUTPUT_LIMIT"),
    "text: a hundred thousand verbs": ('{{ printf (repeat 100000 "%d") 1 }}', "EXPR_STEP_LIMIT"),
    "text: hexadecimal in a loop": ('{{ range 200 }}{{ $x := printf "%x" $.big }}{{ end }}', "EXPR_STEP_LIMIT"),
    "text: quoted again and again": ('{{ $x := "\\\\" }}{{ range 40 }}{{ $x = quote $x }}{{ end }}', "EXPR_STEP_LIMIT"),
    "text: escaped again and again": (
        "{{ $x := .wide }}{{ range 9 }}{{ $x = urlquery $x }}{{ end }}", "EXPR_STEP_LIMIT"),
    "text: encoded again and again": ("{{ $x := .big }}{{ range 40 }}{{ $x = b64enc $x }}{{ end }}", "EXPR_STEP_LIMIT"),
    "text: JSON in JSON": (
        "{{ $x := .big }}{{ range 20 }}{{ $x = toJson (list $x $x) }}{{ end }}", "EXPR_STEP_LIMIT"),
    "text: printed in pieces": (
        "{{ print .big .big .big .big .big .big .big .big .big .big .big }}", "EXPR_OUTPUT_LIMIT"),
    "text: each letter replaced by all": ('{{ replace "x" .big .same }}', "EXPR_OUTPUT_LIMIT"),
    "text: each match replaced by all": ('{{ regexReplaceAll "x" .big .same }}', "EXPR_OUTPUT_LIMIT"),
    "text: an empty match replaced by all": ('{{ regexReplaceAllLiteral "" .big .same }}', "EXPR_OUTPUT_LIMIT"),
    "text: joined by all of it": ("{{ join .big .many }}", "EXPR_OUTPUT_LIMIT"),
    "text: a layout without end": (
        '{{ range .many }}{{ $x := date (repeat 10000 "Monday") now }}{{ end }}', "EXPR_STEP_LIMIT"),
    "text: random without end": ("{{ randAlphaNum 9223372036854775807 }}", "EXPR_OUTPUT_LIMIT"),
    # Lists and maps that grow.
    "list: counted without end": ("{{ until 9223372036854775807 }}", "EXPR_STEP_LIMIT"),
    "list: counted down": ("{{ untilStep 0 -9223372036854775807 -1 }}", "EXPR_STEP_LIMIT"),
    "list: counted as text": ("{{ seq 1 9223372036854775807 }}", "EXPR_STEP_LIMIT"),
    "list: doubled in a loop": (
        '{{ $x := list .big }}{{ range 30 }}{{ $x = concat $x $x }}{{ end }}{{ join "" $x }}', "EXPR_STEP_LIMIT"),
    "list: joined in a loop": ("{{ range .many }}{{ $x := concat $.many $.many }}{{ end }}", "EXPR_STEP_LIMIT"),
    "list: every letter of a text": ('{{ splitList "" .big }}', "EXPR_OUTPUT_LIMIT"),
    "list: every match of nothing": ('{{ regexFindAll "" .big -1 }}', "EXPR_STEP_LIMIT"),
    "list: deeper than data may be": (
        "{{ $l := list 1 }}{{ range 80 }}{{ $l = list $l }}{{ end }}{{ toJson $l }}", "EXPR_DEPTH"),
    "laughs: as JSON": (DOUBLED + "{{ toJson $d }}", "EXPR_STEP_LIMIT"),
    "laughs: as pretty JSON": (DOUBLED + "{{ toPrettyJson $d }}", "EXPR_STEP_LIMIT"),
    "laughs: as text": (DOUBLED + "{{ toString $d }}", "EXPR_STEP_LIMIT"),
    "laughs: by a verb": (DOUBLED + '{{ printf "%v" $d }}', "EXPR_STEP_LIMIT"),
    "laughs: copied": (DOUBLED + "{{ deepCopy $d }}", "EXPR_STEP_LIMIT"),
    "laughs: merged": (DOUBLED + "{{ merge (dict) $d }}", "EXPR_STEP_LIMIT"),
    "laughs: compared": (DOUBLED + "{{ has $d (list $d) }}", "EXPR_STEP_LIMIT"),
    "laughs: with a large heart": (
        '{{ $d := dict "a" .big }}{{ range 20 }}{{ $d = dict "a" $d "b" $d }}{{ end }}{{ toJson $d }}',
        "EXPR_OUTPUT_LIMIT"),
    "circle: compared with itself": (CIRCLE + "{{ $d == $d }}", "EXPR_DEPTH"),
    "circle: copied": (CIRCLE + "{{ deepCopy $d }}", "EXPR_DEPTH"),
    "circle: through two maps": (
        '{{ $d := dict }}{{ $e := dict "d" $d }}{{ $_ := set $d "e" $e }}{{ toJson $e }}', "EXPR_DEPTH"),
    "circle: through a list": (
        '{{ $d := dict }}{{ $_ := set $d "l" (list $d) }}{{ flatten (list $d) | toJson }}', "EXPR_DEPTH"),
    # Time.
    "loop: in a loop": ("{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}", "EXPR_STEP_LIMIT"),
    "loop: left at once, again and again": (
        "{{ range .many }}{{ range $.many }}{{ break }}{{ end }}{{ end }}", "EXPR_STEP_LIMIT"),
    "loop: that only goes on": ("{{ range 100000 }}{{ continue }}{{ end }}", "EXPR_STEP_LIMIT"),
    "loop: over a billion": ("{{ range 1000000000 }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: hashing": ("{{ range .many }}{{ $x := sha256sum $.big }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: sorting": ("{{ range .many }}{{ $x := sort $.many }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: sorting as text": ("{{ range .many }}{{ $x := sortAlpha $.names }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: finding what is single": ("{{ range .many }}{{ $x := uniq $.maps }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: comparing long texts": ("{{ range .many }}{{ $x := $.big == $.same }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: ordering long texts": ("{{ range .many }}{{ $x := $.big < $.same }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: wide letters made small": ("{{ range .many }}{{ $x := lower $.wide }}{{ end }}", "EXPR_STEP_LIMIT"),
    "work: shuffling": ("{{ shuffle .big }}", "EXPR_STEP_LIMIT"),
    # Recursion and nesting.
    "recursion: of itself": ('{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', "EXPR_DEPTH"),
    "recursion: of two": (
        '{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ end }}{{ template "a" }}',
        "EXPR_DEPTH"),
    "recursion: of a tree": (
        '{{ define "a" }}{{ range 3 }}{{ template "a" . }}{{ end }}{{ end }}{{ template "a" . }}', "EXPR_DEPTH"),
    "recursion: in its own block": ('{{ block "a" . }}{{ template "a" . }}{{ end }}', "EXPR_DEPTH"),
    "nesting: blocks": ("{{ if true }}" * 70 + "{{ end }}" * 70, "EXPR_DEPTH"),
    "nesting: parentheses": ("{{ " + "(" * 100 + "1" + ")" * 100 + " }}", "EXPR_DEPTH"),
    "nesting: pipes": ("{{ .n" + " | print" * 100 + " }}", "EXPR_DEPTH"),
    "length: one action": ("{{ " + "a" * 9_000 + " }}", "EXPR_TOO_LONG"),
    "length: a comment of two megabytes": ("{{ /* " + "x" * 2_000_000 + " */}}", "EXPR_TOO_LONG"),
    "length: braces alone": ("{{" * 20_000, "EXPR_SYNTAX"),
    # Patterns.
    "pattern: look-around": ('{{ regexMatch "(?=a)" .text }}', "REGEX_UNSUPPORTED"),
    "pattern: back-reference": ('{{ regexMatch "(.)\\\\1" .text }}', "REGEX_UNSUPPORTED"),
    "pattern: named back-reference": ('{{ regexMatch "(?P<a>x)(?P=a)" .text }}', "REGEX_UNSUPPORTED"),
    "pattern: a million states": ('{{ regexMatch "a{1000}{1000}" .text }}', "REGEX_UNSUPPORTED"),
    "pattern: long": ('{{ regexMatch (repeat 3000 "(a|b)") .text }}', "REGEX_TOO_LARGE"),
    # Odd data.
    "encoding: a hundred thousand brackets": ('{{ mustFromJson (repeat 100000 "[") }}', "EXPR_ENCODING"),
    "encoding: a number of five thousand digits": ("{{ mustFromJson .digits }}", "EXPR_ENCODING"),
    "encoding: half a character": ('{{ "\\ud800" }}', "EXPR_SYNTAX"),
    "date: after the last year": ('{{ dateModify "9999999h" "9999-12-31" }}', "EXPR_DATE"),
    "date: before the first": ('{{ dateModify "-99999999h" "2000-01-01" }}', "EXPR_DATE"),
    "date: a duration without end": ('{{ dateModify "99999999999999999999h" now }}', "EXPR_DATE"),
    "date: seconds without end": ('{{ date "2006" 99999999999999 }}', "EXPR_DATE"),
    "date: five thousand digits": ('{{ toDate "2006" .digits }}', "EXPR_DATE"),
    "version: five thousand digits": ('{{ semver (print "1.0." .digits) }}', "EXPR_VERSION"),
    "version: a thousand ranges": ('{{ semverCompare (repeat 1000 ">=1.0.0 ") "1.0.0" }}', "EXPR_VERSION"),
}  # fmt: skip

CONDITIONS: dict[str, tuple[str, str]] = {
    "attribute: the class of a text": ('"".__class__ == 1', "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: as a method": ("xs.__len__()", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: as a variable": ("xs.map(__x, __x)", "EXPR_ATTRIBUTE_FORBIDDEN"),
    "attribute: by getattr": ('getattr(n, "real")', "EXPR_ATTRIBUTE_FORBIDDEN"),
    "method: of a list": ("xs.append(4)", "EXPR_FUNCTION_UNKNOWN"),
    "host: the environment": ('env("HOME")', "EXPR_IMPURE"),
    "secret: compared": ('key == "a"', "EXPR_SECRET"),
    "secret: in a list": ('[key].exists(k, k == "a")', "EXPR_SECRET"),
    "secret: joined": ('"a" + key == "ab"', "EXPR_SECRET"),
    "secret: behind what decides": ("key.size() > 0 || true", "EXPR_SECRET"),
    "number: a power": ("2 ** 62", "EXPR_UNSUPPORTED"),
    "number: multiplied": ("9223372036854775807 * 2 > 0", "EXPR_NUMBER_LIMIT"),
    "number: out of text": ('int("9" + "999999999999999999") == 1', "EXPR_NUMBER_LIMIT"),
    "number: infinite out of text": ('double("1e999") > 0.0', "EXPR_NUMBER_LIMIT"),
    "loop: in a loop": ("many.all(a, many.all(b, true))", "EXPR_STEP_LIMIT"),
    "loop: three deep": ("xs.map(a, many.map(b, many.map(c, c)))", "EXPR_STEP_LIMIT"),
    "loop: of errors made good": ("many.all(x, no.such.name == 1 || true)", "EXPR_STEP_LIMIT"),
    "loop: of errors": ("many.exists(x, x.nope)", "EXPR_STEP_LIMIT"),
    "loop: of questions": ("names.all(k, has(names.nope) || true)", "EXPR_STEP_LIMIT"),
    "work: comparing long texts": ("many.all(x, big == same)", "EXPR_STEP_LIMIT"),
    "work: comparing lists": ("many.all(x, many == many)", "EXPR_STEP_LIMIT"),
    "work: comparing maps": ("maps.all(x, maps == maps)", "EXPR_STEP_LIMIT"),
    "work: comparing what is deep": ("many.all(x, deep == deep)", "EXPR_STEP_LIMIT"),
    "work: looking for what is not there": ("many.all(x, -1 in many || true)", "EXPR_STEP_LIMIT"),
    "work: matching": ('many.all(x, big.matches("x*x*x*y") || true)', "EXPR_STEP_LIMIT"),
    "text: doubled in a loop": ("many.map(a, big + same)", "EXPR_STEP_LIMIT"),
    "text: each letter replaced by all": ('big.replace("x", same)', "EXPR_OUTPUT_LIMIT"),
    "text: replaced between letters": ('big.replace("", same)', "EXPR_OUTPUT_LIMIT"),
    "text: joined by all of it": ("many.map(x, string(x)).join(big)", "EXPR_STEP_LIMIT"),
    "list: every letter of a text": ('big.split("")', "EXPR_OUTPUT_LIMIT"),
    "list: of lists": ("many.map(a, many).map(a, many) == []", "EXPR_STEP_LIMIT"),
    "list: joined": ("many + many + many", "EXPR_OUTPUT_LIMIT"),
    "pattern: look-around": ('"a".matches("(?=a)")', "REGEX_UNSUPPORTED"),
    "pattern: back-reference": (r'text.matches(r"(a)\1")', "REGEX_UNSUPPORTED"),
    "pattern: long": ("text.matches(big)", "REGEX_TOO_LARGE"),
    "nesting: parentheses": ("(" * 3_000 + "1" + ")" * 3_000, "EXPR_DEPTH"),
    "nesting: sums": ("1" + "+1" * 3_000, "EXPR_DEPTH"),
    "nesting: macros": ("xs.all(x, " * 70 + "true" + ")" * 70, "EXPR_DEPTH"),
    "nesting: macros behind macros": ("xs" + ".map(x, x)" * 200, "EXPR_DEPTH"),
    "nesting: lists": ("[" * 100 + "]" * 100, "EXPR_DEPTH"),
    "nesting: maps": ('{"a": ' * 100 + "1" + "}" * 100, "EXPR_DEPTH"),
    "nesting: choices": ("true ? 1 : " * 100 + "1", "EXPR_DEPTH"),
    "length: one text": ("'" + "a" * 9_000 + "'", "EXPR_TOO_LONG"),
    "length: blanks": (" " * 9_000, "EXPR_TOO_LONG"),
}


def cases() -> dict[str, tuple[Callable[[str], Template], str, str]]:
    """Returns every case by its name: what reads it, its text, and the code that it ends with."""
    return {
        **{f"template: {name}": (parse_template, *case) for name, case in TEMPLATES.items()},
        **{f"condition: {name}": (parse_condition, *case) for name, case in CONDITIONS.items()},
    }
