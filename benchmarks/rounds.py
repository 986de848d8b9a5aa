"""Runs the contenders in rounds, one process at a time: ours, peer, peer, and again, so that drift meets everyone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contest import Contender, Row

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-bench" / "bin"
# A contender that takes longer than this hangs.
LONGEST_S = 120
# Tracing and telemetry of the peers cost them time; a benchmark with them on would be unfair.
QUIET = {
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "HF_HUB_OFFLINE": "1",
    "BURR_TELEMETRY": "false",
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
    for number in range(1, rounds + 1):
        before = os.getloadavg()[0]
        begun = perf_counter()
        for one in series:
            seconds, units, facts = _measured(one.row, one.contender, shrink)
            one.figures.append(one.row.figure(seconds, units))
            one.facts = facts
        took, after = perf_counter() - begun, os.getloadavg()[0]
        said = f"round {number} of {rounds}: {took:.0f} s, load {before:.2f} -> {after:.2f}"
        print(said, file=sys.stderr, flush=True)
    return series


def _measured(row: Row, contender: Contender, shrink: int) -> tuple[float, int, dict[str, Any]]:
    if contender.command:
        return _timed(contender), 1, {}
    command = ["python", "-m", contender.module, row.id, str(max(1, row.size // shrink))]
    printed = json.loads(_run(contender, command).stdout.splitlines()[-1])
    return printed["seconds"], printed["units"], printed["facts"]


def _timed(contender: Contender) -> float:
    begun = perf_counter()
    _run(contender, list(contender.command))
    return perf_counter() - begun


def _run(contender: Contender, command: list[str]) -> subprocess.CompletedProcess[str]:
    home = PEERS if contender.home == "peers" else Path(sys.executable).parent
    program = [str(home / command[0]), *command[1:]]
    environment = {**os.environ, **QUIET}
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode != 0:
        raise ContenderFailed(f"{contender.name}: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done
