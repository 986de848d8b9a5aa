"""Kept journals in other surroundings: not a byte of a decision or a state may differ (I-20, I-23, I-25; F20)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.examples.command import LONGEST_S, ROOT
from tests.house.sealed import run_sealed
from tests.replays import journals

# Flags of the interpreter, variables, working directory, umask.
SURROUNDINGS: list[tuple[list[str], dict[str, str], str, int]] = [
    ([], {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}, "/", 0o022),
    (["-O"], {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}, "/", 0o077),
    (["-OO"], {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8"}, "/tmp", 0o000),
    (["-X", "utf8=0"], {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}, "/", 0o777),
    (["-X", "utf8=1"], {"PYTHONHASHSEED": "random", "TZ": "Pacific/Apia", "LANG": "ar_EG.UTF-8"}, "/", 0o022),
    (["-X", "dev"], {"PYTHONHASHSEED": "random", "TZ": ":nowhere", "PYTHONINTMAXSTRDIGITS": "640"}, "/", 0o022),
]


def told(flags: list[str], variables: dict[str, str], folder: str, umask: int) -> str:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, *flags, "-m", "tests.replays.elsewhere_child"],
        cwd=folder,
        umask=umask,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def here() -> str:
    """What this process makes of the journals."""
    return told([], {}, str(ROOT), 0o022)


@pytest.mark.parametrize("surroundings", SURROUNDINGS, ids=lambda one: " ".join([*one[0], one[1]["TZ"]]))
def test_a_kept_journal_is_decided_alike_everywhere(
    here: str, surroundings: tuple[list[str], dict[str, str], str, int]
) -> None:
    assert told(*surroundings) == here
    assert here.count("\n") == len(journals.names())


def test_every_kept_journal_is_decided_in_a_sealed_process() -> None:
    """I-23, I-25: no clock, chance, environment, file or socket; nothing is performed, as nothing could be."""
    prepare = """
        import encodings.ascii, encodings.idna, re, zoneinfo
        from tests.replays import journals
        kept = [journals.read(name) for name in journals.names()]
        programs = [one.program() for one in kept]
        # What a first decision imports or compiles is there from then on.
        for one, program in zip(kept, programs): one.folded(program)
    """
    act = "answer = [one.folded(program).divergence is None for one, program in zip(kept, programs)]"
    assert run_sealed(prepare, act) == [True] * len(journals.names())
