"""What each proof is about, sound and with one defect: parts of generated workflows."""

from __future__ import annotations

from itertools import pairwise

from tests.language.proofs.programs import KIND, Scene, Task, read

COLOURS = ["red", "green", "blue"]


def unreachable(scene: Scene, broken: bool) -> None:
    """A chain of arrows, and a task beside it that none leads to."""
    scene.alone()
    chain = _chained([scene.plain("step") for _ in range(scene.rng.randrange(2, 6))])
    place = scene.rng.randrange(1, len(chain) + 1)
    for at, task in enumerate(chain):
        if broken and at == place:
            scene.add(scene.plain("lost"), "lost")
        scene.add(task)
    if broken and place == len(chain):
        scene.add(scene.plain("lost"), "lost")


def never_available(scene: Scene, broken: bool) -> None:
    """A task that reads one that comes later."""
    early, later = scene.plain("early"), scene.plain("later")
    if broken:
        early["with"]["v"] = read(later["id"])
    scene.add(early, later["id"] if broken else "")
    scene.add(later)


def not_always_available(scene: Scene, broken: bool) -> None:
    """A task behind a router that reads one of the routes; who asks first is right."""
    left, right = scene.plain("left"), scene.plain("right")
    name = left["id"]
    scene.add(_router(scene, KIND, {"red": left, "default": right}))
    asks = ["{{ .tasks.%s.output.v | default 0 }}", "{{ if .tasks.%s }}{{ .tasks.%s.output.v }}{{ end }}"]
    asks += ['{{ hasKey .tasks "%s" }}', "{{ with .tasks.%s.output }}{{ .v }}{{ end }}"]
    value = read(name) if broken else scene.rng.choice(asks).replace("%s", name)
    scene.add({"id": scene.name("after"), "with": {"v": value}}, name if broken else "")


def handled_failure(scene: Scene, broken: bool) -> None:
    """A failure that is handled leads on: what the failed task would have left is missing."""
    risky, handler = scene.plain("risky"), scene.plain("handler")
    risky["on_error"] = {"next": handler["id"]}
    reads = read(risky["id"]) if broken else "{{ .tasks.%s.error.message }}" % risky["id"]  # noqa: UP031  # braces
    handler["with"]["v"] = reads
    scene.add(risky)
    scene.add(handler, risky["id"] if broken else "")


def concurrent(scene: Scene, broken: bool) -> None:
    """A task that reads its neighbour, which runs at the same time unless there is one worker only."""
    one = scene.plain("one")
    two = {"id": scene.name("two"), "with": {"v": read(one["id"])}}
    manner = {} if broken else {"strategy": "fail_fast", "max_workers": 1}
    both = {"id": scene.name("both"), "type": "parallel", "tasks": [one, two], **manner}
    scene.add(both, one["id"] if broken else "")


def falls_through(scene: Scene, broken: bool) -> None:
    """A router over an enum."""
    ask = scene.add(scene.asking())
    covered = scene.rng.sample(COLOURS, 2 if broken else 3)
    router = _router(scene, f"{{{{ .tasks.{ask}.output.kind }}}}", {value: scene.plain("to") for value in covered})
    scene.add(router, router["id"] if broken else "")


def yes_without_no(scene: Scene, broken: bool) -> None:
    """A router over a comparison."""
    compared = scene.rng.choice([".workflow.input.count > 3", '.workflow.input.name == "x"', "!.workflow.input.count"])
    routes = {"true": scene.plain("yes")}
    if not broken:
        routes[scene.rng.choice(["false", "default"])] = scene.plain("no")
    router = _router(scene, f"{{{{ {compared} }}}}", routes)
    scene.add(router, router["id"] if broken else "")


def dead_route(scene: Scene, broken: bool) -> None:
    """A route for a value that its schema does not list."""
    ask = scene.add(scene.asking())
    value = "purple" if broken else scene.rng.choice(COLOURS)
    routes = {"default": scene.plain("to"), value: scene.plain("to")}
    scene.add(_router(scene, f"{{{{ .tasks.{ask}.output.kind }}}}", routes), '"purple' if broken else "")


def waiting_for_nobody(scene: Scene, broken: bool) -> None:
    """A wait for a signal that no task sends and no trigger names."""
    name = "gone" if broken else "go"
    wait = {"id": scene.name("wait"), "type": "wait", "wait_for": name, "condition": "{{ true }}", "timeout": "5m"}
    scene.add(wait, "gone" if broken else "")
    if scene.rng.random() < 0.5:
        scene.add({"id": scene.name("tell"), "type": "signal", "signal": {"id": "go", "payload": {"v": 1}}})
    else:
        scene.tail = "triggers: [{type: signal, name: go}]\n"


def waiting_for_ever(scene: Scene, broken: bool) -> None:
    """A wait without a timeout."""
    wait: Task = {"id": scene.name("wait"), "type": "wait", "wait_for": "go", "condition": "{{ true }}"}
    scene.add(wait if broken else wait | {"timeout": "5m"}, wait["id"] if broken else "")
    scene.tail = "triggers: [{type: signal, name: go}]\n"


