"""The one who kills: runs the installed command on a thirty-step project, ends it by SIGKILL, and reads back.

It believes only what the command printed, what the ledger of effects holds, and a reader that shares no code with us.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.examples.command import COMMAND, LONGEST_S, statewright
from tests.independent_reader import read_folder

PROJECT = Path(__file__).with_name("project")
EXPECTED = {"values": list(range(20)), "sides": list(range(10))}
STEPS = 30


class Child:
    """One command under way. Its output is read while it runs, so that it never waits for us."""

    def __init__(
        self, folder: Path, *arguments: str, env: dict[str, str] | None = None, ends: tuple[int, ...] = (0, -9)
    ) -> None:
        self.lines: list[str] = []
        self._ends = ends
        self.first = threading.Event()
        self._process = subprocess.Popen(
            [str(COMMAND), *arguments, "-o", "jsonl"],
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._complain)]
        self._complaints = ""
        for reader in self._readers:
            reader.start()

    def killed(self, after: float, *, from_first_line: bool) -> bool:
        """Kills the command `after` seconds; returns False where it ended before."""
        if from_first_line:
            self.first.wait(LONGEST_S)
        try:
            self._process.wait(after)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self.ended() == -9

    def ended(self) -> int:
        """Waits for the end and returns the exit code; a traceback is never part of one."""
        code = self._process.wait(LONGEST_S)
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()
        assert "Traceback" not in self._complaints, self._complaints
        assert code in self._ends, f"exit {code}: {self._complaints}"
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            self.first.set()
        self.first.set()

    def _complain(self) -> None:
        assert self._process.stderr is not None
        self._complaints = self._process.stderr.read()


class Vandal:
    """A project, its data folder, and everything that was ever acknowledged."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.folder = folder
        self.ledger = folder / "ledger.jsonl"
        self._said: dict[tuple[str, int], str] = {}
        self._runs: set[str] = set()
        self._done: set[str] = set()

    def run(self, env: dict[str, str] | None = None, ends: tuple[int, ...] = (0, -9)) -> Child:
        """Starts one run of thirty steps."""
        return Child(self.folder, "run", "thirty", "-i", f"ledger={self.ledger}", env=env, ends=ends)

    def resume(self, env: dict[str, str] | None = None, ends: tuple[int, ...] = (0, -9)) -> Child:
        """Goes on with every run that is not over."""
        return Child(self.folder, "runs", "resume", "--all", env=env, ends=ends)

    def believe(self, lines: Iterable[str]) -> None:
        """Notes what a command has acknowledged; a line that was cut by the kill was not."""
        for line in lines:
            if line.endswith("\n"):
                self._note(json.loads(line))

    def check(self) -> dict[str, list[Any]]:
        """Reads everything back: nothing acknowledged is missing, nothing was recorded twice; returns the journals."""
        journals = self._journals()
        for run in self._runs:
            assert run in journals, f"{run} was acknowledged and is lost"
        for (run, seq), type in self._said.items():
            assert len(journals[run]) >= seq, f"record {seq} of {run} was acknowledged and is lost"
            assert journals[run][seq - 1]["event"]["type"] == type
        for run, records in journals.items():
            self._check_effects(run, [record["event"] for record in records])
        return journals

    def finish(self) -> None:
        """Lets every run end undisturbed, and expects each to have done exactly what it should."""
        child = self.resume()
        assert child.ended() == 0
        self.believe(child.lines)
        journals = self.check()
        steps = Counter(step.partition("/")[0] for step in self._entries().values())
        assert steps == dict.fromkeys(journals, STEPS)
        listed = statewright("runs", "list", "-o", "json", "--limit", str(len(journals) + 1), cwd=self.folder)
        assert {row["run"]: row["status"] for row in json.loads(listed)} == dict.fromkeys(journals, "done")

    def unfinished(self) -> int:
        """Returns how many acknowledged runs have not been seen to end."""
        return len(self._runs - self._done)

    def _note(self, line: dict[str, Any]) -> None:
        self._runs.add(line["run"])
        if line["kind"] == "event":
            self._said[line["run"], line["seq"]] = line["type"]
        elif line["kind"] == "result":
            self._done.add(line["run"])
            assert (line["status"], line["output"]) == ("done", EXPECTED), line

    def _check_effects(self, run: str, events: list[dict[str, Any]]) -> None:
        """I-11 and I-12: one answer per effect, and no attempt that the journal does not explain."""
        answered = Counter(event["effect"] for event in events if event["type"] == "Answered")
        assert set(answered.values()) <= {1}, f"{run} recorded an answer twice"
        resumed = sum(1 for event in events if event["type"] == "Resumed")
        attempts = Counter(key for key, step in self._lines() if step.startswith(f"{run}/"))
        assert set(answered) <= set(attempts), f"{run} recorded an answer that nobody gave"
        assert max(attempts.values(), default=0) <= 1 + resumed, f"{run} tried more often than it was resumed"

    def _entries(self) -> dict[str, str]:
        """Returns key -> step; a key that stands for two steps, or a step under two keys, breaks I-13."""
        entries: dict[str, str] = {}
        for key, step in self._lines():
            assert entries.setdefault(key, step) == step, f"key {key} was sent for two effects"
        assert len(set(entries.values())) == len(entries), "one effect was sent under two keys"
        return entries

    def _lines(self) -> list[tuple[str, str]]:
        if not self.ledger.exists():
            return []
        entries = [json.loads(line) for line in self.ledger.read_text("utf-8").splitlines()]
        return [(entry["key"], entry["step"]) for entry in entries]

    def _journals(self) -> dict[str, list[Any]]:
        """Reads the folder by the reader that knows nothing of us; before the first commit there may be no table."""
        if not self._runs and not self.ledger.exists():
            return {}
        return {run: records for (_, run), records in read_folder(self.folder / ".statewright").items()}
