"""Every example has its report: one file that stands alone. How it looks in a browser is seen in tests/browser."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.command import EXAMPLES, ROOT

NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md"))
# All six run one after the other; a loaded machine takes its time.
LONGEST_S = 300
# What makes a browser ask for something.
_ASKING = re.compile(r"<(script|img|iframe|link|object|embed)\b|\b(src|href)\s*=|url\(|@import")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of all examples, made as `make demo` makes them."""
    folder = tmp_path_factory.mktemp("reports")
    command = [sys.executable, str(EXAMPLES / "reports.py"), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_example_has_its_report() -> None:
    assert sorted(runpy.run_path(str(EXAMPLES / "reports.py"))["RUNS"]) == NAMES


@pytest.mark.parametrize("example", NAMES)
def test_a_report_stands_alone(reports: Path, example: str) -> None:
    text = (reports / f"{example}.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    markup = re.sub(r"<pre>.*?</pre>|<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not _ASKING.search(markup)
    assert not re.search(r"url\(|@import", re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0])


@pytest.mark.parametrize("example", NAMES)
def test_a_readme_says_how_the_report_is_made_and_what_to_look_at(example: str) -> None:
    text = (EXAMPLES / example / "README.md").read_text("utf-8")
    assert "`report.html`" in text
    assert "Look at:" in text
