import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createTestApp, listen } from "../../test/test-app.ts";
import { IdentityRefused } from "../domain/identity.ts";
import { createIdentity } from "./identity.ts";

const NAME = "X-Forwarded-User";
const read = createIdentity({ mode: "header", header: NAME });
const utf8 = (value: string) => Buffer.from(value, "utf8").toString("latin1");

async function reasonFor(...headers: string[]): Promise<string> {
  try {
    return `accepted as ${(await read(headers)).userId}`;
  } catch (error) {
    if (error instanceof IdentityRefused) return error.reason;
    throw error;
  }
}

describe("the identity header", () => {
  it("names the user", async () => {
    expect(await read(["Host", "x", NAME, "alice"])).toEqual({ userId: "alice", groups: [] });
  });

  it.each(["x-forwarded-user", "X-FORWARDED-USER", "x-Forwarded-uSer"])(
    "is known in any case: %s",
    async (name) => expect((await read([name, "alice"])).userId).toBe("alice"),
  );

  it("is decoded from the bytes of UTF-8", async () => {
    expect((await read([NAME, utf8("Zoë Müller 李")])).userId).toBe("Zoë Müller 李");
  });

  it("may have 256 bytes", async () => {
    expect((await read([NAME, "a".repeat(256)])).userId).toHaveLength(256);
    expect((await read([NAME, utf8("é".repeat(128))])).userId).toHaveLength(128);
  });

  it.each([
    ["absent", []],
    ["absent", ["X-Forwarded-Users", "alice"]],
    ["absent", ["X.Forwarded.User", "alice"]],
    ["empty", [NAME, ""]],
    ["empty", [NAME, " "]],
    ["doubled", [NAME, "alice", NAME, "bob"]],
    ["doubled", [NAME, "alice", "x-forwarded-user", "alice"]],
    ["doubled", [NAME, "alice, bob"]],
    ["doubled", [NAME, "alice,"]],
    ["look_alike", [NAME, "alice", "x_forwarded_user", "bob"]],
    ["look_alike", ["X_Forwarded_User", "bob", NAME, "alice"]],
    ["look_alike", [NAME, "alice", "X-Forwarded_User", "alice"]],
    ["look_alike", ["x_forwarded_user", "alice"]],
    ["hop_by_hop", [NAME, "alice", "Connection", "close, X-Forwarded-User"]],
    ["hop_by_hop", [NAME, "alice", "connection", "x_forwarded_user"]],
    ["hop_by_hop", ["Connection", "keep-alive", NAME, "alice", "Connection", "x-forwarded-USER"]],
    ["too_long", [NAME, "a".repeat(257)]],
    ["too_long", [NAME, utf8("é".repeat(129))]],
    ["malformed", [NAME, "Zo\u00eb"]],
    ["malformed", [NAME, "\u00ed\u00a0\u0080"]],
    ["malformed", [NAME, "ali\u0000ce"]],
    ["malformed", [NAME, "ali\tce"]],
    ["malformed", [NAME, utf8("ali\u0085ce")]],
    ["malformed", [NAME, utf8("ali\u2028ce")]],
    ["malformed", [NAME, " alice"]],
    ["malformed", [NAME, "alice "]],
    ["malformed", [NAME, utf8("\u00a0alice")]],
  ])("is refused as %s: %j", async (reason, headers) => {
    expect(await reasonFor(...headers)).toBe(reason);
  });

  it("may be named with an underscore, and the dash is then the look-alike", async () => {
    const odd = createIdentity({ mode: "header", header: "kubeflow_userid" });
    expect((await odd(["Kubeflow_UserId", "alice"])).userId).toBe("alice");
    await expect(odd(["kubeflow_userid", "alice", "kubeflow-userid", "bob"])).rejects.toThrow(
      IdentityRefused,
    );
  });

  it("does not fall back to another header", async () => {
    expect(await reasonFor("X-Forwarded-Email", "a@b.c", "X-Auth-Request-User", "alice")).toBe(
      "absent",
    );
  });
});

describe("development mode", () => {
  const local = createIdentity({ mode: "dev", publicHost: "chat.test" });

  it.each(["localhost", "localhost:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:80", "chat.test"])(
    "knows one local user at %s, whatever the headers say",
    async (host) => expect((await local(["Host", host, NAME, "mallory"])).userId).toBe("local"),
  );

  it.each(["evil.test", "localhost.evil.test:8000", "127.0.0.1.evil.test", "10.0.0.1"])(
    "refuses the foreign host %s: a web page could have pointed its name here",
    async (host) => await expect(local(["Host", host])).rejects.toThrow(IdentityRefused),
  );
});

describe("the API", () => {
  it("answers 401 as a problem without identity, and counts it by reason", async () => {
    const { request, registry } = createTestApp();
    const response = await request("/api/session", { user: "" });
    expect(response.status).toBe(401);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "unauthenticated", status: 401 });
    expect(await registry.metrics()).toContain('chatbot_auth_rejected_total{reason="absent"} 1');
  });

  it("asks for an identity on every address under /api", async () => {
    const { request } = createTestApp();
    for (const path of ["/api", "/api/docs", "/api/openapi.json", "/api/ws", "/api/none"]) {
      expect((await request(path, { user: "" })).status, path).toBe(401);
    }
  });

  it("tells who is signed in", async () => {
    const { request } = createTestApp();
    const response = await request("/api/session", { user: utf8("Zoë") });
    expect(await response.json()).toMatchObject({
      user: { id: "Zoë", groups: [] },
      features: { demo: true },
      limits: { contentLength: 32_000 },
      models: [{ id: "echo", status: "ready" }],
    });
  });

  it.each([
    [200, `${NAME}: alice`],
    [200, `${NAME}:   alice   `],
    [401, `${NAME}: alice\r\n${NAME}: bob`],
    [401, `${NAME}: alice\r\nx_forwarded_user: alice`],
    [401, `${NAME}: alice\r\nConnection: ${NAME}`],
    [401, `${NAME}:`],
    [401, `${NAME}: Zo\u00eb`],
  ])("answers %i on the wire to %j", async (status, headers) => {
    const { app } = createTestApp();
    await using server = await listen(app);
    const socket = connect(server.port, "127.0.0.1");
    const head = `GET /api/session HTTP/1.0\r\nHost: 127.0.0.1\r\n${headers}\r\n\r\n`;
    socket.write(Buffer.from(head, "latin1"));
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
