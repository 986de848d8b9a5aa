"""What a file's bytes come to: every bad input of reliability.md 4.1 that concerns YAML, and YAML 1.2's scalars."""

from __future__ import annotations

import pytest

from statewright.language.yaml.source import ALIASES_MAX, DEPTH_MAX, FILE_BYTES_MAX, read_source

ALIAS_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b",".join([b"*%c" % (name - 1)] * 9)) for name in range(98, 106)
)
MERGE_BOMB = b"a: &a {x: 1}\n" + b"".join(b"b%d: &b%d\n  <<: [*a, *a]\n" % (n, n) for n in range(25))

BAD = {
    "B-001 empty": (b"", "DEF_EMPTY", 1),
    "B-001 only comments": (b"# nothing\n", "DEF_EMPTY", 1),
    "B-002 two documents": (b"a: 1\n---\nb: 2\n", "YAML_MULTIPLE_DOCUMENTS", 2),
    "B-003 a list": (b"- a\n", "DEF_NOT_A_MAPPING", 1),
    "B-003 a text": (b"hello\n", "DEF_NOT_A_MAPPING", 1),
    "B-003 a number": (b"42\n", "DEF_NOT_A_MAPPING", 1),
    "B-004 tab": (b"a:\n\tb: 1\n", "YAML_SYNTAX", 2),
    "B-005 open quote": (b'a: 1\nb: "abc\nc: 2\n', "YAML_SYNTAX", 2),
    "B-005 unknown escape": (b'a: 1\nb: "\\q"\n', "YAML_SYNTAX", 2),
    "B-005 stray colon": (b"a: b: c\n", "YAML_SYNTAX", 1),
    "B-005 bad indent": (b"a:\n  b: 1\n c: 2\n", "YAML_SYNTAX", 3),
    "B-005 open bracket": (b"a: {b: 1\nc: 2\n", "YAML_SYNTAX", 1),
    "B-005 no colon": (b"a: 1\nfoo\nb: 2\n", "YAML_SYNTAX", 2),
    "B-005 unknown anchor": (b"a: *b\n", "YAML_SYNTAX", 1),
    "B-006 alias bomb": (ALIAS_BOMB, "YAML_ALIAS_LIMIT", 5),
    "B-006 many aliases": (b"a: &a 1\nb: [" + b"*a, " * (ALIASES_MAX + 1) + b"]\n", "YAML_ALIAS_LIMIT", 2),
    "B-007 merge bomb": (MERGE_BOMB, "YAML_MERGE_FORBIDDEN", 3),
    "B-008 recursive alias": (b"a: &a [*a]\n", "YAML_RECURSIVE", 1),
    "B-009 brackets": (b"a: " + b"[" * 30_000, "YAML_DEPTH_LIMIT", 1),
    "B-010 too large": (b"a: " + b"x" * FILE_BYTES_MAX, "DEF_TOO_LARGE", 1),
    "B-011 duplicate key": (b"a: 1\nb: 2\na: 3\n", "YAML_DUPLICATE_KEY", 3),
    "B-012 python tag": (b"a: !!python/object/apply:os.system [id]\n", "YAML_TAG_FORBIDDEN", 1),
    "B-012 binary tag": (b"a: !!binary xx\n", "YAML_TAG_FORBIDDEN", 1),
    "B-012 own tag": (b"a: !mine {b: 1}\n", "YAML_TAG_FORBIDDEN", 1),
    "B-016 nan": (b"a: .nan\n", "NUMBER_NOT_FINITE", 1),
    "B-016 infinity": (b"a: -.inf\n", "NUMBER_NOT_FINITE", 1),
    "B-016 overflow": (b"a: 1e400\n", "NUMBER_NOT_FINITE", 1),
    "B-017 5,000 digits": (b"a: " + b"9" * 5_000 + b"\n", "NUMBER_TOO_LARGE", 1),
    "B-017 hexadecimal": (b"a: 0x" + b"f" * 500_000 + b"\n", "NUMBER_TOO_LARGE", 1),
    "B-017 past 2^53": (b"a: 9007199254740992\n", "NUMBER_TOO_LARGE", 1),
    "B-018 NUL": (b'a: "x\x00"\n', "TEXT_INVALID_CHARACTER", 1),
    "B-018 C1 control": ("a: x\x9by\n".encode(), "TEXT_INVALID_CHARACTER", 1),
    "B-018 BOM inside": ("a: 1\nb: x\ufeffy\n".encode(), "TEXT_INVALID_CHARACTER", 2),
    "B-018 lone surrogate": (b"a: \xed\xa0\x80\n", "TEXT_NOT_UTF8", 1),
    "B-019 UTF-16": ("a: 1\n".encode("utf-16"), "TEXT_NOT_UTF8", 1),
    "B-019 Latin-1": (b"a: caf\xe9\n", "TEXT_NOT_UTF8", 1),
    "a key that is a map": (b"? {a: 1}\n: 2\n", "YAML_KEY_NOT_TEXT", 1),
    "a template without quotes": (b"a: 1\nb: {{ .x.y }}\n", "TEMPLATE_NOT_QUOTED", 2),
    "a template with a pipe, without quotes": (b'a: {{ .x | default("y") }}\n', "TEMPLATE_NOT_QUOTED", 1),
}

