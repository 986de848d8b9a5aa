"""Holds: a report shows a run in a real browser, light, dark, narrow and on paper, and no value makes it act."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect, sync_playwright

from tests.examples.command import copied, statewright

# The one value of the hostile run: ends what it may stand in, asks and runs if it can, turns the line, and is long.
TELLING = "<script>alert(1)</script>"
HOSTILE = (
    f'</pre></svg></title>{TELLING}"><img src=//evil.example/x onerror=alert(1)>\u202e\u200f\x1b[31m' + "x" * 10_000
)
IMAGE = '"><img src=x onerror=alert(1)>'
WIDE = "很长的名字" * 8
LEFTWARD = "שלום עולם, a name that is far too long for the space that it has"
PROJECT = f"""\
name: hostile
tools:
  - {{ id: shout, type: python, execute: "tools.py:shout" }}
tasks:
  - id: '<script>alert(1)<script>'
    type: basic
    with: {{ '{IMAGE}': "{{{{ .workflow.input.text }}}}" }}
  - {{ id: '{IMAGE}', type: basic, with: {{ text: "{{{{ .workflow.input.text }}}}" }} }}
  - {{ id: '{LEFTWARD}', type: basic, with: {{ ready: true }} }}
  - {{ id: '{WIDE}', type: basic, with: {{ ready: true }} }}
  - {{ id: shout, type: basic, tool: shout, with: {{ text: "{{{{ .workflow.input.text }}}}" }} }}
"""
TOOL = "def shout(text: str) -> None:\n    raise ValueError(text)\n"

ORDER = {"order": "A-1", "amount": 40}
DONE = ["reserve", "charge", "book", "announce"]
UNDONE = ["reserve", "charge", "book", "call_off", "refund", "release"]
# The least contrast between text and ground that WCAG asks of small text.
CONTRAST_MIN = 4.5
PHONE = {"width": 400, "height": 800}
LEVELS = """() => {
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const parsed = colour => colour.match(/[\\d.]+/g).map(Number);
    const ground = element => {
        const colour = parsed(getComputedStyle(element).backgroundColor);
        return colour[3] === 0 ? ground(element.parentElement) : colour;
    };
    return [...document.querySelectorAll("h1, h2, h3, .badge, .facts, b, pre, .seq")].map(element => {
        const pair = [light(parsed(getComputedStyle(element).color)), light(ground(element))];
        return [element.className || element.localName, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)];
    });
}"""


class Seen(msgspec.Struct):
    """A report in the browser, with all that it asked for or said."""

    page: Page
    asked: list[str] = []
    said: list[str] = []


@contextmanager
def started() -> Iterator[Browser]:
    """Starts Debian's chromium, which can resolve no name."""
    found = shutil.which("chromium")
    assert found is not None, "chromium is not installed; .ci/run says how it is"
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND", *["--no-sandbox"] * (os.geteuid() == 0)]
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=found, args=arguments) as browser:
        yield browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all tests here."""
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of three runs: one that is done, one that failed, and one that is hostile."""
    shop = copied("order-fulfilment", tmp_path_factory.mktemp("shop"))
    foe = tmp_path_factory.mktemp("foe")
    (foe / "statewright.yaml").write_text(PROJECT, "utf-8")
    (foe / "tools.py").write_text(TOOL, "utf-8")
    return {
        "done": reported(shop, "order-fulfilment", ORDER, code=0),
        "failed": reported(shop, "order-fulfilment", {**ORDER, "fail_at": "book"}, code=1),
        "hostile": reported(foe, "hostile", {"text": HOSTILE, IMAGE: HOSTILE}, code=1),
    }


def reported(folder: Path, workflow: str, given: dict[str, object], *, code: int) -> Path:
    file = folder / f"{code}.html"
    (folder / "input.json").write_text(json.dumps(given), "utf-8")
    statewright("run", workflow, "--input", "@input.json", cwd=folder, code=code)
    statewright("report", "last", "-o", file.name, cwd=folder)
    return file


