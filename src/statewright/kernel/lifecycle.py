"""A task's life: its input is rendered, its type moves, its output is transformed, its container is told.

Every step is an entry of the agenda, named in `STEPS`. A step that renders may find that a tool must be asked first;
it is run again with the answer (R24). A decision out of steps leaves its agenda to the next one (R18).
"""

from __future__ import annotations

from collections.abc import Callable

from statewright.kernel.asking import ask, release, wake
from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.moves import Again, Done, Failed, Move, Start, Starts, Waiting, refused
from statewright.kernel.program import ROOT, Node, child_path
from statewright.kernel.scope import Asked
from statewright.kernel.state import Failure, Frame, Result
from statewright.kernel.turn import Turn
from statewright.kernel.values import Json
from statewright.kernel.views import plain

# Steps that one decision may take before it yields: no definition holds the loop (R18, I-35).
STEPS_MAX = 1_000
YIELD = "yield"
RETRY = "retry"
SLEEP = "sleep"
TIMEOUT = "timeout"
GRACE = "grace"
MEMO = "memo:"
# How long a finished or cancelled run waits for effects that are closing (I-34).
GRACE_MS = 30_000


def run_agenda(turn: Turn) -> None:
    """Takes steps until nothing is left, or the budget is; then asks for a timer that fires at once."""
    while turn.agenda:
        if turn.steps >= STEPS_MAX:
            _yield(turn)
            return
        take(turn, *turn.agenda.pop(0))


def later(turn: Turn, name: str, path: str, child: str = "") -> None:
    """Puts a step of the frame at `path` on the agenda, for this visit of it only."""
    turn.agenda.append((name, path, child, turn.frame(path).visit))


def take(turn: Turn, name: str, path: str, child: str, visit: int) -> None:
    """Takes one step of the frame at `path`. A visit that is over takes none; one that awaits a tool takes it then."""
    frame = turn.overlay.frame(path)
    if frame is None or frame.visit != visit:
        return
    if frame.rerun:
        turn.change(path, rerun=(*frame.rerun, (name, child)))
        return
    turn.steps += 1
    try:
        STEPS[name](turn, path, child)
    except Asked as asked:
        turn.change(path, rerun=((name, child),))
        ask(turn, path, asked.request)
    except ExpressionError as error:
        fail(turn, path, Failure(error.code, error.message, path))


def begin(turn: Turn, parent: str | None, start: Start) -> None:
    """Creates the frame of a child and puts its first step on the agenda."""
    node = turn.program.nodes[start.node]
    path = ROOT if parent is None else _path(parent, start, node)
    extra = start.extra if start.with_ is None else {**start.extra, "with_": start.with_}
    frame = Frame(node=start.node, parent=parent, at=turn.at, visit=_next_visit(turn), extra=extra)
    turn.overlay.patch.frames[path] = frame
    if node.sleep:
        wake(turn, path, turn.at + node.sleep, SLEEP)
    else:
        later(turn, "render", path)


def answered(turn: Turn, path: str, role: str, closing: Closing) -> None:
    """Hands a closing event to the frame that waited for it."""
    if getattr(closing, "simulated", False):
        turn.change(path, simulated=True)
        turn.overlay.patch.run["simulated"] = True
    if role.startswith(MEMO):
        _memoise(turn, path, role.removeprefix(MEMO), closing)
        return
    try:
        _advance(turn, path, turn.node(path).kind.answered(turn, path, role, closing))
    except ExpressionError as error:
        fail(turn, path, Failure(error.code, error.message, path))
    except Asked as asked:
        # Taking an answer is not a step that can be run again; whoever needs a tool asks for it while it starts.
        fail(turn, path, Failure("EXPR_CALL_TOO_LATE", f"a template asks {asked.key!r} after the answer", path))


def fail(turn: Turn, path: str, failure: Failure) -> None:
    """Ends the frame at `path` as failed, or starts a container over where its policy allows (R17)."""
    frame, node = turn.frame(path), turn.node(path)
    is_container = any(True for _ in node.kind.children(turn, path))
    if is_container and failure.retryable and node.retry.attempts > frame.attempt:
        _start_over(turn, path, frame, node)
        return
    _end(turn, path, _result(turn, path, failure))


def discard(turn: Turn, path: str) -> None:
    """Cancels the frame at `path` and everything below it, in order; their effects close later (R10)."""
    _clear(turn, path)
    turn.overlay.patch.results[path] = _result(turn, path, None, cancelled=True)
    _remove(turn, path)


