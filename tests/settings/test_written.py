"""Holds: the project file's blocks set the configuration, with the language's own words for what is wrong in them."""

from __future__ import annotations

import pytest

from statewright.settings.values import REDACTED, shown
from tests.settings.reading import read

CANARY = "hunter2-canary"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("server:\n  port: lots\n", "TYPE_INTEGER", 2, 9),
        ("server:\n  port: 70000\n", "RANGE", 2, 9),
        ("server:\n  timeout: 5 parsecs\n", "DURATION_INVALID", 2, 12),
        ("server:\n  cors_enabled: 'yes'\n", "TYPE_BOOLEAN", 2, 17),
        ("mode: standalone\n", "CHOICE_INVALID", 1, 7),
        ("server: 5\n", "TYPE_MAP", 1, 9),
        ("runtime:\n  permissions: all\n", "TYPE_LIST", 2, 16),
        ("database:\n  password: hunter2-canary\n", "SECRET_INLINE", 2, 13),
        ("redis:\n  url: redis://me:hunter2-canary@host\n", "SECRET_INLINE", 2, 16),
        ("server:\n  host: '{{ .tasks.a }}'\n", "TEMPLATE_NOT_ALLOWED_HERE", 2, 9),
        ("server:\n  host: '{{ .env.'\n", "EXPR_SYNTAX", 2, 10),
        ("config: {precedence: file-last}\n", "CHOICE_INVALID", 1, 22),
        ("server:\n  prot: 1\n", "KEY_UNKNOWN", 2, 3),
        ("database:\n  password: '{{ .env.DB }}'\n", "ENV_NOT_SET", 2, 13),
    ],
)
def test_a_mistake_is_said_at_its_place_and_shows_no_secret(text: str, code: str, line: int, column: int) -> None:
    (found,) = read(text).diagnostics
    assert (found.code, found.file, found.line, found.column) == (code, "compozy.yaml", line, column)
    assert CANARY not in found.message + found.hint


def test_a_block_may_name_variables() -> None:
    text = 'redis: {url: "redis://{{ .env.USER_NAME }}@h"}\nserver: {port: "{{ .env.P }}"}\n'
    found = read(text, {"P": "81"}, dotenv={"USER_NAME": "me", "P": "80"})
    assert (found.value("redis.url"), found.value("server.port")) == ("redis://me@h", 81)


def test_older_places_set_the_same_key() -> None:
    text = "monitoring: {logging: {level: debug}, metrics: {endpoint: /m}}\nruntime: {timeout: 20s, type: node}\n"
    found = read(text)
    paths = ("runtime.log_level", "monitoring.path", "runtime.tool_execution_timeout", "runtime.runtime_type")
    assert [found.value(path) for path in paths] == ["debug", "/m", 20_000, "node"]


def test_a_block_can_be_switched_off_as_a_whole() -> None:
    assert read("cache: false\nruntime: {native_tools: false}\n").value("cache.enabled") is False


def test_a_block_that_is_a_definition_too_is_left_to_the_language() -> None:
    text = "tasks: [{id: a}]\nknowledge: [{id: k}]\nmemory: {id: m, type: buffer}\n"
    assert not read(text).diagnostics


def test_a_directive_brings_its_values_with_their_own_lines() -> None:
    text = "x-dev:\n  port: 3000\nserver:\n  $ref: local::x-dev\n"
    assert read(text).settings["server.port"].origin.place == "compozy.yaml:2"


def test_a_number_in_a_block_keeps_its_kind() -> None:
    found = read("limits: {max_string_length: 5000}\nknowledge: {retrieval_min_score: 0.5}\n")
    assert (found.value("limits.max_string_length"), found.value("knowledge.retrieval_min_score")) == (5000, 0.5)


@pytest.mark.parametrize("path", ["database.password", "cli.api_key", "mcp_proxy.admin_token"])
def test_a_secret_is_hidden_wherever_it_comes_from(path: str) -> None:
    block, name = path.split(".")
    text = f'{block}: {{{name}: "{{{{ .env.SECRET }}}}"}}\n'
    settings = read(text, {"SECRET": CANARY}, sets={path: CANARY}).settings[path]
    assert [shown(given.value, settings.key) for given in settings.given] == [REDACTED, REDACTED]


def test_of_an_address_only_the_account_is_hidden() -> None:
    setting = read("", {"REDIS_URL": f"redis://me:{CANARY}@host:1/0"}).settings["redis.url"]
    assert shown(setting.value, setting.key) == f"redis://{REDACTED}@host:1/0"
