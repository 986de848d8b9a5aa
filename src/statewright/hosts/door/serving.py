"""The owner's side of the door: lets guests in, one conversation each, and sees them out before the owner leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

from statewright.errors import StatewrightError
from statewright.hosts.door.conversation import Conversation, House
from statewright.hosts.door.following import Tail
from statewright.hosts.door.limits import LIMITS, Limits
from statewright.hosts.door.lines import LINE_BYTES_MAX, Terms
from statewright.hosts.door.place import Doorway, is_same_user
from statewright.hosts.door.problems import door_forbidden, door_full
from statewright.hosts.door.verbs import Owner


class Door:
    """An open door: while it is open, other processes of the same user reach the folder's owner."""

    def __init__(self, doorway: Doorway, house: House) -> None:
        self._doorway = doorway
        self._house = house
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls, data: Path, owner: Owner, terms: Terms, *, limits: Limits = LIMITS) -> Door:
        """Opens the door of a data folder whose lock this process holds.

        Raises `DOOR_UNAVAILABLE` where the machine has no way to make one: its owner can go on without.
        """
        door = cls(Doorway(data), House(owner=owner, terms=terms, limits=limits, tail=Tail(owner)))
        door._server = await asyncio.start_unix_server(door._knocked, sock=door._doorway.socket, limit=LINE_BYTES_MAX)
        return door

    async def close(self) -> None:
        """Sees the guests out. What they have begun is answered, what they wait for is handed over to them.

        Call it before the host closes; a second time nothing happens. A guest that does not listen is not waited for
        beyond `drain_s`.
        """
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        self._doorway.close()
        for conversation in self._house.conversations:
            conversation.see_out()
        held = list(self._house.conversations.values())
        if not held:
            return
        _, late = await asyncio.wait(held, timeout=self._house.limits.drain_s)
        if late:
            for conversation in self._house.conversations:
                conversation.abort()
            await asyncio.wait(late)

    async def _knocked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations = self._house.conversations
        conversation = Conversation(self._house, reader, writer, refusal=self._refusal(writer))
        task = asyncio.current_task()
        assert task is not None, "the server calls this in a task"
        conversations[conversation] = task
        try:
            await conversation.hold()
        finally:
            del conversations[conversation]

    def _refusal(self, writer: asyncio.StreamWriter) -> StatewrightError | None:
        if not is_same_user(writer.get_extra_info("socket")):
            return door_forbidden("it does not let you in")
        if len(self._house.conversations) >= self._house.limits.guests_max:
            return door_full(self._house.limits.guests_max)
        return None
