"""Looks up what a directive names: its text to a scope and a path, and the path to a value of that scope.

Source: workflows.md 3.1 to 3.3, with the rulings of 20.2.
"""

from __future__ import annotations

import re

import msgspec

from statewright.language.diagnostics.diagnostic import Diagnostic, Severity, meant
from statewright.language.diagnostics.edits import Advice
from statewright.language.diagnostics.problems import Problems
from statewright.language.directives.merging import MAP_STRATEGIES
from statewright.language.directives.selection import find, names_near, rivals
from statewright.language.directives.selectors import Key, Selector, SelectorSyntaxError, parse_selector
from statewright.language.marks import At, Map

CONFLICTS = ("replace", "first", "error", "last")
_COMPONENTS = {"agent": "agents", "tool": "tools", "task": "tasks"}
# Lists of a document whose elements are of one kind.
_OTHERS = ("models", "schemas", "memories", "mcps", "embedders", "vector_dbs", "knowledge_bases", "workflows")
_SECTIONS = (*_COMPONENTS.values(), *_OTHERS)
_OPTIONS = r"(?:\s*!merge:(?P<options>[a-z, ]+))?\s*\Z"
_REF = re.compile(r"\s*(?P<scope>[a-z]+)::(?P<path>.+?)" + _OPTIONS, re.DOTALL)
_USE = re.compile(r"\s*(?P<component>[a-z]+)\(\s*(?P<scope>[a-z]+)::(?P<path>.+)\)" + _OPTIONS, re.DOTALL)
_FORMS = {
    "$ref": (_REF, 'scope::path, as in `local::tools.#(id=="x")`'),
    "$use": (_USE, 'component(scope::path), as in `agent(local::agents.#(id=="x"))`'),
}
_RESOURCE_QUERY = re.compile(r"#\(\s*id\s*==?\s*[\"']?([^\"')]+)[\"']?\s*\)")
# Providers without a key; any other has `<PROVIDER>_API_KEY`.
_KEYLESS = ("ollama", "mock", "simulated", "scripted")


class Scopes(msgspec.Struct, frozen=True):
    """What the scopes of a directive mean: this document, the project's, and resources by type and id.

    `known` is what names of the global scope have come to so far, for all documents of a project.
    """

    local: At
    project: At
    resources: dict[str, dict[str, At]] = {}
    known: dict[str, At] = msgspec.field(default_factory=dict)


class Found(msgspec.Struct, frozen=True):
    """What a directive came to: its value (not yet resolved itself), and how its siblings are merged."""

    at: At
    name: str
    options: tuple[str, ...]
    component: str = ""


def component_of(text: object) -> str:
    """Returns the component that a `$use` is about; empty where the text has not its form."""
    used = _USE.match(text) if isinstance(text, str) else None
    return used["component"] if used is not None and used["component"] in _COMPONENTS else ""


