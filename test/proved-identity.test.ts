import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWTPayload } from "jose";
import { expect, inject, onTestFinished, test } from "vitest";
import type { Conversation } from "../src/protocol/conversation.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import { call, connect, createConversation } from "./chat-client.ts";
import {
  type IdentityProvider,
  type ProofOptions,
  startIdentityProvider,
} from "./identity-provider.ts";
import { readEvents } from "./read-events.ts";

const ECHO = JSON.stringify([{ id: "echo", engines: [{ type: "echo", delayMs: 0 }] }]);

async function start(more: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
  return await startApp({ REDIS_OM_URL: `${inject("redisUrl")}/14`, MODELS: ECHO, ...more });
}

const proving = (provider: IdentityProvider) => ({
  AUTH_MODE: "header+jwt",
  AUTH_PRESET: "oauth2-proxy",
  AUTH_JWT_ISSUER: provider.issuer,
  AUTH_JWT_AUDIENCE: provider.audience,
});

/** What the proxy sends for somebody who is signed in. */
async function signedIn(
  provider: IdentityProvider,
  user: string,
  claims: JWTPayload = {},
  options: ProofOptions = {},
) {
  const proof = await provider.proofOf(user, claims, options);
  return { user, headers: { Authorization: `Bearer ${proof}` } };
}

const someone = () => `user-${crypto.randomUUID()}`;
const session = async (url: string, sender: object) =>
  (await call(url, "GET", "/api/session", undefined, sender)).status;

async function rejected(app: AppProcess, reason: string): Promise<number> {
  const metrics = await (await fetch(`${app.adminUrl}/metrics`)).text();
  const [, count = "0"] =
    new RegExp(`chatbot_auth_rejected_total\\{reason="${reason}"\\} (\\d+)`).exec(metrics) ?? [];
  return Number(count);
}

async function eventsOf(url: string, id: string, sender: { user: string; headers: object }) {
  const leave = new AbortController();
  onTestFinished(() => leave.abort());
  return await fetch(`${url}/api/conversations/${id}/events`, {
    headers: { "X-Forwarded-User": sender.user, ...sender.headers },
    signal: leave.signal,
  });
}

test("starts while the identity provider is away, and outlives its going away again", async () => {
  const provider = await startIdentityProvider(false);
  const app = await start(proving(provider));
  const alice = await signedIn(provider, "alice");
  const away = await call(app.url, "GET", "/api/session", undefined, alice);
  expect(away.status).toBe(503);
  expect(away.headers.get("Retry-After")).toBe("2");
  expect(await away.json()).toMatchObject({ code: "unavailable" });
  await expect(connect(app.url, alice)).rejects.toThrow("refused with 503");
  await provider.comeBack();
  await expect.poll(() => session(app.url, alice)).toBe(200);
  await provider.goAway();
  expect(await session(app.url, await signedIn(provider, "bob"))).toBe(200);
  await provider.comeBack();
  await provider.rotate();
  expect(await session(app.url, await signedIn(provider, "carol"))).toBe(200);
});

test("believes a header on a request, a stream or a socket only with its proof", async () => {
  const provider = await startIdentityProvider();
  const app = await start(proving(provider));
  const alice = await signedIn(provider, "alice", {
    name: "Alice",
    email: "alice@example.test",
    groups: ["dev"],
  });
  const response = await call(app.url, "GET", "/api/session", undefined, alice);
  const user = { id: "alice", name: "Alice", email: "alice@example.test", groups: ["dev"] };
  expect(await response.json()).toMatchObject({ user });
  const client = await connect(app.url, alice);
  expect(await client.frame(({ type }) => type === "hello")).toMatchObject({ user });

  const spoofed = { ...alice, user: "victim" };
  expect(await session(app.url, spoofed)).toBe(401);
  expect((await eventsOf(app.url, crypto.randomUUID(), spoofed)).status).toBe(401);
  await expect(connect(app.url, spoofed)).rejects.toThrow("refused with 401");
  await expect(connect(app.url, { user: "alice" })).rejects.toThrow("refused with 401");
  const late = await signedIn(provider, "alice", {}, { issuedIn: -99, expiresIn: -40 });
  await expect(connect(app.url, late)).rejects.toThrow("refused with 401");
  expect(await rejected(app, "proof_mismatch")).toBe(3);
  expect(await rejected(app, "proof_absent")).toBe(1);
  expect(await rejected(app, "proof_expired")).toBe(1);
  expect(app.lines.join("\n")).not.toContain(alice.headers.Authorization.slice(7, 60));
});

test("a socket and a stream end with the proof, the socket after a word of warning", async () => {
  const provider = await startIdentityProvider();
  const app = await start(proving(provider));
  const user = someone();
  const lasting = await signedIn(provider, user);
  const { id } = (await (
    await call(app.url, "POST", "/api/conversations", {}, lasting)
  ).json()) as Conversation;
  const brief = await signedIn(provider, user, {}, { expiresIn: 8 });
  const end = Date.now() + 8_000;
  const client = await connect(app.url, brief);
  const other = await connect(app.url, lasting);
  const stream = await eventsOf(app.url, id, brief);
  await client.frame(({ type }) => type === "reauthenticate");
  const events = await readEvents(stream);
  expect(events[0]?.event).toBe("subscribed");
  expect(await client.closed).toBe(4401);
  // Whole seconds stand in a proof.
  expect(Date.now()).toBeGreaterThan(end - 1_100);
  other.send({ type: "ping", at: 1 });
  await other.frame(({ type }) => type === "pong");
});

