import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Submitted } from "../protocol/requests.ts";
import { MessagePage } from "./messages.ts";

async function chatWithOne() {
  const test = createTestApp();
  const { id } = await test.newConversation();
  const path = `/api/conversations/${id}/messages`;
  return { ...test, id, path };
}

describe("messages", () => {
  it("are stored, and their answer is on its way", async () => {
    const { request, path } = await chatWithOne();
    const response = await request(path, { json: { content: "Hello" } });
    expect(response.status).toBe(202);
    expect(response.headers.get("Preference-Applied")).toBeNull();
    const { message, generationId, answer } = Submitted.parse(await response.json());
    expect(message).toMatchObject({
      role: "user",
      content: "Hello",
      parentId: null,
      status: "done",
    });
    expect(answer).toBeUndefined();

    const page = MessagePage.parse(await (await request(path)).json());
    expect(page.items.map(({ id }) => id)).toEqual([message.id, generationId]);
    expect(page.items[1]).toMatchObject({ status: "streaming", parentId: message.id });
  });

  it("keep the id of the client, and a repeated one gets the stored answer", async () => {
    const { request, path } = await chatWithOne();
    const id = randomUUID();
    const first = await (await request(path, { json: { id, content: "One" } })).json();
    const again = await request(path, { json: { id, content: "Two", parentId: null } });
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(first);
    expect(first).toMatchObject({ message: { id, content: "One" } });
  });

  it("take `null` for a new root, and an unknown parent for not found", async () => {
    const { request, path } = await chatWithOne();
    await request(path, { json: { content: "One" } });
    const root = await request(path, { json: { content: "Two", parentId: null } });
    expect(await root.json()).toMatchObject({ message: { parentId: null } });
    const lost = await request(path, { json: { content: "Three", parentId: randomUUID() } });
    expect(lost.status).toBe(404);
    const wrong = await request(path, { json: { content: "Three", parentId: "x" } });
    expect(wrong.status).toBe(400);
  });

  it("come page by page from the newest back, oldest first in each", async () => {
    const { request, path } = await chatWithOne();
    for (let sent = 0; sent < 4; sent++) await request(path, { json: { content: `${sent}` } });
    const all = MessagePage.parse(await (await request(path)).json());
    expect(all.items).toHaveLength(8);
    const last = MessagePage.parse(await (await request(`${path}?limit=3`)).json());
    expect(last.items).toEqual(all.items.slice(5));
    const rest = await request(`${path}?limit=200&before=${last.next}`);
    expect(MessagePage.parse(await rest.json())).toEqual({ items: all.items.slice(0, 5) });
  });

  it.each(["nonsense", "", randomUUID()])("answer not_found before %j", async (before) => {
    const { request, path } = await chatWithOne();
    const response = await request(`${path}?before=${before}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "not_found" });
  });
});

describe("Prefer: wait", () => {
  const ask = (wait: string) => ({ json: { content: "Hello" }, headers: { Prefer: wait } });

  it.each(["done", "stopped"] as const)("answers once the answer is %s", async (status) => {
    const { request, path, id, chat } = await chatWithOne();
    const waiting = request(path, ask("respond-async, wait=600"));
    await delay(20);
    const page = await chat.history.page(id, { limit: 1 });
    for (const { id: generationId } of page.items) chat.hands.end(id, generationId, status);
    const response = await waiting;
    expect(response.status).toBe(200);
    expect(response.headers.get("Preference-Applied")).toBe("wait=60");
    const { answer, generationId } = Submitted.parse(await response.json());
    expect(answer).toMatchObject({ id: generationId, content: "An answer.", status });
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("answers at once to a repeated message whose answer is there", async () => {
    const { request, path, id, chat } = await chatWithOne();
    const json = { id: randomUUID(), content: "Hello" };
    const first = Submitted.parse(await (await request(path, { json })).json());
    chat.hands.end(id, first.generationId, "done");
    const again = await request(path, { json, headers: { Prefer: "wait=60" } });
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ answer: { id: first.generationId } });
  });

  it("answers 202 when the time is over", async () => {
    const { request, path, id, chat } = await chatWithOne();
    const response = await request(path, ask("wait=1"));
    expect(response.status).toBe(202);
    expect(response.headers.get("Preference-Applied")).toBe("wait=1");
    expect(await response.json()).not.toHaveProperty("answer");
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("answers 202 when the process drains", async () => {
    const { request, path, drain } = await chatWithOne();
    const waiting = request(path, ask("wait=60"));
    await delay(20);
    drain.abort();
    expect((await waiting).status).toBe(202);
  });

  it("leaves when the client leaves", async () => {
    const { request, path, id, chat } = await chatWithOne();
    const client = new AbortController();
    const waiting = request(path, { ...ask("wait=60"), signal: client.signal });
    await delay(20);
    expect(chat.hands.viewers(id)).toBe(1);
    client.abort();
    await waiting;
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("answers not_found when the conversation is deleted meanwhile", async () => {
    const { request, path, id } = await chatWithOne();
    const waiting = request(path, ask("wait=60"));
    await delay(20);
    await request(`/api/conversations/${id}`, { method: "DELETE" });
    expect((await waiting).status).toBe(404);
  });

  it.each(["wait", "wait=", "wait=-1", "wait=x", "wait=0", "waiting=9", "return=minimal"])(
    "is ignored as %j",
    async (prefer) => {
      const { request, path } = await chatWithOne();
      const response = await request(path, ask(prefer));
      expect(response.status).toBe(202);
      expect(response.headers.get("Preference-Applied")).toBeNull();
    },
  );
});
