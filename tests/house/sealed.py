"""Runs a snippet in a process that cannot touch the world, to show that a decision needs nothing of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent
from typing import Any

from tests.house.sealed_child import TOUCHED
from tests.house.sources import ROOT

SECONDS_MAX = 60


class Touched(AssertionError):
    """The snippet reached for the world; the message says how."""


def run_sealed(prepare: str, act: str, *, hash_seed: int = 0) -> Any:
    """Runs `prepare` freely (imports, reading files), then `act` sealed; returns what `act` left in `answer`."""
    child = subprocess.run(
        [sys.executable, str(ROOT / "tests/house/sealed_child.py"), dedent(prepare), dedent(act)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        check=False,
    )
    if child.returncode == TOUCHED:
        raise Touched(child.stderr.strip())
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)
