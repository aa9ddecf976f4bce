import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { upgradeWebSocket } from "@hono/node-server";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createTestApp, listen } from "../../test/test-app.ts";

function builtPage(): string {
  const root = mkdtempSync(join(tmpdir(), "web-"));
  mkdirSync(join(root, "assets"));
  writeFileSync(join(root, "index.html"), "<!doctype html><title>Chatbot</title>");
  writeFileSync(join(root, "assets/main-4f2a.js"), "export {};");
  writeFileSync(join(root, "favicon.svg"), "<svg/>");
  return root;
}

describe("every answer", () => {
  it.each(["/api/session", "/api/none", "/", "/none", "/api/docs"])(
    "carries the security headers: %s",
    async (path) => {
      const { request } = createTestApp();
      const { headers } = await request(path);
      expect(headers.get("Content-Security-Policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html service-worker",
      );
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("X-DNS-Prefetch-Control")).toBe("off");
      expect(headers.get("Permissions-Policy")).toContain("camera=(), display-capture=()");
      if (path.startsWith("/api")) expect(headers.get("Vary")).toBe("Origin, Sec-Fetch-Site");
      expect(headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
      expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
      expect(headers.get("Strict-Transport-Security")).toBeNull();
      expect(headers.get("X-Request-Id")).toBeTruthy();
      expect(headers.get("Cache-Control")).toBe(path.startsWith("/api") ? "no-store" : null);
    },
  );

  it("asks for TLS where the app is known to be served so", async () => {
    const { request } = createTestApp({ publicOrigin: "https://chat.example" });
    const { headers } = await request("/api/session");
    expect(headers.get("Strict-Transport-Security")).toBe("max-age=31536000; includeSubDomains");
  });

  it("is one line in the log, with its ids, without user, query, headers or text", async () => {
    const { request, newConversation, lines } = createTestApp();
    const { id } = await newConversation();
    lines.length = 0;
    await request(`/api/conversations/${id}/messages?secret=1`, { json: { content: "private" } });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.any(String),
      requestId: expect.any(String),
      method: "POST",
      route: "/api/conversations/:id/messages",
      status: 202,
      ms: expect.any(Number),
      userHash: "hash of 5",
      conversationId: id,
      generationId: expect.any(String),
      msg: "request",
    });
  });

  it("is counted by the pattern of its route", async () => {
    const { request, registry } = createTestApp();
    await request("/api/session");
    await request("/api/none");
    await request("/api/none", { method: "BREW" });
    const metrics = await registry.metrics();
    expect(metrics).toContain(
      'chatbot_http_requests_total{method="GET",route="/api/session",status="200"} 1',
    );
    expect(metrics).toContain(
      'chatbot_http_requests_total{method="other",route="none",status="404"} 1',
    );
  });

  it("closes its connection once the process drains", async () => {
    const { request, drain } = createTestApp();
    expect((await request("/api/session")).headers.get("Connection")).toBeNull();
    drain.abort();
    expect((await request("/api/session")).headers.get("Connection")).toBe("close");
  });
});

describe("an unknown address", () => {
  it.each([
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/none"],
    ["GET", "/api/conversations/"],
    ["PUT", "/api/conversations"],
    ["POST", "/api/session"],
    ["DELETE", "/api/conversations"],
    ["OPTIONS", "/api/session"],
  ])("is a problem of code not_found: %s %s", async (method, path) => {
    const { request } = createTestApp();
    const response = await request(path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "not_found" });
  });
});

describe("the socket's address", () => {
  it("is left to the socket, which knows the caller", async () => {
    const { request } = createTestApp();
    const response = await request("/api/ws", { headers: { Upgrade: "websocket" } });
    expect(await response.json()).toEqual({ upgraded: "alice" });
  });

  it("answers invalid to a plain request", async () => {
    const { request } = createTestApp();
    expect((await request("/api/ws")).status).toBe(400);
    expect((await request("/api/ws", { headers: { Upgrade: "h2c" } })).status).toBe(400);
    const head = { method: "HEAD", headers: { Upgrade: "websocket" } };
    expect((await request("/api/ws", head)).status).toBe(400);
  });

  it("is the only one to upgrade", async () => {
    const { request, newConversation, chat } = createTestApp();
    const { id } = await newConversation();
    for (const path of ["/", "/api/session", `/api/conversations/${id}/events`]) {
      const response = await request(path, { headers: { Upgrade: "websocket" } });
      expect(response.status, path).toBe(404);
    }
    expect(chat.hands.viewers(id)).toBe(0);
  });
});

