"""The pages that explain codes: one Markdown file for each, in the folder of its topic under `codes/`.

A page has its code as heading, one sentence that says what happened, and what to do. Adding one is adding the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGES_URL = "https://docs.statewright.dev/errors/"
FOLDER = Path(__file__).parent / "codes"
# The folders in the order in which a project meets them, each with what it is about.
TOPICS = {
    "yaml": "The text of a file",
    "fields": "Keys and values",
    "references": "Directives and references between definitions",
    "schemas": "Schemas",
    "entities": "Agents, models, tools and other definitions",
    "templates": "Templates and expressions",
    "tasks": "Tasks and their order",
    "proofs": "What check proves",
    "secrets": "Secrets and the environment",
    "project": "Project, files and settings",
    "commands": "The command line",
    "input": "Input and other JSON",
    "runs": "Runs and what can be done with them",
    "failures": "Why a task failed",
    "calls": "Tools, models and the network",
    "store": "The data folder",
}
_CODE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


@dataclass(frozen=True)
class Page:
    """What a code means. The title is one sentence; the text is the page without its heading."""

    code: str
    topic: str
    title: str
    text: str


def page(code: str) -> Page | None:
    """Returns the page of a code, or None where there is no such code."""
    # A code is a file's name here, so nothing else may be looked up.
    paths = (FOLDER / topic / f"{code}.md" for topic in TOPICS) if _CODE.match(code) else ()
    return next((_read(path) for path in paths if path.is_file()), None)


def pages() -> list[Page]:
    """Returns all pages, by topic and code."""
    return [_read(path) for topic in TOPICS for path in sorted((FOLDER / topic).glob("*.md"))]


def listing() -> str:
    """Returns all codes by topic, each with its sentence."""
    known = pages()
    blocks = []
    for topic, about in TOPICS.items():
        rows = [f"  {one.code:<28} {one.title}" for one in known if one.topic == topic]
        blocks.append("\n".join([about, *rows]))
    return "\n\n".join(blocks)


def index() -> str:
    """Returns docs/reference/errors.md: every code with its sentence and a link to its page."""
    known = pages()
    parts = ["# Codes\n", "`statewright explain CODE` prints a page. This list is made from the pages; do not edit it."]
    for topic, about in TOPICS.items():
        parts.append(f"\n## {about}\n")
        root = "../../src/statewright/cli/codes"
        parts += [f"- [{one.code}]({root}/{topic}/{one.code}.md): {one.title}" for one in known if one.topic == topic]
    return "\n".join(parts) + "\n"


def _read(path: Path) -> Page:
    heading, _, rest = path.read_text("utf-8").partition("\n")
    text = rest.strip()
    title = text.partition("\n\n")[0].replace("\n", " ")
    return Page(heading.removeprefix("# ").strip(), path.parent.name, title, text)
