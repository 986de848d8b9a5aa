"""Directives: `$ref`, `$use` and `$merge` are replaced by what they stand for, at load time only.

Source: workflows.md 3, with the rulings of 20.2. Values keep the marks of the place where they were written.
"""

from __future__ import annotations

import re
from typing import Any

from statewright.language.diagnostics.diagnostic import Diagnostic, meant
from statewright.language.diagnostics.problems import Problems
from statewright.language.directives.lookup import CONFLICTS, Found, Lookup, Scopes, component_of
from statewright.language.directives.merging import (
    LIST_STRATEGIES,
    MAP_STRATEGIES,
    MergeRefused,
    merge_lists,
    merge_maps,
)
from statewright.language.marks import BROKEN, At, List, Map, Mark

# A reference that leads to a reference … thirty times is a mistake (B-032).
REFERENCES_MAX = 32
# The resolved document nests no deeper than a written one may.
DEPTH_MAX = 64
# References that repeat each other grow like aliases do; no project is this large (DESIGN 9: 10 MiB).
VALUES_MAX = 200_000

DIRECTIVES = ("$ref", "$use", "$merge")
_CONFLICT_HINT = "say who wins (`replace` the later one, `first` the earlier one), or remove one"
_SCHEMA_REF = re.compile(r"#|[a-z][a-z0-9+.-]*://")


def resolve(document: At, scopes: Scopes) -> tuple[At, tuple[Diagnostic, ...]]:
    """Returns the document without directives, and what is wrong with them."""
    problems = Problems()
    value = _Resolver(scopes, problems).value(document, 0)
    return At(value, document.mark, document.path), problems.sorted()


