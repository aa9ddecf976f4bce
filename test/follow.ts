import { expect } from "vitest";
import { type ChatClient, connect } from "./chat-client.ts";

/** How an answer ended on one screen. */
export interface Followed {
  readonly status: string;
  readonly text: string;
}

/** A screen that comes back with its cursor whenever it is sent away, until it has seen the end. */
export async function follow(
  url: string,
  conversationId: string,
  generationId: string,
): Promise<Followed> {
  for (let after: string | undefined; ; ) {
    let client: ChatClient | undefined;
    // Refused while the store is away.
    await expect
      .poll(async () => (client = await connect(url).catch(() => undefined)), { timeout: 60_000 })
      .toBeDefined();
    if (client === undefined) continue;
    const seen = await see(client, conversationId, generationId, after).catch(() => undefined);
    if (seen !== undefined) return seen;
    after = client.cursors.get(conversationId) ?? after;
    client.close();
  }
}

/** `undefined` where the store was away or the server sent us away. */
async function see(
  client: ChatClient,
  conversationId: string,
  generationId: string,
  after: string | undefined,
): Promise<Followed | undefined> {
  client.send({ type: "subscribe", conversationId, ...(after ? { after } : {}) });
  const frame = await client.frame(({ type }) => type === "subscribed" || type === "error");
  if (frame.type !== "subscribed") return undefined;
  const stored = frame.messages?.find(({ id }) => id === generationId);
  if (stored !== undefined && stored.status !== "streaming") {
    return { status: stored.status === "done" ? "finished" : stored.status, text: stored.content };
  }
  return await client.ended(generationId);
}
