"""A task's life: its input is rendered, its type moves, its output is transformed, its container is told.

Every step is an entry of the agenda, named in `STEPS`. A step that renders may find that a tool must be asked first;
it is run again with the answer (R24). A decision out of steps leaves its agenda to the next one (R18).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from statewright.kernel import undo
from statewright.kernel.asking import ask, mint, question, release, wake
from statewright.kernel.events import Answered, Closing, Refused
from statewright.kernel.expressions.evaluate import ExpressionError
from statewright.kernel.moves import Again, Done, Failed, Move, Start, Starts, Waiting, refused
from statewright.kernel.program import ROOT, Node, child_path
from statewright.kernel.scope import Asked
from statewright.kernel.state import Failure, Frame, Result
from statewright.kernel.turn import Turn, Visit
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
_CHILDLESS = (0, 0)
# How long a finished or cancelled run waits for effects that are closing (I-34).
GRACE_MS = 30_000


def run_agenda(turn: Turn) -> None:
    """Takes steps until nothing is left, or the budget is; then asks for a timer that fires at once."""
    agenda = turn.agenda
    while agenda:
        if turn.steps >= STEPS_MAX:
            _yield(turn)
            return
        take(*agenda.popleft())


def later(visit: Visit, name: str, child: str = "") -> None:
    """Puts a step of this visit on the agenda."""
    visit.turn.agenda.append((name, visit, child))


def take(name: str, visit: Visit, child: str) -> None:
    """Takes a step, and those that follow it at once. A visit that is over takes none; one that awaits a tool, then."""
    if visit.over:
        return
    if visit.frame.rerun:
        visit.change(rerun=(*visit.frame.rerun, (name, child)))
        return
    following: str | None = name
    try:
        while following is not None:
            visit.turn.steps += 1
            name = following
            following = STEPS[name](visit, child)
    except Asked as asked:
        visit.change(rerun=((name, child),))
        ask(visit, asked.request)
    except ExpressionError as error:
        fail(visit, Failure(error.code, error.message, visit.path))


def take_up(turn: Turn, left: list[list[Any]]) -> None:
    """Puts back what an earlier decision left; a step of a visit that is over is gone."""
    for name, path, child, number in left:
        visit = turn.visit(path)
        if visit is not None and visit.frame.visit == number:
            later(visit, name, child)


def begin(turn: Turn, parent: Visit | None, start: Start) -> None:
    """Creates the frame of a child and puts its first step on the agenda."""
    node = turn.program.nodes[start.node]
    extra = start.extra if start.with_ is None else {**start.extra, "with_": start.with_}
    above = None if parent is None else parent.path
    frame = Frame(node=start.node, parent=above, at=turn.at, visit=turn.number(), extra=extra)
    visit = turn.begin(ROOT if above is None else _path(above, start, node), frame)
    if node.sleep:
        wake(visit, turn.at + node.sleep, SLEEP)
    else:
        later(visit, "render")


def answered(visit: Visit, role: str, closing: Closing) -> None:
    """Hands a closing event to the visit that waited for it."""
    if getattr(closing, "simulated", False):
        visit.change(simulated=True)
        visit.turn.overlay.patch.run["simulated"] = True
    if role == undo.STUCK:
        _undo_next(visit, forget=undo.happened(closing))
        return
    if role.startswith(MEMO):
        _memoise(visit, role.removeprefix(MEMO), closing)
        return
    try:
        _advance(visit, visit.node.kind.answered(visit, role, closing))
    except ExpressionError as error:
        fail(visit, Failure(error.code, error.message, visit.path))
    except Asked as asked:
        # Taking an answer is not a step that can be run again; whoever needs a tool asks for it while it starts.
        text = f"a template asks {asked.key!r} after the answer"
        fail(visit, Failure("EXPR_CALL_TOO_LATE", text, visit.path))


def fail(visit: Visit, failure: Failure) -> None:
    """Ends the visit as failed, or starts it over where its policy allows (R17)."""
    if failure.retryable and visit.node.retry.attempts > visit.frame.attempt and _is_new_each_time(visit, failure):
        _start_over(visit)
        return
    _end(visit, _result(visit, failure))


def _is_new_each_time(visit: Visit, failure: Failure) -> bool:
    """A container begins new children, and a task whose own time ran out a new run; a call is issued again as it is."""
    kind = visit.node.kind
    has_begun, _ = kind.extent(visit.frame)
    return failure.code == kind.times_out or has_begun > 0 or any(True for _ in kind.children(visit))


def discard(visit: Visit) -> None:
    """Cancels the visit and everything below it, in order; their effects close later (R10)."""
    _clear(visit)
    result = visit.turn.overlay.patch.results[visit.path] = _cancelled(visit)
    if visit.node.compensate:
        undo.keep(visit, result)
    visit.turn.end(visit)


def _render(visit: Visit, _: str) -> str | None:
    """Renders `with`: what the container or arrow gives lies below what the task says itself."""
    node = visit.node
    value: Json = {
        **_inherited(visit),
        **(visit.frame.extra.get("with_") or {}),
        **(visit.tree(node.with_) if node.with_ is not None else {}),
    }
    if node.input is not None:
        value = node.input.with_defaults(value)
        problems = node.input.problems(value)
        if problems:
            text = f"the input does not fit its schema: {problems[0].path}: {problems[0].message}"
            fail(visit, Failure("TASK_INPUT_INVALID", text, visit.path))
            return None
    visit.turn.charge(value)
    visit.change(input=value, phase="start")
    return "start"


def _start(visit: Visit, _: str) -> None:
    visit.change(phase="run")
    if visit.node.compensate:
        undo.note(visit)
    move = visit.node.kind.start(visit)
    if visit.node.timeout and isinstance(move, Starts | Waiting) and _keeps_time(visit):
        # A leaf's calls have deadlines; the time of a container and of a wait is kept by a timer (R16).
        wake(visit, visit.turn.at + visit.node.timeout, TIMEOUT)
    _advance(visit, move)


def _keeps_time(visit: Visit) -> bool:
    return bool(visit.node.kind.times_out) and TIMEOUT not in visit.roles()


def _received(visit: Visit, _: str) -> None:
    _advance(visit, visit.node.kind.received(visit))


def _child_done(visit: Visit, child: str) -> None:
    if visit.frame.phase == undo.UNDOING:
        _undone(visit, child)
        return
    if visit.frame.phase == "outputs":
        # The container has its verdict; this child ended in the decision that reached it.
        return
    if child and not visit.frame.simulated and visit.turn.result(child).simulated:
        visit.change(simulated=True)
    _advance(visit, visit.node.kind.child_done(visit, child))


def _transform(visit: Visit, _: str) -> None:
    """Renders `outputs` over the raw output; the result replaces it (workflows.md 5.6)."""
    node = visit.node
    assert node.outputs is not None
    output = visit.tree(node.outputs)
    visit.turn.charge(output)
    misfit = None if node.kind.asks else _misfit(visit, output)
    frame = visit.frame
    _end(visit, _result(visit, misfit, None if misfit else output, frame.count, frame.target))


STEPS: dict[str, Callable[[Visit, str], str | None]] = {
    "render": _render,
    "start": _start,
    "received": _received,
    "child_done": _child_done,
    "transform": _transform,
}


def _advance(visit: Visit, move: Move) -> None:
    """Does what a move says."""
    MOVES[type(move)](visit, move)


def _failed(visit: Visit, move: Failed) -> None:
    fail(visit, move.failure)


def _again(visit: Visit, move: Again) -> None:
    visit.change(memory=move.memory, phase="start")
    later(visit, "start")


def _waiting(visit: Visit, move: Waiting) -> None:
    if move.memory is not None:
        visit.change(memory=move.memory)
    for request in move.requests:
        ask(visit, request)


def _starts(visit: Visit, move: Starts) -> None:
    if move.memory is not None:
        visit.change(memory=move.memory)
    for start in move.children:
        begin(visit.turn, visit, start)
    if move.more:
        later(visit, "child_done")


def _done(visit: Visit, move: Done) -> None:
    node, target = visit.node, _target(visit, move)
    if node.kind.asks or node.outputs is None:
        result = _result(visit, None, move.output, move.count, target)
        misfit = None
        if node.output is not None:
            misfit = _misfit(visit, plain(node.kind.view(visit.turn.lookup, visit.path, result)))
        if misfit is not None or node.outputs is None:
            _end(visit, result if misfit is None else _result(visit, misfit))
            return
    _clear(visit)
    visit.change(raw=move.output, count=move.count, target=target, phase="outputs")
    later(visit, "transform")


MOVES: dict[type[Move], Callable[[Visit, Any], None]] = {
    Done: _done,
    Failed: _failed,
    Again: _again,
    Waiting: _waiting,
    Starts: _starts,
}


def _misfit(visit: Visit, output: Json) -> Failure | None:
    """Returns how an output misses its schema."""
    schema = visit.node.output
    problems = schema.problems(output) if schema is not None else []
    if not problems:
        return None
    text = f"the output does not fit its schema: {problems[0].path}: {problems[0].message}"
    return Failure("TASK_OUTPUT_INVALID", text, visit.path)


def _target(visit: Visit, move: Done) -> str:
    parent = visit.frame.parent
    return child_path(parent, visit.turn.program.nodes[move.target]) if move.target and parent is not None else ""


def _end(visit: Visit, result: Result) -> None:
    """Ends the visit: children that it no longer needs are cancelled, its container is told."""
    turn, container = visit.turn, visit.parent()
    _clear(visit)
    if container is None:
        finish(turn, "done" if result.status == "success" else "failed", output=result.output, error=result.error)
        return
    turn.overlay.patch.results[visit.path] = result
    if visit.node.compensate:
        undo.keep(visit, result)
    turn.end(visit)
    later(container, "child_done", visit.path)


def finish(turn: Turn, verdict: str, *, output: Json = None, error: Failure | None = None) -> None:
    """Ends the run, at once if nothing is open any more, else when the last effect has closed or grace is over."""
    turn.overlay.patch.run |= {"verdict": verdict, "output": output, "error": error, "agenda": []}
    turn.agenda.clear()
    if turn.overlay.is_any_open():
        root = turn.alive(ROOT)
        root.change(phase="closing")
        wake(root, turn.at + GRACE_MS, GRACE)
    else:
        settle(turn)


def settle(turn: Turn) -> None:
    """Makes the verdict final; the root frame, and the grace timer with it, go. What failed is undone first (R11)."""
    root = turn.visit(ROOT)
    if root is not None:
        release(root)
        if turn.overlay.run("verdict") != "done" and undo.following(turn) is not None:
            root.change(phase=undo.UNDOING)
            _undo_next(root, forget=False)
            return
        turn.end(root)
    turn.overlay.patch.run["status"] = turn.overlay.run("verdict")


def is_undoing(turn: Turn) -> bool:
    """Whether steps are being undone: the run ends when the last one is, not when nothing is open."""
    root = turn.visit(ROOT)
    return root is not None and root.frame.phase == undo.UNDOING


def _undo_next(root: Visit, *, forget: bool) -> None:
    """Undoes the newest step that is left; `forget` says that the one before it is undone."""
    turn = root.turn
    found = undo.following(turn)
    if found is not None and forget:
        turn.overlay.patch.undo[found[0]] = None
        found = undo.following(turn)
    if found is None:
        turn.end(root)
        turn.overlay.patch.run["status"] = turn.overlay.run("verdict")
        return
    visit = turn.begin(*undo.frame_of(turn, found[1], turn.number()))
    later(visit, "render")


def _undone(root: Visit, child: str) -> None:
    """A step is undone, or could not be: then nobody but a person knows how to go on."""
    turn = root.turn
    result, found = turn.result(child), undo.following(turn)
    if result.status == "success":
        _undo_next(root, forget=True)
    elif found is not None:
        question(root, undo.stuck(turn, mint(turn), result, found[0]))


def _result(visit: Visit, failure: Failure | None, output: Json = None, count: int = 0, target: str = "") -> Result:
    frame = visit.frame
    begun, left = visit.node.kind.extent(frame) if frame.memory else _CHILDLESS
    return Result(
        node=frame.node,
        id=_id(visit),
        status="success" if failure is None else "failed",
        output=output,
        error=failure,
        input=frame.input,
        at=visit.turn.at,
        count=count or begun,
        left=left,
        target=target,
        simulated=frame.simulated,
    )


def _cancelled(visit: Visit) -> Result:
    frame = visit.frame
    begun, left = visit.node.kind.extent(frame)
    return Result(
        node=frame.node,
        id=_id(visit),
        status="cancelled",
        input=frame.input,
        at=visit.turn.at,
        count=frame.count or begun,
        left=left,
        target=frame.target,
        simulated=frame.simulated,
    )


def _id(visit: Visit) -> str:
    """A collection's child has a template for an id; one that cannot be rendered is known by its path."""
    id = visit.node.id
    if isinstance(id, str):
        return id or visit.path
    try:
        return visit.text(id)
    except (ExpressionError, Asked):
        return visit.path


