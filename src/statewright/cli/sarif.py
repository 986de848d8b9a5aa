"""Diagnostics as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

import statewright
from statewright.cli.pages import PAGES_URL, page
from statewright.kernel.values import Json
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.edits import Edit

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Whoever reads the file knows where the sources lie.
_ROOT = "%SRCROOT%"
_FINGERPRINT = "statewright/v1"


def sarif(diagnostics: tuple[Diagnostic, ...], sources: dict[str, str], folder: str) -> dict[str, Json]:
    """Returns the log of one run; `folder` leads from the current folder to the project's."""
    codes = sorted({found.code for found in diagnostics})
    driver: dict[str, Json] = {
        "name": "statewright",
        "semanticVersion": statewright.__version__,
        "informationUri": PAGES_URL,
        "rules": [_rule(code) for code in codes],
    }
    seen: Counter[str] = Counter()
    results: list[Json] = []
    for found in diagnostics:
        result = _result(found, codes.index(found.code), folder)
        name = _fingerprint(found, sources.get(found.file, ""))
        result["partialFingerprints"] = {_FINGERPRINT: f"{name}:{seen[name]}"}
        seen[name] += 1
        results.append(result)
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that the command was called in."}}},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Json]:
    found = page(code)
    if found is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": found.title},
        "help": {"text": found.text, "markdown": found.text},
        "helpUri": f"{PAGES_URL}{code}",
        "properties": {"tags": [found.topic]},
    }


def _result(found: Diagnostic, rule: int, folder: str) -> dict[str, Json]:
    place: dict[str, Json] = {"artifactLocation": _artifact(found.file, folder)}
    if found.line:
        place["region"] = {
            "startLine": found.line,
            "startColumn": found.column,
            "endColumn": max(found.end_column, found.column + 1),
        }
    location: dict[str, Json] = {"physicalLocation": place}
    if found.path:
        location["logicalLocations"] = [{"fullyQualifiedName": found.path}]
    text = ". ".join(part for part in (found.message, found.witness, found.hint) if part)
    result: dict[str, Json] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": text},
        "locations": [location],
    }
    if found.fix:
        result["fixes"] = [_fix(found, folder)]
    return result


def _fix(found: Diagnostic, folder: str) -> dict[str, Json]:
    files = list(dict.fromkeys(edit.file for edit in found.fix))
    changes: list[Json] = [
        {
            "artifactLocation": _artifact(file, folder),
            "replacements": [_replacement(edit) for edit in found.fix if edit.file == file],
        }
        for file in files
    ]
    return {"description": {"text": found.hint or found.message}, "artifactChanges": changes}


def _replacement(edit: Edit) -> Json:
    region = {
        "startLine": edit.line,
        "startColumn": edit.column,
        "endLine": edit.end_line,
        "endColumn": edit.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _artifact(file: str, folder: str) -> dict[str, Json]:
    return {"uri": quote(folder + file), "uriBaseId": _ROOT}


def _fingerprint(found: Diagnostic, text: str) -> str:
    """A finding stays the same one where only lines above it come and go."""
    lines = text.split("\n")
    line = lines[found.line - 1].strip() if 0 < found.line <= len(lines) else ""
    return _digest((found.code, found.file, found.path, line))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
