"""What `make demo` shows: two of the seed's workflows with simulated models, one of them killed half-way.

It uses only the installed command and temporary folders, and leaves with 1 if anything is not as it says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).resolve().parent
COMMAND = Path(sys.executable).with_name("statewright")
# A command that takes longer than this will not end.
LONGEST_S = 60
REQUEST = {
    "customer_id": "C-42",
    "message": "The technical setup of my router fails since Monday",
    "priority": "high",
}
# Stands in for a notification service that accepts a message and does not answer. Its sandbox outlives the killed
# command, so it gives up by itself.
SILENT_SERVICE = "export const send = () => new Promise(() => setTimeout(() => {}, 10_000));\n"


class NotAsSaid(Exception):
    """Raised where something the demo promises did not happen."""


def main() -> int:
    """Runs both parts and returns the exit code."""
    try:
        with tempfile.TemporaryDirectory(prefix="statewright-demo-") as folder:
            hello(Path(folder) / "hello-world")
            support(Path(folder) / "support-and-data")
    except NotAsSaid as problem:
        print(f"\nNOT AS SAID: {problem}", file=sys.stderr)
        return 1
    print("\nAll of it happened as said.")
    return 0


def hello(folder: Path) -> None:
    """Runs hello-world in a folder with nothing but the seed's block."""
    print("1. hello-world: the seed's block as it stands, no key, no server, no account.")
    shutil.copytree(EXAMPLES / "hello-world", folder, ignore=shutil.ignore_patterns(".statewright"))
    result = json.loads(called(folder, "run", "hello-world", "-i", "name=Alice", "--simulate", "-o", "json"))
    expect(result["status"] == "done", f"hello-world ended as {result['status']!r}")
    expect(result["simulated"] is True, "a simulated answer must say that it is one")
    print(f"   greeting: {result['output']['greeting']}")
    replayed(folder, result["run"])


def support(folder: Path) -> None:
    """Kills the support workflow while it waits for a notification, and lets it go on."""
    print("\n2. intelligent-customer-support: killed half-way, then resumed.")
    shutil.copytree(EXAMPLES / "support-and-data", folder, ignore=shutil.ignore_patterns(".statewright"))
    run, models_before = killed(folder)
    print("   resumed by: statewright runs resume", run)
    printed = called(folder, "runs", "resume", run, "--operator", "operator.yaml", "-o", "json")
    result = json.loads(printed)
    expect(result["status"] == "done", f"the resumed run ended as {result['status']!r}")
    events = events_of(folder, run)
    expect(any(event["type"] == "Resumed" for event in events), "the journal must say that the run was resumed")
    models = result["usage"]
    expect(models == models_before, f"a model was asked again: {models_before} became {models}")
    print(f"   done: {result['output']['classification']['category']!r}, {len(events)} events,")
    print("   the notification was sent as its second attempt, and no model was asked twice.")
    replayed(folder, run)


def killed(folder: Path) -> tuple[str, Any]:
    """Starts the run where no notification is ever answered, kills it there, and returns what it had used."""
    (folder / "silent.js").write_text(SILENT_SERVICE, "utf-8")
    (folder / "silent.yaml").write_text("modules: { notification-service: ./silent.js }\n", "utf-8")
    arguments = ["run", "intelligent-customer-support", "--input", json.dumps(REQUEST), "--simulate"]
    child = subprocess.Popen(
        [str(COMMAND), *arguments, "--operator", "silent.yaml", "-o", "jsonl"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    run, said = "", 0
    for line in child.stdout:
        told = json.loads(line)
        run, said = told["run"], said + (told["kind"] == "event")
        if told["kind"] == "task" and told["id"] == "technical_resolution" and told["status"] == "success":
            break
    child.kill()
    child.wait(LONGEST_S)
    child.stdout.close()
    shown = json.loads(called(folder, "runs", "show", run, "-o", "json"))
    expect(shown["status"] == "running", f"the killed run is {shown['status']!r}")
    expect(shown["seq"] >= said, f"{said} events were acknowledged, {shown['seq']} are there")
    print(f"   killed by SIGKILL after {shown['seq']} events, while a notification was on its way.")
    return run, shown["usage"]


def replayed(folder: Path, run: str) -> None:
    """Replays a run in a process with another hash seed and time zone, and expects no difference."""
    elsewhere = {"PYTHONHASHSEED": "99", "TZ": "Pacific/Chatham"}
    said = called(folder, "replay", run, "--verify", env=elsewhere)
    expect("bit-identical" in said, said)
    print(f"   {said.strip().splitlines()[0]}")


def events_of(folder: Path, run: str) -> list[dict[str, Any]]:
    """Returns a run's events as the command lists them."""
    return [json.loads(line) for line in called(folder, "runs", "events", run, "-o", "jsonl").splitlines()]


def called(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Runs the installed command and returns what it printed."""
    done = subprocess.run(
        [str(COMMAND), *arguments],
        cwd=folder,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    expect(done.returncode == 0, f"statewright {arguments[0]} left with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(holds: bool, otherwise: str) -> None:
    """Raises `NotAsSaid` where something does not hold."""
    if not holds:
        raise NotAsSaid(otherwise)


if __name__ == "__main__":
    sys.exit(main())
