"""Where sessions are tried on bad disks. Each trial has a fresh copy of a prepared folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.crash.arena_child import BROKEN, LONGEST_S, Ending, Trial
from tests.crash.bad_disk import Plan
from tests.store.test_crash import ENVIRONMENT


class Arena:
    """One helping process and a folder of its own. `prepared` is what every trial begins with."""

    def __init__(self, place: Path, session: str) -> None:
        self.prepared = place / "prepared"
        self.prepared.mkdir(parents=True)
        self.folder = place / "folder"
        self.session = session
        self._spare = place / "spare"
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.arena_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )

    def renew(self) -> None:
        """Makes the folder what was prepared."""
        for path in (self.folder, self._spare):
            shutil.rmtree(path, ignore_errors=True)
        self._spare.mkdir()
        shutil.copytree(self.prepared, self.folder)

    def live(self, plan: Plan | None = None, life_s: float = LONGEST_S) -> Ending:
        """Lets a process live the session, as the folder is now, to its end or for so long."""
        trial = Trial(self.session, str(self.folder), str(self._spare), plan or Plan(), life_s)
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(msgspec.json.encode(trial) + b"\n")
        self._child.stdin.flush()
        ending = msgspec.json.decode(self._child.stdout.readline(), type=Ending)
        assert ending.code != BROKEN, ending.trace
        return ending

    def close(self) -> None:
        """Lets the helping process go."""
        self._child.communicate(timeout=LONGEST_S)
