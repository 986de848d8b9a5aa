"""The seed's data pipeline: what it sums up equals what was answered, and what its tools cannot do fails by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.examples import journal
from tests.examples.command import copied, ran, statewright

WORKFLOW = "intelligent-data-pipeline"
# The stub database holds three orders and four visits.
SOURCES = [
    {"source_type": "database", "connection_string": "postgres://stub/orders", "query": "select * from orders"},
    {"source_type": "api", "connection_string": "postgres://stub/visits", "query": "select * from visits"},
]
RECORDS = 7


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with its stubs."""
    return copied("support-and-data", tmp_path)


def _processed(project: Path, code: int = 0, sources: Any = None, transformations: Any = ()) -> Any:
    input = {
        "data_sources": SOURCES if sources is None else sources,
        "processing_config": {
            "validation_rules": [{"field": "total", "rule": "positive", "parameters": {}}],
            "transformations": list(transformations),
        },
        "date_range": "2026-11",
        "business_context": "an online shop",
    }
    return ran(project, WORKFLOW, input, "--simulate", "--operator", "operator.yaml", code=code)


def test_the_numbers_are_those_of_the_recorded_answers(project: Path) -> None:
    result = _processed(project)
    output, summary = result["output"], result["output"]["processing_summary"]
    assert summary["total_records_processed"] == RECORDS
    judged = journal.objects(project, result["run"], "quality_score")
    scores = [judgement["quality_score"] for judgement in output["data_quality_report"]]
    assert sorted(scores) == sorted(judgement["quality_score"] for judgement in judged)
    assert summary["data_quality_scores"] == scores
    assert summary["average_quality_score"] == pytest.approx(sum(scores) / len(SOURCES))
    assert summary["issues_found"] == sum(len(judgement["issues_found"]) for judgement in judged)


def test_the_analysis_and_the_report_arrive_whole(project: Path) -> None:
    result = _processed(project)
    output = result["output"]
    (analysis,) = journal.objects(project, result["run"], "insights")
    (report,) = [answer for answer in journal.answers(project, result["run"]) if "report_id" in answer]
    assert output["analysis_results"] == analysis
    assert output["report_details"] == {key: report[key] for key in ("report_id", "format", "download_url")}
    assert output["report_details"]["format"] == "pdf"
    assert output["processing_id"] == result["run"]
    assert output["execution_metrics"]["tasks_completed"] == 7
    assert output["execution_metrics"]["success_rate"] == 1


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("filter", "evaluateCondition"), ("map", "mapFields"), ("aggregate", "aggregate"), ("sort", "compareValues")],
)
def test_a_transformation_fails_as_the_seeds_code_does_and_names_what_is_missing(
    project: Path, kind: str, missing: str
) -> None:
    result = _processed(project, code=1, transformations=[{"type": kind, "config": {"field": "id"}}])
    assert result["status"] == "failed"
    assert f"ReferenceError: {missing} is not defined" in result["error"]["message"]
    shown = json.loads(statewright("runs", "show", result["run"], "-o", "json", cwd=project))
    failed = {task["path"]: task["error"]["code"] for task in shown["tasks"] if task["error"]}
    assert failed["transform_data[0]"] == failed["transform_data[1]"] == "TOOL_FAILED"


def test_a_source_that_reports_no_success_fails_the_run(project: Path) -> None:
    broken = {"source_type": "database", "connection_string": "postgres://stub/nowhere"}
    result = _processed(project, code=1, sources=[SOURCES[0], broken])
    assert result["status"] == "failed"
    assert 'database "nowhere" does not exist' in result["error"]["message"]


def test_a_source_of_a_kind_that_is_none_fails_the_validation(project: Path) -> None:
    odd = {"source_type": "telepathy", "connection_string": "postgres://stub/orders"}
    result = _processed(project, code=1, sources=[SOURCES[0], odd])
    assert result["error"]["code"] == "SCHEMA_VALIDATION"
    assert journal.answers(project, result["run"]) == []


def test_no_source_at_all_is_an_empty_report(project: Path) -> None:
    summary = _processed(project, sources=[])["output"]["processing_summary"]
    assert summary["total_records_processed"] == 0
    assert summary["average_quality_score"] == 0
    assert summary["issues_found"] == 0
