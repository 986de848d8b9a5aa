"""Directives: `$ref`, `$use` and `$merge` are replaced by what they stand for, at load time only.

Source: workflows.md 3, with the rulings of 20.2. Values keep the marks of the place where they were written.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from statewright.language.diagnostics.diagnostic import Diagnostic, did_you_mean
from statewright.language.diagnostics.problems import Problems
from statewright.language.directives.merging import (
    LIST_STRATEGIES,
    MAP_STRATEGIES,
    MergeRefused,
    merge_lists,
    merge_maps,
)
from statewright.language.directives.selection import find, names_near
from statewright.language.directives.selectors import Key, Selector, SelectorSyntaxError, parse_selector
from statewright.language.marks import BROKEN, At, List, Map, Mark

# A reference that leads to a reference … thirty times is a mistake (B-032).
REFERENCES_MAX = 32
# The resolved document nests no deeper than a written one may.
DEPTH_MAX = 64
# References that repeat each other grow like aliases do; no project is this large (DESIGN 9: 10 MiB).
VALUES_MAX = 200_000

DIRECTIVES = ("$ref", "$use", "$merge")
_COMPONENTS = {"agent": "agents", "tool": "tools", "task": "tasks"}
_CONFLICTS = ("replace", "first", "error", "last")
_OPTIONS = r"(?:\s*!merge:(?P<options>[a-z, ]+))?\s*\Z"
_REF = re.compile(r"\s*(?P<scope>[a-z]+)::(?P<path>.+?)" + _OPTIONS, re.DOTALL)
_USE = re.compile(r"\s*(?P<component>[a-z]+)\(\s*(?P<scope>[a-z]+)::(?P<path>.+)\)" + _OPTIONS, re.DOTALL)
_SCHEMA_REF = re.compile(r"#|[a-z][a-z0-9+.-]*://")
_FORMS = {
    "$ref": (_REF, 'scope::path, as in `local::tools.#(id=="x")`'),
    "$use": (_USE, 'component(scope::path), as in `agent(local::agents.#(id=="x"))`'),
}
# Providers without a key; any other has `<PROVIDER>_API_KEY`.
_KEYLESS = ("ollama", "mock", "simulated", "scripted")


class Scopes(msgspec.Struct, frozen=True):
    """What the scopes of a directive mean: this document, the project's, and resources by type and id."""

    local: At
    project: At
    resources: dict[str, dict[str, At]] = {}


def resolve(document: At, scopes: Scopes) -> tuple[At, tuple[Diagnostic, ...]]:
    """Returns the document without directives, and what is wrong with them."""
    problems = Problems()
    value = _Resolver(scopes, problems).value(document, 0)
    return At(value, document.mark, document.path), problems.sorted()


class _Found(msgspec.Struct, frozen=True):
    """What a directive came to: its value (not yet resolved itself), and how its siblings are merged."""

    at: At
    name: str
    options: tuple[str, ...]
    component: str = ""


