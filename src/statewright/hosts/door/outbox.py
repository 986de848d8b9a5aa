"""The lines on their way to one guest: bounded, sent in order, and given up where the guest takes nothing."""

from __future__ import annotations

import asyncio
from collections import deque

from statewright.hosts.door.limits import Limits


class Outbox:
    """Sends lines through a task of its own, so that nobody waits for a guest but those who work for it."""

    def __init__(self, writer: asyncio.StreamWriter, limits: Limits, farewell: bytes) -> None:
        self._writer = writer
        self._limits = limits
        self._farewell = farewell
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._stirred = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._finishing = False
        self._sending = asyncio.ensure_future(self._send())

    def put(self, line: bytes) -> None:
        """Queues a line; one for a guest that has gone is dropped."""
        if self._finishing or self._sending.done():
            return
        self._lines.append(line)
        self._bytes += len(line)
        if self._bytes >= self._limits.outbox_bytes_max:
            self._has_room.clear()
        self._stirred.set()

    async def room(self) -> None:
        """Waits until the guest has taken enough for another line."""
        await self._has_room.wait()

    async def finish(self) -> None:
        """Sends what is queued and lets the guest go; it takes no more lines from here on."""
        self._finishing = True
        self._stirred.set()
        await asyncio.wait([self._sending])

    def abort(self) -> None:
        """Lets the guest go in the middle of a line."""
        self._sending.cancel()
        self._writer.transport.abort()

    async def _send(self) -> None:
        try:
            while not (self._finishing and not self._lines):
                self._stirred.clear()
                await self._flush()
                if not self._finishing:
                    await self._stirred.wait()
        except TimeoutError:
            await self._drop()
        except OSError:
            # The guest has gone; its reader ends the conversation.
            self._lines.clear()
        finally:
            self._has_room.set()
            self._writer.close()

    async def _flush(self) -> None:
        while self._lines:
            line = self._lines.popleft()
            self._writer.write(line)
            async with asyncio.timeout(self._limits.slow_s):
                await self._writer.drain()
            self._bytes -= len(line)
            if self._bytes < self._limits.outbox_bytes_max:
                self._has_room.set()

    async def _drop(self) -> None:
        """Says why, in case the guest looks up again, and then lets go of what it did not take."""
        self._lines.clear()
        self._writer.write(self._farewell)
        try:
            async with asyncio.timeout(self._limits.farewell_s):
                await self._writer.drain()
        except (TimeoutError, OSError):
            self._writer.transport.abort()
