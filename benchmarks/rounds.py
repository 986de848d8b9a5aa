"""Runs the contenders in rounds, one process at a time: ours, peer, peer, and again, so that drift meets everyone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contender import Contender, Home, Row

ROOT = Path(__file__).resolve().parents[1]
# Where the programs of each environment are.
HOMES: dict[Home, Path] = {
    "ours": Path(sys.executable).parent,
    "peers": ROOT / ".venv-bench" / "bin",
    "crewai": ROOT / ".venv-bench-crewai" / "bin",
    "prefect": ROOT / ".venv-bench-prefect" / "bin",
}
# A program that takes longer than this hangs; the slowest takes half a minute on two cores.
LONGEST_S = 300
# Tracing and telemetry of the peers cost them time; a benchmark with them on would be unfair.
QUIET = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "BURR_TELEMETRY": "false",
    "CREWAI_TRACING_ENABLED": "false",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PYTHONDONTWRITEBYTECODE": "",
}


@dataclass
class Series:
    """What one contender showed in all rounds of a row."""

    row: Row
    contender: Contender
    figures: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class ContenderFailed(Exception):
    """Raised where a contender did not measure; holds what it printed."""


def play(rows: Iterable[Row], rounds: int, shrink: int = 1) -> list[Series]:
    """Returns the series of every contender; `shrink` divides the sizes, to try the programs out."""
    series = [Series(row, contender) for row in rows for contender in row.contenders]
    for number in range(rounds):
        before, begun = os.getloadavg()[0], perf_counter()
        for one in series:
            if number < one.row.rounds_max:
                seconds, units, one.facts = _measured(one.row, one.contender, shrink)
                one.figures.append(one.row.figure(seconds, units))
        took, after = perf_counter() - begun, os.getloadavg()[0]
        said = f"round {number + 1} of {rounds}: {took:.0f} s, load {before:.2f} -> {after:.2f}"
        print(said, file=sys.stderr, flush=True)
    return series


def printed(home: Home, module: str, row: str, size: int) -> dict[str, Any]:
    """Returns what a program printed of a row: its seconds, units and facts."""
    done = _run(home, ["python", "-m", module, row, str(size)])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measured(row: Row, contender: Contender, shrink: int) -> tuple[float, int, dict[str, Any]]:
    if contender.command:
        return _timed(contender), 1, {}
    found = printed(contender.home, contender.module, row.id, max(1, row.size // shrink))
    return found["seconds"], found["units"], found["facts"]


def _timed(contender: Contender) -> float:
    begun = perf_counter()
    _run(contender.home, list(contender.command))
    return perf_counter() - begun


def _run(home: Home, command: list[str]) -> subprocess.CompletedProcess[str]:
    program = [str(HOMES[home] / command[0]), *command[1:]]
    # What peers keep in the user's home is neither read nor left behind.
    with tempfile.TemporaryDirectory(prefix="bench-home-", ignore_cleanup_errors=True) as empty:
        environment = {**os.environ, **QUIET, "HOME": empty}
        done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode != 0:
        raise ContenderFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done