class _Resolver:
    """Walks one document. `_stack` holds the references being followed."""

    def __init__(self, scopes: Scopes, problems: Problems) -> None:
        self._scopes = scopes
        self._problems = problems
        self._stack: list[str] = []
        self._selected: dict[str, At] = {}
        # By name: what a reference came to, and how many values that is. Nobody changes resolved data.
        self._known: dict[str, tuple[Any, int]] = {}
        self._values = 0
        self._full = False

    def value(self, at: At, depth: int) -> Any:
        """Returns the value with everything in it resolved."""
        self._values += 1
        if self._values > VALUES_MAX or depth > DEPTH_MAX:
            if not self._full:
                message = f"references make this deeper than {DEPTH_MAX} levels, or larger than {VALUES_MAX} values"
                self._problems.error("REF_DEPTH", message, at)
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
                self._problems.key("DIRECTIVE_SIBLINGS", "$merge allows no keys beside it", directive)
            return self._merge(directive, depth)
        found = self._look_up(name, directive)
        if found is None:
            return _broken(directive, siblings)
        if len(self._stack) > REFERENCES_MAX:
            self._problems.error("REF_DEPTH", f"references lead on more than {REFERENCES_MAX} times", directive)
            return _broken(directive, siblings)
        value = self._followed(found, directive, depth)
        return self._beside(_wrapped(found, value, siblings, directive.mark), siblings, found.options, directive)

    def _followed(self, found: _Found, directive: At, depth: int) -> Any:
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
        if not siblings or "replace" in options[:1]:
            return value
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
            self._problems.error("MERGE_CONFLICT", str(refused), directive)
            return siblings

    def _look_up(self, name: str, directive: At) -> _Found | None:
        pattern, form = _FORMS[name]
        match = pattern.match(directive.value) if isinstance(directive.value, str) else None
        if match is None:
            self._problems.error("REF_SYNTAX", f"{name} needs the form {form}", directive)
            return None
        component = match.groupdict().get("component") or ""
        if component and component not in _COMPONENTS:
            hint = did_you_mean(component, _COMPONENTS, listed="components")
            self._problems.error("REF_SYNTAX", f"$use knows no component {component!r}", directive, hint=hint)
            return None
        if str(directive.value).strip() in self._stack:
            trail = " > ".join([*self._stack, str(directive.value).strip()])
            self._problems.error("REF_CYCLE", f"this reference leads back to itself: {trail}", directive)
            return None
        name = f"{match['scope']}::{match['path'].strip()}"
        found = self._selected.get(name) or self._select(match, directive)
        options = self._options(match["options"] or "", directive)
        if found is None:
            return None
        self._selected[name] = found
        return self._fitting(_Found(found, name, options, component), directive)

    def _fitting(self, found: _Found, directive: At) -> _Found | None:
        if found.component and found.at.value is not None and not isinstance(found.at.value, Map):
            self._problems.error("REF_KIND", f"this is no {found.component}: a map is expected", directive)
            return None
        return found

    def _options(self, text: str, directive: At) -> tuple[str, ...]:
        options = tuple(option.strip() for option in text.split(",") if option.strip())
        for option in options:
            if option not in (*MAP_STRATEGIES, *_CONFLICTS):
                hint = did_you_mean(option, (*MAP_STRATEGIES, *_CONFLICTS[:3]), listed="options")
                self._problems.error("REF_SYNTAX", f"!merge knows no option {option!r}", directive, hint=hint)
        # The strategy may stand on either side; alone, `replace` is one.
        strategies = [option for option in options if option in ("deep", "shallow")]
        return (*strategies, *(option for option in options if option not in strategies))

    def _select(self, match: re.Match[str], directive: At) -> At | None:
        scope, path = match["scope"], match["path"].strip()
        if scope == "resource":
            return self._resource(path, match, directive)
        if scope not in ("local", "global"):
            message = f"there is no scope {scope!r}"
            hint = did_you_mean(scope, ("local", "global", "resource"), listed="scopes")
            self._at(match, "scope", Diagnostic(code="REF_SYNTAX", message=message, hint=hint), directive)
            return None
        selector = self._parsed(path, match, directive)
        if selector is None or not self._right_kind(selector, match, directive):
            return None
        document = self._scopes.local if scope == "local" else self._scopes.project
        found = find(selector, document)
        if found is None and scope == "global" and selector.steps[0] == Key("models"):
            found = find(selector, self._scopes.local) or self._synthesised(selector, directive)
        if found is None:
            key, wanted = _wanted(selector)
            hint = did_you_mean(wanted, names_near(selector, document, key), listed="there are")
            message = f"{path} finds nothing in {'the project file' if scope == 'global' else 'this file'}"
            self._at(match, "path", Diagnostic(code="REF_NOT_FOUND", message=message, hint=hint), directive)
        return found

    def _right_kind(self, selector: Selector, match: re.Match[str], directive: At) -> bool:
        component, first = match.groupdict().get("component"), selector.steps[0]
        if not component or not isinstance(first, Key):
            return True
        if first.name == _COMPONENTS[component] or first.name not in _COMPONENTS.values():
            return True
        message = f"{first.name!r} holds no {_COMPONENTS[component]}"
        self._at(match, "path", Diagnostic(code="REF_KIND", message=message), directive)
        return False

    def _parsed(self, path: str, match: re.Match[str], directive: At) -> Selector | None:
        try:
            return parse_selector(path)
        except SelectorSyntaxError as error:
            at = match.start("path") + error.offset
            self._problems.within(Diagnostic(code="REF_SYNTAX", message=str(error)), directive, at, at + 1)
            return None

    def _resource(self, path: str, match: re.Match[str], directive: At) -> At | None:
        kind, separator, selector = path.partition("::")
        known = self._scopes.resources.get(kind.lower(), {})
        if not separator or not selector:
            self._problems.error("REF_SYNTAX", "a resource is named resource::type::id", directive)
            return None
        quoted = re.match(r"#\(\s*id\s*==?\s*[\"']?([^\"')]+)[\"']?\s*\)", selector)
        wanted = quoted[1] + selector[quoted.end() :] if quoted else selector
        for id in sorted(known, key=len, reverse=True):
            if wanted == id:
                return known[id]
            if wanted.startswith(id + "."):
                inner = self._parsed(wanted[len(id) + 1 :], match, directive)
                return None if inner is None else find(inner, known[id])
        message = f"there is no {kind} {wanted!r} among the autoloaded files"
        hint = did_you_mean(wanted, known, listed="there are")
        self._at(match, "path", Diagnostic(code="REF_NOT_FOUND", message=message, hint=hint), directive)
        return None

    def _synthesised(self, selector: Selector, directive: At) -> At | None:
        """A selector that says provider and model says all that a model needs (workflows.md 20.2)."""
        terms = selector.equalities()
        if not {"provider", "model"} <= terms.keys():
            return None
        model = Map()
        for key in ("provider", "model"):
            model.put(key, terms[key], directive.mark)
        provider = str(terms["provider"])
        variable = f"{provider.upper().replace('-', '_')}_API_KEY"
        if provider not in _KEYLESS:
            model.put("api_key", f"{{{{ .env.{variable} }}}}", directive.mark)
        message = f"the project has no model {terms['model']!r} of {provider!r}; it is used with the key in {variable}"
        self._problems.warning("MODEL_NOT_DECLARED", message, directive, hint="declare it in the project's `models`")
        return At(model, directive.mark, directive.path)

    def _merge(self, directive: At, depth: int) -> Any:
        sources, strategy, conflict = self._merge_parts(directive, depth)
        given = [source for source in sources if source.value is not None]
        if not given:
            return Map()
        maps = all(isinstance(source.value, Map) for source in given)
        lists = all(isinstance(source.value, List) for source in given)
        if not maps and not lists:
            self._problems.error("MERGE_KIND", "$merge joins maps, or lists, not both and nothing else", directive)
            return None
        allowed = MAP_STRATEGIES if maps else LIST_STRATEGIES
        chosen = strategy or allowed[0]
        if chosen not in allowed:
            hint = did_you_mean(chosen, allowed, listed="strategies")
            message = f"there is no strategy {chosen!r} for {'maps' if maps else 'lists'}"
            self._problems.error("MERGE_STRATEGY", message, directive, hint=hint)
            return None
        try:
            return merge_maps(given, chosen, conflict) if maps else merge_lists(given, chosen)  # type: ignore[arg-type]
        except MergeRefused as refused:
            self._problems.error("MERGE_CONFLICT", str(refused), directive)
            return BROKEN

    def _merge_parts(self, directive: At, depth: int) -> tuple[list[At], str, str]:
        listed = directive
        strategy, conflict = "", "replace"
        if isinstance(directive.value, Map):
            for key, entry in directive.entries():
                if key not in ("sources", "strategy", "key_conflict"):
                    hint = did_you_mean(key, ("sources", "strategy", "key_conflict"))
                    self._problems.key("KEY_UNKNOWN", f"$merge knows no key {key!r}", entry, hint=hint)
            strategy = str(directive.value.get("strategy") or "")
            conflict = str(directive.value.get("key_conflict") or "replace").replace("last", "replace")
            listed = directive.get("sources") or At(None, directive.mark, directive.path)
        if conflict not in _CONFLICTS:
            hint = did_you_mean(conflict, _CONFLICTS[:3], listed="choices")
            self._problems.error("MERGE_STRATEGY", f"there is no key_conflict {conflict!r}", directive, hint=hint)
            conflict = "replace"
        resolved = self.value(listed, depth + 1)
        if not isinstance(resolved, List) or not resolved:
            self._problems.error("MERGE_SOURCES", "$merge needs a list of sources", directive)
            return [], strategy, conflict
        return list(At(resolved, listed.mark, listed.path).elements()), strategy, conflict

    def _at(self, match: re.Match[str], group: str, found: Diagnostic, directive: At) -> None:
        self._problems.within(found, directive, *match.span(group))


