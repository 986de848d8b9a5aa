"""The bad project files of reliability.md 4.1 and 4.2, by number and variant. test_catalogue.py loads them."""

from __future__ import annotations

import msgspec


class Bad(msgspec.Struct, frozen=True):
    """A project file and what is said about it: the code, the text that is marked, a pattern of the hint."""

    text: str | bytes
    code: str
    marked: str
    hint: str = ""
    severity: str = "error"
    files: dict[str, str] = {}


def task(rest: str) -> str:
    return f"name: p\ntasks:\n  - {rest}\n"


def _project(rest: str) -> str:
    return f"name: p\n{rest}\ntasks:\n  - {{id: a, with: {{}}}}\n"


def _input(schema: str) -> str:
    return _project(f"config:\n  input: {schema}")


def _agent(rest: str) -> str:
    return (
        "name: p\nmodels: [{provider: simulated, model: m}]\n"
        f"agents:\n  - {{id: helper, instructions: x, actions: [{{id: go, prompt: x}}], {rest}}}\n"
        "tasks:\n  - {id: a, agent: helper, action: go}\n"
    )


ALIAS_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n}\n  <<: [*a, *a]\n" for n in range(25))
CHAIN = "".join(f"x-{n}: {{$ref: 'local::x-{n + 1}'}}\n" for n in range(1_000)) + "x-1000: 1"
LATER_KEYS = "agents: [{id: greeter, instructions: x}, {id: greeter, instructions: y}]"
TWINS = "x-parts: [{id: a, n: 1}, {id: a, n: 2}]\nx-it: {$ref: \"local::x-parts.#(id=='a')\"}"
PEM = "-----BEGIN PRIVATE KEY-----"
CANARY = "sk-" + "Ab3" * 12

