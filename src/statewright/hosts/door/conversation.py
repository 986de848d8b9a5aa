"""One guest's conversation, on the owner's side: its lines are read, what they ask is done, and the answers queued."""

from __future__ import annotations

import asyncio
import os

import msgspec

import statewright
from statewright.errors import StatewrightError
from statewright.hosts.door import lines
from statewright.hosts.door.following import Following, Tail
from statewright.hosts.door.limits import Limits
from statewright.hosts.door.lines import (
    LINE_BYTES_MAX,
    NOT_A_LINE,
    VERSION,
    AnyRequest,
    Closing,
    Done,
    Standing,
    Terms,
    Welcome,
    line,
)
from statewright.hosts.door.outbox import Outbox
from statewright.hosts.door.problems import (
    guest_limit,
    guest_slow,
    line_limit,
    not_a_line,
    owner_fault,
    owner_left,
    version_differs,
)
from statewright.hosts.door.verbs import STANDING, VERBS, Owner, agree


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What all conversations of one door share."""

    owner: Owner
    terms: Terms
    limits: Limits
    tail: Tail
    conversations: dict[Conversation, asyncio.Task[None]] = {}


class Conversation:
    """Reads one guest's lines until it leaves. One that is refused from the start gets `refusal` for its greeting."""

    def __init__(
        self,
        house: House,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        refusal: StatewrightError | None = None,
    ) -> None:
        self._house = house
        self._reader = reader
        self._refusal = refusal
        self._outbox = Outbox(writer, house.limits, line(lines.refused(0, guest_slow(house.limits.slow_s))))
        self._free = asyncio.Semaphore(house.limits.requests_max)
        self._begun: set[asyncio.Task[None]] = set()
        self._standing: dict[int, asyncio.Task[None]] = {}
        self._following: dict[int, Following] = {}
        self._leaving = False

    async def hold(self) -> None:
        """Talks with the guest to the end. What it has begun is brought to its end; what it waits for is not."""
        try:
            await self._greet()
            while (request := await self._next()) is not None:
                await self._take(request)
        except StatewrightError as error:
            self._outbox.put(line(lines.refused(0, error)))
        finally:
            for task in self._standing.values():
                task.cancel()
            working = [*self._standing.values(), *self._begun]
            if working:
                await asyncio.wait(working)
            await self._outbox.finish()

    def see_out(self) -> None:
        """Ends what the guest waits for, and asks it to say no more: the owner is about to leave."""
        self._leaving = True
        for id, task in self._standing.items():
            if not task.done():
                task.cancel()
                self._outbox.put(line(lines.refused(id, owner_left(os.getpid()))))
        self._outbox.put(line(Closing()))

    def abort(self) -> None:
        """Ends the conversation in the middle of a line."""
        for task in self._begun:
            task.cancel()
        self._outbox.abort()

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(self._house.limits.hello_s):
                data = await self._line()
        except TimeoutError:
            raise not_a_line("it said nothing") from None
        if self._refusal is not None:
            raise self._refusal
        try:
            hello = lines.read_hello(data)
        except NOT_A_LINE:
            raise not_a_line("its first line is not a greeting") from None
        if hello.version != VERSION:
            raise version_differs("the guest", version=hello.version, release=hello.release, own=VERSION)
        self._outbox.put(line(Welcome(VERSION, statewright.__version__, os.getpid(), self._house.terms.tenant)))

    async def _next(self) -> AnyRequest | None:
        """Returns the next request, once there is room for its answer; None where the guest has left."""
        await self._outbox.room()
        data = await self._line()
        if not data:
            return None
        try:
            return lines.read_request(data)
        except NOT_A_LINE:
            raise not_a_line("it is not a request of this version") from None

    async def _line(self) -> bytes:
        """Returns a whole line; none where the guest has left, also in the middle of one: it has asked for nothing."""
        try:
            return await self._reader.readuntil()
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        except asyncio.LimitOverrunError:
            raise line_limit(LINE_BYTES_MAX) from None

    async def _take(self, request: AnyRequest) -> None:
        if isinstance(request, lines.Leave):
            if request.id in self._standing:
                self._standing[request.id].cancel()
        elif isinstance(request, lines.More):
            if request.id in self._following:
                self._following[request.id].more(request.taken)
        elif self._leaving:
            self._outbox.put(line(lines.refused(request.id, owner_left(os.getpid()))))
        elif isinstance(request, STANDING):
            self._stand(request)
        else:
            await self._free.acquire()
            task = asyncio.ensure_future(self._answer(request))
            self._begun.add(task)
            task.add_done_callback(self._freed)

    def _freed(self, task: asyncio.Task[None]) -> None:
        self._begun.discard(task)
        self._free.release()

    def _stand(self, request: AnyRequest) -> None:
        id, limit = request.id, self._house.limits.standing_max
        if id in self._standing or len(self._standing) >= limit:
            self._outbox.put(line(lines.refused(id, guest_limit(limit))))
            return
        task = self._standing[id] = asyncio.ensure_future(self._answer(request))
        task.add_done_callback(lambda _: self._standing.pop(id))

    async def _answer(self, request: AnyRequest) -> None:
        try:
            said = line(Done(request.id, lines.raw(await self._perform(request))))
        except StatewrightError as error:
            said = line(lines.refused(request.id, error))
        except Exception as fault:
            # A fault of ours in what a guest has asked: the guest hears of it, and the owner goes on with its own.
            said = line(lines.refused(request.id, owner_fault(fault)))
        self._outbox.put(said)

    async def _perform(self, request: AnyRequest) -> object:
        terms = self._house.terms
        if isinstance(request, lines.Follow):
            await self._follow(request)
            return None
        if isinstance(request, lines.Status):
            guests = len(self._house.conversations)
            return Standing(os.getpid(), statewright.__version__, terms.tenant, terms.folder, terms.simulate, guests)
        if isinstance(request, lines.Starting):
            agree(terms, request, os.getpid())
        return await VERBS[type(request)](self._house.owner, request)

    async def _follow(self, request: lines.Follow) -> None:
        following = self._following[request.id] = Following(request, self._house.owner, self._outbox)
        remove = self._house.tail.add(request.run, following)
        try:
            await following.run()
        finally:
            remove()
            del self._following[request.id]
