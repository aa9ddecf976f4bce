import { expect, test } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Share, SharedConversation } from "../protocol/share.ts";
import { createRateLimit } from "./rate-limit.ts";

async function setUp() {
  const test = createTestApp();
  const { id } = await test.newConversation();
  return { ...test, path: `/api/conversations/${id}/share` };
}

test("a conversation without a share says so", async () => {
  const { request, path } = await setUp();
  const none = await request(path);
  expect(none.status).toBe(404);
  expect(await none.json()).toMatchObject({ detail: "There is no such share." });
});

test("a share needs an owner to be made, seen and deleted, and nobody to be read", async () => {
  const { request, path } = await setUp();
  for (const method of ["GET", "DELETE"]) {
    expect((await request(path, { method, user: "" })).status).toBe(401);
    expect((await request(path, { method, user: "bob" })).status).toBe(404);
  }
  expect((await request(path, { json: {}, user: "" })).status).toBe(401);
  expect((await request(path, { json: {}, user: "bob" })).status).toBe(404);
  const unknown = await request(`/api/shares/${"a".repeat(32)}`, { user: "" });
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get("Cache-Control")).toBe("no-store");
  for (const other of ["/api/shares", "/api/shares/a/b", "/api/conversations", "/api/session"]) {
    expect((await request(other, { user: "" })).status, other).toBe(401);
  }
  expect((await request(`/api/shares/short`, { user: "" })).status).toBe(404);
});

test("a share has an address on the public origin", async () => {
  const share = { id: "a".repeat(32), createdAt: "2026-01-01T00:00:00.000Z" };
  const snapshot = { title: "T", createdAt: share.createdAt, messages: [] };
  const shares = {
    of: async () => share as never,
    put: async () => share as never,
    remove: async () => undefined,
    read: async () => snapshot,
  };
  const shareConversation = async () => share as never;
  const there = createTestApp({ shares, shareConversation, publicOrigin: "https://chat.example" });
  const { id } = await there.newConversation();
  const path = `/api/conversations/${id}/share`;
  const made = await there.request(path, { json: {} });
  expect(made.status).toBe(201);
  expect(Share.parse(await made.json()).url).toBe(`https://chat.example/share/${share.id}`);
  const read = await there.request(`/api/shares/${share.id}`, { user: "" });
  expect(read.status).toBe(200);
  expect(read.headers.get("Cache-Control")).toBe("no-store");
  expect(SharedConversation.parse(await read.json())).toEqual(snapshot);
  const removed = await there.request(path, { method: "DELETE" });
  expect(removed.status).toBe(204);
  const here = createTestApp({ shares, shareConversation });
  const relative = await here.request(path, { json: {} });
  expect(await relative.json()).toMatchObject({ url: `/share/${share.id}` });
});

test("reads of shares are limited, for nobody says who reads", () => {
  let now = 0;
  const limit = createRateLimit(2, 3, () => now);
  for (let at = 0; at < 3; at += 1) limit();
  expect(limit).toThrow("Too many requests");
  now += 500;
  limit();
  expect(limit).toThrow();
});
