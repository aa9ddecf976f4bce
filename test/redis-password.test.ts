import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { createConversation } from "./chat-client.ts";
import { startRedisServer } from "./redis-server.ts";
import { ask, startCluster, startSentinels } from "./redis-topologies.ts";

const TIMEOUT = { timeout: 90_000 };

/** A file with a password, as a Secret is mounted. */
async function passwordFile(password: string) {
  const directory = await mkdtemp(join(tmpdir(), "chatbot-password-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "password");
  const write = (text: string) => writeFile(path, text);
  await write(password);
  return { path, write };
}

const withPassword = (url: string, password: string) => {
  const parsed = new URL(url);
  parsed.password = password;
  return parsed.href;
};

/** Each server takes the new password and none other, and cuts who came with the old one. */
async function rotate(urls: readonly string[], from: string | undefined, to: string) {
  for (const url of urls) {
    const before = from === undefined ? url : withPassword(url, from);
    await ask(before, "CONFIG", "SET", "masterauth", to);
    await ask(before, "CONFIG", "SET", "requirepass", to);
  }
  for (const url of urls) {
    for (const type of ["normal", "pubsub"]) {
      await ask(withPassword(url, to), "CLIENT", "KILL", "TYPE", type);
    }
  }
}

test("a password in a file is taken up anew at each connection", TIMEOUT, async () => {
  const redis = await startRedisServer({});
  onTestFinished(() => redis.stop());
  const { path, write } = await passwordFile("first\n");
  await rotate([redis.url], undefined, "first");
  const app = await startApp({ REDIS_OM_URL: redis.url, REDIS_PASSWORD_FILE: path });
  const ready = async () => (await fetch(`${app.adminUrl}/readyz`)).status;
  await expect.poll(ready).toBe(200);
  await rotate([redis.url], "first", "second");
  await expect.poll(ready).toBe(503);
  await write("second");
  await expect.poll(ready).toBe(200);
  expect((await createConversation(app.url)).id).toBeDefined();
  // A Secret that is being replaced may be away for a moment.
  await rm(path);
  await ask(withPassword(redis.url, "second"), "CLIENT", "KILL", "TYPE", "normal");
  await expect.poll(ready).toBe(503);
  await write("second");
  await expect.poll(ready).toBe(200);
  expect(app.lines.join()).not.toMatch(/first|second/);
});

test(
  "Sentinel and the master that it names are given the password of the file",
  TIMEOUT,
  async () => {
    const sentinels = await startSentinels("first");
    onTestFinished(() => sentinels.stop());
    const { path } = await passwordFile("first\r\n");
    const REDIS_OM_URL = sentinels.url.replace(":first@", "");
    const app = await startApp({ REDIS_OM_URL, REDIS_PASSWORD_FILE: path });
    const ready = async () => (await fetch(`${app.adminUrl}/readyz`)).status;
    await expect.poll(ready, { timeout: 20_000 }).toBe(200);
    expect((await createConversation(app.url)).id).toBeDefined();
  },
);

test("so it is in a cluster", TIMEOUT, async () => {
  const cluster = await startCluster();
  onTestFinished(() => cluster.stop());
  const urls = cluster.servers.map(({ url }) => url);
  const { path, write } = await passwordFile("first");
  await rotate(urls, undefined, "first");
  const app = await startApp({
    REDIS_OM_URL: cluster.url,
    REDIS_PASSWORD_FILE: path,
    REDIS_PARTITIONS: "16",
  });
  const ready = async () => (await fetch(`${app.adminUrl}/readyz`)).status;
  await expect.poll(ready, { timeout: 20_000 }).toBe(200);
  await rotate(urls, "first", "second");
  await write("second");
  const created = () => createConversation(app.url).then(({ id }) => id);
  await expect.poll(created, { timeout: 20_000 }).toMatch(/^[0-9a-f-]{36}$/);
  await expect.poll(ready, { timeout: 20_000 }).toBe(200);
});

test.each([
  [{ REDIS_PASSWORD_FILE: "secrets/password" }, /REDIS_PASSWORD_FILE is no absolute path/],
  [
    { REDIS_OM_URL: "redis://:p@localhost", REDIS_PASSWORD_FILE: "/p" },
    /REDIS_OM_URL has a password beside REDIS_PASSWORD_FILE/,
  ],
])("refuses %o", async (env, words) => {
  await expect(startApp(env)).rejects.toThrow(words);
});