class Lookup:
    """Finds what directives name, each name once; says why where there is nothing."""

    def __init__(self, scopes: Scopes, problems: Problems) -> None:
        self._scopes = scopes
        self._problems = problems
        self._selected: dict[str, At] = {}

    def find(self, kind: str, directive: At) -> Found | None:
        """Returns what a `$ref` or `$use` names."""
        pattern, form = _FORMS[kind]
        match = pattern.match(directive.value) if isinstance(directive.value, str) else None
        if match is None:
            self._problems.error("REF_SYNTAX", f"{kind} needs the form {form}", directive)
            return None
        component = match.groupdict().get("component") or ""
        if component and component not in _COMPONENTS:
            hint = meant(component, _COMPONENTS, listed="components")
            self._problems.error("REF_SYNTAX", f"$use knows no component {component!r}", directive, hint=hint)
            return None
        name = f"{match['scope']}::{match['path'].strip()}"
        at = self._selected.get(name) or self._scopes.known.get(name) or self._select(match, directive)
        options = self._options(match["options"] or "", directive)
        if at is None:
            return None
        self._selected[name] = at
        if component and at.value is not None and not isinstance(at.value, Map):
            self._problems.error("REF_KIND", f"this is no {component}: a map is expected", directive)
            return None
        return Found(at, name, options, component)

    def _options(self, text: str, directive: At) -> tuple[str, ...]:
        options = tuple(option.strip() for option in text.split(",") if option.strip())
        for option in options:
            if option not in (*MAP_STRATEGIES, *CONFLICTS):
                hint = meant(option, (*MAP_STRATEGIES, *CONFLICTS[:3]), listed="options")
                self._problems.error("REF_SYNTAX", f"!merge knows no option {option!r}", directive, hint=hint)
        # The strategy may stand on either side; alone, `replace` is one.
        strategies = [option for option in options if option in ("deep", "shallow")]
        return (*strategies, *(option for option in options if option not in strategies))

    def _select(self, match: re.Match[str], directive: At) -> At | None:
        scope, path = match["scope"], match["path"].strip()
        if scope == "resource":
            return self._resource(path, match, directive)
        if scope not in ("local", "global"):
            hint = meant(scope, ("local", "global", "resource"), listed="scopes")
            said = _said("REF_SYNTAX", f"there is no scope {scope!r}", hint)
            self._within(match, "scope", said, directive)
            return None
        selector = self._parsed(path, match, directive)
        if selector is None or not self._right_kind(selector, match, directive):
            return None
        document = self._scopes.local if scope == "local" else self._scopes.project
        found = find(selector, document)
        if found is None and scope == "global" and selector.steps[0] == Key("models"):
            document = self._scopes.local
            found = find(selector, document) or self._synthesised(selector, directive)
        if found is None:
            self._nothing(selector, match, directive)
        else:
            others = rivals(selector, document)
            self._check_rivals(others, selector, match, directive)
            if document is self._scopes.project and not others:
                self._scopes.known[f"{scope}::{path}"] = found
        return found

    def _nothing(self, selector: Selector, match: re.Match[str], directive: At) -> None:
        scope = match["scope"]
        document = self._scopes.local if scope == "local" else self._scopes.project
        key, wanted = _wanted(selector)
        hint = meant(wanted, names_near(selector, document, key), listed="there are")
        message = f"{selector.text} finds nothing in {'the project file' if scope == 'global' else 'this file'}"
        self._within(match, "path", _said("REF_NOT_FOUND", message, hint), directive)

    def _check_rivals(self, found: list[At], selector: Selector, match: re.Match[str], directive: At) -> None:
        """One id means one thing. Any other question may be asked of several, and the first one answers."""
        if not found:
            return
        lines = [at.mark.place().line for at in found]
        if set(selector.equalities()) == {"id"}:
            message = f"{len(found)} things have this id, in the lines {_listed(lines)}"
            hint = Advice("rename all but one of them")
            self._within(match, "path", _said("REF_AMBIGUOUS", message, hint), directive)
            return
        message = f"{len(found)} things fit this, in the lines {_listed(lines)}; the first one is meant"
        hint = Advice("ask for what only one of them has, or for all with #(…)#")
        self._within(match, "path", _said("REF_AMBIGUOUS", message, hint, "warning"), directive)

    def _right_kind(self, selector: Selector, match: re.Match[str], directive: At) -> bool:
        component, first = match.groupdict().get("component"), selector.steps[0]
        if not component or not isinstance(first, Key):
            return True
        if first.name == _COMPONENTS[component] or first.name not in _SECTIONS:
            return True
        message = f"{first.name!r} holds no {_COMPONENTS[component]}"
        other = f", or use {first.name.removesuffix('s')}(…)" if first.name in _COMPONENTS.values() else ""
        hint = Advice(f"look among `{_COMPONENTS[component]}`{other}")
        self._within(match, "path", _said("REF_KIND", message, hint), directive)
        return False

    def _parsed(self, path: str, match: re.Match[str], directive: At) -> Selector | None:
        try:
            return parse_selector(path)
        except SelectorSyntaxError as error:
            at = match.start("path") + error.offset
            hint = 'a path reads as in tools.#(id=="search"), models.0 or schemas.#.id'
            found = Diagnostic(code="REF_SYNTAX", message=str(error), hint=hint)
            self._problems.within(found, directive, at, at + 1)
            return None

    def _resource(self, path: str, match: re.Match[str], directive: At) -> At | None:
        kind, separator, selector = path.partition("::")
        known = self._scopes.resources.get(kind.lower(), {})
        if not separator or not selector or not kind:
            self._problems.error("REF_SYNTAX", "a resource is named resource::type::id", directive)
            return None
        query = _RESOURCE_QUERY.match(selector)
        wanted = query[1] + selector[query.end() :] if query else selector
        # An id may hold dots itself: the longest one that fits is meant.
        id = max((id for id in known if wanted == id or wanted.startswith(id + ".")), key=len, default=None)
        if id is None:
            hint = meant(wanted, known, listed="there are")
            message = f"there is no {kind} {wanted!r} among the autoloaded files"
            self._within(match, "path", _said("REF_NOT_FOUND", message, hint), directive)
            return None
        if wanted == id:
            return known[id]
        return self._field(wanted[len(id) + 1 :], known[id], match, directive)

    def _field(self, path: str, resource: At, match: re.Match[str], directive: At) -> At | None:
        selector = self._parsed(path, match, directive)
        found = None if selector is None else find(selector, resource)
        if selector is not None and found is None:
            key, wanted = _wanted(selector)
            hint = meant(wanted, names_near(selector, resource, key), listed="there are")
            message = f"{path} finds nothing in {resource.mark.source.file}"
            self._within(match, "path", _said("REF_NOT_FOUND", message, hint), directive)
        return found

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

    def _within(self, match: re.Match[str], group: str, found: Diagnostic, directive: At) -> None:
        self._problems.within(found, directive, *match.span(group))


def _said(code: str, message: str, hint: Advice, severity: Severity = "error") -> Diagnostic:
    return Diagnostic(code=code, message=message, hint=hint.hint, fix=hint.fix, severity=severity)


def _wanted(selector: Selector) -> tuple[str, str]:
    """Returns the name that a path looked for, and the key that holds such names in a list."""
    terms = selector.equalities()
    if terms:
        key = "id" if "id" in terms else next(iter(terms))
        return key, str(terms[key])
    last = selector.steps[-1]
    return "id", last.name if isinstance(last, Key) else ""


def _listed(lines: list[int]) -> str:
    return ", ".join(str(line) for line in lines[:-1]) + f" and {lines[-1]}"
