export async function send({ type, recipient }) {
  return { id: `${type}-${recipient}`, status: "sent", deliveryTime: 5 };
}
