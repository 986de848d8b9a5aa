// Stands in for the notification service: sends nothing, and gives the same message the same id.

function idOf(text) {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return `ntf-${hash.toString(16).padStart(8, "0")}`;
}

export function send({ type, recipient, message, priority }) {
  return { id: idOf([type, recipient, message, priority].join("\n")), status: "queued", deliveryTime: "PT2S" };
}
