"""Every code has its page, and every page tells the truth: its example gives the very code that it explains."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from statewright.cli.pages import FOLDER, TOPICS, Page, index, page, pages
from statewright.settings.registry import BY_VARIABLE
from tests.cli.process import statewright
from tests.house.sources import ROOT
from tests.language.loading import load_files

_FORM = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
# Codes of one word.
_WORDS = frozenset({"CANCELLED", "DRAINING", "INTERNAL", "OVERLOADED", "RANGE", "TERMINATED", "USAGE"})
# Codes that are put together where they are raised.
_COMPUTED = frozenset({"AGENT_UNKNOWN"})
# Texts of that form which are the world's names for something.
_NAMES = frozenset({"DENO_DIR", "DENO_NO_UPDATE_CHECK", "ERR_MODULE_NOT_FOUND", "FORCE_COLOR", "NO_COLOR"})
# Only says which codes follow from which.
_LISTED = "cascades.py"
_VARIABLE = re.compile(r"STATEWRIGHT_|[A-Z]+_API_KEY\Z")
_BLOCK = re.compile(r"```yaml ?(\S*)\n(.*?)```", re.DOTALL)
# A page is read in a terminal, between two attempts.
LINES_MAX = 30


def _codes() -> set[str]:
    found = set(_COMPUTED)
    for path in sorted(path for path in (ROOT / "src").rglob("*.py") if path.name != _LISTED):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and (text in _WORDS or _FORM.match(text)) and not _VARIABLE.match(text):
                found.add(text)
    return found - _NAMES - set(BY_VARIABLE)


def _example(one: Page) -> dict[str, str]:
    return {name or "compozy.yaml": text for name, text in _BLOCK.findall(one.text)}


def test_every_code_has_a_page() -> None:
    assert sorted(_codes() - {one.code for one in pages()}) == []


def test_every_page_has_a_code() -> None:
    assert sorted({one.code for one in pages()} - _codes()) == []


def test_every_page_lies_in_a_topic_under_its_own_name() -> None:
    assert {path.parent.name for path in FOLDER.rglob("*.md")} == set(TOPICS)
    assert [path.stem for topic in TOPICS for path in sorted((FOLDER / topic).iterdir())] == [p.code for p in pages()]
    assert len({one.code for one in pages()}) == len(pages())


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.code)
def test_a_page_says_in_a_sentence_what_happened_and_then_what_to_do(one: Page) -> None:
    sentence, *others = one.text.split("\n\n")
    assert sentence.endswith(".")
    assert others[-1].strip().endswith((".", "!"))
    assert len(one.text.splitlines()) <= LINES_MAX


@pytest.mark.parametrize("one", [one for one in pages() if _example(one)], ids=lambda one: one.code)
def test_the_example_of_a_page_gives_its_code(one: Page) -> None:
    found = load_files(_example(one)).diagnostics
    assert one.code in {diagnostic.code for diagnostic in found}


def test_the_index_lists_every_page() -> None:
    assert (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8") == index()


def test_a_code_is_explained(tmp_path: Path) -> None:
    done = statewright("explain", "yaml-duplicate-key", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("YAML_DUPLICATE_KEY\n\nA map has the same key twice.\n")
    told = json.loads(statewright("explain", "RANGE", "-o", "json", cwd=tmp_path).stdout)
    assert (told["code"], told["topic"]) == ("RANGE", "fields")


def test_all_codes_are_listed_by_topic(tmp_path: Path) -> None:
    done = statewright("explain", cwd=tmp_path)
    assert all(about in done.stdout for about in TOPICS.values())
    told = json.loads(statewright("explain", "-o", "json", cwd=tmp_path).stdout)
    assert [one["code"] for one in told["codes"]] == [one.code for one in pages()]


@pytest.mark.parametrize("code", ["KEY_UNKNWON", "../../errors", "x" * 300, ""])
def test_a_code_that_does_not_exist_has_no_page(code: str) -> None:
    assert page(code) is None


def test_an_unknown_code_is_answered_with_near_ones(tmp_path: Path) -> None:
    done = statewright("explain", "KEY_UNKNWON", cwd=tmp_path)
    assert done.returncode == 5
    assert "did you mean 'KEY_UNKNOWN'" in done.stderr


def test_exit_codes_are_explained_too(tmp_path: Path) -> None:
    explained, helped = (statewright(word, "exit-codes", cwd=tmp_path) for word in ("explain", "help"))
    assert explained.stdout == helped.stdout != ""
