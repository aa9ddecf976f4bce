import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { createSeats } from "../domain/seats.ts";
import { createClientAddress } from "./client-address.ts";
import { createRateLimits } from "./rate-limits.ts";
import { createRequestLimits } from "./request-limits.ts";

describe("requests of one user", () => {
  it("are limited beyond half a minute's worth, and those of others are not", async () => {
    const { request } = createTestApp({ limits: createRequestLimits(2, () => 0) });
    const ask = async (user: string) => (await request("/api/session", { user })).status;
    const statuses: number[] = [];
    for (let time = 0; time < 80; time += 1) statuses.push(await ask("alice"));
    expect(statuses.slice(0, 60)).toEqual(new Array(60).fill(200));
    expect(statuses.at(-1)).toBe(429);
    expect(await ask("bob")).toBe(200);
    const limited = await request("/api/session");
    expect(limited.headers.get("Retry-After")).toBe("1");
    expect(await limited.json()).toMatchObject({ code: "limited" });
  });

  it("are as many as they like where no bound is set", async () => {
    const { request } = createTestApp({ limits: createRequestLimits(0) });
    for (let time = 0; time < 100; time += 1)
      expect((await request("/api/session")).status).toBe(200);
  });
});

describe("requests from one address", () => {
  it("are limited at ten times a user's, also before anyone knows who asks", async () => {
    const { request } = createTestApp({
      limits: createRequestLimits(1, () => 0),
      clientAddress: (_peer, forwarded) => forwarded,
    });
    const ask = async (address: string) => {
      const headers = { "X-Forwarded-For": address };
      return (await request("/api/shares/none", { user: "", headers })).status;
    };
    const statuses = new Set<number>();
    for (let time = 0; time < 320; time += 1) statuses.add(await ask("192.0.2.1"));
    expect([...statuses].at(-1)).toBe(429);
    expect(await ask("192.0.2.2")).not.toBe(429);
  });
});

describe("a rate", () => {
  it("comes back with time, up to half a minute's worth", () => {
    let now = 0;
    const limits = createRateLimits(5, () => now);
    const taken = () => Array.from({ length: 200 }, () => limits.take("a")).filter(Boolean).length;
    expect(taken()).toBe(150);
    expect(limits.has("a")).toBe(false);
    now += 2_000;
    expect(limits.has("a")).toBe(true);
    expect(taken()).toBe(10);
    now += 3_600_000;
    expect(taken()).toBe(150);
  });

  it("remembers so many senders, and no more", () => {
    const limits = createRateLimits(1, () => 0);
    for (let time = 0; time < 30; time += 1) limits.take("first");
    expect(limits.has("first")).toBe(false);
    for (let key = 0; key < 20_000; key += 1) limits.take(String(key));
    expect(limits.has("first")).toBe(true);
  });
});

describe("seats", () => {
  it("are bounded for a user and for an address, and given back once", () => {
    const take = createSeats({ perUser: 2, perAddress: 3 });
    const first = take("alice", "a");
    const second = take("alice", "a");
    expect(take("alice", "b")).toBeUndefined();
    expect(take("bob", "a")).toBeDefined();
    expect(take("carol", "a")).toBeUndefined();
    expect(take("carol", undefined)).toBeDefined();
    first?.();
    first?.();
    expect(take("alice", "b")).toBeDefined();
    expect(take("alice", "b")).toBeUndefined();
    second?.();
    expect(take("dave", "a")).toBeDefined();
  });
});

describe("the address of a client", () => {
  const of = createClientAddress(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);

  it.each([
    ["203.0.113.5", undefined, "203.0.113.5"],
    ["203.0.113.5", "198.51.100.1", "203.0.113.5"],
    ["10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["10.1.2.3", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
    ["192.0.2.7", "1.1.1.1,198.51.100.1:4711", "198.51.100.1"],
    ["fd00::1", "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"],
    ["10.1.2.3", "2001:DB8::1", "2001:db8:0:0::/64"],
    ["10.1.2.3", "2001:0db8::ffff:1", "2001:db8:0:0::/64"],
    ["10.1.2.3", undefined, undefined],
    ["10.1.2.3", "", undefined],
    ["10.1.2.3", "unknown", undefined],
    ["10.1.2.3", "198.51.100.1, unknown", undefined],
    ["10.1.2.3", "10.0.0.1, 10.0.0.2", undefined],
    [undefined, "198.51.100.1", undefined],
  ])("called from %s for %s is %s", (peer, forwarded, address) => {
    expect(of(peer, forwarded)).toBe(address);
  });

  it("is nobody's where no proxy is trusted: all users may be behind one", () => {
    expect(createClientAddress([])("203.0.113.5", "198.51.100.1")).toBeUndefined();
  });
});
