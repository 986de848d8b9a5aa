"""The demo is what a newcomer sees first, so it is run as they run it."""

from __future__ import annotations

import subprocess
import sys

from tests.examples.command import EXAMPLES, LONGEST_S, ROOT


def test_the_demo_kills_resumes_and_replays_as_it_says() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo.py")], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("bit-identical") == 2
    assert "killed by SIGKILL" in done.stdout
    assert done.stdout.endswith("All of it happened as said.\n")