def circle(scene: Scene, broken: bool) -> None:
    """A circle with a router in it, whose way out needs a value that cannot be."""
    scene.alone()
    steps = [scene.plain("step") for _ in range(scene.rng.randrange(1, 5))]
    end = scene.plain("end", final=True)
    ask = scene.asking(on_success={"next": steps[0]["id"]})
    again = {"red": steps[0]["id"], "green": scene.rng.choice(steps)["id"]}
    out = {"blue": end["id"]} if not broken else {"default": steps[0]["id"], "purple": end["id"]}
    router = _router(scene, f"{{{{ .tasks.{ask['id']}.output.kind }}}}", again | out)
    first, *others = _chained([*steps, router])[:-1]
    scene.add(ask)
    scene.add(first, first["id"] if broken else "")
    for task in (*others, router, end):
        scene.add(task)


def wrong_type(scene: Scene, broken: bool) -> None:
    """A tool that wants a number."""
    ask = scene.add(scene.asking())
    fine = [3.5, "{{ .workflow.input.count }}", "{{ .workflow.input.name | length }}", "{{ .input.count }}"]
    wrong = [f"{{{{ .tasks.{ask}.output.text }}}}", "much", "{{ .workflow.input.count }} euros", [1]]
    wrong += ["{{ .workflow.input.name | upper }}", "{{ .input.kind }}"]
    value = scene.rng.choice(wrong if broken else fine)
    caret = ("[" if isinstance(value, list) else value) if broken else ""
    scene.add({"id": scene.name("pay"), "tool": "pay", "with": {"amount": value}}, str(caret))


def missing_input(scene: Scene, broken: bool) -> None:
    """A tool that wants an amount."""
    given = {"to": "me"} if broken else scene.rng.choice([{"amount": 1}, {"amount": 1, "to": "you"}])
    task: Task = {"id": scene.name("pay"), "tool": "pay", "with": given}
    scene.add(task, task["id"] if broken else "")


def unknown_property(scene: Scene, broken: bool) -> None:
    """A name that no schema has."""
    ask = scene.add(scene.asking())
    fine = [f".tasks.{ask}.output.kind", ".workflow.input.name", f".tasks.{ask}.output.kid | default 1"]
    wrong = [f".tasks.{ask}.output.kid", ".workflow.input.nme", f".tasks.{ask}.output.answer"]
    path = scene.rng.choice(wrong if broken else fine)
    scene.add(scene.plain("use") | {"with": {"v": f"{{{{ {path} }}}}"}}, path.split(".")[-1] if broken else "")


def secret(scene: Scene, broken: bool) -> None:
    """A variable in a task's words; one with its value in the project is no secret."""
    scene.tail = "env: {MODE: fast}\n"
    value = "{{ .env.TOKEN }}" if broken else "{{ .env.MODE }}"
    places: list[Task] = [{"with": {"v": value}}, {"outputs": {"v": f"is {value}"}}, {"prompt": f"Say {value}"}]
    scene.add({"id": scene.name("use"), **scene.rng.choice(places)}, "TOKEN" if broken else "")


def passes(scene: Scene, broken: bool) -> None:
    """A payment that must be approved, and a way around the approval."""
    approve = scene.plain("approve")
    around = _router(scene, KIND, {"red": approve, "default": scene.plain("skip")})
    scene.add(around if broken else approve)
    scene.fill(scene.rng.randrange(2))
    send = scene.add({"id": scene.name("send"), "tool": "pay", "with": {"amount": 1}})
    rule = f"every path to {scene.rng.choice([send, 'tool:pay'])} passes {approve['id']}"
    scene.rule(rule, "every" if broken else "")


def leads(scene: Scene, broken: bool) -> None:
    """Two tasks of which the first must not lead to the second."""
    draft, publish = scene.plain("draft"), scene.plain("publish")
    if broken:
        scene.add(draft)
        scene.fill(scene.rng.randrange(2))
        scene.add(publish)
    else:
        scene.add(_router(scene, KIND, {"red": draft, "default": publish}))
    scene.rule(f"no path leads from {draft['id']} to {publish['id']}", "no" if broken else "")


def once(scene: Scene, broken: bool) -> None:
    """A payment that must not happen twice: not by another task, a second try, or a collection."""
    pay: Task = {"id": scene.name("send"), "tool": "pay", "with": {"amount": 1}}
    other = pay | {"id": scene.name("send")}
    each = {"id": scene.name("each"), "type": "collection", "items": [1, 2], "task": pay | {"id": "p-{{ .index }}"}}
    twice = [pay | {"retries": 1}, each, {"id": scene.name("both"), "type": "parallel", "tasks": [pay, other]}]
    either = _router(scene, KIND, {"red": pay, "default": other})
    scene.add(scene.rng.choice(twice if broken else [pay, either]))
    scene.rule("tool:pay happens at most once", "tool:pay" if broken else "")


def too_wide(scene: Scene, broken: bool) -> None:
    """A collection over a number of items."""
    name = scene.name("each")
    width = 100_001 + scene.rng.randrange(10_000) if broken else scene.rng.randrange(100_001)
    child = {"id": name + "-{{ .index }}", "with": {"v": 1}}
    scene.add({"id": name, "type": "collection", "items": width, "task": child}, str(width) if broken else "")


def _router(scene: Scene, condition: str, routes: Task) -> Task:
    return {"id": scene.name("route"), "type": "router", "condition": condition, "routes": routes}


def _chained(tasks: list[Task]) -> list[Task]:
    for before, after in pairwise(tasks):
        before["on_success"] = {"next": after["id"]}
    return tasks
