"""Runs every example as its README says, and puts a report of the run beside it: `report.html`, one page, no server.

`python examples/reports.py [FOLDER]` puts them there, as `<example>.html`. It runs copies: no example keeps a trace.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
COMMAND = Path(sys.executable).with_name("statewright")
# A command that takes longer than this will not end; ten thousand items take some seconds.
LONGEST_S = 120
REQUEST = {"customer_id": "C-42", "message": "The technical setup of my router fails", "priority": "high"}
ORDER = ("-i", "order=A-2", "-i", "amount=40")
# What is run of each example, one command after the other, and the exit code that each leaves with.
RUNS: dict[str, list[tuple[int, tuple[str, ...]]]] = {
    "hello-world": [(0, ("run", "hello-world", "-i", "name=Alice", "--seed", "07", "--simulate"))],
    "customer-support": [
        (0, ("run", "customer-support", "-i", "message=My billing address has changed", "-i", "customer_id=C-7"))
    ],
    "support-and-data": [
        (0, ("run", "intelligent-customer-support", "--input", json.dumps(REQUEST), "--operator", "operator.yaml"))
    ],
    "approval": [
        (11, ("run", "approval", "-i", "who=Ada", "-i", "reason=servers", "-i", "amount=4000")),
        (0, ("runs", "signal", "last", "decision", "-d", '{"approved": true}')),
    ],
    "order-fulfilment": [(1, ("run", "order-fulfilment", *ORDER, "-i", "fail_at=book"))],
    "map-reduce": [(0, ("run", "map-reduce"))],
}


def main(arguments: list[str]) -> int:
    """Makes all reports and returns the exit code."""
    for example in RUNS:
        target = Path(arguments[0]) / f"{example}.html" if arguments else EXAMPLES / example / "report.html"
        try:
            report(example, target)
        except subprocess.CalledProcessError as wrong:
            print(f"{example}: {' '.join(wrong.cmd)} left with {wrong.returncode}\n{wrong.stderr}", file=sys.stderr)
            return 1
        print(f"{example:<18}{target}")
    return 0


def report(example: str, target: Path) -> None:
    """Runs one example in a copy of its folder, and puts the report of its last run in place."""
    with tempfile.TemporaryDirectory(prefix="statewright-report-") as temporary:
        folder = Path(temporary) / example
        shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns(".statewright", "report.html"))
        for code, command in RUNS[example]:
            called(folder, *command, code=code)
        called(folder, "report", "last", "-o", "made.html")
        target.unlink(missing_ok=True)
        shutil.move(folder / "made.html", target)


def called(folder: Path, *arguments: str, code: int = 0) -> None:
    """Runs the installed command, with simulated models; raises `CalledProcessError` for another exit code."""
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=folder,
        env={**os.environ, "STATEWRIGHT_SIMULATE": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    if done.returncode != code:
        raise subprocess.CalledProcessError(done.returncode, ["statewright", *arguments], stderr=done.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