def _render(turn: Turn, path: str, _: str) -> None:
    """Renders `with`: what the container or arrow gives lies below what the task says itself."""
    frame, node = turn.frame(path), turn.node(path)
    given = dict(_inherited(turn, frame))
    given.update(frame.extra.get("with_") or {})
    own = turn.tree(path, node.with_) if node.with_ is not None else {}
    value: Json = {**given, **own}
    if node.input is not None:
        value = node.input.with_defaults(value)
        problems = node.input.problems(value)
        if problems:
            text = f"the input does not fit its schema: {problems[0].path}: {problems[0].message}"
            fail(turn, path, Failure("TASK_INPUT_INVALID", text, path))
            return
    turn.change(path, input=value, phase="start")
    later(turn, "start", path)


def _start(turn: Turn, path: str, _: str) -> None:
    turn.change(path, phase="run")
    node = turn.node(path)
    move = node.kind.start(turn, path)
    if isinstance(move, Starts) and node.timeout:
        # A leaf's calls have deadlines; a container's time is kept by a timer (R16).
        wake(turn, path, turn.at + node.timeout, TIMEOUT)
    _advance(turn, path, move)


def _child_done(turn: Turn, path: str, child: str) -> None:
    if turn.frame(path).phase == "outputs":
        # The container has its verdict; this child ended in the decision that reached it.
        return
    if child and turn.result(child).simulated and not turn.frame(path).simulated:
        turn.change(path, simulated=True)
    _advance(turn, path, turn.node(path).kind.child_done(turn, path, child))


def _transform(turn: Turn, path: str, _: str) -> None:
    """Renders `outputs` over the raw output; the result replaces it (workflows.md 5.6)."""
    node = turn.node(path)
    assert node.outputs is not None
    output = turn.tree(path, node.outputs)
    misfit = None if node.kind.asks else _misfit(node, path, output)
    _end(turn, path, _result(turn, path, misfit, output=None if misfit else output))


STEPS: dict[str, Callable[[Turn, str, str], None]] = {
    "render": _render,
    "start": _start,
    "child_done": _child_done,
    "transform": _transform,
}


def _advance(turn: Turn, path: str, move: Move) -> None:
    """Does what a move says."""
    if isinstance(move, Done):
        _done(turn, path, move)
    elif isinstance(move, Failed):
        fail(turn, path, move.failure)
    elif isinstance(move, Again):
        turn.change(path, memory=move.memory, phase="start")
        later(turn, "start", path)
    else:
        if move.memory is not None:
            turn.change(path, memory=move.memory)
        _ask_or_begin(turn, path, move)


def _ask_or_begin(turn: Turn, path: str, move: Waiting | Starts) -> None:
    if isinstance(move, Waiting):
        for request in move.requests:
            ask(turn, path, request)
        return
    for start in move.children:
        begin(turn, path, start)
    if move.more:
        later(turn, "child_done", path)


def _done(turn: Turn, path: str, move: Done) -> None:
    node, target = turn.node(path), _target(turn, path, move)
    if node.kind.asks or node.outputs is None:
        result = _result(turn, path, None, output=move.output, count=move.count, target=target)
        shown = plain(node.kind.view(turn.lookup(), path, result)) if node.output is not None else None
        misfit = _misfit(node, path, shown)
        if misfit is not None or node.outputs is None:
            _end(turn, path, result if misfit is None else _result(turn, path, misfit))
            return
    _clear(turn, path)
    turn.change(path, raw=move.output, count=move.count, target=target, phase="outputs")
    later(turn, "transform", path)


def _misfit(node: Node, path: str, output: Json) -> Failure | None:
    """Returns how an output misses its schema."""
    problems = node.output.problems(output) if node.output is not None else []
    if not problems:
        return None
    text = f"the output does not fit its schema: {problems[0].path}: {problems[0].message}"
    return Failure("TASK_OUTPUT_INVALID", text, path)


def _target(turn: Turn, path: str, move: Done) -> str:
    parent = turn.frame(path).parent
    return child_path(parent, turn.program.nodes[move.target]) if move.target and parent is not None else ""


def _end(turn: Turn, path: str, result: Result) -> None:
    """Ends the frame at `path`: children that it no longer needs are cancelled, its container is told."""
    frame = turn.frame(path)
    _clear(turn, path)
    if frame.parent is None:
        finish(turn, "done" if result.status == "success" else "failed", output=result.output, error=result.error)
        return
    turn.overlay.patch.results[path] = result
    _remove(turn, path)
    later(turn, "child_done", frame.parent, path)


