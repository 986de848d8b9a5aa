"""The promises that every step of a simulation is held against: one line each, by the moment when it can be broken.

I- and R-numbers are those of the specification; docs/reliability.md says what each means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from statewright.hosts.awaiting import Awaited
from statewright.kernel.effects import Call, child_id
from statewright.kernel.events import Fired
from statewright.kernel.state import State
from tests.simulation.story import Seen, Story

Table = Mapping[str, Callable[[Story, Any], bool]]

ACKNOWLEDGED = "I-01 what somebody was told is in the journal"
REFUSED = "I-03 what was refused has left no trace"
DECIDED = "I-20 a recorded event can be decided again"
CHAINED = "I-15 one record follows the other, whoever writes"
EXPLAINED = "I-12 an attempt leaves after its record, and once"
ENDLESS = "I-06 once nothing goes wrong any more, everything comes to rest"
FENCED = "I-15 a host is fenced only where another one writes"
WAITING = "I-06 every open run says whom it waits for"
LIVES = "I-20, I-21 what lives is what the journal tells, also from a snapshot"
RECORDED_SO = "I-20 a decision comes out as recorded"
NOT_EARLY = "I-07 no timer fires before it is due"
ASKED_FOR = "I-08 every run was asked for"
HEARD_ONCE = "I-11 nothing that was sent once is heard twice"
FOLLOWING = "I-13 no effect id is used twice, and attempts follow each other"
ONCE = "I-14 what must not happen twice is tried once"
INDEXED = "I-16 the index and its record come together"
NEWEST_FIRST = "I-17 the newest step that may have run is undone first"


class Rest(msgspec.Struct, frozen=True):
    """A run once nothing happens any more."""

    run: str
    state: State  # as the host has it
    suspended: str
    waits: tuple[Awaited, ...]
    begun: set[str]  # runs that somebody outside may have started
    stories: dict[str, Story]


def _told_and_sent_once(story: Story, seen: Seen) -> bool:
    """A signal of one sender is heard at most once."""
    return all(count == 1 for count in story.heard.values())


def _attempts_follow(story: Story, seen: Seen) -> bool:
    asked = [(effect.id, getattr(effect, "attempt", 0)) for effect in seen.decision.effects]
    return all(
        story.asked[id, attempt] == 1 and (attempt == 1 or (id, attempt - 1) in story.asked)
        for id, attempt in asked
        if attempt
    )


def _begins_nothing(story: Story, seen: Seen) -> bool:
    return not any(isinstance(effect, Call) for effect in seen.decision.effects)


def _newest_first(story: Story, seen: Seen) -> bool:
    """A task that undoes begins only for the newest step that may have run."""
    begun = [
        frame.extra["compensated"]
        for path, frame in seen.decision.patch.frames.items()
        if frame is not None and "compensated" in frame.extra and seen.visits.get(path) != frame.visit
    ]
    return all(_newest(story, seen, told) for told in begun)


def _newest(story: Story, seen: Seen, told: Any) -> bool:
    open_steps = dict(seen.undo) | seen.decision.patch.undo
    left = [undo.path for undo in open_steps.values() if undo is not None]
    return not left or left[-1] == told["path"]


def _comes_from_somewhere(story: Story, rest: Rest) -> bool:
    """Somebody outside started the run, or another run asked for it in its journal."""
    asked = {child_id(id) for other in rest.stories.values() for id, _ in other.asked}
    return rest.run in rest.begun or rest.run in asked


def _moves_or_waits(story: Story, rest: Rest) -> bool:
    return rest.state.ended or bool(rest.suspended) or bool(rest.waits)


def _nothing_left_undone(story: Story, rest: Rest) -> bool:
    return rest.state.status not in ("failed", "cancelled") or not rest.state.undo


def _same(story: Story, rest: Rest) -> bool:
    return msgspec.json.encode(story.state) == msgspec.json.encode(rest.state)


def _tidy(story: Story, rest: Rest) -> bool:
    state = rest.state
    return not state.ended or not (state.frames or state.pending or state.items)


RECORDED: Table = {
    RECORDED_SO: lambda story, seen: seen.decision.digest().whole == seen.digest,
    NOT_EARLY: lambda story, seen: not isinstance(seen.event, Fired) or seen.event.at >= story.due[seen.event.effect],
    "I-07 no timer fires twice": lambda story, seen: (
        not isinstance(seen.event, Fired) or story.fired[seen.event.effect] == 1
    ),
    "I-11 no result is recorded twice": lambda story, seen: (
        (id := getattr(seen.event, "effect", "")) not in story.answered or story.answered[id] == 1
    ),
    "I-11 no attempt is closed twice": lambda story, seen: (
        (key := (getattr(seen.event, "effect", ""), getattr(seen.event, "attempt", 0))) not in story.closed
        or story.closed[key] == 1
    ),
    HEARD_ONCE: _told_and_sent_once,
    FOLLOWING: _attempts_follow,
    INDEXED: lambda story, seen: seen.indexed,
    "I-16 a large value comes with the record that names it": lambda story, seen: seen.whole,
    NEWEST_FIRST: _newest_first,
    "R10 nothing follows the end": lambda story, seen: not seen.ended,
    "R16 time does not run back": lambda story, seen: seen.event.at >= seen.at,
    "R26 a paused run begins nothing": lambda story, seen: (
        not (seen.paused and story.state.paused) or _begins_nothing(story, seen)
    ),
}
LEAVING: Table = {
    EXPLAINED: lambda story, call: story.left[call.id, call.attempt] == 1 and (call.id, call.attempt) in story.asked,
    "I-13 every attempt of an effect asks for the same": lambda story, call: all(
        (one.kind, one.target, one.request) == (call.kind, call.target, call.request) for one in story.calls[call.id]
    ),
    ONCE: lambda story, call: not call.at_most_once or len(story.calls[call.id]) == 1,
}
AT_REST: Table = {
    WAITING: _moves_or_waits,
    ASKED_FOR: _comes_from_somewhere,
    "I-17 what may have run is undone, or asked about": _nothing_left_undone,
    LIVES: _same,
    "R10 an ended run holds nothing": _tidy,
}