class _Resolver:
    """Walks one document. `_stack` holds the references being followed."""

    def __init__(self, scopes: Scopes, problems: Problems) -> None:
        self._problems = problems
        self._lookup = Lookup(scopes, problems)
        self._stack: list[str] = []
        # By name: what a reference came to, and how many values that is. Nobody changes resolved data.
        self._known: dict[str, tuple[Any, int]] = {}
        self._values = 0
        self._full = False
        self._too_far = False

    def value(self, at: At, depth: int) -> Any:
        """Returns the value with everything in it resolved."""
        # What the document says itself is bounded where it is read.
        self._values += bool(self._stack)
        if self._values > VALUES_MAX or depth > DEPTH_MAX:
            if not self._full:
                message = f"references make this deeper than {DEPTH_MAX} levels, or larger by {VALUES_MAX:,} values"
                hint = "refer to less, or write it out where it is needed"
                self._problems.error("REF_DEPTH", message, at, hint=hint)
            self._full = self._values > VALUES_MAX
            return BROKEN
        if isinstance(at.value, Map):
            directives = [key for key in DIRECTIVES if key in at.value and _is_directive(key, at.value[key])]
            return self._directive(at, directives, depth) if directives else self._map(at, depth)
        if isinstance(at.value, List):
            resolved = List()
            for element in at.elements():
                resolved.put(self.value(element, depth + 1), element.mark)
            return resolved
        return at.value

    def _map(self, at: At, depth: int, without: tuple[str, ...] = ()) -> Map:
        resolved = Map()
        for key, entry in at.entries():
            if key not in without:
                resolved.put(key, self.value(entry, depth + 1), entry.mark)
        return resolved

    def _directive(self, at: At, directives: list[str], depth: int) -> Any:
        if len(directives) > 1:
            second = _entry(at, directives[1])
            message = f"a map holds one directive at most, this one has {' and '.join(directives)}"
            self._problems.key("DIRECTIVE_MULTIPLE", message, second)
        name = directives[0]
        siblings = self._map(at, depth, without=DIRECTIVES)
        directive = _entry(at, name)
        if name == "$merge":
            if siblings:
                hint = "add a map of them to its sources"
                self._problems.key("DIRECTIVE_SIBLINGS", "$merge allows no keys beside it", directive, hint=hint)
            return self._merge(directive, depth)
        found = self._look_up(name, directive)
        if found is None:
            return _broken(directive, siblings)
        value = self._followed(found, directive, depth)
        return self._beside(_wrapped(found, value, siblings, directive.mark), siblings, found.options, directive)

    def _followed(self, found: Found, directive: At, depth: int) -> Any:
        """Resolves what a reference led to, once; each further use counts as what it stands for."""
        known = self._known.get(found.name)
        if known is not None:
            self._values += known[1]
            return known[0] if self._values <= VALUES_MAX else self.value(directive, depth)
        before = self._values
        self._stack.append(str(directive.value).strip())
        value = self.value(found.at, depth + 1)
        self._stack.pop()
        self._known[found.name] = (value, self._values - before)
        return value

    def _beside(self, value: Any, siblings: Map, options: tuple[str, ...], directive: At) -> Any:
        """Merges the keys beside a directive over its result (3.5)."""
        # `replace` is a strategy unless another one is named: then it says what wins.
        if not siblings or ("replace" in options and not {"deep", "shallow"}.intersection(options)):
            return value
        if value is BROKEN:
            # Why is said already; that nothing can be merged with it would be said for nothing.
            return siblings
        if value is None:
            return siblings
        if not isinstance(value, Map):
            kind = "a list" if isinstance(value, List) else "a single value"
            self._problems.error(
                "REF_KIND", f"this stands for {kind}, which the keys beside it cannot extend", directive
            )
            return siblings
        strategy = "shallow" if "shallow" in options else "deep"
        conflict = next((option for option in options if option in ("first", "error")), "replace")
        sources = [At(value, directive.mark, directive.path), At(siblings, directive.mark, directive.path)]
        try:
            return merge_maps(sources, strategy, conflict)  # type: ignore[arg-type]  # one of the three, by the table
        except MergeRefused as refused:
            self._problems.error("MERGE_CONFLICT", str(refused), directive, hint=_CONFLICT_HINT)
            return siblings

    def _look_up(self, name: str, directive: At) -> Found | None:
        text = str(directive.value).strip()
        if text in self._stack:
            trail = " > ".join([*self._stack, text])
            message = f"this reference leads back to itself: {trail}"
            self._problems.error("REF_CYCLE", message, directive, hint="write out what is meant in one of them")
            return None
        if len(self._stack) > REFERENCES_MAX:
            # A chain that is too long is so from many places; to say it once is enough.
            if not self._too_far:
                hint = "let one of them name what is meant itself"
                message = f"references lead on more than {REFERENCES_MAX} times"
                self._problems.error("REF_DEPTH", message, directive, hint=hint)
            self._too_far = True
            return None
        return self._lookup.find(name, directive)

    def _merge(self, directive: At, depth: int) -> Any:
        sources, strategy, conflict = self._merge_parts(directive, depth)
        given = [source for source in sources if source.value is not None]
        if any(source.value is BROKEN for source in given):
            return BROKEN
        if not given:
            return Map()
        maps = all(isinstance(source.value, Map) for source in given)
        lists = all(isinstance(source.value, List) for source in given)
        if not maps and not lists:
            message = "$merge joins maps, or lists, not both and nothing else"
            self._problems.error("MERGE_KIND", message, directive, hint="give it sources of one kind")
            return None
        allowed = MAP_STRATEGIES if maps else LIST_STRATEGIES
        chosen = strategy or allowed[0]
        if chosen not in allowed:
            hint = meant(chosen, allowed, listed="strategies")
            message = f"there is no strategy {chosen!r} for {'maps' if maps else 'lists'}"
            self._problems.error("MERGE_STRATEGY", message, directive, hint=hint)
            return None
        try:
            return merge_maps(given, chosen, conflict) if maps else merge_lists(given, chosen)  # type: ignore[arg-type]
        except MergeRefused as refused:
            self._problems.error("MERGE_CONFLICT", str(refused), directive, hint=_CONFLICT_HINT)
            return BROKEN

    def _merge_parts(self, directive: At, depth: int) -> tuple[list[At], str, str]:
        if isinstance(directive.value, Map) and any(key in directive.value for key in DIRECTIVES):
            directive = At(self.value(directive, depth + 1), directive.mark, directive.path)
        listed = directive
        strategy, conflict = "", "replace"
        if isinstance(directive.value, Map):
            for key, entry in directive.entries():
                if key not in ("sources", "strategy", "key_conflict"):
                    hint = meant(key, ("sources", "strategy", "key_conflict"))
                    self._problems.key("KEY_UNKNOWN", f"$merge knows no key {key!r}", entry, hint=hint)
            strategy = str(directive.value.get("strategy") or "")
            conflict = str(directive.value.get("key_conflict") or "replace").replace("last", "replace")
            listed = directive.get("sources") or At(None, directive.mark, directive.path)
        if conflict not in CONFLICTS:
            hint = meant(conflict, CONFLICTS[:3], listed="choices")
            self._problems.error("MERGE_STRATEGY", f"there is no key_conflict {conflict!r}", directive, hint=hint)
            conflict = "replace"
        resolved = self.value(listed, depth + 1)
        if resolved is BROKEN:
            return [At(BROKEN, listed.mark, listed.path)], strategy, conflict
        if not isinstance(resolved, List) or not resolved:
            form = "as in $merge: [a, b], or $merge: { sources: [a, b] }"
            self._problems.error("MERGE_SOURCES", "$merge needs a list of sources", directive, hint=form)
            return [], strategy, conflict
        return list(At(resolved, listed.mark, listed.path).elements()), strategy, conflict


def _is_directive(key: str, value: Any) -> bool:
    """A JSON Schema's own `$ref: "#/…"`, or one to an address, is plain data."""
    return not (key == "$ref" and isinstance(value, str) and _SCHEMA_REF.match(value))


def _entry(at: At, key: str) -> At:
    return At(at.value[key], at.value.marks[key], f"{at.path}/{key}")


def _wrapped(found: Found, value: Any, siblings: Map, mark: Mark) -> Any:
    """`$use: agent(…)` is `agent: …`; a task stands for itself, except as what a collection repeats."""
    if not found.component or (found.component == "task" and siblings.get("type") != "collection"):
        return value
    wrapped = Map()
    wrapped.put(found.component, value, mark)
    return wrapped


def _broken(directive: At, siblings: Map) -> Any:
    """Returns what a directive leaves that found nothing: a `$use` breaks its component only, a `$ref` all."""
    component = component_of(directive.value)
    if component not in ("agent", "tool"):
        return BROKEN
    siblings.put(component, BROKEN, directive.mark)
    return siblings