def finish(turn: Turn, verdict: str, *, output: Json = None, error: Failure | None = None) -> None:
    """Ends the run, at once if nothing is open any more, else when the last effect has closed or grace is over."""
    turn.overlay.patch.run |= {"verdict": verdict, "output": output, "error": error, "agenda": []}
    turn.agenda.clear()
    if turn.overlay.open_effects():
        turn.change(ROOT, phase="closing")
        wake(turn, ROOT, turn.at + GRACE_MS, GRACE)
    else:
        settle(turn)


def settle(turn: Turn) -> None:
    """Makes the verdict final; the root frame, and the grace timer with it, go."""
    if turn.overlay.frame(ROOT) is not None:
        release(turn, ROOT)
        _remove(turn, ROOT)
    turn.overlay.patch.run["status"] = turn.overlay.run("verdict")


def _result(turn: Turn, path: str, failure: Failure | None, *, cancelled: bool = False, **facts: Json) -> Result:
    frame, node = turn.frame(path), turn.node(path)
    status = "cancelled" if cancelled else "failed" if failure is not None else "success"
    return Result(
        node=frame.node,
        id=_id(turn, path, node),
        status=status,  # type: ignore[arg-type]  # one of the three literals above
        error=failure,
        input=frame.input,
        at=turn.at,
        simulated=frame.simulated,
        count=facts.pop("count", frame.count),
        target=facts.pop("target", frame.target),
        **facts,
    )


def _id(turn: Turn, path: str, node: Node) -> str:
    """A collection's child has a template for an id; one that cannot be rendered is known by its path."""
    if isinstance(node.id, str):
        return node.id or path
    try:
        return turn.text(path, node.id)
    except (ExpressionError, Asked):
        return path


def _yield(turn: Turn) -> None:
    """Leaves the agenda behind what an earlier decision left; one timer takes up both."""
    left = turn.overlay.run("agenda")
    turn.overlay.patch.run["agenda"] = [*left, *(list(step) for step in turn.agenda)]
    if YIELD not in turn.roles(ROOT):
        wake(turn, ROOT, turn.at, YIELD)


def _next_visit(turn: Turn) -> int:
    visit: int = turn.overlay.run("visits") + 1
    turn.overlay.patch.run["visits"] = visit
    return visit


def _start_over(turn: Turn, path: str, frame: Frame, node: Node) -> None:
    """Discards what a container has begun; after the back-off it is a new visit with new effects."""
    _clear(turn, path)
    for below in turn.overlay.results():
        if below.startswith((f"{path}.", f"{path}[")):
            # The next visit must not see what this one left; looking at all results costs nothing but here.
            turn.overlay.patch.results[below] = None
    fresh = {"visit": _next_visit(turn), "memory": {}, "memo": {}, "rerun": (), "phase": "start"}
    turn.change(path, attempt=frame.attempt + 1, **fresh)
    delay = min(node.retry.initial * node.retry.factor ** (frame.attempt - 1), node.retry.longest)
    wake(turn, path, turn.at + round(delay), RETRY)


def _clear(turn: Turn, path: str) -> None:
    for child in list(turn.node(path).kind.children(turn, path)):
        if turn.overlay.frame(child) is not None:
            discard(turn, child)
    release(turn, path)


def _remove(turn: Turn, path: str) -> None:
    patch, state = turn.overlay.patch, turn.overlay.state
    if path in state.frames:
        patch.frames[path] = None
    else:
        del patch.frames[path]
    if path in state.items:
        patch.items[path] = None
    else:
        patch.items.pop(path, None)


def _inherited(turn: Turn, frame: Frame) -> Json:
    """A container's own `with` lies below its children's (workflows.md 5.5); the workflow itself has none."""
    if not frame.parent:
        return {}
    return turn.frame(frame.parent).input or {}


def _memoise(turn: Turn, path: str, key: str, closing: Closing) -> None:
    frame = turn.frame(path)
    if isinstance(closing, Refused):
        fail(turn, path, refused(closing, path).failure)
        return
    assert isinstance(closing, Answered)
    turn.change(path, memo=frame.memo | {key: turn.value_of(closing)}, rerun=())
    for name, child in frame.rerun:
        later(turn, name, path, child)


def _path(parent: str, start: Start, node: Node) -> str:
    return f"{parent}{start.step}" if start.step.startswith("[") else child_path(parent, node)
