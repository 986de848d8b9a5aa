"""The operator file: strict keys, and errors that say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.effects.operator import Operator, OperatorInvalid, read_operator


def test_a_whole_file_is_read_and_modules_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "stubs").mkdir()
    (tmp_path / "stubs" / "pg.js").touch()
    file = tmp_path / "operator.yaml"
    file.write_text(
        "hosts:\n  Billing.internal.com: http://127.0.0.1:8123/\n"
        "modules:\n  pg: stubs/pg.js\nallow_http_loopback: true\n"
    )
    assert read_operator(str(file)) == Operator(
        hosts={"billing.internal.com": "http://127.0.0.1:8123"},
        modules={"pg": str(tmp_path / "stubs" / "pg.js")},
        allow_http_loopback=True,
    )


def test_an_empty_file_allows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text("# nothing yet\n")
    assert read_operator(str(file)) == Operator()


MISTAKES = [
    ("host: {}", "1:1: the key 'host' is unknown"),
    ("hosts: {}\nhosts: {}", "2:1: the key 'hosts' stands here twice"),
    ("- a", "1:1: expected a mapping"),
    ("[" * 30_000, "1:65: this nests deeper than 64 levels"),
    ("hosts: [a]", "1:8: expected a mapping"),
    ("hosts:\n  a: 127.0.0.1:80", "2:6: expected an origin such as http://127.0.0.1:8123"),
    ("hosts:\n  a: http://x/path", "2:6: expected an origin such as http://127.0.0.1:8123"),
    ("hosts:\n  a: http://user@x", "2:6: expected an origin such as http://127.0.0.1:8123"),
    ("hosts: {[a]: b}", "1:9: expected a name"),
    ("modules:\n  pg: absent.js", "2:7: the module file 'absent.js' does not exist"),
    ("modules: {pg: }", "1:15: expected the path of a module file"),
    ("allow_http_loopback: yes", "1:22: expected true or false"),
    ('allow_http_loopback: "true"', "1:22: expected true or false"),
    ("hosts: {", "2:1: "),
    ("a: 1\n---\nb: 2", "2:1: "),
    ("#" + "x" * 70_000, "operator.yaml: the file is larger than 65536 bytes"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "operator.yaml"
    file.write_text(text)
    with pytest.raises(OperatorInvalid) as raised:
        read_operator(str(file))
    assert raised.value.code == "OPERATOR_INVALID"
    assert expected in raised.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorInvalid, match=r"absent\.yaml: No such file"):
        read_operator(str(tmp_path / "absent.yaml"))
