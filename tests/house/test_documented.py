"""What the documents say is there: commands, links, decisions, and the tests that hold the invariants.

An invariant of ARCHITECTURE.md opens with `**Invariant` and links, in its own paragraph, the test file that holds it.
Where the link's text goes on with `::test_name`, that test is in the file.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import ROOT, functions_of, name_of, project_files, report, text_of

LINES_MAX = {"ARCHITECTURE.md": 300, "STYLE.md": 120}
ADR_SECTIONS = ("Context", "Decision", "Consequences", "What would change our mind")
ADR_LINES_MAX = 60

LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
# From the bold word to the paragraph's end, or to the next one.
INVARIANT = re.compile(r"\*\*Invariant.*?(?=\n\s*\n|\*\*Invariant|\Z)", re.DOTALL)
TEST_NAME = re.compile(r"::(\w+)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)

DOCUMENTS = [path for path in project_files() if path.suffix == ".md" and path.parent in (ROOT, ROOT / ".github")]
DOCUMENTS += [path for path in project_files() if path.suffix == ".md" and path.is_relative_to(ROOT / "docs")]
DECISIONS = [path for path in DOCUMENTS if path.is_relative_to(ROOT / "docs/adr")]


@cache
def _document(name: str) -> str:
    path = ROOT / name
    assert path.is_file(), f"{name} is missing: every newcomer starts there"
    return text_of(path)


def _prose(text: str) -> str:
    """The text without its code blocks, where brackets are code."""
    return FENCE.sub("", text)


def test_the_readme_lists_every_command() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", text_of(ROOT / "Makefile"), re.MULTILINE)
    assert "help" in targets
    missing = [target for target in targets if f"make {target}" not in _document("README.md")]
    assert not missing, f"README.md names no `make` of: {', '.join(missing)}"


def test_every_command_of_the_documents_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    problems = [
        f"{name_of(path)}: `make {named}` is not in the Makefile"
        for path in DOCUMENTS
        for named in re.findall(r"(?:`|^ *\$? ?)make ([a-z]+)", text_of(path), re.MULTILINE)
        if named not in targets
    ]
    assert not problems, report(problems)


@pytest.mark.parametrize("name", LINES_MAX)
def test_a_document_stays_short_enough_to_be_read(name: str) -> None:
    assert len(_document(name).splitlines()) <= LINES_MAX[name]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    problems = []
    for label, target in LINK.findall(_prose(text_of(path))):
        place = target.partition("#")[0]
        if re.match(r"[a-z]+:", target) or not place:
            continue
        if not (path.parent / place).exists():
            problems.append(f"{name_of(path)}: {target} is not there")
        problems += [f"{name_of(path)}: {problem}" for problem in _missing_tests(label, path.parent / place)]
    assert not problems, report(problems)


def test_every_invariant_names_the_test_that_holds_it() -> None:
    invariants = INVARIANT.findall(_document("ARCHITECTURE.md"))
    assert invariants, "ARCHITECTURE.md states no **Invariant"
    problems = [
        f"ARCHITECTURE.md: no link to a test: {invariant.splitlines()[0]}"
        for invariant in invariants
        if not any(place.startswith("tests/") and ".py" in place for _, place in LINK.findall(invariant))
    ]
    assert not problems, report(problems)


def test_the_rules_of_the_style_are_numbered_without_a_gap() -> None:
    rules = re.findall(r"^\d+\. .*$", _document("STYLE.md"), re.MULTILINE)
    numbers = [int(rule.partition(".")[0]) for rule in rules]
    assert numbers == list(range(1, len(rules) + 1))


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:5] for path in DECISIONS]
    assert numbers == [f"{number:04d}-" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_says_why_what_and_what_follows(path: Path) -> None:
    text = text_of(path)
    assert re.match(rf"# {path.name[:4]} \S", text), f"{name_of(path)}: open with `# {path.name[:4]} Title`"
    sections = tuple(re.findall(r"^## (.+)$", text, re.MULTILINE))
    assert sections == ADR_SECTIONS
    assert len(text.splitlines()) <= ADR_LINES_MAX


def test_every_runtime_dependency_has_its_reason() -> None:
    pins = re.findall(r'^    "([a-z0-9-]+)>=', text_of(ROOT / "pyproject.toml"), re.MULTILINE)
    assert pins
    reasons = "".join(text_of(path) for path in DECISIONS)
    unexplained = [name for name in pins if f"`{name}`" not in reasons]
    assert not unexplained, f"no ADR names these dependencies: {unexplained}"


def _missing_tests(label: str, path: Path) -> list[str]:
    """What a link text like `tests/x.py::test_name` promises and the file does not hold."""
    wanted = TEST_NAME.findall(label)
    if not wanted or path.suffix != ".py" or not path.is_file():
        return []
    there = {function.name for function in functions_of(path)}
    return [f"{name_of(path.resolve())} has no {name}" for name in wanted if name not in there]
