"""`statewright runs events`: the facts of a run, one line each."""

from __future__ import annotations

import msgspec

from statewright.api.records import Step
from statewright.cli.following import execute, opened
from statewright.cli.journal import Story, read_story
from statewright.cli.options import HERE, Listed, Place
from statewright.cli.outcomes import instant
from statewright.cli.terminal import duration, emit, table, to_json
from statewright.errors import EXIT_DONE
from statewright.kernel.effects import Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import AnyEvent, encode_event
from statewright.kernel.values import Json

_HEAD = ("SEQ", "AFTER", "TYPE", "ABOUT", "DIGEST")
# Enough of a digest to tell two apart by eye.
_DIGEST_SHOWN = 12


def events(run: str, /, *, output: Listed = "table", place: Place = HERE) -> int:
    """List a run's events: what happened, in order.

    Parameters
    ----------
    run
        Its id, the beginning of it, or last.
    """
    return execute(_events(run, output, place))


async def _events(run: str, output: Listed, place: Place) -> int:
    async with opened(place.settings(), project=False, write=False) as project:
        story = read_story(project.find(run))
    _SHOWN[output](story)
    if story.problem is not None:
        # What can be read is printed; where it ends is a problem still.
        raise story.problem
    return EXIT_DONE


def _table(story: Story) -> None:
    about = _Effects()
    begun = story.steps[0].at if story.steps else 0
    emit(table(_HEAD, [_cells(step, begun, about) for step in story.steps]))


def _lines(story: Story) -> None:
    for step in story.steps:
        emit(to_json(_json(step)))


def _list(story: Story) -> None:
    emit(to_json([_json(step) for step in story.steps]))


_SHOWN = {"table": _table, "jsonl": _lines, "json": _list}


def _json(step: Step) -> Json:
    line = {"seq": step.seq, "at": instant(step.at), "type": type(step.event).__name__, "digest": step.digest}
    if step.suspended:
        line["suspended"] = step.suspended
    return line | {"event": msgspec.json.decode(encode_event(step.event))}


def _cells(step: Step, begun: int, effects: _Effects) -> tuple[str, ...]:
    about = effects.about(step)
    return (str(step.seq), duration(step.at - begun), type(step.event).__name__, about, step.digest[:_DIGEST_SHOWN])


class _Effects:
    """Knows what an effect's id stands for, from the decisions that asked for it."""

    def __init__(self) -> None:
        self._asked: dict[str, str] = {}

    def about(self, step: Step) -> str:
        """Returns what an event is about, in a few words."""
        said = self._said(step.event)
        for effect in step.effects:
            # A cancelled effect stays what it is.
            if not isinstance(effect, Cancel):
                self._asked[effect.id] = _named(effect)
        return f"{said} suspended: {step.suspended}".strip() if step.suspended else said

    def _said(self, event: AnyEvent) -> str:
        id = getattr(event, "effect", "")
        words = [self._asked.get(id, id)] if id else []
        words += [str(value) for name in ("name", "reason", "code") if (value := getattr(event, name, ""))]
        return " ".join(words)


def _named(effect: Call | Timer | Spawn | Send) -> str:
    if isinstance(effect, Call):
        return f"{effect.kind} {effect.target}"
    if isinstance(effect, Spawn):
        return f"workflow {effect.workflow}"
    return f"signal {effect.name}" if isinstance(effect, Send) else "timer"
