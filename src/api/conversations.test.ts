import { describe, expect, it } from "vitest";
import { readEvents } from "../../test/read-events.ts";
import { createTestApp } from "../../test/test-app.ts";
import { Conversation } from "../protocol/conversation.ts";
import { ConversationPage } from "./conversations.ts";

describe("conversations", () => {
  it("are made, read, changed and deleted", async () => {
    const { request } = createTestApp();
    const json = { title: "Holidays", parameters: { temperature: 0.5 }, model: "echo" };
    const created = await request("/api/conversations", { json });
    expect(created.status).toBe(201);
    const { id, ...rest } = Conversation.parse(await created.json());
    expect(rest).toMatchObject({ ...json, pinned: false, generating: false });

    const path = `/api/conversations/${id}`;
    const change = { title: "Summer", pinned: true, model: null };
    const changed = await request(path, { method: "PATCH", json: change });
    expect(changed.status).toBe(200);
    const read = Conversation.parse(await (await request(path)).json());
    expect(read).toEqual(Conversation.parse(await changed.json()));
    expect(read).toMatchObject({ title: "Summer", pinned: true, parameters: { temperature: 0.5 } });
    expect(read).not.toHaveProperty("model");

    const removed = await request(path, { method: "DELETE" });
    expect(removed.status).toBe(200);
    expect(await removed.json()).toMatchObject({ deleted: { messages: 0 } });
    expect((await request(path)).status).toBe(404);
    expect((await request(path, { method: "DELETE" })).status).toBe(404);
  });

  it("are listed the pinned alone where one asks for those", async () => {
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation();
    await newConversation();
    await request(`/api/conversations/${id}`, { method: "PATCH", json: { pinned: true } });
    const response = await request("/api/conversations?pinned=true");
    expect(await response.json()).toMatchObject({ items: [{ id }] });
    expect((await request("/api/conversations?pinned=yes")).status).toBe(400);
  });

  it("are listed newest first, page by page, to their owner alone", async () => {
    const { request, newConversation } = createTestApp();
    const ids: string[] = [];
    for (let made = 0; made < 5; made++) ids.unshift((await newConversation()).id);
    await newConversation("bob");
    const seen: string[] = [];
    let query = "?limit=2";
    for (;;) {
      const response = await request(`/api/conversations${query}`);
      const { items, next } = ConversationPage.parse(await response.json());
      seen.push(...items.map(({ id }) => id));
      if (next === undefined) break;
      query = `?limit=2&before=${next}`;
    }
    expect(seen).toEqual(ids);
  });

  it.each([
    ["", 60],
    ["?limit=7", 7],
    ["?limit=0", 1],
    ["?limit=-3", 1],
    ["?limit=1000", 60],
    ["?limit=999999999999", 60],
    ["?color=red&limit=3", 3],
  ])("clamp the limit %j and ignore names they do not know", async (query, most) => {
    const { request, newConversation } = createTestApp();
    for (let made = 0; made < 60; made++) await newConversation();
    const response = await request(`/api/conversations${query}`);
    const { items } = ConversationPage.parse(await response.json());
    expect(items).toHaveLength(Math.min(most, query === "" ? 50 : 60));
  });

  it.each(["ten", "1.5", "1e2", "", "0x10", "9".repeat(400)])(
    "answer invalid to the limit %j",
    async (limit) => {
      const { request } = createTestApp();
      const response = await request(`/api/conversations?limit=${limit}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: "invalid",
        detail: expect.stringMatching(/^limit: /),
      });
    },
  );

  it("answer not_found to a cursor that is none", async () => {
    const { request } = createTestApp();
    expect((await request("/api/conversations?before=nonsense")).status).toBe(404);
  });

  it("stay as they are, and tell no screen, where nothing is to be changed", async () => {
    const { request, newConversation } = createTestApp();
    const before = await newConversation();
    const path = `/api/conversations/${before.id}`;
    const response = await request(path, { method: "PATCH", json: {} });
    expect(await response.json()).toEqual(before);
    const [first] = await readEvents(await request(`${path}/events`), 1);
    expect(first?.data).toMatchObject({ mode: "snapshot", cursor: "0-0" });
  });

  it("refuse a model that is not there, when made and when changed", async () => {
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation();
    const json = { model: "gpt-9" };
    expect((await request("/api/conversations", { json })).status).toBe(400);
    const path = `/api/conversations/${id}`;
    expect((await request(path, { method: "PATCH", json })).status).toBe(400);
  });
});
