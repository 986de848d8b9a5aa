"""Holds: each value keeps where it comes from, the order of the sources, and what they hide."""

from __future__ import annotations

from pathlib import Path

import pytest

from statewright.settings.configuration import Configuration, read_configuration
from statewright.settings.dotenv import DotEnv
from statewright.settings.keys.key import PREFIX
from statewright.settings.registry import BY_PATH, BY_VARIABLE, KEYS
from statewright.settings.resolving import Sources
from statewright.settings.values import value_of
from tests.settings.reading import read
from tests.settings.reference import PAGE, reference


def codes(found: Configuration) -> list[tuple[str, str]]:
    return [(one.severity, one.code) for one in found.diagnostics]


def origins(found: Configuration, path: str) -> list[tuple[object, str]]:
    return [(given.value, given.origin.place) for given in found.settings[path].given]


def everywhere(first: str = "") -> Configuration:
    text = f"name: p\n{first}\nserver:\n  port: 3002\n"
    variables = {"STATEWRIGHT_SERVER_PORT": "3003", "SERVER_PORT": "3003", "COMPOZY_PORT": "3003"}
    return read(text, variables, dotenv={"SERVER_PORT": "3004"}, sets={"server.port": "3001"})


def test_flags_win_over_the_file_that_over_variables_and_those_over_the_env_file() -> None:
    assert origins(everywhere(), "server.port") == [
        (3001, "--set server.port"), (3002, "compozy.yaml:4"), (3003, "$STATEWRIGHT_SERVER_PORT"),
        (3003, "$SERVER_PORT"), (3003, "$COMPOZY_PORT"), (3004, ".env:1"),
    ]  # fmt: skip


def test_env_first_lets_variables_win_over_the_file() -> None:
    found = everywhere("config: {precedence: env-first}")
    assert [place for _, place in origins(found, "server.port")][1] == "$STATEWRIGHT_SERVER_PORT"
    assert [place for _, place in origins(found, "server.port")][-1] == "compozy.yaml:4"


def test_a_key_that_nobody_mentions_has_its_default() -> None:
    assert origins(read("name: p"), "server.port") == [(5001, "default")]


def test_a_variable_that_the_file_hides_is_warned_about_once() -> None:
    found = read("server: {port: 3000}", {"SERVER_PORT": "3001", "COMPOZY_PORT": "3002"})
    assert codes(found) == [("warning", "CONFIG_SHADOWED")]
    assert "$SERVER_PORT does not count: compozy.yaml:1 sets 'server.port'" in found.diagnostics[0].message


def test_nothing_is_said_about_a_variable_that_says_the_same() -> None:
    assert codes(read("server: {port: 3000}", {"SERVER_PORT": "3000"})) == []


def test_our_own_name_wins_over_an_older_one_and_says_so() -> None:
    found = read("", {"DB_HOST": "old", "STATEWRIGHT_DATABASE_HOST": "new"})
    assert (found.value("database.host"), codes(found)) == ("new", [("warning", "CONFIG_SHADOWED")])


def test_a_variable_over_the_env_file_is_no_surprise() -> None:
    found = read("", {"SERVER_PORT": "3001"}, dotenv={"SERVER_PORT": "3002"})
    assert (found.value("server.port"), codes(found)) == (3001, [])


def test_a_bad_text_is_named_with_its_source_and_the_next_source_counts() -> None:
    found = read("", {"SERVER_PORT": "lots"}, dotenv={"SERVER_PORT": "3002"})
    assert (found.value("server.port"), codes(found)) == (3002, [("error", "SETTING_INVALID")])
    assert found.diagnostics[0].message == "$SERVER_PORT is 'lots', expected a whole number from 0 to 65535"


def test_a_variable_of_ours_that_does_not_exist_is_a_warning_with_a_near_name() -> None:
    found = read("", {"STATEWRIGHT_SERVER_PROT": "1", "SERVER_PROT": "1"})
    assert codes(found) == [("warning", "SETTING_UNKNOWN")]
    assert "'STATEWRIGHT_SERVER_PORT'" in found.diagnostics[0].hint


def test_an_empty_variable_is_not_set() -> None:
    assert read("", {"SERVER_PORT": ""}).settings["server.port"].origin.kind == "default"


@pytest.mark.parametrize("path", ["operator", "tenant", "cwd"])
def test_what_decides_over_the_folder_is_not_taken_from_its_env_file(path: str) -> None:
    found = read("", dotenv={BY_PATH[path].variable: "theirs"})
    assert found.settings[path].origin.kind == "default"


def test_names_of_the_seed_set_what_the_seed_means() -> None:
    variables = {
        "COMPOZY_HOST": "h", "COMPOZY_ENV": "production", "DB_MAX_CONNECTIONS": "7", "REDIS_MAX_IDLE_CONNS": "8",
        "MCP_PROXY_URL": "http://p", "RUNTIME_LOG_FORMAT": "json", "ASYNC_TOKEN_COUNTER_WORKERS": "9",
        "PROMETHEUS_ENABLED": "true", "JAEGER_ENDPOINT": "http://j", "REDIS_POOL_SIZE": "4",
        "COMPOZY_MODE": "persistent",
    }  # fmt: skip
    found = read("", variables)
    assert {path: found.value(path) for path in (
        "server.host", "runtime.environment", "database.max_open_conns", "redis.max_idle_conns", "llm.proxy_url",
        "runtime.log_format", "runtime.async_token_counter_workers", "monitoring.enabled",
        "monitoring.tracing.endpoint", "redis.pool_size", "mode",
    )} == {
        "server.host": "h", "runtime.environment": "production", "database.max_open_conns": 7,
        "redis.max_idle_conns": 8, "llm.proxy_url": "http://p", "runtime.log_format": "json",
        "runtime.async_token_counter_workers": 9, "monitoring.enabled": True,
        "monitoring.tracing.endpoint": "http://j", "redis.pool_size": 4, "mode": "persistent",
    }  # fmt: skip


def test_no_variable_and_no_path_means_two_keys() -> None:
    names = [name for key in KEYS for name in key.variables]
    assert len(names) == len(set(names)) == len(BY_VARIABLE)
    assert len(BY_PATH) == len(KEYS)
    assert all(key.variable.startswith(PREFIX) for key in KEYS)


def test_every_default_is_a_value_of_its_key() -> None:
    for key in KEYS:
        if isinstance(key.default, str):
            assert value_of(key.default, key.kind) == key.default, key.path


def test_sources_without_anything_resolve() -> None:
    assert not read_configuration(Sources({}, {}, DotEnv(Path()))).diagnostics


def test_the_reference_shows_the_registry_of_today() -> None:
    assert PAGE.read_text("utf-8") == reference(), "write it anew: python -m tests.settings.reference"
