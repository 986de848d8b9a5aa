"""Our own workflow of the project: fan-out over an outline, an entrypoint tool, two reviews at once, a verdict."""

from __future__ import annotations

from pathlib import Path

from tests.examples import journal
from tests.examples.command import copied, ran, statewright


def test_an_article_is_outlined_drafted_measured_and_judged(tmp_path: Path) -> None:
    project = copied("support-and-data", tmp_path)
    result = ran(project, "content-generation", {"topic": "tides"}, "--simulate")
    output = result["output"]
    (outline,) = journal.objects(project, result["run"], "sections")
    reviews = journal.objects(project, result["run"], "approved")
    models = [answer for answer in journal.answers(project, result["run"]) if "finish" in answer]
    drafts = [answer["content"] for answer in models if answer["object"] is None]
    assert output["title"] == outline["title"]
    assert output["sections"] == [section["heading"] for section in outline["sections"]]
    assert len(drafts) == len(output["sections"])
    assert output["words"] == sum(len(text.split()) for text in drafts)
    assert output["fits"] is True
    approved = all(review["approved"] for review in reviews)
    assert len(reviews) == 2
    assert output["status"] == ("ready" if approved else "needs work")


def test_a_topic_that_is_too_short_is_refused_before_the_run_starts(tmp_path: Path) -> None:
    project = copied("support-and-data", tmp_path)
    # Input schemas are checked at the door, so there is no run to replay.
    statewright("run", "content-generation", "-i", "topic=no", "--simulate", cwd=project, code=2)
    assert "[]" in statewright("runs", "list", "-o", "json", cwd=project)