@contextmanager
def shown(browser: Browser, report: Path) -> Iterator[Seen]:
    """Shows a report with everything unfolded; it may ask for nothing but itself, and says nothing."""
    with browser.new_context(reduced_motion="reduce") as context:
        seen = Seen(context.new_page())

        def asked(route: Route) -> None:
            seen.asked.append(route.request.url)
            if route.request.url == report.as_uri():
                route.continue_()
            else:
                route.abort()

        def opened(dialog: Dialog) -> None:
            seen.said.append(dialog.message)
            dialog.dismiss()

        context.route("**/*", asked)
        seen.page.on("dialog", opened)
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(error.message))
        seen.page.goto(report.as_uri())
        seen.page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
        yield seen
        assert seen.asked == [report.as_uri()]
        assert seen.said == []


@pytest.mark.parametrize(("name", "tasks"), [("done", DONE), ("failed", UNDONE)])
def test_a_report_shows_each_task_in_its_order_with_its_bar(
    browser: Browser, reports: dict[str, Path], name: str, tasks: list[str]
) -> None:
    with shown(browser, reports[name]) as seen:
        page = seen.page
        assert page.title().startswith("order-fulfilment · run-")
        expect(page.locator(".badge")).to_have_text(name)
        rows = section(page, "Tasks")
        assert rows.locator("summary b").all_inner_texts() == tasks
        assert page.locator(".timeline .label").all_text_contents() == tasks
        for bar in page.locator(".timeline .bar").all():
            expect(bar).to_be_visible()
        for value in rows.locator("pre").all():
            expect(value).to_be_visible()


def test_a_task_unfolds_by_mouse_and_by_keyboard(browser: Browser, reports: dict[str, Path]) -> None:
    with shown(browser, reports["done"]) as seen:
        first = section(seen.page, "Tasks").locator("details").first
        first.locator("summary").click()
        expect(first.locator("pre").first).to_be_hidden()
        first.locator("summary").press("Enter")
        expect(first.locator("pre").first).to_be_visible()


def test_an_event_names_the_task_that_it_is_about(browser: Browser, reports: dict[str, Path]) -> None:
    with shown(browser, reports["failed"]) as seen:
        lines = section(seen.page, "Events").locator("summary").all_inner_texts()
        told = [line.split("after")[0].lstrip("0123456789").split() for line in lines]
        assert told[:4] == [["Started"], ["Answered", "reserve"], ["Answered", "charge"], ["Refused", "book"]]


def test_what_is_hostile_is_read_and_does_nothing(browser: Browser, reports: dict[str, Path]) -> None:
    with shown(browser, reports["hostile"]) as seen:
        page = seen.page
        expect(page.locator("script, img, iframe, object, link")).to_have_count(0)
        assert TELLING in page.locator("pre").first.inner_text()
        rows = section(page, "Tasks").locator("summary").all_inner_texts()
        for row, id in zip(rows, ["<script>alert(1)<script>", IMAGE, LEFTWARD, WIDE, "shout"], strict=True):
            assert id in row
        assert page.evaluate("/[\\u202e\\u200f\\x1b]/.test(document.body.innerText)") is False


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["done", "failed", "hostile"])
def test_everything_is_readable_by_day_and_by_night(
    browser: Browser, reports: dict[str, Path], name: str, scheme: str
) -> None:
    with shown(browser, reports[name]) as seen:
        seen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert seen.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
        levels: list[tuple[str, float]] = seen.page.evaluate(LEVELS)
        assert {"h1", "h2", "h3", "b", "pre", "facts", "seq"} < {of for of, _ in levels}
        assert [(of, level) for of, level in levels if level < CONTRAST_MIN] == []


@pytest.mark.parametrize("name", ["done", "failed", "hostile"])
def test_a_phone_scrolls_down_and_never_sideways(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with shown(browser, reports[name]) as seen:
        seen.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        assert seen.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        # The time line keeps a size that can be read, and scrolls in its own box.
        label = seen.page.locator(".timeline .label").first.bounding_box()
        assert label is not None
        assert label["height"] >= 10


@pytest.mark.parametrize("name", ["done", "failed", "hostile"])
def test_a_report_prints(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with shown(browser, reports[name]) as seen:
        assert seen.page.pdf(format="A4").startswith(b"%PDF-")
        seen.page.emulate_media(media="print")
        for value in seen.page.locator("pre").all():
            assert value.evaluate("element => element.scrollHeight <= element.clientHeight + 1")


def section(page: Page, title: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name=title, exact=True, level=2))
