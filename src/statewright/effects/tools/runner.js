// Runs one tool call: reads it from stdin, calls the tool, prints one JSON document, ends.
// It holds no right of its own. The tool's text arrives only after the parent has narrowed this process's memory.
const { exit, stdin, stdout } = Deno;
const { parse, stringify } = JSON;

function print(text) {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stdout.writeSync(bytes));
}

function mistake(code, message) {
  return Object.assign(new Error(message), { code });
}

// Running the text as a script makes its top-level functions properties of the global object.
function declared(code) {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  (0, eval)(`${code}\n//# sourceURL=tool.js`);
  const after = Object.getOwnPropertyDescriptors(globalThis);
  const found = Object.keys(after).filter((name) =>
    typeof after[name].value === "function" && after[name].value !== before[name]?.value
  );
  if (found.length !== 1) {
    throw mistake("TOOL_CODE_INVALID", `expected one top-level function, found ${found.length}: ${found.join(", ")}`);
  }
  return globalThis[found[0]];
}

async function exported(tool) {
  // A literal: only what is known before the start may be loaded without a right to read.
  const module = await import("statewright:entry");
  const found = module.default?.[tool];
  if (typeof found !== "function") {
    throw mistake("TOOL_NOT_FOUND", `the entrypoint's default export has no function "${tool}"`);
  }
  return found;
}

function described(error) {
  const { name = "Error", message = String(error), code = "" } = error instanceof Error ? error : {};
  // A lone surrogate is no text to anybody else.
  const [n, m, c] = [name, message, code].map((text) => String(text).toWellFormed());
  return { name: n, message: m, code: c };
}

// Standard output belongs to the answer.
for (const level of ["debug", "dir", "info", "log", "table"]) console[level] = console.error;

print("\n");
const call = parse(await new Response(stdin.readable).text());
let answer;
try {
  const tool = call.code === "" ? await exported(call.tool) : declared(call.code);
  const result = await tool(call.input, call.config, { idempotencyKey: call.idempotencyKey });
  answer = stringify({ result: result ?? null });
} catch (error) {
  answer = stringify({ error: described(error) });
}
print(answer);
// A timer, socket or worker that the tool left open must not keep the process.
exit(0);
