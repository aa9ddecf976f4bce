import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Conversation } from "../protocol/conversation.ts";

describe("a body", () => {
  it.each(["__proto__", "constructor", "prototype"])(
    "cannot change through %s what other objects are",
    async (name) => {
      const { request } = createTestApp();
      const body = `{"title":"a","${name}":{"polluted":1,"prototype":{"polluted":1}},"parameters":{"${name}":{"polluted":1}}}`;
      const response = await request("/api/conversations", {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json" },
      });
      expect([201, 400]).toContain(response.status);
      expect(await response.text()).not.toContain('polluted":1');
      expect({}).not.toHaveProperty("polluted");
    },
  );

  it("cannot set what only the server sets", async () => {
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation("alice");
    const theirs = { owner: "mallory", createdAt: "2001-01-01T00:00:00.000Z", generating: true };
    const answer = await request(`/api/conversations/${id}`, {
      method: "PATCH",
      json: { title: "mine", ...theirs },
    });
    const [changed, listed] = await Promise.all([
      request(`/api/conversations/${id}`).then((response) => response.json()),
      request(`/api/conversations/${id}`, { user: "mallory" }),
    ]);
    expect([200, 400]).toContain(answer.status);
    const conversation = Conversation.parse(changed);
    expect(conversation.generating).toBe(false);
    expect(conversation.createdAt).not.toBe(theirs.createdAt);
    expect(JSON.stringify(changed)).not.toContain("mallory");
    expect(listed.status).toBe(404);
  });
});

describe("a query", () => {
  it("of a name that is given twice counts by its first value, and by no other part of the request", async () => {
    const { request, newConversation } = createTestApp();
    await newConversation();
    await newConversation();
    const limited = await request("/api/conversations?limit=1&limit=200", {
      headers: { Cookie: "limit=200", limit: "200" },
    });
    const { items } = (await limited.json()) as { items: readonly unknown[] };
    expect(items).toHaveLength(1);
    expect((await request("/api/conversations?limit=x&limit=1")).status).toBe(400);
  });
});

const root = mkdtempSync(join(tmpdir(), "web-"));
mkdirSync(join(root, "assets"));
const files = ["index.html", "assets/a.js", "assets/a.css", "theme.js", "icon.svg"];
for (const file of files) writeFileSync(join(root, file), "x");

describe("every answer", () => {
  const paths = ["/", ...files.map((file) => `/${file}`), "/manifest.webmanifest", "/none"];

  it.each([...paths, "/api/docs", "/api/session", "/api/none", "/api/openapi.json"])(
    "says what it is, in which characters, to its own origin alone and without a cookie: %s",
    async (path) => {
      const { request } = createTestApp({ webRoot: root });
      const { headers } = await request(path, { headers: { Origin: "https://evil.test" } });
      // JSON is UTF-8 by definition, and its type takes no parameter.
      expect(headers.get("Content-Type")).toMatch(
        /^(text\/[a-z]+; charset=utf-8|application\/(manifest\+|problem\+)?json|image\/svg\+xml(; charset=utf-8)?)$/i,
      );
      expect(headers.get("Set-Cookie")).toBeNull();
      expect([...headers.keys()].filter((name) => /^access-control-/.test(name))).toEqual([]);
      expect(headers.get("Server")).toBeNull();
      expect(headers.get("X-Powered-By")).toBeNull();
    },
  );
});

describe("the page's folders", () => {
  it.each(["/assets", "/assets/", "/assets/.", "/.git/config", "/.env"])(
    "list nothing: %s",
    async (path) => {
      const { request } = createTestApp({ webRoot: root });
      const response = await request(path);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain("a.js");
    },
  );
});
