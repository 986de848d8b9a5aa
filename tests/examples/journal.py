"""What a run's journal holds, read by the reader that shares nothing with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.independent_reader import read_folder


def bytes_of(folder: Path) -> bytes:
    """Returns every byte of the data folder, to look for what must not be there."""
    return b"".join(file.read_bytes() for file in sorted((folder / ".statewright").rglob("*")) if file.is_file())


def answers(folder: Path, run: str) -> list[Any]:
    """Returns the values of a run's answered calls, in order."""
    return [event["value"] for event in events(folder, run) if event["type"] == "Answered"]


def objects(folder: Path, run: str, field: str) -> list[Any]:
    """Returns the structured answers of models that have this field."""
    found = [answer.get("object") for answer in answers(folder, run) if isinstance(answer, dict)]
    return [one for one in found if isinstance(one, dict) and field in one]


def events(folder: Path, run: str) -> list[Any]:
    """Returns a run's events."""
    return [record["event"] for record in read_folder(folder / ".statewright")["default", run]]