FILES: dict[str, Bad] = {
    "B-001 empty": Bad("", "DEF_EMPTY", "", "name:"),
    "B-001 only comments": Bad("# nothing\n", "DEF_EMPTY", "#", "name:"),
    "B-002 two documents": Bad("name: p\n---\nb: 2\n", "YAML_MULTIPLE_DOCUMENTS", "-", "file of its own"),
    "B-003 a list": Bad("- a\n", "DEF_NOT_A_MAPPING", "-", "name:"),
    "B-003 a text": Bad("hello\n", "DEF_NOT_A_MAPPING", "h", "name:"),
    "B-003 a number": Bad("42\n", "DEF_NOT_A_MAPPING", "4", "name:"),
    "B-004 tab": Bad("name: p\ntasks:\n\t- id: a\n", "YAML_SYNTAX", "\t", "blanks"),
    "B-005 open quote": Bad('name: p\ndescription: "abc\ntasks: []\n', "YAML_SYNTAX", '"', "close it"),
    "B-005 stray colon": Bad("name: a: b\n", "YAML_SYNTAX", ":", "quote the text"),
    "B-005 bad indent": Bad("name: p\ntasks:\n  - id: a\n type: b\n", "YAML_SYNTAX", "t", "indentation"),
    "B-006 alias bomb": Bad(ALIAS_BOMB, "YAML_ALIAS_LIMIT", "*"),
    "B-006 many aliases": Bad("a: &a 1\nb: [" + "*a, " * 101 + "]\n", "YAML_ALIAS_LIMIT", "*"),
    "B-007 merge bomb": Bad(MERGE_BOMB, "YAML_MERGE_FORBIDDEN", "<", r"\$merge"),
    "B-008 recursive alias": Bad("a: &a [*a]\n", "YAML_RECURSIVE", "*"),
    "B-009 brackets": Bad("a: " + "[" * 30_000, "YAML_DEPTH_LIMIT", "["),
    "B-010 a list of 2 MB": Bad("a:\n" + "- x\n" * 500_000, "DEF_TOO_LARGE", "", "split it"),
    "B-011 a key twice": Bad("name: a\nversion: 1.0.0\nname: b\n", "YAML_DUPLICATE_KEY", "name", "remove one"),
    "B-012 code": Bad("name: !!python/object/apply:os.system [id]\n", "YAML_TAG_FORBIDDEN", "!", "plain data"),
    "B-012 binary": Bad("name: !!binary aGk=\n", "YAML_TAG_FORBIDDEN", "!", "plain data"),
    "B-012 own tag": Bad("name: !mine {b: 1}\n", "YAML_TAG_FORBIDDEN", "!", "plain data"),
    **{
        f"B-013 {word}": Bad(_agent(f"json_mode: {word}"), "TYPE_BOOLEAN", word, f"write {meant}")
        for word, meant in (("no", "false"), ("on", "true"), ("yes", "true"), ("off", "false"))
    },
    **{
        f"B-014 {number}": Bad(_project(f"description: {number}"), "TYPE_STRING", number, f'quote it: "{number}"')
        for number in ("1.0", "012", "0x1F")
    },
    **{
        f"B-016 {number}": Bad(_project(f"x-n: {number}"), "NUMBER_NOT_FINITE", number, "quotes")
        for number in (".nan", ".inf", "-.inf", "1e400")
    },
    "B-017 5,000 digits": Bad(_project("x-n: " + "9" * 5_000), "NUMBER_TOO_LARGE", "9" * 5_000, "quotes"),
    "B-017 hexadecimal": Bad(_project("x-n: 0x" + "f" * 500_000), "NUMBER_TOO_LARGE", "0x" + "f" * 500_000, "quotes"),
    "B-017 past 2^53": Bad(_project("x-n: 9007199254740992"), "NUMBER_TOO_LARGE", "9007199254740992", "quotes"),
    "B-018 NUL": Bad('name: "x\0"\n', "TEXT_INVALID_CHARACTER", "\0", "remove it"),
    "B-018 a control": Bad("name: x\x9by\n", "TEXT_INVALID_CHARACTER", "\x9b", "remove it"),
    "B-018 BOM inside": Bad("name: p\nversion: x\ufeffy\n", "TEXT_INVALID_CHARACTER", "\ufeff", "remove it"),
    "B-018 half a character": Bad(b"name: \xed\xa0\x80\n", "TEXT_NOT_UTF8", "", "UTF-8"),
    "B-018 half a character, escaped": Bad('name: "\\ud800"\n', "YAML_SYNTAX", '"', "no|leave it out"),
    "B-019 UTF-16": Bad("name: p\n".encode("utf-16"), "TEXT_NOT_UTF8", "", "UTF-8"),
    "B-019 Latin-1": Bad(b"name: caf\xe9\n", "TEXT_NOT_UTF8", "", "UTF-8"),
    "B-020 bidi override": Bad(task('{id: "a\\u202Eb"}'), "ID_INVALID", '"a\\u202Eb"', "letters"),
    "B-020 zero width": Bad(task('{id: "a\\u200Bb"}'), "ID_INVALID", '"a\\u200Bb"', "letters"),
    **{
        f"B-021 {what}": Bad(task(f'{{id: "{id}"}}'), code, f'"{id}"', hint)
        for what, id, code, hint in (
            ("empty", "", "ID_INVALID", "letters"),
            ("two dots", "..", "ID_INVALID", "letters"),
            ("a path", "a/b", "ID_INVALID", "letters"),
            ("300 characters", "x" * 300, "ID_INVALID", "letters"),
            ("outer blanks", " a ", "ID_INVALID", "letters"),
        )
    },
    "B-022 the same id": Bad(_project(LATER_KEYS), "ID_DUPLICATE", "greeter", "rename"),
    "B-022 the same task": Bad("name: p\ntasks:\n  - {id: a}\n  - {id: a}\n", "ID_DUPLICATE", "a"),
    "B-022 the same but for case": Bad("name: p\ntasks:\n  - {id: a}\n  - {id: A}\n", "ID_DUPLICATE", "A"),
    "B-023 unknown key": Bad("name: p\ntsks: []\ntasks:\n  - {id: a}\n", "KEY_UNKNOWN", "tsks", "'tasks'"),
    "B-023 in a task": Bad(task("{id: a, wiht: {}}"), "KEY_UNKNOWN", "wiht", "'with'"),
    "B-029 in a circle": Bad(
        "name: p\ntasks:\n  - {id: a, on_success: {next: b}}\n  - {id: b, on_success: {next: a}}\n",
        "TASK_CYCLE",
        "a",
        "lead",
    ),
    "B-029 itself": Bad(task("{id: a, on_success: {next: a}}"), "TASK_CYCLE", "a", "lead"),
    "B-030 not on every path": Bad(
        _input("{type: object, properties: {c: {type: boolean}}}").replace(
            "  - {id: a, with: {}}",
            "  - {id: r, type: router, condition: '{{ .workflow.input.c }}', routes: {true: x, false: y}}\n"
            "  - {id: x, on_success: {next: z}}\n  - {id: y, on_success: {next: z}}\n"
            "  - {id: z, with: {v: '{{ .tasks.x.output.q }}'}}",
        ),
        "REF_NOT_ALWAYS_AVAILABLE",
        "",
        "default",
        "warning",
    ),
    "B-031 unknown": Bad(
        _project("tools: [{id: ship, execute: f.py:f}]\nx-it: {$ref: 'local::tools.#(id=\"shp\")'}"),
        "REF_NOT_FOUND",
        'tools.#(id="shp")',
        "did you mean 'ship'",
    ),
    "B-031 ambiguous": Bad(_project(TWINS), "REF_AMBIGUOUS", "x-parts.#(id=='a')", "rename"),
    "B-031 several fit": Bad(
        _project(TWINS.replace("id=='a'", "n>0")), "REF_AMBIGUOUS", "x-parts.#(n>0)", "#", "warning"
    ),
    "B-031 wrong kind": Bad(
        task("{id: a, with: {}}\n  - {id: b, $use: 'agent(local::tasks.0)'}"), "REF_KIND", "tasks.0", "agents"
    ),
    "B-031 unbalanced": Bad(_project("x-it: {$ref: 'local::tools.#('}"), "REF_SYNTAX", "("),
    "B-032 circle": Bad(_project("x-a: {$ref: 'local::x-b'}\nx-b: {$ref: 'local::x-a'}"), "REF_CYCLE", "'local::x-b'"),
    "B-032 chain of 1,000": Bad(_project(CHAIN), "REF_DEPTH", "'local::x-34'", "itself"),
    **{
        f"B-033 {what}": Bad(
            _project(f'workflows: [{{source: "{path}"}}]'), "PATH_OUTSIDE_PROJECT", f'"{path}"', "below the project"
        )
        for what, path in (
            ("up", "../../etc/passwd"),
            ("absolute", "/etc/passwd"),
            ("an address", "file:///etc/passwd"),
            ("UNC", "\\\\\\\\server\\\\share"),
            ("NUL", "a\\0b"),
            ("a drive", "C:/x.yaml"),
            ("home", "~/x.yaml"),
        )
    },
    **{
        f"B-035 {span}": Bad(
            _agent("").replace("model: m", f"model: m, timeout: {span}"), "DURATION_INVALID", span, "30s|30ms"
        )
        for span in ("-5s", "0", "5 parsecs", "999999999d", "30", "0s")
    },
    "B-036 fewer than none": Bad(_agent("").replace("model: m", "model: m, retry_attempts: -1"), "RANGE", "-1"),
    "B-036 too many": Bad(
        _agent("").replace("model: m", "model: m, retry_attempts: 1000000000"), "RANGE", "1000000000"
    ),
    "B-036 back-off": Bad(_project("config: {retry_policy: {backoff_coefficient: 0}}"), "RANGE", "0"),
    **{
        f"B-037 {cron}": Bad(_project(f'schedule: {{cron: "{cron}"}}'), code, f'"{cron}"')
        for cron, code in (
            ("* * * * * * *", "CRON_INVALID"),
            ("61 * * * *", "CRON_INVALID"),
            ("0 0 30 2 *", "CRON_NEVER"),
        )
    },
    "B-038 Mars": Bad(
        _project('schedule: {cron: "0 9 * * *", timezone: Mars/Phobos}'), "TIMEZONE_UNKNOWN", "Mars/Phobos"
    ),
    **{
        f"B-039 {what}": Bad(
            f'name: p\nmodels: [{{provider: openai, model: m, api_key: "{key}"}}]\ntasks:\n  - {{id: a}}\n',
            "SECRET_INLINE",
            key,
            "env",
        )
        for what, key in (
            ("OpenAI", CANARY),
            ("GitHub", "ghp_" + "a1B2" * 9),
            ("AWS", "AKIA" + "ABCD1234" * 2),
            ("PEM", PEM),
        )
    },
    "B-040 undeclared": Bad(
        "name: p\nworkflows: [{source: w.yaml}]\n",
        "ENV_NOT_DECLARED",
        "PATH",
        "env",
        files={
            "w.yaml": "id: w\ntools: [{id: t, type: http, config: {base_url: 'https://x.example/{{ .env.PATH }}'}}]\n"
            "tasks:\n  - {id: a, tool: t}\n"
        },
    ),
    "B-043 a host from the input": Bad(
        _project("tools: [{id: t, type: http, config: {base_url: 'https://{{ .input.host }}/x'}}]"),
        "TOOL_HOST_DYNAMIC",
        "'https://{{ .input.host }}/x'",
        "write the host",
    ),
    "B-044 branches": Bad(
        task("{id: a, type: parallel, tasks: [" + "".join(f"{{id: c{n}}}," for n in range(10_001)) + "]}"),
        "FANOUT_LIMIT",
        "",
        "collection",
    ),
    "B-044 items": Bad(
        task("{id: a, type: collection, items: [" + "1," * 100_001 + "], task: {id: c, with: {}}}"), "FANOUT_LIMIT", ""
    ),
    "B-044 nesting": Bad(task("{id: a, type: composite, tasks: [" * 20 + "{id: z}" + "]}" * 20), "NESTING_LIMIT", ""),
    "B-045 look-ahead": Bad(_input('{type: string, pattern: "(?=a)b"}'), "REGEX_UNSUPPORTED", '"(?=a)b"', "linear"),
    "B-045 back-reference": Bad(_input("{type: string, pattern: '(a)\\1'}"), "REGEX_UNSUPPORTED", "'(a)\\1'", "linear"),
    "B-045 too many": Bad(_input("{type: string, pattern: 'a{1,100000}'}"), "REGEX_UNSUPPORTED", "'a{1,100000}'"),
    "B-045 100 KB": Bad(
        _input(f"{{type: string, pattern: '{'a' * 100_000}'}}"), "REGEX_TOO_LARGE", f"'{'a' * 100_000}'"
    ),
    "B-045 name of a property": Bad(
        _input("{type: object, patternProperties: {'(?!x)y': {}}}"), "REGEX_UNSUPPORTED", "{}", "linear"
    ),
    "B-046 on the network": Bad(
        _input('{type: object, properties: {a: {$ref: "http://169.254.169.254/latest"}}}'),
        "SCHEMA_REMOTE_REF_FORBIDDEN",
        '"http://169.254.169.254/latest"',
        "defs",
    ),
    "B-046 a file": Bad(_input('{$ref: "file:///etc/passwd"}'), "SCHEMA_REMOTE_REF_FORBIDDEN", '"file:///etc/passwd"'),
    "B-047 itself": Bad(_input('{$ref: "#"}'), "SCHEMA_RECURSIVE", '"#"', "properties"),
    "B-047 in a circle": Bad(
        _input('{$defs: {a: {anyOf: [{$ref: "#/$defs/b"}]}, b: {not: {$ref: "#/$defs/a"}}}, $ref: "#/$defs/a"}'),
        "SCHEMA_RECURSIVE",
        '"#/$defs/',
        "properties",
    ),
    "B-047 deep": Bad(_input("{not: " * 35 + "{}" + "}" * 35), "SCHEMA_LIMIT", "", r"\$defs"),
    "B-047 500 deep": Bad(_input("{not: " * 500 + "{}" + "}" * 500), "YAML_DEPTH_LIMIT", "{"),
    "B-047 keywords": Bad(
        _input("{properties: {" + ", ".join(f"p{n}: {{type: string}}" for n in range(10_000)) + "}}"),
        "SCHEMA_LIMIT",
        "",
    ),
    "B-047 doubling": Bad(
        _input('{allOf: [{items: {$ref: "#"}}, {items: {$ref: "#"}}]}'), "SCHEMA_TOO_EXPENSIVE", '"#"', "reached once"
    ),
    "B-048 a slip": Bad(_input("{type: strng}"), "SCHEMA_INVALID", "strng", "'string'"),
    "B-048 not a number": Bad(_input("{type: string, minLength: x}"), "TYPE_INTEGER", "x", "digits"),
    "B-048 required yes or no": Bad(
        _input("{type: object, properties: {a: {required: true}}}"), "SCHEMA_INVALID", "true", "under `required`"
    ),
    "B-048 a list of items": Bad(_input("{type: array, items: [{}]}"), "SCHEMA_INVALID", "[{}]", "prefixItems"),
    "B-048 leads nowhere": Bad(
        _input('{$defs: {name: {}}, $ref: "#/$defs/nme"}'), "SCHEMA_INVALID", '"#/$defs/nme"', "'#/\\$defs/name'"
    ),
    **{
        f"B-048 {low} over {high}": Bad(_input(f"{{{low}: 3, {high}: 2}}"), "SCHEMA_UNSATISFIABLE", "2", "exchange")
        for low, high in (
            ("minimum", "maximum"),
            ("minLength", "maxLength"),
            ("minItems", "maxItems"),
            ("minContains", "maxContains"),
            ("minProperties", "maxProperties"),
            ("exclusiveMinimum", "maximum"),
            ("minimum", "exclusiveMaximum"),
        )
    },
    "B-048 no choice": Bad(_input("{enum: []}"), "SCHEMA_UNSATISFIABLE", "[]", "list the choices"),
    "B-048 choices of another type": Bad(
        _input("{type: string, enum: [1.0, 2.0]}"), "SCHEMA_UNSATISFIABLE", "[1.0, 2.0]", "quotes"
    ),
    "B-048 one choice of another type": Bad(
        _input("{type: string, enum: [a, 2.0]}"), "SCHEMA_UNSATISFIABLE", "2.0", "quotes", "warning"
    ),
    "B-048 a constant of another type": Bad(_input("{type: string, const: 5}"), "SCHEMA_UNSATISFIABLE", "5", "quotes"),
    "B-048 required and not allowed": Bad(
        _input("{properties: {name: {}}, additionalProperties: false, required: [nme]}"),
        "SCHEMA_UNSATISFIABLE",
        "nme",
        "'name'",
    ),
    "B-048 no whole number": Bad(_input("{type: integer, minimum: 0.2, maximum: 0.8}"), "SCHEMA_UNSATISFIABLE", "0.8"),
    "B-048 default": Bad(
        _input("{type: object, properties: {n: {type: integer, default: x}}}"), "SCHEMA_DEFAULT_INVALID", "x"
    ),
    "B-048 default of another form": Bad(
        _input("{type: object, properties: {n: {type: string, format: date, default: x}}}"),
        "SCHEMA_DEFAULT_INVALID",
        "x",
    ),
    "B-048 format": Bad(_input("{type: string, format: emial}"), "FORMAT_UNKNOWN", "emial", "'email'", "warning"),
    "B-048 about something else": Bad(
        _input("{type: string, minimum: 3}"), "NOT_APPLIED", "minimum", "about numbers", "warning"
    ),
    "B-049 another release": Bad('name: p\nrequires: ">=9"\ntasks:\n  - {id: a}\n', "ENGINE_VERSION", '">=9"'),
    "B-052 a name that is not there": Bad(
        _input("{type: object, properties: {name: {type: string}}}").replace(
            "with: {}", "with: {v: '{{ .workflow.input.nme }}'}"
        ),
        "PROPERTY_UNKNOWN",
        "nme",
        "'name'",
        "warning",
    ),
    "B-053 open": Bad(task("{id: a, with: {v: '{{ unclosed'}}"), "EXPR_SYNTAX", "{{ unclosed"),
    "B-066 in a prompt": Bad(
        _agent("").replace("prompt: x", "prompt: 'say {{ .env.API_KEY }}'"), "SECRET_NOT_ALLOWED_HERE", "", ""
    ),
}
