import { Registry } from "prom-client";
import { describe, expect, it, vi } from "vitest";
import { createAdminApp } from "./admin.ts";

function admin(pingStore: () => Promise<unknown>) {
  const drain = new AbortController();
  const app = createAdminApp({ pingStore, draining: drain.signal, registry: new Registry() });
  return { app, drain };
}
const never = () => new Promise(() => {});

describe("the admin port", () => {
  it("is alive while the process is, whatever Redis does", async () => {
    const { app, drain } = admin(never);
    drain.abort();
    expect((await app.request("/livez")).status).toBe(200);
  });

  it("is ready while Redis answers", async () => {
    const { app } = admin(async () => "PONG");
    expect((await app.request("/readyz")).status).toBe(200);
  });

  it("is not ready while Redis is away, or silent", async () => {
    const away = admin(() => Promise.reject(new Error("away")));
    expect((await away.app.request("/readyz")).status).toBe(503);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = admin(never).app.request("/readyz");
    await vi.advanceTimersByTimeAsync(1000);
    expect((await answer).status).toBe(503);
    vi.useRealTimers();
  });

  it("is not ready while the process drains", async () => {
    const { app, drain } = admin(async () => "PONG");
    drain.abort();
    const response = await app.request("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "draining" });
  });

  it("is neither alive nor ready for long where the process itself is stuck", async () => {
    const app = createAdminApp({
      pingStore: async () => "PONG",
      draining: new AbortController().signal,
      registry: new Registry(),
      stuck: () => "the claim loop stands still",
      working: () => false,
    });
    const alive = await app.request("/livez");
    expect(alive.status).toBe(503);
    expect(await alive.json()).toEqual({ status: "the claim loop stands still" });
    expect((await app.request("/readyz")).status).toBe(503);
  });

  it("gives the metrics of the process", async () => {
    const response = await admin(never).app.request("/metrics");
    expect(response.headers.get("Content-Type")).toContain("text/plain");
    expect(await response.text()).toContain("process_cpu_seconds_total");
  });

  it("has nothing else", async () => {
    expect((await admin(never).app.request("/api/session")).status).toBe(404);
  });
});
