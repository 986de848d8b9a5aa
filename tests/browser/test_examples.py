"""Holds: the report of every example opens in a real browser, whole and readable, and asks nobody for anything."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_report import PHONE, section, shown, started
from tests.examples.command import EXAMPLES

REPORTS = runpy.run_path(str(EXAMPLES / "reports.py"))
# How the shown run of an example ended, where that is not well.
ENDED = {"order-fulfilment": "failed"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, which can resolve no name."""
    with started() as found:
        yield found


@pytest.mark.parametrize("example", sorted(REPORTS["RUNS"]))
def test_the_report_of_an_example_opens_by_itself(browser: Browser, tmp_path: Path, example: str) -> None:
    file = tmp_path / "report.html"
    REPORTS["report"](example, file)
    with shown(browser, file) as seen:
        page = seen.page
        expect(page.locator(".badge").first).to_have_text(ENDED.get(example, "done"))
        assert section(page, "Tasks").locator("summary").count() >= 1
        for bar in page.locator(".timeline .bar").all()[:10]:
            expect(bar).to_be_visible()
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
