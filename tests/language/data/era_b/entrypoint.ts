import { lookup } from "./lookup";

export default {
  lookup_order: lookup,
  send_reply: async (input: { text: string }) => ({ sent: input.text.length > 0 }),
};
