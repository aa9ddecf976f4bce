import { expect, test } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Conversation } from "../protocol/conversation.ts";
import { ExportedConversation } from "../protocol/export.ts";
import { attachment } from "./attachment.ts";

const FILE = {
  format: "chatbot.conversation",
  version: 1,
  title: "Sky",
  createdAt: "2026-01-01T00:00:00.000Z",
  messages: [
    {
      id: 1,
      parentId: null,
      role: "user",
      content: "Why?",
      createdAt: "2026-01-01T00:00:00.000Z",
      status: "done",
      metadata: {},
    },
  ],
};

test("a file is taken in, given out as a download, and read as Markdown", async () => {
  const { request } = createTestApp();
  const made = await request("/api/conversations/import", { json: { ...FILE, later: 1 } });
  expect(made.status).toBe(201);
  const { id } = Conversation.parse(await made.json());
  const json = await request(`/api/conversations/${id}/export`);
  expect(json.headers.get("Content-Disposition")).toBe(
    `attachment; filename="Sky.json"; filename*=UTF-8''Sky.json`,
  );
  expect(json.headers.get("Content-Type")).toContain("application/json");
  expect(ExportedConversation.parse(await json.json()).messages).toEqual(FILE.messages);
  const markdown = await request(`/api/conversations/${id}/export?format=markdown`);
  expect(markdown.headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
  expect(markdown.headers.get("Content-Disposition")).toContain('filename="Sky.md"');
  expect(await markdown.text()).toContain("# Sky");
  for (const user of ["bob", ""]) {
    const refused = await request(`/api/conversations/${id}/export`, { user });
    expect(refused.status).toBe(user === "" ? 401 : 404);
  }
  expect((await request(`/api/conversations/${id}/export?format=pdf`)).status).toBe(400);
});

test.each([
  ["another format", { ...FILE, format: "other" }],
  ["a later version", { ...FILE, version: 2 }],
  ["no messages", { ...FILE, messages: undefined }],
  ["a lone surrogate", { ...FILE, title: "\ud800" }],
  ["a running answer", { ...FILE, messages: [{ ...FILE.messages[0], status: "streaming" }] }],
  ["a time that is none", { ...FILE, createdAt: "yesterday" }],
  ["a role that is none", { ...FILE, messages: [{ ...FILE.messages[0], role: "owner" }] }],
  ["a long title", { ...FILE, title: "t".repeat(201) }],
  [
    "a long note",
    {
      ...FILE,
      messages: [{ ...FILE.messages[0], feedback: { rating: "up", note: "n".repeat(2_001) } }],
    },
  ],
])("a file with %s is refused", async (_, json) => {
  const { request } = createTestApp();
  const response = await request("/api/conversations/import", { json });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "invalid" });
});

test("a file may be longer than other bodies, up to a bound of its own", async () => {
  const { request } = createTestApp({ maxBodyBytes: 1_024, maxImportBytes: 4_096 });
  const file = (length: number) => ({
    ...FILE,
    messages: [{ ...FILE.messages[0], content: "x".repeat(length) }],
  });
  expect((await request("/api/conversations/import", { json: file(2_000) })).status).toBe(201);
  expect((await request("/api/conversations/import", { json: file(5_000) })).status).toBe(413);
  expect((await request("/api/conversations", { json: { title: "x".repeat(2_000) } })).status).toBe(
    413,
  );
});

test("two files are read at once, and a third may come again", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { request } = createTestApp({
    importConversation: async () => {
      await promise;
      throw new Error("never mind");
    },
  });
  const first = [1, 2].map(() => request("/api/conversations/import", { json: FILE }));
  const third = await request("/api/conversations/import", { json: FILE });
  expect(third.status).toBe(429);
  expect(third.headers.get("Retry-After")).toBe("2");
  resolve();
  await Promise.all(first);
  expect((await request("/api/conversations/import", { json: FILE })).status).toBe(500);
});

test.each([
  ["Sky", "Sky.json", "Sky.json"],
  ["", "conversation.json", "conversation.json"],
  ["../../etc/passwd", "etc passwd.json", "etc%20passwd.json"],
  [
    'a"; filename="evil.exe',
    "a ; filename= evil.exe.json",
    "a%20%3B%20filename%3D%20evil.exe.json",
  ],
  ["Größe 世界", "Grosse _.json".replace("ss", "_"), "Gr%C3%B6%C3%9Fe%20%E4%B8%96%E7%95%8C.json"],
  ["a\r\nSet-Cookie: x", "a Set-Cookie x.json", "a%20Set-Cookie%20x.json"],
  ["\u202egnp.exe", "gnp.exe.json", "gnp.exe.json"],
  ["CON", "conversation.json", "conversation.json"],
  ["...", "conversation.json", "conversation.json"],
  ["50% (it's)*", "50_ (it's).json", "50%25%20%28it%27s%29.json"],
])("a file of %j has a name that is safe everywhere", (title, ascii, encoded) => {
  expect(attachment(title, "json")).toBe(
    `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`,
  );
});
