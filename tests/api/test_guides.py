"""Every block of the guides is true: files are written as named, Python is executed in order, tests are run."""

from __future__ import annotations

import ast
import inspect
import re
import runpy
from pathlib import Path

import pytest

from tests.house.sources import ROOT

pytest_plugins = ["pytester"]

GUIDES = ROOT / "docs" / "guides"
# Language, then the name of a file where the block is one, then the text.
_BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


async def test_the_python_guide_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    executed = _laid_out("python.md", tmp_path)
    assert {language for language, _ in executed} == {"python"}
    for number, (_, text) in enumerate(executed, 1):
        code = compile(text, f"python.md, block {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        waiting = eval(code, scope)
        if inspect.isawaitable(waiting):
            await waiting


def test_the_testing_guide_is_true(pytester: pytest.Pytester) -> None:
    assert _laid_out("testing.md", pytester.path) == [("sh", "pytest --statewright-regenerate\n")]
    pytester.runpytest("--statewright-regenerate").assert_outcomes(passed=3)
    assert (pytester.path / "golden" / "refund.jsonl").is_file()
    pytester.runpytest().assert_outcomes(passed=3)
    runpy.run_path(str(pytester.path / "scenario.py"))


def _laid_out(guide: str, folder: Path) -> list[tuple[str, str]]:
    """Writes the blocks that are files, and returns the others with their languages."""
    others = []
    for language, name, text in _BLOCK.findall((GUIDES / guide).read_text("utf-8")):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        else:
            others.append((language, text))
    return others