describe("a socket on the wire", () => {
  async function serveSockets(headers: Record<string, string>) {
    const { app } = createTestApp({
      socket: upgradeWebSocket((c) => ({
        onOpen: (_, socket) => socket.send(c.get("identity").userId),
      })),
    });
    const server = await listen(app, new WebSocketServer({ noServer: true }));
    const socket = new WebSocket(`${server.origin}/api/ws`, { headers });
    const { promise, resolve } = Promise.withResolvers<string | number | undefined>();
    socket.on("message", (data) => resolve(String(data)));
    socket.on("unexpected-response", (_, response) => resolve(response.statusCode));
    socket.on("error", () => {});
    const answer = await promise;
    socket.terminate();
    await server[Symbol.asyncDispose]();
    return answer;
  }
  const alice = { "X-Forwarded-User": "alice" };

  it("opens for a caller who is known", async () => {
    expect(await serveSockets(alice)).toBe("alice");
  });

  it("is refused with 401 without identity, and with 403 from another site", async () => {
    expect(await serveSockets({})).toBe(401);
    expect(await serveSockets({ ...alice, Origin: "https://evil.example" })).toBe(403);
    expect(await serveSockets({ ...alice, "Sec-Fetch-Site": "cross-site" })).toBe(403);
  });

  it.each([
    "X-Forwarded-User: alice\r\nX-Forwarded-User: bob\r\nConnection: Upgrade",
    "X-Forwarded-User: alice\r\nx_forwarded_user: bob\r\nConnection: Upgrade",
    "X-Forwarded-User: alice\r\nConnection: Upgrade, X-Forwarded-User",
  ])("is refused where the identity is ambiguous: %j", async (headers) => {
    const { app } = createTestApp();
    await using server = await listen(app, new WebSocketServer({ noServer: true }));
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET /api/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n${headers}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /);
  });
});

describe("the page", () => {
  it.each(["/", "/c/0199d3a4-7a53-7c3e-9d1c-2f6f0a4f2b11", "/share/x", "/r/x"])(
    "is served at %s, to everyone, and asked for each time",
    async (path) => {
      const { request } = createTestApp({ webRoot: builtPage() });
      const response = await request(path, { user: "" });
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toContain("text/html");
      expect(response.headers.get("Cache-Control")).toBe("no-cache");
      expect(await response.text()).toContain("<title>Chatbot</title>");
      const etag = response.headers.get("ETag") ?? "";
      const again = await request(path, { user: "", headers: { "If-None-Match": etag } });
      expect(again.status).toBe(304);
    },
  );

  it("has assets that never change, and files that may", async () => {
    const { request } = createTestApp({ webRoot: builtPage() });
    const asset = await request("/assets/main-4f2a.js", { user: "" });
    expect(asset.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("Content-Type")).toContain("text/javascript");
    const icon = await request("/favicon.svg", { user: "" });
    expect(icon.headers.get("Cache-Control")).toBe("no-cache");
    const missing = await request("/assets/main-0000.js", { user: "" });
    expect(missing.status).toBe(404);
    expect(missing.headers.get("Cache-Control")).toBeNull();
  });

  it.each(["/../config.ts", "/..%2f..%2fetc/passwd", "/%2e%2e/x", "/assets/..%5cindex.html"])(
    "gives nothing from outside its folder: %s",
    async (path) => {
      const { app } = createTestApp({ webRoot: builtPage() });
      await using server = await listen(app);
      const socket = connect(server.port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.0\r\nHost: x\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 40[04] /);
    },
  );

  it("says how to build it where it is not built", async () => {
    const { request } = createTestApp();
    const response = await request("/c/x", { user: "" });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("npm run build");
  });
});
