"""The seed document's inline JavaScript tools, letter by letter: they run on stubs, or fail as their code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.effects.operator import Operator
from statewright.effects.performer import Answer, Refusal
from statewright.effects.tools.javascript import InlineJavaScript
from statewright.effects.tools.tool import ToolPerformer
from statewright.kernel.program import Tool
from statewright.kernel.values import Json
from tests.effects.performing import NO_SECRETS, now, perform, tool_call, work

HERE = Path(__file__).parent
MODULES = {
    "pg": "pg.js",
    "prettier": "prettier.js",
    "notification-service": "notification-service.js",
    "report-generator": "report-generator.ts",
}


async def run(name: str, input: Json) -> Answer | Refusal:
    operator = Operator(modules={module: str(HERE / "stubs" / file) for module, file in MODULES.items()})
    tools = ToolPerformer({"javascript": InlineJavaScript(operator)}, secrets=NO_SECRETS.get, clock=now)
    tool = Tool(id=name, kind="javascript", code=(HERE / "seed_tools" / f"{name}.js").read_text())
    return await perform(tools, tool_call(tool, input), work(tool))


ROWS = [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]
ANSWERS = [
    (
        "database_connector",
        {"connectionString": "postgres://db", "query": "SELECT 1", "credentials": {"user": "u"}},
        {"success": True, "data": ROWS, "rowCount": 2, "fields": ["id", "name"]},
    ),
    # A failed query is the tool's own answer; the kernel reads `success: false` in it.
    (
        "database_connector",
        {"connectionString": "postgres://db", "query": "FAIL"},
        {"success": False, "error": "the query failed"},
    ),
    (
        "data_transformer",
        {"data": ROWS, "transformations": []},
        {"transformed_data": ROWS, "original_count": 2, "final_count": 2, "transformations_applied": 0},
    ),
    (
        "notification_system",
        {"type": "email", "recipient": "c-1", "message": "done"},
        {"notification_id": "email-c-1", "status": "sent", "delivery_time": 5},
    ),
    (
        "report_generator",
        {"data": ROWS, "analysis": {}, "format": "pdf", "template": "standard"},
        {
            "report_id": "report-1",
            "format": "pdf",
            "size": 2,
            "download_url": "https://reports.example.com/1.pdf",
            "expires_at": "never",
        },
    ),
    (
        "code_formatter",
        {"code": " x ", "language": "javascript"},
        {"formatted_code": "x", "original_length": 3, "language": "javascript"},
    ),
]


@pytest.mark.parametrize(("name", "input", "expected"), ANSWERS)
async def test_a_seed_tool_answers_on_stubs(name: str, input: Json, expected: Json) -> None:
    assert await run(name, input) == Answer(value=expected)


FAILURES = [
    ("data_transformer", "filter", "evaluateCondition is not defined"),
    ("data_transformer", "map", "mapFields is not defined"),
    ("data_transformer", "aggregate", "aggregate is not defined"),
    ("data_transformer", "sort", "compareValues is not defined"),
]


@pytest.mark.parametrize(("name", "kind", "message"), FAILURES)
async def test_a_transformation_that_the_seed_does_not_define_fails_by_name(name: str, kind: str, message: str) -> None:
    outcome = await run(name, {"data": ROWS, "transformations": [{"type": kind, "config": {}}]})
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.details) == ("TOOL_FAILED", {"name": "ReferenceError", "message": message})


@pytest.mark.parametrize(("language", "module"), [("go", "go-fmt"), ("python", "black")])
async def test_a_formatter_that_is_not_listed_is_refused_by_name(language: str, module: str) -> None:
    outcome = await run("code_formatter", {"code": "x", "language": language})
    assert isinstance(outcome, Refusal)
    assert (outcome.code, repr(module) in outcome.message) == ("MODULE_NOT_ALLOWED", True)


async def test_a_language_that_the_seed_does_not_support_fails_with_its_own_message() -> None:
    outcome = await run("code_formatter", {"code": "x", "language": "cobol"})
    assert isinstance(outcome, Refusal)
    assert outcome.details == {"name": "Error", "message": "Unsupported language: cobol"}
