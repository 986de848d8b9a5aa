"""Holds: where the project and its data are looked for, and which files are trusted with that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statewright.errors import EXIT_NOT_ALLOWED, StatewrightError
from statewright.settings.discovery import project_folder
from statewright.settings.dotenv import read_dotenv
from statewright.settings.place import read_settings

SOMEBODY, SOMEBODY_ELSE = 12_345, 54_321


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, two below one with a project."""
    (tmp_path / "compozy.yaml").write_text("name: p\n", "utf-8")
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def test_the_project_is_the_nearest_one_above(deep: Path, tmp_path: Path) -> None:
    found = read_settings({})
    assert (found.folder, found.data, found.env_file) == (tmp_path, tmp_path / ".statewright", tmp_path / ".env")
    (deep.parent / "statewright.yaml").write_text("name: nearer\n", "utf-8")
    assert read_settings({}).folder == deep.parent


def test_a_folder_or_file_that_is_named_is_meant(deep: Path) -> None:
    assert read_settings({}, cwd=".").folder == deep
    assert read_settings({}, config="other.yaml").config == deep / "other.yaml"
    assert read_settings({"COMPOZY_CWD": ".."}).folder == deep / ".."


@pytest.mark.parametrize("flag", ["data", "cwd", "config", "env_file", "operator"])
def test_an_empty_flag_is_refused_as_a_variable_that_was_never_set(flag: str, deep: Path) -> None:
    with pytest.raises(StatewrightError) as refused:
        read_settings({}, **{flag: ""})
    assert (refused.value.code, refused.value.message) == ("SETTING_INVALID", f"--{flag.replace('_', '-')} is empty")


def test_without_a_project_it_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings({}).folder == tmp_path


def test_a_project_file_above_us_that_somebody_else_put_there_is_not_taken(deep: Path, tmp_path: Path) -> None:
    _give_away(tmp_path / "compozy.yaml")
    assert project_folder(deep, us=SOMEBODY_ELSE) is None
    (deep / "compozy.yaml").write_text("name: q\n", "utf-8")
    _give_away(deep / "compozy.yaml")
    # Who goes into a folder has chosen it.
    assert project_folder(deep, us=SOMEBODY_ELSE) == deep


def _give_away(path: Path) -> None:
    """What root owns is trusted; a file of anybody else is somebody else's to us."""
    if os.geteuid() == 0:
        os.chown(path, SOMEBODY, -1)


def test_a_path_counts_from_where_it_was_written(deep: Path, tmp_path: Path) -> None:
    assert read_settings({}, data="d").data == deep / "d"
    assert read_settings({"STATEWRIGHT_DATA": "d"}).data == deep / "d"
    (tmp_path / ".env").write_text("STATEWRIGHT_DATA=d\n", "utf-8")
    assert read_settings({}).data == tmp_path / "d"


def test_the_env_file_may_say_to_simulate_and_never_who_decides(deep: Path, tmp_path: Path) -> None:
    lines = "STATEWRIGHT_SIMULATE=1\nSTATEWRIGHT_OPERATOR=evil.yaml\nSTATEWRIGHT_TENANT=other\nSTATEWRIGHT_CWD=/\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    found = read_settings({})
    assert (found.simulate, found.operator, found.tenant, found.folder) == (True, None, "default", tmp_path)


@pytest.mark.parametrize("tenant", ["Acme", "a b", "../x", "-x", "x" * 64])
def test_a_tenant_is_called_as_tenants_are(tenant: str, deep: Path) -> None:
    with pytest.raises(StatewrightError, match="SETTING_INVALID"):
        read_settings({"STATEWRIGHT_TENANT": tenant})


def test_a_current_folder_that_is_gone_is_said(deep: Path) -> None:
    deep.rmdir()
    with pytest.raises(StatewrightError, match="PATH_INVALID"):
        read_settings({})


def test_the_lines_of_an_env_file_are_known(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbf# head\r\nA=1\r\n\r\nexport B='two words'\r\nC=${A}\r\nEMPTY=\r\nBARE\r\n")
    found = read_dotenv(path)
    assert found.values == {"A": "1", "B": "two words", "C": "${A}", "EMPTY": ""}
    assert [found.place(name) for name in "ABC"] == [".env:2", ".env:4", ".env:5"]


def test_a_line_of_an_env_file_that_is_none_is_named_and_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text('A=1\n\nB="canary\nC=3\n', "utf-8")
    path.chmod(0o600)
    with pytest.raises(StatewrightError, match=r"line 3 is not NAME=value, or its quote is not closed") as caught:
        read_dotenv(path)
    assert (caught.value.code, "canary" in str(caught.value)) == ("ENV_FILE_UNREADABLE", False)


def test_a_folder_called_env_is_no_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert not read_dotenv(tmp_path / ".env").found


def test_an_env_file_that_everybody_can_write_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("KEY=canary\n", "utf-8")
    path.chmod(0o666)
    with pytest.raises(StatewrightError) as refused:
        read_dotenv(path)
    assert (refused.value.code, refused.value.exit_code) == ("ENV_FILE_EXPOSED", EXIT_NOT_ALLOWED)
    assert refused.value.hint == f"chmod 600 {path}"
    assert "canary" not in str(refused.value)