def _is_directive(key: str, value: Any) -> bool:
    """A JSON Schema's own `$ref: "#/…"`, or one to an address, is plain data."""
    return not (key == "$ref" and isinstance(value, str) and _SCHEMA_REF.match(value))


def _entry(at: At, key: str) -> At:
    return At(at.value[key], at.value.marks[key], f"{at.path}/{key}")


def _wrapped(found: _Found, value: Any, siblings: Map, mark: Mark) -> Any:
    """`$use: agent(…)` is `agent: …`; a task stands for itself, except as what a collection repeats."""
    if not found.component or (found.component == "task" and siblings.get("type") != "collection"):
        return value
    wrapped = Map()
    wrapped.put(found.component, value, mark)
    return wrapped


def _broken(directive: At, siblings: Map) -> Any:
    """Returns what a directive leaves that found nothing: a `$use` breaks its component only, a `$ref` all."""
    used = _USE.match(directive.value) if isinstance(directive.value, str) else None
    if used is None or used["component"] not in ("agent", "tool"):
        return BROKEN
    siblings.put(used["component"], BROKEN, directive.mark)
    return siblings


def _wanted(selector: Selector) -> tuple[str, str]:
    """Returns the name that a path looked for, and the key that holds such names in a list."""
    terms = selector.equalities()
    if terms:
        key = "id" if "id" in terms else next(iter(terms))
        return key, str(terms[key])
    last = selector.steps[-1]
    return "id", last.name if isinstance(last, Key) else ""