def _yield(turn: Turn) -> None:
    """Leaves the agenda behind what an earlier decision left; one timer takes up both."""
    left = turn.overlay.run("agenda")
    steps = ([name, visit.path, child, visit.frame.visit] for name, visit, child in turn.agenda)
    turn.overlay.patch.run["agenda"] = [*left, *steps]
    root = turn.alive(ROOT)
    if YIELD not in root.roles():
        wake(root, turn.at, YIELD)


def _start_over(visit: Visit) -> None:
    """Discards what a container has begun; after the back-off it is a new visit with new effects."""
    turn, path, attempt, retry = visit.turn, visit.path, visit.frame.attempt, visit.node.retry
    _clear(visit)
    for below in turn.overlay.results():
        if below.startswith((f"{path}.", f"{path}[")):
            # The next visit must not see what this one left; looking at all results costs nothing but here.
            turn.overlay.patch.results[below] = None
    again = turn.again(visit)
    again.change(attempt=attempt + 1, memory={}, memo={}, rerun=(), awaiting=(), phase="start")
    delay = min(retry.initial * retry.factor ** (attempt - 1), retry.longest)
    wake(again, turn.at + round(delay), RETRY)


def _clear(visit: Visit) -> None:
    for path in list(visit.node.kind.children(visit)):
        child = visit.turn.visit(path)
        if child is not None:
            discard(child)
    release(visit)


def _inherited(visit: Visit) -> Json:
    """A container's own `with` lies below its children's (workflows.md 5.5); the workflow itself has none."""
    if not visit.frame.parent:
        return {}
    return visit.turn.alive(visit.frame.parent).frame.input or {}


def _memoise(visit: Visit, key: str, closing: Closing) -> None:
    frame = visit.frame
    if isinstance(closing, Refused):
        fail(visit, refused(closing, visit.path).failure)
        return
    assert isinstance(closing, Answered)
    waiting = frame.rerun
    visit.change(memo=frame.memo | {key: visit.turn.value_of(closing)}, rerun=())
    for name, child in waiting:
        later(visit, name, child)


def _path(parent: str, start: Start, node: Node) -> str:
    return f"{parent}{start.step}" if start.step.startswith("[") else child_path(parent, node)