test("a sign-out ends all that is open of the user in every process, and the sign-in itself", async () => {
  const provider = await startIdentityProvider();
  const [one, two] = await Promise.all([start(proving(provider)), start(proving(provider))]);
  const user = someone();
  const laptop = await signedIn(provider, user, { sid: "laptop" }, { issuedIn: -2 });
  const refreshed = await signedIn(provider, user, { sid: "laptop" }, { issuedIn: -1 });
  const phone = await signedIn(provider, user, { sid: "phone" }, { issuedIn: -2 });
  const bob = await signedIn(provider, someone());
  const { id } = (await (
    await call(one.url, "POST", "/api/conversations", {}, laptop)
  ).json()) as Conversation;
  const sockets = await Promise.all([
    connect(one.url, laptop),
    connect(two.url, laptop),
    connect(two.url, phone),
  ]);
  const bystander = await connect(two.url, bob);
  const stream = readEvents(await eventsOf(two.url, id, laptop));
  await Promise.all(sockets.map((client) => client.frame(({ type }) => type === "event")));

  const answer = await call(one.url, "POST", "/api/session/sign-out", undefined, refreshed);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ redirect: "/oauth2/sign_out" });
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401, 4401]);
  expect((await stream)[0]?.event).toBe("subscribed");

  for (const app of [one, two]) {
    for (const sender of [laptop, refreshed]) {
      expect(await session(app.url, sender)).toBe(401);
      await expect(connect(app.url, sender)).rejects.toThrow("refused with 401");
    }
    expect(await rejected(app, "signed_out")).toBe(4);
    // The other device has a sign-in of its own, and whoever signs in again a newer proof.
    await connect(app.url, phone);
    expect(await session(app.url, await signedIn(provider, user, { sid: "laptop" }))).toBe(200);
  }
  bystander.send({ type: "ping", at: 1 });
  await bystander.frame(({ type }) => type === "pong");
});

test("without a proof a sign-out still closes what is open, in every process", async () => {
  const [one, two] = await Promise.all([start(), start()]);
  const user = someone();
  const { id } = await createConversation(one.url, user);
  const client = await connect(two.url, { user });
  const stream = readEvents(await eventsOf(two.url, id, { user, headers: {} }));
  await client.frame(({ type }) => type === "event");
  const answer = await call(one.url, "POST", "/api/session/sign-out", undefined, { user });
  expect(await answer.json()).toEqual({});
  expect(await client.closed).toBe(4401);
  await stream;
  expect(await session(two.url, { user })).toBe(200);
});

test("a page of another site cannot sign anyone out", async () => {
  const app = await start();
  const answer = await call(app.url, "POST", "/api/session/sign-out", undefined, {
    headers: { Origin: "https://evil.test", "Sec-Fetch-Site": "cross-site" },
  });
  expect(answer.status).toBe(403);
});

test("the proxy's secret is asked for everywhere, and changed without a restart", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "secret-")), "proxy-secret");
  const [old, next] = [crypto.randomUUID(), crypto.randomUUID()];
  writeFileSync(file, `${old}\n`);
  const app = await start({ AUTH_PROXY_SECRET_FILE: file, AUTH_PROXY_SECRET_HEADER: "X-Edge" });
  const through = (secret: string) => ({ user: "alice", headers: { "X-Edge": secret } });
  expect(await session(app.url, { user: "alice" })).toBe(401);
  await expect(connect(app.url)).rejects.toThrow("refused with 401");
  expect(await session(app.url, through(old))).toBe(200);
  await connect(app.url, through(old));
  writeFileSync(file, `${next}\n${old}\n`);
  await expect.poll(() => session(app.url, through(next))).toBe(200);
  expect(await session(app.url, through(old))).toBe(200);
  writeFileSync(file, `${next}\n`);
  await expect.poll(() => session(app.url, through(old))).toBe(401);
  expect(await rejected(app, "secret_absent")).toBe(2);
  expect(await rejected(app, "secret_wrong")).toBeGreaterThan(0);
  expect(app.lines.join("\n")).not.toContain(next);
});

test("a socket has its longest age, also where the proxy's word is all there is", async () => {
  const app = await start({ MAX_SOCKET_AGE_SECONDS: "10" });
  const client = await connect(app.url);
  await client.frame(({ type }) => type === "reauthenticate");
  expect(await client.closed).toBe(4401);
});

test("sockets and streams of a user are counted together, and others have their own", async () => {
  const app = await start({ USER_SOCKETS: "2" });
  const user = someone();
  const { id } = await createConversation(app.url, user);
  const first = await connect(app.url, { user });
  const stream = await eventsOf(app.url, id, { user, headers: {} });
  expect(stream.status).toBe(200);
  expect(await (await connect(app.url, { user })).closed).toBe(4429);
  expect((await eventsOf(app.url, id, { user, headers: {} })).status).toBe(429);
  await connect(app.url, { user: someone() });
  first.close();
  await expect
    .poll(async () => (await eventsOf(app.url, id, { user, headers: {} })).status)
    .toBe(200);
});

test("an address behind a trusted proxy is bounded, and nobody else's is", async () => {
  const app = await start({ TRUSTED_PROXIES: "127.0.0.0/8", USER_SOCKETS: "1" });
  const from = (address: string) => ({
    user: someone(),
    headers: { "X-Forwarded-For": `203.0.113.9, ${address}` },
  });
  const ten = Array.from({ length: 10 }, () => connect(app.url, from("198.51.100.1")));
  await Promise.all(ten);
  expect(await (await connect(app.url, from("198.51.100.1"))).closed).toBe(4429);
  const other = await connect(app.url, from("198.51.100.2"));
  await other.frame(({ type }) => type === "hello");
});
