"""Rules that a project lays down for itself, one sentence each, proved for every way through its workflows.

every path to send passes approve      no path leads from draft to publish
tool:refund happens at most once       at most 3 model calls
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from statewright.kernel.program import ROOT, Node, Program, Prompt
from statewright.kernel.tasks.basic import UseTool
from statewright.language.diagnostics.diagnostic import Diagnostic, meant
from statewright.language.marks import At
from statewright.language.proofs.bounds import counted, model_calls
from statewright.language.proofs.flow import DONE, Flow
from statewright.language.proofs.layout import name_of
from statewright.language.proofs.picture import Picture

KEY = "policies"
# Each is proved by a walk of its own; nobody keeps more rules than this in mind.
POLICIES_MAX = 100
_WORD = re.compile(r"""'[^']*'|"[^"]*"|\S+""")
_NAME, _NUMBER = "NAME", "NUMBER"
_NAMES = {"tool": "tool:", "agent": "agent:"}


class Policy(NamedTuple):
    """One sentence, taken apart: its form, what stands for the form's blanks, and where each of these begins."""

    form: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    at: At


class Subject(NamedTuple):
    """A workflow with its graph, and the workflows that it may start."""

    picture: Picture
    flow: Flow
    others: Mapping[str, Program] = {}


def check_policies(subjects: Sequence[Subject], project: At) -> None:
    """Complains about every policy that a workflow breaks. Those of the project hold for all of its workflows."""
    programs = {subject.picture.program.id: subject.picture.program for subject in subjects}
    subjects = [subject._replace(others=programs) for subject in subjects]
    _check_all(_listed(project), subjects)
    for subject in subjects:
        if subject.picture.at.value is not project.value:
            _check_all(_listed(subject.picture.at), [subject])


def _check_all(policies: list[At], subjects: Sequence[Subject]) -> None:
    if not subjects:
        return
    for at in policies[:POLICIES_MAX]:
        _check(at, subjects)
    for at in policies[POLICIES_MAX : POLICIES_MAX + 1]:
        message = f"{len(policies)} policies stand here; {POLICIES_MAX} is the limit"
        found = Diagnostic(code="POLICY_LIMIT", message=message, hint="say the same with fewer, or split the project")
        subjects[0].picture.at_entry(found, at)


def _listed(at: At) -> list[At]:
    found = at.get(KEY)
    return [] if found is None else [element for element in found.elements() if isinstance(element.value, str)]


def _check(at: At, subjects: Sequence[Subject]) -> None:
    policy = _read(at, subjects[0].picture)
    if policy is None or not _names_known(policy, subjects):
        return
    for subject in subjects:
        _FORMS[policy.form](policy, subject)


def _read(at: At, picture: Picture) -> Policy | None:
    """Returns the sentence in its form; complains at the first word that no form goes on with."""
    words = [(found.group(), found.start()) for found in _WORD.finditer(at.value)]
    best, expected = -1, set[str]()
    for form in _FORMS:
        wanted = form.split()
        same = _agreeing(wanted, [word for word, _ in words])
        if same == len(wanted) == len(words):
            blanks = [words[index] for index, word in enumerate(wanted) if word in (_NAME, _NUMBER)]
            return Policy(form, tuple(_bare(word) for word, _ in blanks), tuple(start for _, start in blanks), at)
        if same >= best:
            expected = (expected if same == best else set()) | {wanted[same] if same < len(wanted) else "its end"}
            best = same
    _tell_syntax(at, words[best][1] if best < len(words) else len(at.value), expected, picture)
    return None


def _agreeing(wanted: list[str], words: list[str]) -> int:
    count = 0
    for want, word in zip(wanted, words, strict=False):
        if want != word and want != _NAME and not (want == _NUMBER and word.isdecimal()):
            break
        count += 1
    return count


def _tell_syntax(at: At, start: int, expected: set[str], picture: Picture) -> None:
    said = {_NAME: "a task, tool:… or agent:…", _NUMBER: "a number"}
    options = " or ".join(sorted(said.get(word, f"{word!r}" if word != "its end" else word) for word in expected))
    hint = "policies read: " + "; ".join(form.replace(_NAME, "X", 1).replace(_NAME, "Y") for form in _FORMS)
    found = Diagnostic(code="POLICY_SYNTAX", message=f"this policy should go on with {options}", hint=hint)
    end = at.value.find(" ", start)
    picture.reader.problems.within(found, at, start, end if end > start else max(len(at.value), start + 1))


