"""The world of the swarm: answers at once, late, never, for now or not at all, and keeps conversations.

Its token expires after a while: then every call is refused once, and may be tried again.
"""

from __future__ import annotations

from collections.abc import Callable

from statewright.effects.performer import Answer, Refusal, Work
from statewright.hosts.chance import strikes
from statewright.hosts.simulated_flights import Late
from statewright.kernel.effects import Call
from statewright.testing import Script
from tests.simulation.choices import Stream

# Blobs are kept by content from 256 KB on.
LARGE = "x" * 300_000
TOKEN_CALLS = 20  # calls that one token is good for
TROUBLE = (0.0, 0.05, 0.1, 0.2, 0.6)  # how much of what is said is no plain answer

Said = Answer | Refusal | Late | None


class World:
    """Says what its stream of choices says; 0 is a plain answer."""

    def __init__(self, choose: Stream, leaves: Callable[[str, Call], None]) -> None:
        self.calls = 0
        self.calm = False
        self._choose = choose
        self._trouble = choose.pick(TROUBLE)
        self._leaves = leaves
        self._script = Script()

    def __call__(self, call: Call, work: Work) -> Said:
        """Returns what it says to a call."""
        self._leaves(work.run, call)
        self.calls += 1
        if call.kind == "memory":
            return self._script(call, work)
        if self.calm:
            return _fine(call)
        if self.calls % TOKEN_CALLS == 0:
            return Refusal(code="TOKEN_EXPIRED", message="ask again with a new token", retryable=True)
        said = _SAYS[self._choose(len(_SAYS))](call) if strikes(self._choose, self._trouble) else _fine(call)
        # Nobody waits for ever for a call that has no deadline.
        return said if said is not None or call.deadline else _fine(call)


def _fine(call: Call) -> Said:
    return Answer(value={"name": call.request["input"]["name"]}, usage={"calls": 1})


def _after(ms: int) -> Callable[[Call], Said]:
    return lambda call: Late(Answer(value={"name": "late"}, usage={"calls": 1}), ms)


def _refused(code: str, *, after: int = 0, left: bool = True) -> Callable[[Call], Said]:
    return lambda call: Refusal(code=code, message="not now", retryable=True, retry_after=after, left=left)


_SAYS: tuple[Callable[[Call], Said], ...] = (
    _after(1),
    _after(300),
    _after(5_000),
    _after(70_000),
    _refused("BUSY"),
    _refused("BUSY", after=3_000),
    _refused("NOT_LEFT", left=False),
    lambda call: Late(Refusal(code="BROKEN", message="no such thing"), 20),
    lambda call: Refusal(code="BROKEN", message="no such thing"),
    lambda call: Answer(value={"text": LARGE}),
    lambda call: None,
)
