import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectRedis } from "../src/persistence/redis.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import { createCertificate } from "./certificate.ts";
import { ask, connect, createConversation, storedMessages } from "./chat-client.ts";
import { follow } from "./follow.ts";
import { createModelServer } from "./model-server.ts";
import { freePort, type RedisServerOptions, startRedisServer } from "./redis-server.ts";
import { ask as command } from "./redis-topologies.ts";

const TIMEOUT = { timeout: 90_000 };
const ANSWER = Array.from({ length: 30 }, (_, line) => `Line ${line}: 青い 😀.\n`).join("");

async function startPersistent(options: RedisServerOptions = {}) {
  const redis = await startRedisServer({ persistent: true, ...options });
  onTestFinished(() => redis.stop());
  return redis;
}

async function startWith(url: string) {
  const model = await createModelServer({ answer: ANSWER, tokensPerSecond: 40 });
  onTestFinished(() => model.close());
  const env = { REDIS_OM_URL: url, INFERENCE_SERVER_URL: model.url, LEASE_MS: "1000" };
  const apps = await Promise.all([startApp(env), startApp(env)]);
  for (const { adminUrl } of apps) {
    await expect.poll(async () => (await fetch(`${adminUrl}/readyz`)).status).toBe(200);
  }
  return { model, apps };
}

/** Answers under way, each followed on a screen of either process; `settled` compares them all. */
async function stream([one, two]: readonly AppProcess[], count: number) {
  if (one === undefined || two === undefined) throw new Error("two are needed");
  const turns: { id: string; generationId: string }[] = [];
  for (let at = 0; at < count; at += 1) {
    const { id } = await createConversation(one.url);
    const client = await connect(one.url);
    const { generationId } = await ask(client, id, "Why?");
    client.close();
    turns.push({ id, generationId });
  }
  const screens = turns.flatMap(({ id, generationId }) =>
    [one, two].map(({ url }) => follow(url, id, generationId)),
  );
  return async () => {
    for (const seen of await Promise.all(screens)) {
      expect(seen).toMatchObject({ status: "finished", text: ANSWER });
    }
    for (const { id, generationId } of turns) {
      const messages = await storedMessages(two.url, id);
      expect(messages.map((message) => [message.id, message.content])).toEqual([
        [expect.any(String), "Why?"],
        [generationId, ANSWER],
      ]);
    }
  };
}

test("a Redis that is killed and started again under load loses nothing", TIMEOUT, async () => {
  const redis = await startPersistent();
  const { model, apps } = await startWith(redis.url);
  const settled = await stream(apps, 12);
  for (let kill = 0; kill < 2; kill += 1) {
    await redis.kill("SIGKILL");
    await redis.restart();
    const ready = async () =>
      await Promise.all(apps.map(({ adminUrl }) => fetch(`${adminUrl}/readyz`)));
    await expect.poll(async () => (await ready()).map(({ status }) => status)).toEqual([200, 200]);
  }
  expect(model.open).toBeGreaterThan(0);
  await settled();
});

test("connections that are cut again and again cost no character", TIMEOUT, async () => {
  const redis = await startPersistent();
  const { model, apps } = await startWith(redis.url);
  const settled = await stream(apps, 8);
  for (let cut = 0; cut < 10 && model.open > 0; cut += 1) {
    for (const type of ["normal", "pubsub"]) {
      await command(redis.url, "CLIENT", "KILL", "TYPE", type);
      const names = async () => await command<string>(redis.url, "CLIENT", "LIST", "TYPE", type);
      // Two processes are back before they lose it again.
      await expect
        .poll(async () => (await names()).split("\n").filter((line) => line !== "").length)
        .toBeGreaterThanOrEqual(2);
    }
  }
  await settled();
});

test(
  "all channels are subscribed to again before anyone is told of the reconnection",
  TIMEOUT,
  async () => {
    const redis = await startPersistent();
    const store = connectRedis({ url: redis.url });
    onTestFinished(() => store.close());
    await expect.poll(() => store.ping().then(() => "up", String)).toBe("up");
    const channels = Array.from({ length: 1_200 }, (_, at) => `chatbot:test:{${at}}`);
    const reconnected: Promise<number>[] = [];
    await Promise.all(
      channels.map((channel) => {
        return store.subscribe([channel], {
          message: () => undefined,
          // What is published from now on must arrive.
          reconnected: () => {
            const counted = command<[string, number]>(redis.url, "PUBSUB", "SHARDNUMSUB", channel);
            reconnected.push(counted.then(([, count]) => count));
          },
        });
      }),
    );
    await redis.restart();
    await expect.poll(() => reconnected.length, { timeout: 30_000 }).toBe(channels.length);
    expect(new Set(await Promise.all(reconnected))).toEqual(new Set([1]));
  },
);

test(
  "what is subscribed to and left while Redis is away is neither lost nor kept",
  TIMEOUT,
  async () => {
    const redis = await startPersistent();
    const store = connectRedis({ url: redis.url });
    onTestFinished(() => store.close());
    await expect.poll(() => store.ping().then(() => "up", String)).toBe("up");
    const told: string[] = [];
    const listener = { message: (message: string) => told.push(message) };
    const leave = await store.subscribe(["chatbot:{left}"], listener);
    await store.subscribe(["chatbot:{kept}"], listener);
    await redis.kill();
    await leave();
    await expect(store.subscribe(["chatbot:{late}"], listener)).rejects.toMatchObject({
      code: "unavailable",
    });
    await expect(store.run((client) => client.hGet("a", "b"))).rejects.toMatchObject({
      code: "unavailable",
    });
    await redis.restart();
    await expect
      .poll(() => command(redis.url, "PUBSUB", "SHARDCHANNELS"), { timeout: 30_000 })
      .toEqual(["chatbot:{kept}"]);
    await expect.poll(() => store.ping().then(() => "up", String)).toBe("up");
    await store.run((client) => client.sPublish("chatbot:{kept}", "here"));
    await expect.poll(() => told).toEqual(["here"]);
  },
);

test(
  "speaks TLS to a rediss URL, and not to a server whose certificate nobody vouches for",
  TIMEOUT,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "chatbot-tls-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const [key, certificate] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const made = createCertificate();
    await Promise.all([writeFile(key, made.key), writeFile(certificate, made.certificate)]);
    const port = await freePort();
    await startPersistent({
      password: "p@ss",
      args: [
        ...["--tls-port", String(port), "--tls-cert-file", certificate, "--tls-key-file", key],
        ...["--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"],
      ],
    });
    const REDIS_OM_URL = `rediss://:p%40ss@localhost:${port}/2`;
    const [trusting, doubting] = await Promise.all([
      startApp({ REDIS_OM_URL, NODE_EXTRA_CA_CERTS: certificate }),
      startApp({ REDIS_OM_URL }),
    ]);
    await expect.poll(async () => (await fetch(`${trusting.adminUrl}/readyz`)).status).toBe(200);
    expect((await createConversation(trusting.url)).id).toBeDefined();
    expect((await fetch(`${doubting.adminUrl}/readyz`)).status).toBe(503);
    await expect.poll(() => doubting.lines.join()).toContain("self-signed certificate");
    expect(doubting.lines.join()).not.toContain("p%40ss");
  },
);
