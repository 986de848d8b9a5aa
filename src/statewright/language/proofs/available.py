"""Proves that an output is there where it is read: that its task was done on every path to that point.

In workflow mode a missing output is null, so that reading one that may be missing is a warning; it is an error where a
value must be, where templates are strict, and where the output can never be there at all.
"""

from __future__ import annotations

from statewright.kernel.expressions.trace import Read
from statewright.kernel.program import ROOT, Node
from statewright.language.diagnostics.diagnostic import Diagnostic, Severity
from statewright.language.proofs.flow import BEGIN, DONE, FAILED, Flow
from statewright.language.proofs.layout import name_of
from statewright.language.proofs.picture import Picture, Use
from statewright.language.templates.compiling import has_template

# What a task shows of itself whatever came of it.
_OF_ANY = ("id", "status", "error", "input", "execution_type", "children")
# At which point of a task's life the templates of a slot are rendered.
_RENDERED = {"outputs": DONE, "on_success": DONE, "on_error": FAILED}
# Where a missing value is an error of the run (workflows.md 4.6).
_REQUIRED = ("condition", "items")
# Each costs a walk through the whole workflow, and nobody fixes more in one go.
COMPLAINTS_MAX = 100
# Containers whose children run at the same time.
_CONCURRENT = ("parallel",)


def check_available(picture: Picture, flow: Flow) -> None:
    """Complains about outputs that are not there, or not always, or only by luck."""
    seen: set[tuple[str, str, str]] = set()
    complaints = 0
    for use in picture.uses:
        for read in picture.reads(use.template):
            key = _target(read, picture)
            if key is None or (use.node.key, use.slot, key) in seen or _is_guarded(read):
                continue
            seen.add((use.node.key, use.slot, key))
            complaints += not _is_there(use, read, key, picture=picture, flow=flow)
            if complaints == COMPLAINTS_MAX:
                return


def _target(read: Read, picture: Picture) -> str | None:
    path = read.path
    if path[0] != "tasks" or len(path) < 3 or (path[2] != "output" and path[2] not in _OF_ANY):
        return None
    key = picture.program.places.get(path[1])
    return key if key in picture.program.nodes else None


def _is_guarded(read: Read) -> bool:
    """Whether its author minds that it may be missing: it is asked for here, or something of its task was before."""
    if read.asking:
        return True
    task = read.path[:2]
    return any(asked == ("tasks",) or asked[:2] == task for asked in read.asked)


def _is_there(use: Use, read: Read, key: str, *, picture: Picture, flow: Flow) -> bool:
    """Returns whether a task's output is there; complains if not."""
    point = flow.point(use.node.key, _RENDERED.get(use.slot, BEGIN))
    held = flow.always.get(point)
    if held is None or _is_own(use, key):
        return True
    target = picture.program.nodes[key]
    fact = flow.fact(key, succeeded=_needs_success(read, target, picture))
    is_possible = bool(flow.ever[point] & fact)
    if not _is_visible(use, key, picture):
        _tell_repeated(use, read, target, picture=picture)
    elif held & fact:
        return True
    elif key == use.node.key and not is_possible:
        _tell_self(use, read, picture=picture)
    elif not is_possible and _is_concurrent(use.node.key, key, picture):
        _tell_concurrent(use, read, target, picture=picture)
    else:
        _tell(use, read, target, picture=picture, flow=flow)
    return False


def _needs_success(read: Read, target: Node, picture: Picture) -> bool:
    """A container tells of its children however it ended; what its `outputs` make, only where it succeeded."""
    is_told = target.outputs is None and target.key in picture.program.inside
    return read.path[2] not in _OF_ANY and not (is_told and read.path[2:4] == ("output", "progress_info"))


def _is_own(use: Use, key: str) -> bool:
    """What an arrow brings is rendered when its own task is over."""
    return use.slot in ("on_success", "on_error") and key == use.node.key


def _is_visible(use: Use, key: str, picture: Picture) -> bool:
    """A task that runs once for each item is seen by its neighbours in the same item only."""
    if "[]" not in key:
        return True
    home = picture.parents.get(key, ROOT)
    return home in (use.node.key, *picture.ancestors(use.node.key))


def _is_concurrent(reader: str, target: str, picture: Picture) -> bool:
    """Whether two tasks stand in different branches of the same parallel task."""
    above = [reader, *picture.ancestors(reader)]
    other = [target, *picture.ancestors(target)]
    meeting = next(key for key in above if key in other)
    return picture.program.nodes[meeting].kind.name in _CONCURRENT and meeting not in (reader, target)


def _tell_repeated(use: Use, read: Read, target: Node, *, picture: Picture) -> None:
    collection = next(one for one in picture.ancestors(target.key) if "[]" not in one)
    name = name_of(picture.program.nodes[collection])
    message = f"{name_of(target)!r} runs once for each item of {name!r}; there is no single output of it"
    hint = f"read the list: .tasks.{name}.output"
    picture.at_read(Diagnostic(code="REF_NEVER_AVAILABLE", message=message, hint=hint), use, read.path, 1)


def _tell_self(use: Use, read: Read, *, picture: Picture) -> None:
    message = f"the task {name_of(use.node)!r} waits for its own {read.path[2]}"
    hint = "in `outputs` a task's own result is `.output`"
    witness = f"{name_of(use.node)} > {name_of(use.node)}"
    found = Diagnostic(code="TASK_CYCLE", message=message, hint=hint, witness=witness)
    picture.at_read(found, use, read.path, 1)


def _tell_concurrent(use: Use, read: Read, target: Node, *, picture: Picture) -> None:
    message = f"{name_of(target)!r} runs at the same time as this; its {read.path[2]} is there only by luck"
    hint = "put the two one after the other, in a composite, or read it after the parallel task"
    found = Diagnostic(code="REF_CONCURRENT", message=message, hint=hint, severity="warning")
    picture.at_read(found, use, read.path, 1)


def _tell(use: Use, read: Read, target: Node, *, picture: Picture, flow: Flow) -> None:
    point = flow.point(use.node.key, _RENDERED.get(use.slot, BEGIN))
    name, fact = name_of(target), flow.fact(target.key, succeeded=_needs_success(read, target, picture))
    witness = flow.lacking(point, fact) or []
    never = not flow.ever[point] & fact
    severity: Severity = "error" if never or _is_required(use, picture) else "warning"
    failed = flow.point(target.key, FAILED) in witness
    lacks = f"{name} failed" if failed else f"never ran {name}"
    found = Diagnostic(
        code="REF_NEVER_AVAILABLE" if never else "REF_NOT_ALWAYS_AVAILABLE",
        message=f"{name!r} has no {read.path[2]} {'' if never else 'on every path '}here",
        hint=_hint(use, read, never=never),
        witness=f"{flow.shown(witness)} ({lacks})",
        severity=severity,
    )
    picture.at_read(found, use, read.path, 1)


def _is_required(use: Use, picture: Picture) -> bool:
    strict = bool(picture.program.project.get("strict_templates"))
    # A bare condition refuses whatever is missing.
    return (
        strict
        or not has_template(use.template.source)
        or (use.slot in _REQUIRED and use.node.kind.name in ("router", "collection"))
    )


def _hint(use: Use, read: Read, *, never: bool) -> str:
    written = "." + ".".join(read.path)
    if never:
        return "run that task before, or remove this"
    if not has_template(use.template.source):
        return f"ask first: has({written[1:]}) && …"
    return f'say what stands for it: {{{{ {written} | default "…" }}}}, or lead every path through the task'
