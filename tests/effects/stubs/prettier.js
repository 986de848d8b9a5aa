export async function format(code, options) {
  return `${code.trim()}${options.newline ? "\n" : ""}`;
}
