"""One conversation on the guest's side: requests go out under a number, and each answer finds whoever asked.

When the owner is gone, everything that was not answered is settled at once: asked again without harm, or in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

import statewright
from statewright.errors import StatewrightError
from statewright.hosts.door import lines
from statewright.hosts.door.lines import LINE_BYTES_MAX, NOT_A_LINE, VERSION, WINDOW, AnyReply, AnyRequest, line
from statewright.hosts.door.place import knocked
from statewright.hosts.door.problems import (
    answer_lost,
    line_limit,
    not_a_line,
    owner_left,
    owner_silent,
    version_differs,
)
from statewright.kernel.journal import Record

# An owner under load answers late; one that is stopped does not answer at all.
GREETING_S = 10.0
# A follower says that it has taken half a window, so that the other half is on its way meanwhile.
ACKNOWLEDGED_AT_ONCE = WINDOW // 2
# Asked again they change nothing more; a start or a signal with a key does not either.
REPEATABLE = (lines.Ended, lines.Follow, lines.Status, lines.Recover, lines.Resume)

Answer = TypeVar("Answer")
Heard = lines.Told | lines.Done | StatewrightError


class Asking:
    """Asks the owner of a folder, many things at once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, welcome: lines.Welcome) -> None:
        self.welcome = welcome
        self._reader = reader
        self._writer = writer
        self._last = 0
        self._open: dict[int, tuple[AnyRequest, asyncio.Queue[Heard]]] = {}
        # Why nothing can be asked any more.
        self._over: StatewrightError | None = None
        self._hearing = asyncio.ensure_future(self._hear())

    @classmethod
    async def open(cls, data: Path, *, greeting_s: float = GREETING_S) -> Asking:
        """Knocks at the door of a folder, and is let in or told why not."""
        reader, writer = await asyncio.open_unix_connection(sock=knocked(data), limit=LINE_BYTES_MAX)
        try:
            async with asyncio.timeout(greeting_s):
                writer.write(line(lines.Hello(VERSION, statewright.__version__)))
                return cls(reader, writer, _welcomed(await _reply(reader)))
        except TimeoutError:
            writer.transport.abort()
            raise owner_silent(str(data), greeting_s) from None
        except BaseException:
            writer.transport.abort()
            raise

    async def answer(self, request: AnyRequest, kind: type[Answer]) -> Answer:
        """Returns the answer to one request, or raises what the owner raised."""
        id, heard = self._ask(request)
        try:
            said = await heard.get()
        except asyncio.CancelledError:
            self._leave(id, request)
            raise
        finally:
            del self._open[id]
        if isinstance(said, StatewrightError):
            raise said
        assert isinstance(said, lines.Done), said
        return msgspec.json.decode(said.value, type=kind)

    async def follow(self, request: lines.Follow) -> AsyncGenerator[Record, None]:
        """Yields the records of a run, until its last one."""
        id, heard = self._ask(request)
        taken = 0
        try:
            while not isinstance(said := await heard.get(), lines.Done):
                if isinstance(said, StatewrightError):
                    raise said
                yield said.record()
                taken += 1
                if taken == ACKNOWLEDGED_AT_ONCE:
                    self._say(lines.More(id=id, taken=taken))
                    taken = 0
        except (asyncio.CancelledError, GeneratorExit):
            self._leave(id, request)
            raise
        finally:
            del self._open[id]

    async def close(self) -> None:
        """Leaves. What the owner has begun for us goes on."""
        self._over = self._over or owner_left(self.welcome.pid)
        self._hearing.cancel()
        self._writer.close()
        await asyncio.wait([self._hearing])
        # The owner may be gone already; either way there is nothing left to say.
        with suppress(OSError):
            await self._writer.wait_closed()

    def _ask(self, request: AnyRequest) -> tuple[int, asyncio.Queue[Heard]]:
        if self._over is not None:
            raise self._over
        self._last += 1
        numbered = msgspec.structs.replace(request, id=self._last)
        self._say(numbered)
        self._open[self._last] = numbered, asyncio.Queue()
        return self._last, self._open[self._last][1]

    def _leave(self, id: int, request: AnyRequest) -> None:
        if isinstance(request, lines.Ended | lines.Follow):
            self._say(lines.Leave(id=id))

    def _say(self, request: AnyRequest) -> None:
        if self._over is None:
            self._writer.write(line(request))

    async def _hear(self) -> None:
        try:
            while True:
                self._take(await _reply(self._reader))
        except StatewrightError as error:
            # What the owner said of the whole conversation is worth more than that the line is cut now.
            self._over = self._over or error
        finally:
            for request, heard in self._open.values():
                heard.put_nowait(self._unanswered(request))
            self._writer.close()

    def _take(self, reply: AnyReply) -> None:
        if isinstance(reply, lines.Closing):
            self._over = owner_left(self.welcome.pid)
            self._writer.write_eof()
        elif isinstance(reply, lines.Refused) and not reply.id:
            self._over = reply.error()
        elif not isinstance(reply, lines.Welcome) and reply.id in self._open:
            self._open[reply.id][1].put_nowait(reply.error() if isinstance(reply, lines.Refused) else reply)

    def _unanswered(self, request: AnyRequest) -> StatewrightError:
        over = self._over or owner_left(self.welcome.pid)
        if isinstance(request, REPEATABLE) or getattr(request, "key", None):
            return over
        return answer_lost(self.welcome.pid, lines.verb(request), getattr(request, "run", ""))


async def _reply(reader: asyncio.StreamReader) -> AnyReply:
    try:
        return lines.read_reply(await reader.readuntil())
    except (asyncio.IncompleteReadError, ConnectionError):
        raise owner_left() from None
    except asyncio.LimitOverrunError:
        raise line_limit(LINE_BYTES_MAX) from None
    except NOT_A_LINE:
        raise not_a_line("what listens there is no owner") from None


def _welcomed(reply: AnyReply) -> lines.Welcome:
    if isinstance(reply, lines.Refused):
        raise reply.error()
    if isinstance(reply, lines.Closing):
        raise owner_left()
    if not isinstance(reply, lines.Welcome):
        raise not_a_line("an owner greets first")
    if reply.version != VERSION:
        raise version_differs("the owner", version=reply.version, release=reply.release, own=VERSION)
    return reply
