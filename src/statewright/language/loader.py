"""The door of the language: a project's files to programs, and a stored definition back to its program.

Nothing is raised for what authors write: it is in the diagnostics, all of it at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from statewright import __version__
from statewright.errors import EXIT_INVALID_DEFINITION, StatewrightError
from statewright.kernel.program import Program
from statewright.kernel.values import Json
from statewright.language.autoload import Resources, autoloaded, skipped
from statewright.language.bundle import Main, decode_bundle, digest_of, encode_bundle
from statewright.language.diagnostics.diagnostic import Diagnostic
from statewright.language.diagnostics.problems import Problems
from statewright.language.directives.lookup import Scopes
from statewright.language.directives.resolve import resolve
from statewright.language.entities.environment import refuse_undeclared
from statewright.language.entities.layers import Layers
from statewright.language.files import Files, Glob, Read
from statewright.language.grammar.reading import Entities
from statewright.language.marks import BROKEN, At, List, Map
from statewright.language.paths import fits, normal
from statewright.language.project import Project, read_autoload, read_project, read_sources
from statewright.language.proofs.check import check, check_project
from statewright.language.proofs.policies import Subject
from statewright.language.release import check_release
from statewright.language.workflow import Surroundings, compile_workflow, workflow_id
from statewright.language.yaml.reading import Reader


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a project came to. With errors there are no programs; `sources` holds the texts, for carets.

    `lacking` names the workflows that are right but cannot run yet, each with what it lacks; they are no programs.
    `entities` is everything that the files say, by kind and id, with its defaults.
    """

    programs: dict[str, Program]
    definitions: dict[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    project: dict[str, Json]
    sources: dict[str, str]
    lacking: dict[str, tuple[str, ...]] = {}
    entities: dict[str, dict[str, Json]] = {}


def load(read: Read, glob: Glob, file: str, *, environment: frozenset[str] = frozenset()) -> Loaded:
    """Reads and compiles the project of the file at path `file`.

    `environment` names the variables that all its files may see besides those that the project file declares.
    """
    return _Loading(read, glob, normal(file), environment).load()


def load_definition(data: bytes) -> Program:
    """Returns the program of a stored definition; raises `DEFINITION_INVALID` where this release cannot read it."""
    try:
        bundle = decode_bundle(data)
    except msgspec.DecodeError as error:
        raise _unreadable(str(error)) from error
    texts = {path: text.encode() for path, text in bundle.files.items()}
    loading = _Loading(texts.get, lambda pattern: [path for path in texts if fits(path, pattern)], bundle.main.project)
    loaded = loading.load(only=bundle.main)
    program = loaded.programs.get(bundle.main.workflow)
    if program is None:
        errors = [found for found in loaded.diagnostics if found.severity == "error"]
        said = f"{errors[0].code}: {errors[0].message}" if errors else f"there is no {bundle.main.workflow!r} in it"
        raise _unreadable(said)
    return msgspec.structs.replace(program, digest=digest_of(data))


def _unreadable(said: str) -> StatewrightError:
    return StatewrightError(
        "DEFINITION_INVALID",
        f"the stored definition does not compile: {said}",
        hint="use the release of Statewright that started the run",
        exit_code=EXIT_INVALID_DEFINITION,
    )


class _Workflow(msgspec.Struct, frozen=True):
    """A workflow's document as written, and the file it is in."""

    raw: At
    file: str


class _Loading:
    """One load: the files read so far, what is wrong with them, and the programs that came of them."""

    def __init__(self, read: Read, glob: Glob, file: str, environment: frozenset[str] = frozenset()) -> None:
        self._environment = environment
        self._problems = Problems()
        self._reader = Reader(self._problems)
        self._files = Files(read, self._problems)
        self._glob = glob
        self._file = file
        self._programs: dict[str, Program] = {}
        self._definitions: dict[str, bytes] = {}
        self._seen: dict[str, At] = {}
        self._known: dict[str, At] = {}
        self._lacking: dict[str, tuple[str, ...]] = {}
        self._entities = Entities(self._reader)
        self._workflow_ids: tuple[str, ...] = ()
        self._subjects: list[Subject] = []
        # What a run was started with is not judged again: a later release may prove more.
        self._proving = True

    def load(self, only: Main | None = None) -> Loaded:
        """Reads everything and compiles every workflow, or the one that a definition is about."""
        self._proving = only is None
        raw = self._files.document(self._file)
        if raw is None:
            return self._nothing()
        if self._proving and not check_release(raw, __version__, self._problems):
            # What another release can say would only be taken for mistakes.
            return self._loaded({})
        resources, workflows = self._documents(raw, only)
        document = self._resolved(raw, raw, resources)
        self._learn(document, "project")
        project = read_project(document, self._reader)
        self._workflow_ids = tuple(id for workflow in workflows if (id := workflow_id(workflow.raw)))
        if not workflows and not self._problems.failed:
            message, hint = "the project has no workflow", "give it `tasks`, or list files under `workflows`"
            self._problems.warning("PROJECT_EMPTY", message, raw, hint=hint)
        others = frozenset(workflow.file for workflow in workflows) - {self._file}
        for workflow in workflows:
            texts = {path: text for path, text in self._files.texts.items() if path not in others - {workflow.file}}
            program = self._compile(workflow.raw, raw, (document, project, resources))
            if program is not None:
                self._keep(program, Main(self._file, program.id, workflow.file), texts)
        self._entities.finish()
        if only is None:
            self._check_entrypoint(document, project)
            check_project(document, self._subjects, self._problems)
        return self._loaded(project.facts)

    def _check_entrypoint(self, document: At, project: Project) -> None:
        """The file runs elsewhere and is no part of the definition; that it is there can be seen now."""
        runtime = document.get("runtime")
        entry = runtime.get("entrypoint") if runtime is not None else None
        path = project.runtime.entrypoint
        if entry is not None and path and self._files.is_missing(path):
            message = f"there is no file {path!r}; the tools that it exports cannot run"
            self._problems.warning("FILE_MISSING", message, entry, hint="create it, or correct the path")

    def _nothing(self) -> Loaded:
        if self._file not in self._files.texts and not self._problems.failed:
            message = f"there is no file {self._file!r}"
            self._problems.add((Diagnostic(code="FILE_MISSING", message=message, file=self._file),))
        return self._loaded({})

    def _documents(self, raw: At, only: Main | None) -> tuple[Resources, list[_Workflow]]:
        """Returns the autoloaded resources, resolved, and the workflows as written."""
        sources = read_sources(raw, self._reader)
        autoload = read_autoload(raw, self._reader)
        taken = frozenset((self._file, *(str(source.value) for source in sources)))
        found = autoloaded(autoload, self._files, self._glob, taken, self._reader) if autoload is not None else {}
        resources = self._resources(found, raw, strict=autoload is None or autoload.strict)
        return resources, [*self._workflows(raw, sources, found, only)]

    def _resources(self, found: Resources, raw: At, *, strict: bool) -> Resources:
        """Returns the autoloaded documents resolved; without `strict`, those in which nothing is wrong."""
        resources: Resources = {}
        for kind, ids in found.items():
            for id, at in ids.items() if kind != "workflow" else ():
                own = Problems()
                resolved = self._resolved(at, raw, found, own)
                if not strict:
                    Entities(Reader(own)).read(resolved, kind)
                    if own.failed:
                        skipped(at.mark.source.file, own, self._problems)
                        continue
                self._problems.add(own.sorted())
                self._learn(resolved, kind)
                resources.setdefault(kind, {})[id] = resolved
        return resources

    def _workflows(self, raw: At, sources: tuple[At, ...], found: Resources, only: Main | None) -> Iterator[_Workflow]:
        """Yields the workflows: the project file itself where it has tasks, the listed files, the autoloaded ones."""
        tasks = raw.get("tasks")
        if tasks is not None and tasks.value is not None and not isinstance(tasks.value, List):
            # Without this the project would seem to have no workflow at all.
            self._reader.elements(raw, "tasks")
        if tasks is not None and isinstance(tasks.value, List):
            yield _Workflow(raw, self._file)
        for source in sources:
            if only is None or only.source == source.value:
                document = self._files.document(str(source.value), source)
                if document is not None:
                    yield _Workflow(document, str(source.value))
        for document in found.get("workflow", {}).values():
            yield _Workflow(document, document.mark.source.file)

    def _resolved(self, document: At, project: At, resources: Resources, problems: Problems | None = None) -> At:
        resolved, found = resolve(document, Scopes(document, project, resources, self._known))
        (problems or self._problems).add(found)
        return resolved

    def _compile(self, own: At, raw: At, around: tuple[At, Project, Resources]) -> Program | None:
        """Returns the program of a workflow's document, which may be the project's own; None where it has errors."""
        document, project, resources = around
        separate = own is not raw
        resolved = self._resolved(own, raw, resources) if separate else document
        if separate:
            self._learn(resolved, "workflow")
        if not self._is_new(resolved):
            return None
        config = document.get("config")
        layers = Layers((document, resolved) if separate else (document,), resources)
        surroundings = Surroundings(
            layers=layers,
            runtime=project.runtime,
            project=project.facts,
            configs=(config,) if separate and config is not None else (),
            # A definition stands alone; what it starts is looked up when it does.
            workflows=self._workflow_ids if self._proving else None,
        )
        reader = Reader(Problems(), self._reader)
        compiled = compile_workflow(resolved, surroundings, reader)
        if self._proving:
            refuse_undeclared(layers, self._environment, reader)
        if compiled is not None:
            self._prove(compiled.program, resolved, reader)
        self._problems.add(reader.problems.sorted())
        if compiled is None or reader.problems.failed:
            return None
        if compiled.lacking:
            self._lacking[compiled.program.id] = compiled.lacking
            return None
        return compiled.program

    def _learn(self, at: At, kind: str) -> None:
        if self._proving:
            self._entities.read(at, kind)

    def _prove(self, program: Program, at: At, reader: Reader) -> None:
        subject = check(program, at, reader) if self._proving else None
        if subject is not None:
            self._subjects.append(subject)

    def _is_new(self, at: At) -> bool:
        """Whether the workflow has an id, and no other has it."""
        if not isinstance(at.value, Map):
            # A directive at the top stands for all of it; that one found nothing was said.
            if at.value is not BROKEN:
                self._problems.error("TYPE_MAP", "a workflow must be a map", at)
            return False
        id = workflow_id(at)
        if not id:
            self._reader.missing(at, "id", "a workflow", "`name` does as well")
            return False
        first = self._seen.setdefault(id, at)
        if first is not at:
            message = f"there are two workflows {id!r}; the first one is in {first.mark.source.file}"
            self._problems.error("ID_DUPLICATE", message, at.get("id") or at.get("name") or at)
        return first is at

    def _keep(self, program: Program, main: Main, texts: dict[str, str]) -> None:
        definition = encode_bundle(main, texts)
        self._definitions[program.id] = definition
        self._programs[program.id] = msgspec.structs.replace(program, digest=digest_of(definition))

    def _loaded(self, facts: dict[str, Json]) -> Loaded:
        failed = self._problems.failed
        return Loaded(
            programs={} if failed else self._programs,
            definitions={} if failed else self._definitions,
            diagnostics=self._problems.sorted(),
            project=facts,
            sources=self._files.texts,
            lacking={} if failed else self._lacking,
            entities={} if failed else self._entities.found,
        )