def _names_known(policy: Policy, subjects: Sequence[Subject]) -> bool:
    """Whether some workflow has everything that the sentence names."""
    known = dict.fromkeys(name for subject in subjects for name in _everything(subject.picture))
    wrong = [
        (word, start)
        for word, start in zip(policy.words, policy.starts, strict=True)
        if not word.isdecimal() and word not in known
    ]
    for word, start in wrong:
        advice = meant(word, known, listed="there are")
        message = f"no workflow here has {word!r}"
        found = Diagnostic(code="REF_NOT_FOUND", message=message, hint=advice.hint, fix=advice.fix)
        subjects[0].picture.reader.problems.within(found, policy.at, start, start + len(word))
    return not wrong


def _everything(picture: Picture) -> list[str]:
    program = picture.program
    agents = [_agent(node) for node in program.nodes.values()]
    tasks = [name_of(node) for node in program.nodes.values() if node.key != ROOT]
    return [*tasks, *(f"tool:{id}" for id in program.tools), *(f"agent:{id}" for id in agents if id)]


def _named(word: str, picture: Picture) -> list[Node]:
    """Returns the tasks that a word of a policy means."""
    nodes = [node for node in picture.program.nodes.values() if node.key != ROOT]
    if word.startswith(_NAMES["agent"]):
        return [node for node in nodes if _agent(node) == word.removeprefix(_NAMES["agent"])]
    if word.startswith(_NAMES["tool"]):
        id = word.removeprefix(_NAMES["tool"])
        calling = {use.node.key for use in picture.uses if _calls(use.template.source, id)}
        return [node for node in nodes if _tool(node) == id or node.key in calling]
    return [node for node in nodes if name_of(node) == word]


def _calls(source: str, tool: str) -> bool:
    return f".tools.{tool}." in source


def _agent(node: Node) -> str:
    component = getattr(node.fields, "component", None)
    return component.agent if isinstance(component, Prompt) else ""


def _tool(node: Node) -> str:
    component = getattr(node.fields, "component", None)
    return component.tool if isinstance(component, UseTool) else ""


def _bare(word: str) -> str:
    return word[1:-1] if word[:1] in "'\"" and len(word) > 1 else word


def _always_passes(policy: Policy, subject: Subject) -> None:
    target, gate = policy.words
    passed = [subject.flow.point(node.key, DONE) for node in _named(gate, subject.picture)]
    for node in _named(target, subject.picture):
        way = subject.flow.avoiding(subject.flow.point(node.key), passed)
        if way is not None:
            _violated(policy, subject, f"a path to {target!r} does not pass {gate!r}", way)
            return


def _never_leads(policy: Policy, subject: Subject) -> None:
    origin, target = policy.words
    flow = subject.flow
    reached = set(flow.reached)
    for start in _named(origin, subject.picture):
        for end in _named(target, subject.picture):
            begin = flow.point(start.key)
            way = flow.path(begin, flow.point(end.key)) if begin in reached else None
            if way is not None:
                before = flow.way(begin) or [begin]
                _violated(policy, subject, f"a path leads from {origin!r} to {target!r}", [*before, *way[1:]])
                return


def _at_most_once(policy: Policy, subject: Subject) -> None:
    (name,) = policy.words
    nodes = {node.key for node in _named(name, subject.picture)}
    program = subject.picture.program

    def cost(node: Node) -> int:
        if node.key not in nodes:
            return 0
        tool = program.tools.get(_tool(node))
        return 1 if tool is not None and tool.at_most_once else max(node.retry.attempts, 1)

    bound = counted(program, subject.flow, cost)
    if bound.calls is None or bound.calls > 1:
        times = "any number of times" if bound.calls is None else f"up to {bound.calls:,} times"
        why = f": {bound.through}" if bound.through else ""
        flow = subject.flow
        ways = [flow.way(flow.point(key)) for key in program.nodes if key in nodes]
        _violated(policy, subject, f"{name!r} may happen {times}{why}", next((way for way in ways if way), []))


def _few_model_calls(policy: Policy, subject: Subject) -> None:
    limit = int(policy.words[0])
    bound = model_calls(subject.picture.program, subject.others)
    if bound.calls is None or bound.calls > limit:
        _violated(policy, subject, f"{subject.picture.program.id!r} may make {bound.shown()}", [])


def _violated(policy: Policy, subject: Subject, message: str, way: list[int]) -> None:
    found = Diagnostic(
        code="POLICY_VIOLATED",
        message=message,
        hint="change the tasks, or the policy",
        witness=subject.flow.shown(way),
    )
    subject.picture.at_entry(found, policy.at)


_FORMS: dict[str, Callable[[Policy, Subject], None]] = {
    f"every path to {_NAME} passes {_NAME}": _always_passes,
    f"no path leads from {_NAME} to {_NAME}": _never_leads,
    f"{_NAME} happens at most once": _at_most_once,
    f"at most {_NUMBER} model calls": _few_model_calls,
}
