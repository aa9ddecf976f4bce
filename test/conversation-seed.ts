import { Conversation } from "../src/protocol/conversation.ts";
import { EXPORT_FORMAT, EXPORT_VERSION } from "../src/protocol/export.ts";
import type { ModelServerOptions } from "./model-server.ts";
import { startPageApp } from "./page-app.ts";

/** The whole product with a model that answers `options.answer`, until the test ends. */
export async function startChat(options: ModelServerOptions = { answer: "ok" }) {
  const app = await startPageApp(options);
  const ask = async (path: string, json: unknown, method = "POST") => {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(json);
    const response = await fetch(`${app.url}/api${path}`, { method, headers, body });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return Conversation.parse(await response.json());
  };
  return {
    url: app.url,
    /** Conversations without messages, the last title the newest. */
    async create(...titles: readonly string[]): Promise<Conversation[]> {
      const made: Conversation[] = [];
      for (const title of titles) made.push(await ask("/conversations", { title }));
      return made;
    },
    pin: (id: string) => ask(`/conversations/${id}`, { pinned: true }, "PATCH"),
    /** A conversation of these texts, by turns of the user and the model; `parent` makes versions. */
    bringIn: (title: string, texts: readonly (string | { parent: number; text: string })[]) =>
      ask("/conversations/import", exported(title, texts)),
  };
}

/** What an export of such a conversation would be; parents count from 1, 0 is none. */
export function exported(
  title: string,
  texts: readonly (string | { parent: number; text: string })[],
) {
  const start = Date.parse("2026-01-02T03:04:05.000Z");
  const depths: number[] = [0];
  return {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    title,
    createdAt: new Date(start).toISOString(),
    messages: texts.map((item, index) => {
      const { parent, text } = typeof item === "string" ? { parent: index, text: item } : item;
      const depth = (depths[parent] ?? 0) + 1;
      depths.push(depth);
      return {
        id: index + 1,
        parentId: parent === 0 ? null : parent,
        role: depth % 2 === 1 ? "user" : "assistant",
        content: text,
        createdAt: new Date(start + index * 1_000).toISOString(),
        status: "done",
      };
    }),
  };
}
