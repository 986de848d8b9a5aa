"""The seed's intelligent support, with every route: memory, a call inside a prompt, JavaScript, and the default."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples import journal
from tests.examples.command import copied, ran, statewright

WORKFLOW = "intelligent-customer-support"
TOKEN = "canary-token-5f1c"
MESSAGES = {
    "technical": "The technical setup of my router fails",
    "billing": "There is an error in my billing statement",
    "escalation": "I demand an escalation of this matter",
    "general": "A general question about your company",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with its stubs; nothing listens where the billing system should."""
    return copied("support-and-data", tmp_path)


@pytest.fixture
def billing(project: Path) -> Iterator[subprocess.Popen[str]]:
    """The stub of the billing system, and an operator file that points to it."""
    server = subprocess.Popen(
        [sys.executable, str(project / "stubs" / "billing.py"), "0"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = json.loads(server.stdout.readline())["port"]
    operator = project / "operator.yaml"
    operator.write_text(operator.read_text("utf-8").replace(":8123", f":{port}"), "utf-8")
    yield server
    server.terminate()
    server.wait()
    server.stdout.close()


def _asked(project: Path, category: str, code: int = 0) -> Any:
    input = {"customer_id": "C-42", "message": MESSAGES[category], "priority": "normal"}
    return ran(
        project, WORKFLOW, input, "--simulate", "--operator", "operator.yaml", code=code, BILLING_API_TOKEN=TOKEN
    )


def test_a_technical_request_reads_and_continues_the_conversation(project: Path) -> None:
    first, second = _asked(project, "technical"), _asked(project, "technical")
    assert first["output"]["classification"]["category"] == "technical"
    assert first["output"]["resolution"]["response"].startswith("[simulated]")
    read = [
        [answer for answer in journal.answers(project, run["run"]) if "messages" in answer] for run in (first, second)
    ]
    assert [len(answer["messages"]) for (answer,) in read] == [0, 2]
    assert read[1][0]["messages"][1]["content"] == first["output"]["resolution"]["response"]
    assert second["output"]["notification_sent"].startswith("ntf-")


def test_a_billing_request_asks_the_billing_system_once_inside_its_prompt(
    project: Path, billing: subprocess.Popen[str]
) -> None:
    result = _asked(project, "billing")
    assert result["output"]["classification"]["category"] == "billing"
    assert billing.stdout is not None
    seen = json.loads(billing.stdout.readline())
    assert seen["path"] == "/api/v1/get_account_status"
    assert seen["body"] == {"customer_id": "C-42"}
    assert seen["authorization"] == f"Bearer {TOKEN}"
    billing.terminate()
    assert billing.stdout.read() == ""


def test_the_billing_systems_token_reaches_the_server_and_no_journal(
    project: Path, billing: subprocess.Popen[str]
) -> None:
    result = _asked(project, "billing")
    shown = statewright("runs", "show", result["run"], "-o", "json", cwd=project)
    assert TOKEN.encode() not in journal.bytes_of(project)
    assert TOKEN not in shown + json.dumps(result)


def test_a_billing_system_that_is_down_fails_the_run_by_name(project: Path) -> None:
    (project / "operator.yaml").write_text("hosts: { billing.internal.com: 'http://127.0.0.1:9' }\n", "utf-8")
    result = _asked(project, "billing", code=1)
    assert result["status"] == "failed"
    assert result["error"]["code"].startswith(("TOOL_", "HTTP_"))


def test_an_escalation_notifies_a_person_through_the_javascript_tool(project: Path) -> None:
    result = _asked(project, "escalation")
    assert result["output"]["classification"]["category"] == "escalation"
    assert result["output"]["resolution"] == "Escalated to human support"
    sent = [answer for answer in journal.answers(project, result["run"]) if "notification_id" in answer]
    assert [answer["status"] for answer in sent] == ["queued", "queued"]
    assert sent[1]["notification_id"] == result["output"]["notification_sent"]
    assert sent[0]["notification_id"] != sent[1]["notification_id"]


def test_a_general_request_gets_the_standard_answer_and_a_confirmation(project: Path) -> None:
    result = _asked(project, "general")
    assert result["output"]["classification"]["category"] == "general"
    assert result["output"]["resolution"] == "Escalated to human support"
    assert result["output"]["ticket_id"] == result["run"]
    assert result["output"]["notification_sent"].startswith("ntf-")


def test_a_module_that_the_operator_does_not_list_is_refused_by_name(project: Path) -> None:
    (project / "operator.yaml").write_text("modules: {}\n", "utf-8")
    result = _asked(project, "general", code=1)
    assert result["error"]["code"] == "MODULE_NOT_ALLOWED"
    assert "notification-service" in result["error"]["message"]


def test_a_request_without_a_priority_fails_the_validation(project: Path) -> None:
    input = {"customer_id": "C-42", "message": "long enough to be read"}
    result = ran(project, WORKFLOW, input, "--simulate", "--operator", "operator.yaml", code=1)
    assert result["error"]["code"] == "SCHEMA_VALIDATION"
