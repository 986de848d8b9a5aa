"""Functions one by one, where the vectors of Go do not reach: dates, durations, formats, patterns, versions, words."""

from __future__ import annotations

import pytest

from statewright.kernel.expressions.evaluate import ExpressionError, Scope
from statewright.kernel.values import Json
from statewright.language.templates.compiling import parse_template

# 2026-11-21T10:00:00.250Z.
NOW_MS = 1_795_255_200_250


def render(text: str, data: Json = None) -> Json:
    """What a template gives."""
    return parse_template(text).evaluate(Scope(data or {}, NOW_MS))


def code_of(text: str, data: Json = None) -> str:
    """The code of a template's error."""
    with pytest.raises(ExpressionError) as caught:
        render(text, data)
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ now }}", "2026-11-21T10:00:00.250Z"),
        ("{{ now | date('Mon, 02 Jan 2006 15:04:05 MST') }}", "Sat, 21 Nov 2026 10:00:00 UTC"),
        ("{{ now | date 'Monday January 2 _2 002' }}", "Saturday November 21 21 325"),
        ("{{ now | date '3:4:5.000 pm -07:00' }}", "10:0:0.250 am +00:00"),
        ("{{ now | dateInZone('2006-01-02 15:04 -0700', '+05:30') }}", "2026-11-21 15:30 +0530"),
        ("{{ now | dateInZone('15:04 MST', 'Europe/Berlin') }}", "11:00 CET"),
        ("{{ '2026-07-01T12:00:00Z' | dateInZone('15:04 MST -0700', 'America/New_York') }}", "08:00 EDT -0400"),
        ("{{ '2099-07-01T12:00:00Z' | dateInZone('15:04 MST', 'Europe/Berlin') }}", "14:00 CEST"),
        ("{{ '1880-01-01' | dateInZone('15:04:05 MST', 'Europe/Paris') }}", "00:09:21 LMT"),
        ("{{ now | htmlDateInZone('Pacific/Kiritimati') }}", "2026-11-22"),
        ("{{ toDateInZone '2006-01-02 15:04' '2026-03-29 03:30' 'Europe/Berlin' }}", "2026-03-29T03:30:00+02:00"),
        ("{{ toDateInZone '2006-01-02Z07:00' '2026-03-29Z' 'Europe/Berlin' }}", "2026-03-29T00:00:00Z"),
        ("{{ '2026-01-31T23:30:00-01:00' | htmlDate }}", "2026-02-01"),
        ("{{ 0 | date('2006') }}", "1970"),
        ("{{ '2026-01-31' | htmlDate }}", "2026-01-31"),
        ("{{ '2026-01-31T23:30:00+01:00' | unixEpoch }}", "1769898600"),
        ("{{ now | dateModify '-1h30m' | date '15:04' }}", "08:30"),
        ("{{ toDate '02 Jan 06 3PM' '05 Feb 07 4PM' }}", "2007-02-05T16:00:00Z"),
        ("{{ toDate '2006-01-02T15:04:05Z07:00' '2020-02-29T13:00:00+02:00' }}", "2020-02-29T13:00:00+02:00"),
        ("{{ ago '2026-11-21T09:58:57Z' }}", "1m3s"),
        ("{{ duration 93784 }}", "26h3m4s"),
        ("{{ durationRound '2h10m' }}", "2h"),
        ("{{ (now).Year }}", 2026),
        ("{{ (now).Format('Jan') }}", "Nov"),
    ],
)  # fmt: skip
def test_dates_are_read_and_written_by_go_layouts(text: str, value: Json) -> None:
    assert render(text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ 'yesterday' | date('2006') }}", "EXPR_DATE"),
        ("{{ '2026-02-30' | date('2006') }}", "EXPR_DATE"),
        ("{{ .x | date('2006') }}", "EXPR_DATE"),
        ("{{ now | dateInZone('15', 'Mars/Base') }}", "EXPR_ZONE_UNKNOWN"),
        ("{{ now | dateInZone('15', '+99:00') }}", "EXPR_ZONE_UNKNOWN"),
        ("{{ '0001-01-01' | dateInZone('2006', 'America/New_York') }}", "EXPR_DATE"),
        ("{{ toDateInZone '2006-01-02' '9999-12-31' '-05:00' | dateInZone '2006' 'UTC' }}", "EXPR_DATE"),
        ("{{ toDate '15:04 MST' '12:00 PST' }}", "EXPR_DATE"),
        ("{{ now | dateModify '1 hour' }}", "EXPR_DATE"),
        ("{{ now | dateModify '2500000h' | dateModify '-99999999h' }}", "EXPR_DATE"),
        ("{{ toDate '2006' 'abcd' }}", "EXPR_DATE"),
    ],
)
def test_what_is_no_date_is_an_error(text: str, code: str) -> None:
    assert code_of(text) == code


