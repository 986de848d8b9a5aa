"""Holds: `template eval` renders one template, or a stream of them; a bad one is told with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import statewright
from tests.vectors.cases import cases

CONTEXT = '{"name": "x", "xs": [1, 2]}'


@pytest.mark.parametrize("how", ["text", "file", "stdin"])
def test_data_comes_from_the_command_line_a_file_or_stdin(how: str, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text(CONTEXT, "utf-8")
    given = {"text": CONTEXT, "file": "@data.json", "stdin": "@-"}[how]
    done = statewright(
        "template", "eval", "{{ .name | upper }}!", "--context", given, cwd=tmp_path, stdin=CONTEXT.encode()
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "X!\n", "")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["{{ .xs }} {{ .none }}"], "[1 2] <no value>\n"),
        (["--mode", "workflow", "{{ .xs }} {{ .none }}"], "[1,2] \n"),
        (["--mode", "workflow", "{{ .xs | sum }}", "-o", "json"], '{"output": 3}\n'),
        (["{{ now | date `2006-01-02 15:04` }}", "--now", "2026-01-31T12:00:00+01:00"], "2026-01-31 11:00\n"),
        (["{{ randNumeric 5 }}", "--seed", "00"], "04045\n"),
    ],
)
def test_mode_time_and_chance_are_chosen_by_flags(arguments: list[str], printed: str, tmp_path: Path) -> None:
    done = statewright("template", "eval", *arguments, "--context", CONTEXT, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, printed)


def test_a_mistake_is_shown_with_its_line_and_a_caret(tmp_path: Path) -> None:
    done = statewright("template", "eval", "Dear\n{{ .name | uper }}", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "EXPR_FUNCTION_UNKNOWN  there is no function 'uper'\n"
        "  --> template:2:12\n"
        "    2 | {{ .name | uper }}\n"
        "      |            ^^^^\n"
        "   help: did you mean 'upper'?\n"
    )


def test_a_mistake_is_a_json_object_where_json_was_asked_for(tmp_path: Path) -> None:
    done = statewright("template", "eval", "{{ .a", "-o", "json", cwd=tmp_path)
    told = json.loads(done.stderr)
    assert (done.returncode, told["code"], told["line"], told["column"]) == (3, "EXPR_SYNTAX", 1, 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], "ARGUMENT_MISSING"),
        (["x", "--jsonl"], "ARGUMENT_MISSING"),
        (["x", "--context", "{"], "JSON_INVALID"),
        (["x", "--context", "@none.json"], "INPUT_UNREADABLE"),
        (["x", "--now", "soon"], "TIME_INVALID"),
        (["x", "--seed", "xyz"], "SEED_INVALID"),
        (["x", "--mode", "jinja"], "ARGUMENT_INVALID"),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], code: str, tmp_path: Path) -> None:
    done = statewright("template", "eval", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{code} ")
    assert "  help: " in done.stderr


def answers(lines: list[str], cwd: Path) -> list[dict[str, Any]]:
    """What `--jsonl` answers."""
    done = statewright(
        "template", "eval", "--jsonl", cwd=cwd, stdin="\n".join(lines).encode("utf-8", "surrogateescape")
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_is_answered_in_order_whatever_it_is(tmp_path: Path) -> None:
    found = answers(
        [
            '{"id": 1, "template": "{{ .a }}", "context": {"a": "ä"}}',
            "",
            "nope",
            '{"id": 4, "template": "{{ .a }}", "context": {}, "options": ["missingkey=error"]}',
            '{"id": 5, "template": "{{ .a }}", "options": ["missingkey=some"]}',
            '{"id": 6}',
            '{"id": 7, "template": "{{"}',
            "[]",
            "\udcff",
            '{"id": {"any": "thing"}, "template": "last"}',
        ],
        tmp_path,
    )
    codes = [None, "JSON_INVALID", "EXPR_UNDEFINED", "INPUT_INVALID", "INPUT_INVALID", "EXPR_SYNTAX"]
    codes += ["INPUT_INVALID", "TEXT_NOT_UTF8", None]
    assert [answer.get("code") for answer in found] == codes
    assert [answer["id"] for answer in found] == [1, None, 4, 5, 6, 7, None, None, {"any": "thing"}]
    assert [answer.get("output") for answer in (found[0], found[-1])] == ["ä", "last"]
    assert "line 3:1:1" in found[1]["error"]
    assert (found[2]["line"], found[2]["column"]) == (1, 4)


def test_all_vectors_stream_through_as_go_renders_them(tmp_path: Path) -> None:
    asked = cases("workflow_templates")
    lines = [json.dumps({key: case.get(key) for key in ("id", "template", "context", "options")}) for case in asked]
    found = answers(lines, tmp_path)
    assert [answer["id"] for answer in found] == [case["id"] for case in asked]
    for case, answer in zip(asked, found, strict=True):
        assert answer.get("output") == case["expect"].get("output"), case
