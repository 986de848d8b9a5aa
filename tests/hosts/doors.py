"""What the tests of the door share: a project, its owner, and lines said by hand to the socket in its folder."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from statewright.app.application import App
from statewright.app.opening import open_app
from statewright.app.performing import Performing
from statewright.hosts.door.guest import Guest
from statewright.hosts.door.limits import LIMITS, Limits
from statewright.hosts.door.lines import LINE_BYTES_MAX, VERSION, Terms
from statewright.hosts.door.place import DOOR_FILE
from statewright.hosts.door.serving import Door
from statewright.settings.place import read_settings
from tests.house.sources import ROOT

# It waits for as many signals as its input says, and ends with what each of them brought.
GATE = """\
name: gate
config:
  input:
    type: object
    properties:
      doors: { type: array }
tasks:
  - id: doors
    type: collection
    items: "{{ .workflow.input.doors }}"
    mode: sequential
    task: { id: "door-{{ .index }}", type: wait, wait_for: knock, condition: "true", timeout: 1h }
outputs:
  heard: "{{ len .workflow.input.doors }}"
"""


def gated(folder: Path) -> Path:
    """Returns the folder with a project that waits for people."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compozy.yaml").write_text(GATE, "utf-8")
    return folder


@asynccontextmanager
async def opened(folder: Path, *, write: bool = True) -> AsyncIterator[App]:
    """Opens the project: the first is the folder's owner, the next ones its guests."""
    async with open_app(read_settings({}, cwd=str(folder)), write=write) as app:
        yield app


def terms_of(app: App) -> Terms:
    """Returns under what the application runs workflows."""
    programs = {} if app.loaded is None else {id: program.digest for id, program in app.loaded.programs.items()}
    return Terms(tenant=app.settings.tenant, folder=str(app.settings.folder), programs=programs)


@asynccontextmanager
async def served(app: App, data: Path, limits: Limits = LIMITS) -> AsyncIterator[Door]:
    """Opens another door to the same owner, with limits of its own, in a folder of its own."""
    data.mkdir(parents=True, exist_ok=True)
    performing = app._verbs
    assert isinstance(performing, Performing)
    door = await Door.open(data, performing, terms_of(app), limits=limits)
    try:
        yield door
    finally:
        await door.close()


@asynccontextmanager
async def visiting(app: App, data: Path | None = None, **changed: Any) -> AsyncIterator[Guest]:
    """Enters as a guest that means the same as the owner, or something else."""
    terms = msgspec.structs.replace(terms_of(app), **changed)
    guest = await Guest.enter(data or app.settings.data, terms, app.state)
    try:
        yield guest
    finally:
        await guest.close()


class Stranger:
    """Says to a door whatever a test wants, byte for byte."""

    def __init__(self, data: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.connect(str(data / DOOR_FILE))
        self._heard = b""

    async def greet(self) -> dict[str, Any]:
        """Says what a guest says first."""
        return await self.ask({"say": "hello", "version": VERSION})

    async def ask(self, said: dict[str, Any]) -> dict[str, Any]:
        """Says a line, and returns the next one that comes."""
        await self.say(msgspec.json.encode(said) + b"\n")
        return await self.hear()

    async def say(self, data: bytes) -> None:
        """Says bytes."""
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def hear(self) -> dict[str, Any]:
        """Returns the next line; an empty one where the owner has closed the conversation."""
        while b"\n" not in self._heard:
            data = await asyncio.get_running_loop().sock_recv(self.socket, LINE_BYTES_MAX)
            if not data:
                return {}
            self._heard += data
        said, _, self._heard = self._heard.partition(b"\n")
        return msgspec.json.decode(said, type=dict[str, Any])

    def leave(self) -> None:
        """Leaves without a word."""
        self.socket.close()


async def process(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """Starts one of the scripts of these tests as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.hosts.{script}",
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