SCALARS = {
    "on": "on", "off": "off", "yes": "yes", "No": "No", "true": True, "False": False, "null": None, "~": None,
    "012": 12, "0x1F": 31, "0o17": 15, "1_000": "1_000", "1:30": "1:30", "2001-01-01": "2001-01-01",
    "1.0": 1.0, "-.5": -0.5, "1e3": 1000.0, "+7": 7, "1.2.3": "1.2.3", "..": "..", "'42'": "42",
    "9007199254740991": 9007199254740991, "=": "=",
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_code_and_its_line(case: str) -> None:
    data, code, line = BAD[case]
    _, found = read_source(data, "f.yaml")
    assert [(one.code, one.line) for one in found] == [(code, line)]


@pytest.mark.parametrize("written", SCALARS)
def test_plain_scalars_are_those_of_yaml_1_2(written: str) -> None:
    document, found = read_source(f"a: {written}\n".encode(), "f.yaml")
    assert found == ()
    assert document is not None
    assert document.value == {"a": SCALARS[written]}
    assert type(document.value["a"]) is type(SCALARS[written])


def test_keys_are_text_as_written() -> None:
    document, _ = read_source(b"true: 1\n1: 2\n~: 3\n1.5: 4\non: 5\n", "f.yaml")
    assert document is not None
    assert list(document.value) == ["true", "1", "~", "1.5", "on"]


def test_a_duplicate_key_names_both_lines_and_reading_goes_on() -> None:
    document, found = read_source(b"a: 1\na: 2\nb: 1\nb: 2\n", "f.yaml")
    assert [one.message for one in found] == [
        "the key 'a' is here twice; the first one is in line 1",
        "the key 'b' is here twice; the first one is in line 3",
    ]
    assert document is not None


def test_marks_count_characters_not_bytes() -> None:
    document, _ = read_source("ä: é\nb: 'ü' # ß\nc: [ö, x]\n".encode(), "f.yaml")
    assert document is not None
    places = {key: at.mark.place() for key, at in document.entries()}
    assert [(place.line, place.column) for place in places.values()] == [(1, 4), (2, 4), (3, 4)]
    listed = document.get("c")
    assert listed is not None
    assert [element.mark.place().column for element in listed.elements()] == [5, 8]


def test_an_alias_is_the_value_of_its_anchor() -> None:
    document, found = read_source(b"a: &x {k: [1, 2]}\nb: *x\n", "f.yaml")
    assert found == ()
    assert document is not None
    assert document.value == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}}


def test_the_deepest_allowed_text_is_read() -> None:
    data = b"a: " + b"[" * (DEPTH_MAX - 1) + b"]" * (DEPTH_MAX - 1)
    document, found = read_source(data, "f.yaml")
    assert found == ()
    assert document is not None


@pytest.mark.parametrize("escape", ["\\q", "\\x4", "\\ud800", "\\U00110000"])
def test_a_bad_escape_is_not_told_as_a_missing_quote(escape: str) -> None:
    _, (found,) = read_source(f'a: "{escape}"\n'.encode(), "f.yaml")
    assert (found.code, found.column, "\\" in found.message) == ("YAML_SYNTAX", 4, True)


def test_a_byte_order_mark_at_the_start_is_no_character() -> None:
    document, found = read_source("\ufeffa: 1\n".encode(), "f.yaml")
    assert found == ()
    assert document is not None
    assert document.value == {"a": 1}
