"""Effects seen from where they arrive: a service counts what reaches it while the process is ended, again and again."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import statewright.sync
from tests.conftest import SOAKING
from tests.crash.arena import Arena
from tests.crash.arena_child import ENDED
from tests.crash.bad_disk import Plan
from tests.crash.sink import Sink, serving
from tests.independent_reader import read

PROJECT = Path(__file__).with_name("sink_project")
# A season is one folder with its runs; the journals are read back after every end, so it stays short.
KILLS, SEASONS = 15, 40 if SOAKING else 2
# A process has done all of its work after about this long, seconds, and after about so many operations of the disk.
LIFE_S, OPERATIONS = 0.25, 150
OUTPUT = {"paid": [str(n) for n in range(5)], "last": [str(n) for n in range(5)]}
Events = list[dict[str, Any]]


class Season:
    """One data folder, its runs, and the service that they reach."""

    def __init__(self, arena: Arena, sink: Sink) -> None:
        shutil.copytree(PROJECT, arena.prepared, dirs_exist_ok=True)
        (arena.prepared / "operator.yaml").write_text(f"hosts: {{ sink.internal: '{sink.origin}' }}\n", "utf-8")
        arena.renew()
        self.arena = arena
        self.sink = sink
        self.said: list[dict[str, Any]] = []

    def journals(self) -> dict[str, Events]:
        data = self.arena.folder / ".statewright"
        if not self.said and not self.sink.requests:
            return {}
        return {run: [record["event"] for record in records] for run, records in read(data).items()}

    def live(self, chance: random.Random) -> int:
        """Lets a process live for a while: until some moment, or until some operation of its disk."""
        if chance.random() < 0.5:
            ending = self.arena.live(life_s=chance.uniform(0.005, LIFE_S))
        else:
            ending = self.arena.live(Plan("kill", chance.randint(1, OPERATIONS)))
        self.said += ending.said
        return ending.code

    def check(self) -> None:
        """By the ledger and the journals alone."""
        journals = self.journals()
        assert {word["run"] for word in self.said} <= set(journals), "I-01: an acknowledged run is lost"
        path_of: dict[str, str] = {}
        for request in self.sink.requests:
            assert path_of.setdefault(request.key, request.path) == request.path, "I-13: one key for two effects"
        assert len(set(path_of.values())) == len(path_of), "I-13: two keys for one effect"
        attempts = Counter(request.key for request in self.sink.requests)
        assert {key.partition(":")[0] for key in attempts} <= set(journals), "I-12: an attempt before its record"
        for run, events in journals.items():
            self._check_run(run, events, {key: n for key, n in attempts.items() if key.startswith(f"{run}:")})

    def _check_run(self, run: str, events: Events, attempts: dict[str, int]) -> None:
        answered = Counter(event["effect"] for event in events if event["type"] == "Answered")
        assert set(answered.values()) <= {1}, "I-11: an answer was recorded twice"
        assert set(answered) <= set(attempts), "I-11: an answer that nobody gave"
        # The first attempt, one each time the run was taken up again, and one after each refusal.
        resumed = sum(event["type"] == "Resumed" for event in events)
        refused = Counter(event["effect"] for event in events if event["type"] == "Refused")
        for key, count in attempts.items():
            assert count <= 1 + resumed + refused[key], f"I-12: {count} attempts of {key} are more than are recorded"
        letters = [request for request in self.sink.requests if request.path == f"/letter/{run}"]
        assert len(letters) <= 1, "I-14: what may happen once at most was asked for twice"


@pytest.fixture(params=range(SEASONS))
def season(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Season]:
    arena = Arena(tmp_path, "sunk")
    try:
        with serving(f"sink-{request.param}") as sink:
            yield Season(arena, sink)
    finally:
        arena.close()


@pytest.mark.soak
def test_a_service_is_asked_no_more_than_the_journal_explains(season: Season, request: pytest.FixtureRequest) -> None:
    """I-01, I-11, I-12, I-13, I-14; F1. The service cuts one reply in nine off."""
    chance, kills = random.Random(request.node.name), 0
    while kills < KILLS:
        kills += season.live(chance) != ENDED
        season.check()
    last = season.arena.live()
    season.said += last.said
    season.check()
    assert last.code == ENDED, last.refusal
    with statewright.sync.open(season.arena.folder, operator=str(season.arena.folder / "operator.yaml")) as project:
        ends = {run.id: (run.status, run.state().output) for run in project.runs(limit=1_000)}
    assert set(ends) == set(season.journals())
    assert all(end == ("done", OUTPUT) for end in ends.values()), ends
