import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { isSameOrigin, mayUpgrade } from "./same-origin.ts";

const HOST = "chat.example";
const cases: readonly (readonly [
  site: string | undefined,
  origin: string | undefined,
  publicOrigin: string | undefined,
  change: boolean,
  socket: boolean,
])[] = [
  [undefined, undefined, undefined, true, true],
  [undefined, undefined, "https://chat.example", true, true],
  ["same-origin", undefined, undefined, true, true],
  ["same-origin", "https://chat.example", undefined, true, true],
  ["none", undefined, undefined, false, true],
  ["same-site", undefined, undefined, false, false],
  ["cross-site", undefined, undefined, false, false],
  ["cross-site", "https://chat.example", undefined, false, false],
  ["nonsense", undefined, undefined, false, true],
  ["", undefined, undefined, false, true],
  [undefined, "https://chat.example", undefined, true, true],
  [undefined, "http://chat.example", undefined, true, true],
  [undefined, "https://chat.example:8443", undefined, false, false],
  [undefined, "https://evil.example", undefined, false, false],
  ["same-origin", "https://evil.example", undefined, false, false],
  [undefined, "https://chat.example.evil.example", undefined, false, false],
  [undefined, "null", undefined, false, false],
  [undefined, "", undefined, false, false],
  [undefined, "https://chat.example, https://evil.example", undefined, false, false],
  [undefined, "https://chat.example/path", undefined, false, false],
  [undefined, "https://chat.example", "https://chat.example", true, true],
  [undefined, "http://chat.example", "https://chat.example", false, false],
  [undefined, "https://chat.example:8443", "https://chat.example:8443", true, true],
  [undefined, "https://chat.example", "https://other.example", false, false],
  [undefined, "null", "https://chat.example", false, false],
];

describe("a request's origin", () => {
  it.each(cases)(
    "Sec-Fetch-Site %s, Origin %s, PUBLIC_ORIGIN %s: change %s, socket %s",
    (secFetchSite, origin, publicOrigin, change, socket) => {
      const source = { secFetchSite, origin, host: HOST };
      expect(isSameOrigin(source, publicOrigin)).toBe(change);
      expect(mayUpgrade(source, publicOrigin)).toBe(socket);
    },
  );

  it("matches a host with its port, and the default port where it is spelled out", () => {
    const source = { secFetchSite: undefined, origin: "http://127.0.0.1:8000" };
    expect(isSameOrigin({ ...source, host: "127.0.0.1:8000" }, undefined)).toBe(true);
    expect(isSameOrigin({ ...source, host: "127.0.0.1:8001" }, undefined)).toBe(false);
    const secure = { secFetchSite: undefined, origin: "https://chat.example" };
    expect(isSameOrigin({ ...secure, host: "CHAT.example:443" }, undefined)).toBe(true);
    expect(isSameOrigin({ ...secure, host: undefined }, undefined)).toBe(false);
  });
});

describe("the API", () => {
  it("answers 403 to a change from another site, before it asks who it is", async () => {
    const { request } = createTestApp();
    const headers = { Origin: "https://evil.example" };
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
      const response = await request("/api/conversations", { method, headers, user: "" });
      expect(response.status, method).toBe(403);
      expect(await response.json()).toMatchObject({ code: "cross_origin" });
    }
  });

  it("lets other sites read nothing, but does not refuse a link to it", async () => {
    const { request } = createTestApp();
    const response = await request("/api/session", { headers: { "Sec-Fetch-Site": "cross-site" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  it("refuses a socket from another site", async () => {
    const { request } = createTestApp();
    const headers = { Origin: "https://evil.example", Upgrade: "websocket" };
    expect((await request("/api/ws", { headers })).status).toBe(403);
  });
});
