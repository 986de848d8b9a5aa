"""Writes a project of a given number of lines: a project file with agents, tools and schemas, and workflows beside it.

It is what large projects look like, not what is cheap: directives, templates in most tasks, every container, comments.
"""

from __future__ import annotations

HEAD = """\
# A generated project.
name: large
version: 1.0.0
models:
  - provider: openai
    model: gpt-4o-mini
    api_key: "{{ .env.OPENAI_API_KEY }}"
tools:
  - id: lookup
    type: python
    execute: tools.py:lookup
    input:
      type: object
      properties:
        key: { type: string }
"""
AGENT = """\
  - id: agent_%(n)d
    config:
      $ref: global::models.#(provider=="openai")
    instructions: |
      You are number %(n)d of the specialists.
      Answer in short sentences.
    actions:
      - id: answer
        prompt: |
          Answer {{ .input.name | default("somebody") }} about {{ .input.subject }}:
          {{ range .input.lines }}- {{ . | trim }}
          {{ end }}
        output:
          type: object
          properties:
            text: { type: string }
            score: { type: number, minimum: 0, maximum: 1 }
            kind: { type: string, enum: [short, long] }
          required: [text, score, kind]
"""
WORKFLOW = """\
# Workflow %(w)d.
id: flow_%(w)d
config:
  input:
    type: object
    properties:
      name: { type: string, default: Ada }
      subject: { type: string, default: letters }
      lines: { type: array, items: { type: string }, default: [a, b] }
tasks:
"""
# 60 lines: what a few screens of a workflow hold.
TASKS = """\
  # The question of part %(n)d.
  - id: ask_%(n)d
    type: basic
    $use: agent(global::agents.#(id=="agent_%(a)d"))
    action: answer
    with:
      name: "{{ .workflow.input.name }}"
      subject: "{{ .workflow.input.subject }} %(n)d"
      lines: "{{ .workflow.input.lines }}"
    outputs:
      text: "{{ .output.text }}"
      score: "{{ .output.score }}"
      kind: "{{ .output.kind }}"
    retries: 2
    timeout: 30s

  - id: route_%(n)d
    type: router
    condition: "{{ .tasks.ask_%(n)d.output.kind }}"
    routes:
      short:
        id: keep_%(n)d
        type: basic
        with:
          text: "{{ .tasks.ask_%(n)d.output.text | trim }}"
      long:
        id: cut_%(n)d
        type: basic
        with:
          text: "{{ .tasks.ask_%(n)d.output.text | trunc 100 }}"

  - id: each_%(n)d
    type: collection
    mode: parallel
    items: "{{ .workflow.input.lines }}"
    task:
      id: "line-%(n)d-{{ .index }}"
      type: basic
      tool: lookup
      with:
        key: "{{ .item }}"

  - id: both_%(n)d
    type: parallel
    strategy: wait_all
    tasks:
      - id: count_%(n)d
        type: basic
        with:
          count: "{{ .workflow.input.lines | length }}"
          high: "{{ .tasks.ask_%(n)d.output.score > 0.5 }}"
      - id: greet_%(n)d
        type: basic
        with:
          text: "Dear {{ .workflow.input.name }}, part %(n)d is {{ .tasks.ask_%(n)d.output.kind }}."

  - id: sum_%(n)d
    type: aggregate
    outputs:
      count: "{{ .tasks.count_%(n)d.output.count }}"
      text: "{{ .tasks.greet_%(n)d.output.text }}"
"""
OUTPUTS = """\
outputs:
  count: "{{ .tasks.sum_%(n)d.output.count }}"
"""
# How the lines are shared out.
AGENTS = 20
PARTS_PER_WORKFLOW = 5


def large_project(lines: int) -> dict[str, bytes]:
    """Returns the files by path; together they have as many lines as asked for, give or take half a part."""
    head = HEAD + "agents:\n" + "".join(AGENT % {"n": number} for number in range(AGENTS))
    each = TASKS.count("\n") + (WORKFLOW.count("\n") + OUTPUTS.count("\n") + 1) / PARTS_PER_WORKFLOW
    parts = max(1, round((lines - head.count("\n")) / each))
    files = {}
    for number, first in enumerate(range(0, parts, PARTS_PER_WORKFLOW)):
        files[f"workflows/flow_{number}.yaml"] = _workflow(number, range(first, min(first + PARTS_PER_WORKFLOW, parts)))
    sources = "".join(f"  - source: {path}\n" for path in files)
    files["statewright.yaml"] = f"{head}workflows:\n{sources}"
    return {path: text.encode() for path, text in files.items()}


def _workflow(number: int, parts: range) -> str:
    tasks = "".join(TASKS % {"n": part, "a": part % AGENTS} for part in parts)
    return WORKFLOW % {"w": number} + tasks + OUTPUTS % {"n": parts[-1]}
