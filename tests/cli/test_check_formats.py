"""Holds: what `check` finds reads the same for people, programs, SARIF viewers and GitHub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.process import statewright
from tests.cli.projects import TWO_ERRORS, passing

WARNED = "nonsense_block: { a: 1 }\n"
# What sarif-schema-2.1.0.json asks of these objects: required keys, and the ones that exist.
SHAPES = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool", "results"}, {"columnKind", "originalUriBaseIds"}),
    "driver": ({"name", "rules"}, {"semanticVersion", "informationUri"}),
    "rule": ({"id"}, {"shortDescription", "help", "helpUri", "properties"}),
    "result": ({"message", "ruleId", "ruleIndex", "level", "locations"}, {"fixes", "partialFingerprints"}),
    "region": ({"startLine", "startColumn"}, {"endLine", "endColumn"}),
    "fix": ({"artifactChanges"}, {"description"}),
}


def broken(folder: Path, text: str = TWO_ERRORS) -> Path:
    (folder / "compozy.yaml").write_text(text, "utf-8")
    return folder


def fits(value: dict[str, Any], shape: str) -> dict[str, Any]:
    required, optional = SHAPES[shape]
    assert required <= set(value) <= required | optional
    return value


def test_sarif_has_the_shape_that_its_schema_asks_for(tmp_path: Path) -> None:
    done = statewright("check", "-o", "sarif", cwd=broken(tmp_path))
    assert done.returncode == 3
    log = fits(json.loads(done.stdout), "log")
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")
    (run,) = (fits(run, "run") for run in log["runs"])
    driver = fits(run["tool"]["driver"], "driver")
    for rule in driver["rules"]:
        assert {"text", "markdown"} == set(fits(rule, "rule")["help"])
        assert rule["helpUri"].startswith("https://")
    for result in run["results"]:
        fits(result, "result")
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "compozy.yaml", "uriBaseId": "%SRCROOT%"}
        assert fits(place["region"], "region")["startLine"] > 0


def test_sarif_carries_the_same_fixes(tmp_path: Path) -> None:
    broken(tmp_path)
    told = json.loads(statewright("check", "-o", "json", cwd=tmp_path).stdout)
    log = json.loads(statewright("check", "-o", "sarif", cwd=tmp_path).stdout)
    (edit,) = told["diagnostics"][0]["fix"]
    (fix,) = log["runs"][0]["results"][0]["fixes"]
    (change,) = fits(fix, "fix")["artifactChanges"]
    (replacement,) = change["replacements"]
    assert (edit["old"], edit["text"], TWO_ERRORS[edit["start"] : edit["end"]]) == ("basc", "basic", "basc")
    assert replacement["insertedContent"] == {"text": "basic"}
    assert replacement["deletedRegion"] == {"startLine": 4, "startColumn": 11, "endLine": 4, "endColumn": 15}


def test_a_finding_keeps_its_fingerprint_when_lines_come_above_it(tmp_path: Path) -> None:
    def fingerprints(text: str) -> list[Any]:
        log = json.loads(statewright("check", "-o", "sarif", cwd=broken(tmp_path, text)).stdout)
        return [result["partialFingerprints"] for result in log["runs"][0]["results"]]

    first = fingerprints(TWO_ERRORS)
    assert len({json.dumps(one) for one in first}) == len(first)
    assert fingerprints("# a line\n\n" + TWO_ERRORS) == first


def test_github_shows_each_finding_at_its_line(tmp_path: Path) -> None:
    broken(tmp_path)
    done = statewright("check", tmp_path.name, "-o", "github", cwd=tmp_path.parent)
    first = done.stdout.splitlines()[0]
    assert first.startswith(f"::error file={tmp_path.name}/compozy.yaml,line=4,col=11,endColumn=15,title=")
    assert "%0Adid you mean 'basic'?" in first
    assert all(line.startswith(("::error ", "::warning ")) for line in done.stdout.splitlines())


def test_a_folder_of_any_name_moves_no_cursor_in_a_log(tmp_path: Path) -> None:
    folder = tmp_path / "red\x1b[31m"
    folder.mkdir()
    (folder / "compozy.yaml").write_text("name: p\nnone: 1\ntasks: [{id: a, with: {x: 1}}]\n", "utf-8")
    done = statewright("check", folder.name, "-o", "github", cwd=tmp_path)
    assert (done.stdout[:15], "\x1b" in done.stdout) == ("::warning file=", False)


@pytest.mark.parametrize(("flags", "code"), [((), 0), (("--strict",), 3)])
def test_warnings_count_as_errors_where_that_is_asked_for(flags: tuple[str, ...], code: int, tmp_path: Path) -> None:
    passing(tmp_path)
    with (tmp_path / "compozy.yaml").open("a", encoding="utf-8") as file:
        file.write(WARNED)
    assert statewright("check", *flags, cwd=tmp_path).returncode == code


def test_people_are_told_what_comes_next(tmp_path: Path) -> None:
    done = statewright("check", cwd=broken(tmp_path))
    assert "more about it: statewright explain TASK_TYPE_UNKNOWN\n" in done.stdout
    assert " can be mended: statewright check --fix\n" in done.stdout
