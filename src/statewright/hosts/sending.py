"""A signal that a run sends: told to all who listen, a page of them at a time, then answered once, when all is durable.

Of each sender one signal after another goes round, so that nobody hears them in another order (R14). One that the disk
refused somewhere goes round again, and those behind it wait: whoever has heard it knows it by its id.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.fair import Key
from statewright.hosts.lane import Taken
from statewright.hosts.reaching import RUN_ID_MAX, Accepted, Library, Runs, started_by
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Send, child_id
from statewright.kernel.events import Answered, Received, Refused
from statewright.kernel.program import Program
from statewright.kernel.signals import can_read
from statewright.kernel.state import State
from statewright.kernel.values import Json
from statewright.store.contract import IndexRow, Store

# Rows read at once: a query of a millisecond, which is all that a turn of the loop does for runs that do not listen.
PAGE = 256
_FOREIGN = re.compile(r"[^a-z0-9_-]")


class _Sender(msgspec.Struct):
    """The signals of one run that are not answered yet, in the order in which they were sent."""

    line: deque[Send]  # those that are still to go round
    going: dict[tuple[str, int], Send]  # by effect and attempt: those whose round is not over, or has failed
    out: int = 0  # rounds that are not over
    walks: bool = False
    failed: bool = False  # the disk refused one somewhere


class _Round(msgspec.Struct):
    """One signal on its way, and what became of it."""

    key: Key
    send: Send
    left: int = 1  # who is still to say that it is durable; the walk itself is one of them
    told: int = 0
    refused: list[Rejected] = []
    failed: bool = False
    fault: StatewrightError | None = None  # what kept the walk from its end


class Sending:
    """Sends signals."""

    def __init__(self, runs: Runs, store: Store, programs: Callable[[str], Program], library: Library) -> None:
        self._runs = runs
        self._store = store
        self._programs = programs
        self._library = library
        self._senders: dict[Key, _Sender] = {}

    def send(self, key: Key, send: Send) -> None:
        """Tells everybody who listens, and starts what the signal triggers; the sender goes on once all is durable."""
        sender = self._senders.setdefault(key, _Sender(deque(), {}))
        sender.line.append(send)
        self._go(key, sender)

    def stop(self, key: Key, send: Send) -> None:
        """Lets a signal that is under way go round all the same. One that nobody is at any more is over."""
        sender = self._senders.get(key)
        if sender is None or all(one.id != send.id for one in (*sender.line, *sender.going.values())):
            self._close(key, send, _cancelled)

    def _go(self, key: Key, sender: _Sender) -> None:
        if not sender.walks and not sender.failed:
            sender.walks = True
            self._runs.walk(key, self._walk(key, sender))

    def _walk(self, key: Key, sender: _Sender) -> Iterator[None]:
        while sender.line and not sender.failed:
            send = sender.line.popleft()
            by = self._sent_by(key, send)
            if by is not None:
                sender.going[send.id, send.attempt] = send
                sender.out += 1
                yield from self._go_round(_Round(key, send), sender, by)
        sender.walks = False
        self._rest(key, sender)

    def _sent_by(self, key: Key, send: Send) -> State | None:
        """Returns the state of the sender if it, ahead of the disk, still waits for this attempt (R10)."""
        try:
            lane = self._runs.open(key)
        except StatewrightError:
            # Whoever asks for the run is told what is wrong with it; once it can be read, it asks again (R4).
            return None
        pending = lane.state.pending.get(send.id) if lane is not None else None
        if lane is None or pending is None or pending.attempt != send.attempt:
            return None
        if pending.status == "closing":
            self._close(key, send, _cancelled)
        return lane.state if pending.status == "issued" else None

    def _go_round(self, round: _Round, sender: _Sender, by: State) -> Iterator[None]:
        try:
            for _ in self._tell_all(round, sender, by):
                if sender.failed:
                    # What is told from here on could overtake the signal that failed.
                    round.failed = True
                    break
                yield
        except StatewrightError as fault:
            round.fault = fault
        self._heard(round, sender)

    def _tell_all(self, round: _Round, sender: _Sender, by: State) -> Iterator[None]:
        send, reads, end = round.send, dict[str, bool](), -1
        while end:
            page = self._store.running(round.key[0], before=max(0, end), limit=PAGE)
            end = page.end
            for row in page.rows:
                if self._listens(row, send, reads):
                    self._tell(round, sender, (row.tenant, row.run))
                    yield
            yield
        for workflow in self._library.triggered_by(send.name):
            self._trigger(round, sender, by, workflow)
            yield

    def _listens(self, row: IndexRow, send: Send, reads: dict[str, bool]) -> bool:
        """Says whether a run may listen. What cannot be read hears nothing, and keeps nobody else from hearing."""
        if row.run.startswith(f"{child_id(send.id)}-"):
            # The signal itself has started it, before a host died.
            return False
        try:
            if row.program not in reads:
                reads[row.program] = can_read(self._programs(row.program), send.name)
            return reads[row.program] and self._runs.open((row.tenant, row.run)) is not None
        except StatewrightError:
            return False

    def _tell(self, round: _Round, sender: _Sender, target: Key) -> None:
        send = round.send
        event = Received(at=self._runs.clock(), name=send.name, payload=send.payload, key=send.id, source=round.key[1])
        self._runs.deliver(target, event, self._awaits(round, sender))

    def _trigger(self, round: _Round, sender: _Sender, by: State, workflow: str) -> None:
        send, offered = round.send, self._library.find(workflow)
        run = (round.key[0], f"{child_id(send.id)}-{_FOREIGN.sub('-', workflow.lower())}")
        if offered is None or len(run[1]) > RUN_ID_MAX or self._is_there(run):
            return
        accepted = self._awaits(round, sender)
        payload, unfit = _admitted(offered.program, send)
        if unfit is not None:
            accepted(unfit)
            return
        started = started_by(by, run[1], offered, at=self._runs.clock(), input=payload)
        self._runs.begin(run, offered, started, accepted)

    def _awaits(self, round: _Round, sender: _Sender) -> Accepted:
        round.left += 1
        round.told += 1

        def accepted(outcome: Taken | Rejected | Exception) -> None:
            if isinstance(outcome, Exception):
                round.failed = sender.failed = True
            elif isinstance(outcome, Rejected) and outcome.code != "SIGNAL_REPEATED":
                round.refused.append(outcome)
            self._heard(round, sender)

        return accepted

    def _is_there(self, run: Key) -> bool:
        try:
            return self._runs.open(run) is not None
        except StatewrightError:
            # It was started, and whoever asks for it is told what is wrong with it.
            return True

    def _heard(self, round: _Round, sender: _Sender) -> None:
        round.left -= 1
        if round.left:
            return
        sender.out -= 1
        if not round.failed:
            del sender.going[round.send.id, round.send.attempt]
            self._close(round.key, round.send, partial(_answer, round))
        self._rest(round.key, sender)

    def _rest(self, key: Key, sender: _Sender) -> None:
        """Sends what has failed once more, in a while, and forgets a sender whose signals are all answered."""
        if sender.walks or sender.out:
            return
        if sender.failed:
            self._runs.later(partial(self._again, key, sender))
        elif not sender.line:
            self._senders.pop(key, None)

    def _again(self, key: Key, sender: _Sender) -> None:
        sender.line.extendleft(reversed(sender.going.values()))
        sender.going.clear()
        sender.failed = False
        self._go(key, sender)

    def _close(self, key: Key, send: Send, closing: Callable[[Send, int, int], Answered | Refused]) -> None:
        try:
            lane = self._runs.open(key)
        except StatewrightError:
            # Once the sender can be read it asks again, and everybody knows the signal by then.
            return
        pending = lane.state.pending.get(send.id) if lane is not None else None
        if pending is not None:
            self._runs.deliver(key, closing(send, pending.attempt, self._runs.clock()))


def _answer(round: _Round, send: Send, attempt: int, at: int) -> Answered | Refused:
    if round.fault is not None:
        code, message = round.fault.code, round.fault.message
        return Refused(at=at, effect=send.id, attempt=attempt, code=code, message=message)
    value: Json = {"told": round.told - len(round.refused)}
    if round.refused:
        # Whoever did not take it keeps nothing: the sender's journal is where that can be read (R14).
        value["refused"] = [{"code": one.code, "message": one.reason} for one in round.refused]
    return Answered(at=at, effect=send.id, attempt=attempt, value=value)


def _cancelled(send: Send, attempt: int, at: int) -> Refused:
    return Refused(at=at, effect=send.id, attempt=attempt, code="CANCELLED", message="the sender was cancelled")


def _admitted(program: Program, send: Send) -> tuple[Json, Rejected | None]:
    """Returns what a signal starts a workflow with, by the schema of the trigger that names it; or why it does not."""
    schema = program.triggers.get(send.name)
    if schema is None:
        return send.payload, None
    payload = schema.with_defaults({} if send.payload is None else send.payload)
    problems = schema.problems(payload)
    if not problems:
        return payload, None
    told = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
    reason = f"signal {send.name!r} starts no {program.id!r}: its payload does not fit the trigger's schema: {told}"
    return None, Rejected("INPUT_INVALID", reason)
