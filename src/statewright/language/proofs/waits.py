"""Proves that somebody can end a wait: its signal is sent or declared in the project, and its time is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statewright.kernel.program import Node
from statewright.language.diagnostics.diagnostic import Diagnostic, meant
from statewright.language.diagnostics.edits import Advice
from statewright.language.marks import At
from statewright.language.proofs.layout import name_of
from statewright.language.proofs.picture import Picture


def check_waits(pictures: Sequence[Picture], project: At) -> None:
    """Warns of waits that nobody in the project ends. `project` is its document."""
    sent = [name for picture in pictures for name in _sent(picture)]
    declared = [name for at in (project, *(picture.at for picture in pictures)) for name in _declared(at)]
    known = [name for name in (*sent, *declared) if name]
    # A signal whose name only a run knows may be any.
    all_known = len(known) == len(sent) + len(declared)
    for picture in pictures:
        for node in picture.program.nodes.values():
            if node.kind.name == "wait":
                _check(node, known if all_known else None, picture)


def _check(node: Node, known: list[str] | None, picture: Picture) -> None:
    awaited = node.fields.wait_for
    if isinstance(awaited, str) and known is not None and awaited not in known:
        message = f"nobody in this project sends the signal {awaited!r}"
        advice = meant(awaited, known) or Advice("if it comes from outside, declare it under `triggers`")
        found = Diagnostic(
            code="WAIT_WITHOUT_SOURCE", message=message, hint=advice.hint, fix=advice.fix, severity="warning"
        )
        picture.at_entry(found, picture.entry(node.key, "wait_for") or picture.place(node.key))
    if not node.timeout:
        message = f"the task {name_of(node)!r} may wait for ever"
        found = Diagnostic(code="WAIT_UNBOUNDED", message=message, hint="give it a `timeout`", severity="warning")
        picture.at_node(found, node)


def _sent(picture: Picture) -> Iterator[str]:
    """Yields the signals that tasks send; an empty name where a template says it."""
    for node in picture.program.nodes.values():
        if node.kind.name == "signal":
            signal = node.fields.signal
            id = signal[0] if isinstance(signal, tuple) else getattr(signal, "id", signal)
            yield id if isinstance(id, str) else ""


def _declared(at: At) -> Iterator[str]:
    """Yields the signals and events that a document's triggers name."""
    triggers = at.get("triggers")
    for trigger in triggers.elements() if triggers is not None else ():
        name = trigger.get("name")
        if name is not None and isinstance(name.value, str):
            yield name.value
        webhook = trigger.get("webhook")
        events = webhook.get("events") if webhook is not None else None
        for event in events.elements() if events is not None else ():
            inner = event.get("name")
            if inner is not None and isinstance(inner.value, str):
                yield inner.value
