"""Go mode answers as Go's text/template with Sprig does, case by case; what differs on purpose is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from statewright.kernel.expressions.functions.refused import REFUSED
from statewright.kernel.expressions.functions.registry import GO_FUNCTIONS
from tests.vectors.cases import FOLDER, agrees, cases, listed

RENDERED = ("workflow_templates", "go_text_template", "sprig_upstream", "nondeterministic", "authored")
ALL = [case for name in RENDERED for case in cases(name)]
# What Go has and data has not: methods, types, maps with other keys, complex numbers; and what we refuse.
OF_GO_ALONE = frozenset({"crypto", "complex", "go-method", "non-dict-context", "environment", "go-types"})
# Bounds of the share that must agree: cases, and those that may differ.
MAY_DIFFER = {"workflow_templates": 0, "go_parse": 0, "go_text_template": 0.02, "sprig_upstream": 0.02}


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_a_template_renders_as_in_go_unless_the_difference_is_listed(case: dict[str, Any]) -> None:
    gap = listed("known_gaps").get(case["id"])
    if gap is None:
        assert agrees(case), case
    else:
        assert not agrees(case), f"{case['id']} agrees by now: take it off known_gaps.txt ({gap})"


@pytest.mark.parametrize("case", cases("go_parse"), ids=lambda case: case["id"])
def test_a_text_is_a_template_exactly_where_go_says_so(case: dict[str, Any]) -> None:
    assert agrees(case)


@pytest.mark.parametrize("name", MAY_DIFFER)
def test_so_many_cases_agree_at_least(name: str) -> None:
    judged = [case for case in cases(name) if not OF_GO_ALONE & set(case.get("tags", []))]
    differing = [case["id"] for case in judged if not agrees(case)]
    assert len(judged) > 50
    assert len(differing) <= MAY_DIFFER[name] * len(judged), differing


def test_of_what_differs_each_time_only_keys_and_passwords_are_refused() -> None:
    refused = ("bcrypt", "htpasswd", "gen")
    for case in cases("nondeterministic"):
        assert agrees(case) is not any(name in case["template"] for name in refused), case


def test_every_listed_gap_is_a_case() -> None:
    assert set(listed("known_gaps")) <= {case["id"] for case in ALL}


def test_every_name_of_sprig_is_a_function_or_refused_with_a_reason() -> None:
    names = json.loads((FOLDER / "sprig_function_names.json").read_text("utf-8"))["functions"]
    assert [name for name in names if name not in GO_FUNCTIONS and name not in REFUSED] == []


def test_of_sprig_only_host_access_keys_certificates_and_passwords_are_refused() -> None:
    names = json.loads((FOLDER / "sprig_function_names.json").read_text("utf-8"))["functions"]
    assert {name for name in names if name in REFUSED} == {
        *("env", "expandenv", "getHostByName"),
        *("genPrivateKey", "encryptAES", "decryptAES"),
        *("buildCustomCert", "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey"),
        *("genSignedCert", "genSignedCertWithKey"),
        *("bcrypt", "htpasswd", "derivePassword"),
    }