def test_a_zone_that_is_not_known_is_told_with_what_may_be_meant() -> None:
    with pytest.raises(ExpressionError) as caught:
        render("{{ now | dateInZone('15', 'Europe/Berln') }}")
    assert "Europe/Berlin" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ printf '%d %s %v' 3.0 4 true }}", "3 4 true"),
        ("{{ printf '%v' (dict 'a' 1) }}", '{"a":1}'),
        ("{{ printf '%5.2f|%-5d|%05d|%+d|%x|%q|%t' 3.14159 7 7 7 255 'a' true }}", ' 3.14|7    |00007|+7|ff|"a"|true'),
        ("{{ printf '%d%%' 5 }}", "5%"),
        ("{{ printf '%s' }}", "%!s(MISSING)"),
        ("{{ printf 'x' 1 }}", "x%!(EXTRA int=1)"),
        ("{{ printf '%*d' 4 7 }}", "   7"),
        ("{{ printf '%c%U' 65 65 }}", "AU+0041"),
        ("{{ print 1 2 'a' 3 }}", "1 2a3"),
        ("{{ println 'a' 1 }}", "a 1\n"),
        ("{{ quote 'a\"b' 1 .nope }}", '"a\\"b" "1"'),
        ("{{ 'İß' | upper | lower | length }}", 4),
        ("{{ 'héllo' | length }}{{ len 'héllo' }}", "56"),
        ("{{ camelcase 'some_http-server name' }}", "SomeHttpServerName"),
        ("{{ snakecase 'HTTPServer2xx NoHTTPS' }}", "http_server_2xx_no_https"),
        ("{{ 'The quick brown fox' | wrap 10 }}", "The quick\nbrown fox"),
        ("{{ 'a-b-c' | split '-' | toJson }}", '{"_0":"a","_1":"b","_2":"c"}'),
        ("{{ htmlEscape '<a b=\"c\">' }}", "&lt;a b=&#34;c&#34;&gt;"),
        ('{{ jsEscape "a\'b\\n</" }}', "a\\'b\\u000A\\u003C/"),
        ("{{ 'a b&c/é' | urlquery }}", "a+b%26c%2F%C3%A9"),
        ("{{ sha256sum '' | trunc 8 }}", "e3b0c442"),
        ("{{ 'aGk=' | b64dec }}", "hi"),
        ("{{ fromJson '{\"a\":[1]}' }}", {"a": [1]}),
        ("{{ fromJson 'nope' }}", None),
        ("{{ toPrettyJson (dict 'a' 1) }}", '{\n  "a": 1\n}'),
        ("{{ regexReplaceAll '(\\\\w+)@(\\\\w+)' 'me@here' '$2 at ${1}' }}", "here at me"),
        ("{{ regexSplit ',\\\\s*' 'a, b,c' -1 }}", ["a", "b", "c"]),
        ("{{ semverCompare '^1.2 || >=3' '1.9.0' }}", True),
        ("{{ semverCompare '1.2 - 1.4' '1.5.0' }}", False),
        ("{{ semverCompare '~1.2.3' '1.2.9-beta' }}", False),
        ("{{ (semver '1.2.3-rc.1').Prerelease }}", "rc.1"),
        ("{{ round 2.345 2 }}", 2.35),
        ("{{ addf 0.1 0.2 }}", 0.3),
        ("{{ div 7.9 2 }}", 3),
        ("{{ max 1 '5' 3 }}", 5),
        ("{{ dict 'a' 1 | merge (dict 'b' 2) }}", {"b": 2, "a": 1}),
        ("{{ mergeOverwrite (dict 'a' (dict 'x' 1)) (dict 'a' (dict 'y' 2)) }}", {"a": {"x": 1, "y": 2}}),
        ("{{ dig 'a' 'b' 'none' (dict 'a' (dict 'c' 1)) }}", "none"),
        ("{{ pluck 'a' (dict 'a' 1) (dict 'b' 2) (dict 'a' 3) }}", [1, 3]),
        ("{{ list 3 1 3 2 | uniq | reverse }}", [2, 1, 3]),
        ("{{ list 1 2 3 4 5 | chunk 2 }}", [[1, 2], [3, 4], [5]]),
        ("{{ list 1 '' 0 'a' | compact }}", [1, "a"]),
        ("{{ seq 0 5 20 }}", "0 5 10 15 20"),
        ("{{ urlParse 'https://u@h.example:8/p?q#f' | pick('host', 'query') }}", {"host": "h.example:8", "query": "q"}),
        ("{{ dir '/a/b/../c' }}{{ ext 'x.tar.gz' }}", "/a.gz"),
    ],
)
def test_functions_give_plain_values(text: str, value: Json) -> None:
    assert render(text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ upper .list }}", "EXPR_TYPE"),
        ("{{ .list | sum }}", "EXPR_TYPE"),
        ("{{ 5 | length }}", "EXPR_TYPE"),
        ("{{ 'a' | map('x') }}", "EXPR_TYPE"),
        ("{{ repeat 1.5 'a' }}", "EXPR_TYPE"),
        ("{{ first 'abc' }}", "EXPR_TYPE"),
        ("{{ keys .list }}", "EXPR_TYPE"),
        ("{{ range 'abc' }}{{ end }}", "EXPR_TYPE"),
        ("{{ fail 'no way' }}", "EXPR_FAIL"),
        ("{{ mustFromJson '{' }}", "EXPR_ENCODING"),
        ("{{ '!' | b64dec }}", "EXPR_ENCODING"),
        ("{{ semver 'one' }}", "EXPR_VERSION"),
        ("{{ randInt 5 5 }}", "EXPR_TYPE"),
        ("{{ -'a' }}", "EXPR_TYPE"),
        ("{{ 1 + null }}", "EXPR_TYPE"),
        ("{{ template 'none' . }}", "EXPR_TEMPLATE_UNKNOWN"),
    ],
)
def test_what_does_not_fit_is_an_error_with_a_code(text: str, code: str) -> None:
    assert code_of(text, {"list": ["a"]}) == code
