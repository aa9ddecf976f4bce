import { createClient } from "redis";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../app-process.ts";
import { startBundledRedis } from "./bundled-redis.ts";
import { readText } from "./tools.ts";

/** A client of one of the bundled Redis' users. */
async function connectTo(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(() => void client.disconnect().catch(() => undefined));
  return client;
}

test("the app does all it has to do as the user that the bundled Redis gives it", async () => {
  const redis = await startBundledRedis();
  const models = '[{"id":"demo","engines":[{"type":"rules","delayMs":0}]}]';
  const app = await startApp({
    REDIS_OM_URL: redis.url("chatbot"),
    AUTH_MODE: "dev",
    MODELS: models,
  });
  const json = { "content-type": "application/json" };
  const made = await fetch(`${app.url}/api/conversations`, {
    method: "POST",
    headers: json,
    body: "{}",
  });
  const { id } = (await made.json()) as { id: string };
  const asked = await fetch(`${app.url}/api/conversations/${id}/messages`, {
    method: "POST",
    headers: { ...json, prefer: "wait=20" },
    body: JSON.stringify({ content: "Hello" }),
  });
  expect(await asked.json()).toMatchObject({ answer: { status: "done" } });
  const deleted = await fetch(`${app.url}/api/conversations/${id}`, { method: "DELETE" });
  expect(deleted.status).toBe(200);
  expect((await fetch(`${app.adminUrl}/readyz`)).status).toBe(200);
  expect(await app.end()).toBe(0);
  expect(app.lines.filter((line) => /"level":"(warn|error|fatal)"/.test(line))).toEqual([]);
  const acl = await (await connectTo(redis.url("chatbot"))).ping();
  expect(acl).toBe("PONG");
});

test("what the app's scripts wrote outlives a restart of the bundled Redis", async () => {
  const redis = await startBundledRedis();
  const names = ["chatbot:one", "chatbot:other"];
  const client = await connectTo(redis.url("chatbot"));
  // Several writes at once stand as a transaction in the append-only file.
  const script = 'redis.call("SET", KEYS[1], "1") redis.call("SET", KEYS[2], "2")';
  await client.sendCommand(["EVAL", script, "2", ...names]);
  await redis.restart();
  const again = await connectTo(redis.url("chatbot"));
  expect(await again.mGet(names)).toEqual(["1", "2"]);
});

test("nobody gets in without a name, nor as the user whose rights are Redis' own", async () => {
  const redis = await startBundledRedis();
  const nameless = await connectTo(`redis://127.0.0.1:${redis.port}`).catch((error) => error);
  const refusal = nameless instanceof Error ? nameless : await nameless.ping().catch(String);
  expect(String(refusal)).toMatch(/NOAUTH/);
  for (const password of ["", "default", "app0"]) {
    const url = `redis://default:${password}@127.0.0.1:${redis.port}`;
    const said = await connectTo(url)
      .then((client) => client.ping())
      .catch(String);
    expect(said).toMatch(/NOAUTH|WRONGPASS/);
  }
});

test.each([
  ["FLUSHALL"],
  ["CONFIG", "GET", "*"],
  ["KEYS", "*"],
  ["ACL", "LIST"],
  ["SHUTDOWN"],
  ["SET", "elsewhere", "1"],
  ["PUBLISH", "elsewhere", "1"],
])("the app's user may not %s %s", async (...command) => {
  const redis = await startBundledRedis();
  const client = await connectTo(redis.url("chatbot"));
  await expect(client.sendCommand(command.filter((word) => word !== undefined))).rejects.toThrow(
    /NOPERM/,
  );
});

test("sessions, KEDA and the probes reach their own keys and no others", async () => {
  const redis = await startBundledRedis();
  const sessions = await connectTo(redis.url("sessions"));
  await sessions.set("__Host-chatbot-1", "ticket");
  await expect(sessions.get("chatbot:conversation:{0}:1")).rejects.toThrow(/NOPERM/);
  const keda = await connectTo(redis.url("keda"));
  // As KEDA 2.20 asks: by the type of the key.
  const script =
    "if redis.call('type', KEYS[1]).ok == 'zset' then return redis.call('zcard', KEYS[1]) end return redis.call('llen', KEYS[1])";
  expect(await keda.eval(script, { keys: ["chatbot:queue:{0}"] })).toBe(0);
  await expect(keda.get("chatbot:queue:{0}")).rejects.toThrow(/NOPERM/);
  const probe = await connectTo(redis.url("probe"));
  expect(await probe.ping()).toBe("PONG");
  await expect(probe.get("chatbot:queue:{0}")).rejects.toThrow(/NOPERM/);
});

test("without a name, without the right password, or under a name whose key is missing nobody gets in", async () => {
  const redis = await startBundledRedis(["password"]);
  const nobody = `redis://127.0.0.1:${redis.port}`;
  const client = await connectTo(nobody).catch((error: Error) => error);
  if (!(client instanceof Error)) await expect(client.ping()).rejects.toThrow(/NOAUTH/);
  await expect(connectTo(redis.url("chatbot").replace("app0", "app1"))).rejects.toThrow(
    /WRONGPASS/,
  );
  await expect(connectTo(redis.url("keda"))).rejects.toThrow(/WRONGPASS/);
});

test("without a password Redis refuses to start, and says why", async () => {
  await expect(startBundledRedis([])).rejects.toThrow(/no key named password/);
});

test("the bundled Redis keeps what it is told, and drops nothing by itself", () => {
  const config = readText("manifests/base/redis/redis.conf");
  for (const line of [
    "appendonly yes",
    "appendfsync everysec",
    "maxmemory-policy noeviction",
    'save ""',
  ]) {
    expect(config).toContain(`\n${line}\n`);
  }
  const [, maxmemory] = /^maxmemory (\d+)mb$/m.exec(config) ?? [];
  expect(Number(maxmemory)).toBe(1024 * 0.75);
});
