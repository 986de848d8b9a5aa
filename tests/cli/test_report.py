"""Holds: a report is one file that shows a run and asks nobody for anything, whatever the run's values look like."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from statewright.cli.board import Row
from statewright.cli.reporting.timeline import ordered
from tests.cli.process import statewright
from tests.cli.projects import passing, waiting

HOSTILE = "</pre></svg><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>'\"&\x1b[31m\u202e"
# Elements that have no end of their own.
VOID = frozenset({"meta", "line", "rect"})
# What could make a browser ask for something, or do something.
FETCHING = frozenset({"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href", "formaction"})
ELEMENTS = frozenset({"html", "head", "meta", "title", "style", "body", "main", "header", "section", "pre", "details"})
ELEMENTS |= {"h1", "h2", "h3", "p", "span", "b", "i", "summary", "svg", "g", "line", "rect", "text"}


class Reader(HTMLParser):
    """Reads a page, and holds that its elements are nested properly and known."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.titles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, tag
        for name, _ in attrs:
            assert name not in FETCHING, (tag, name)
            assert not name.startswith("on"), (tag, name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] == "title":
            self.titles.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one run that is done, with a hostile name in it."""
    done = statewright("run", "--input", "@-", cwd=passing(tmp_path), stdin=json.dumps({"name": HOSTILE}).encode())
    assert done.returncode == 0, done.stderr
    return tmp_path


def reported(folder: Path) -> str:
    done = statewright("report", "last", "-o", "-", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_report_is_a_proper_page_that_fetches_nothing_and_runs_nothing(folder: Path) -> None:
    text = reported(folder)
    page = read(text)
    assert "default-src 'none'" in page.text or "default-src &#x27;none&#x27;" in text
    # Neither the style nor a value can make a browser ask for something.
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert len(style) == 1
    assert not re.search(r"url\(|@import|expression", style[0])
    assert "prefers-color-scheme:dark" in style[0]


def test_what_a_run_said_is_text_and_nothing_else(folder: Path) -> None:
    text = reported(folder)
    assert "<script" not in text
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script>alert(1)</script>" in read(text).text


def test_a_report_shows_each_task_with_its_bar_its_values_and_its_place(folder: Path) -> None:
    text = reported(folder)
    page = read(text)
    assert [title.split(":")[0] for title in page.titles[1:]] == ["first", "second"]
    assert text.count('<rect class="bar success"') == 2
    assert "compozy.yaml:10" in page.text
    for word in ("passing", "done", "Input", "Output", "Time line", "Events", "Started"):
        assert word in page.text


def test_a_report_of_a_failed_run_shows_its_error(tmp_path: Path) -> None:
    (waiting(tmp_path) / "fail").touch()
    (tmp_path / "go").touch()
    assert statewright("run", "-i", f"folder={tmp_path}", cwd=tmp_path).returncode == 1
    page = read(reported(tmp_path))
    assert "Error" in page.text
    assert "TOOL_FAILED" in page.text


def test_tasks_stand_with_their_container_in_the_order_in_which_they_began() -> None:
    begun = {"a": (0, 9), "b": (0, 8), "b.y": (1, 0), "a.x": (2, 3), "a.w": (2, 2), "c[0]": (9, 9)}
    rows = [Row(run="run", path=path, id=path, began=at[0], ended=at[1]) for path, at in begun.items()]
    assert [row.path for row in ordered(rows)] == ["b", "b.y", "a", "a.w", "a.x", "c[0]"]


def test_a_report_is_written_once_and_its_name_told(folder: Path) -> None:
    done = statewright("report", "last", "-o", "run.html", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "run.html\n")
    read((folder / "run.html").read_text("utf-8"))
    again = statewright("report", "last", "-o", "run.html", cwd=folder)
    assert (again.returncode, again.stderr.split()[0]) == (6, "FILE_EXISTS")
    into_a_folder = statewright("report", "last", "-o", ".", cwd=folder)
    assert (into_a_folder.returncode, into_a_folder.stderr.split()[0]) == (6, "FILE_EXISTS")
    told = json.loads(statewright("report", "last", "-o", "json", cwd=folder).stdout)
    assert told["file"] == f"{told['run']}.html"
    assert (folder / told["file"]).exists()


def test_a_report_of_nobody_is_not_found(tmp_path: Path) -> None:
    assert statewright("report", "run-nobody", cwd=tmp_path).returncode == 5
