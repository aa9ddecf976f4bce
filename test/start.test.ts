import { appendFile, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  copyProject,
  copyScripts,
  processesIn,
  removeCopy,
  type Start,
  start,
} from "./npm-start.ts";
import { freePort, startRedisServer } from "./redis-server.ts";

const START = ["node", "scripts/start.mjs", "--own-redis"];

describe("npm start", { timeout: 90_000 }, () => {
  let folder: string;
  let port: number;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await copyProject();
    port = await freePort();
    env = { PORT: String(port), ADMIN_PORT: String(await freePort()) };
  });
  afterEach(async () => {
    expect(await processesIn(folder)).toEqual([]);
  });
  afterAll(() => removeCopy(folder));

  /** Starts and waits for the page; what a failed test leaves behind is ended. */
  async function open(more: Record<string, string> = {}, command = START): Promise<Start> {
    const started = start(folder, { env: { ...env, ...more }, command });
    onTestFinished(async () => {
      for (const { pid } of await processesIn(folder)) process.kill(pid, "SIGKILL");
    });
    await started.says(`Open http://localhost:${more.PORT ?? port}`);
    return started;
  }

  async function createConversation(): Promise<string> {
    const response = await fetch(`http://localhost:${port}/api/conversations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Kept" }),
    });
    expect(response.status).toBe(201);
    const { id } = (await response.json()) as { id: string };
    return id;
  }

  async function statusOf(conversationId: string): Promise<number> {
    return (await fetch(`http://localhost:${port}/api/conversations/${conversationId}`)).status;
  }

  test("serves the page, says how to connect a model, and ends all it started on Ctrl-C", async () => {
    const npm = start(folder, { env });
    await npm.says(`Open http://localhost:${port}`);
    expect(npm.said()).toContain("INFERENCE_SERVER_URL=");
    const page = await fetch(`http://localhost:${port}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");

    // The terminal signals everyone in the group, and npm passes it on once more.
    npm.signal("SIGINT", "group");
    await npm.ended;
    expect(npm.said()).toContain("Stopping");
  });

  test("has the conversations of the last start, and builds the page only once", async () => {
    const first = await open();
    const conversationId = await createConversation();
    first.signal("SIGTERM");
    expect(await first.ended).toBe(0);
    expect(await processesIn(folder)).toEqual([]);

    const second = await open();
    expect(second.said()).not.toContain("Building the page");
    expect(await statusOf(conversationId)).toBe(200);
    second.signal("SIGINT");
    expect(await second.ended).toBe(0);
  });

  test("says where it already runs, and a second start elsewhere shares the conversations", async () => {
    const first = await open();
    const conversationId = await createConversation();

    const same = start(folder, { env, command: START });
    expect(await same.ended).toBe(1);
    expect(same.said()).toMatch(/already runs from this folder: http:\/\/localhost:\d+.*PORT=\d+/);

    const otherPort = await freePort();
    const ports = { PORT: String(otherPort), ADMIN_PORT: String(await freePort()) };
    const second = await open(ports);
    first.signal("SIGTERM");
    expect(await first.ended).toBe(0);
    const kept = `http://localhost:${otherPort}/api/conversations/${conversationId}`;
    expect((await fetch(kept)).status).toBe(200);
    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
  });

  test("leaves no server behind where it is killed, and finds the Redis that it left", async () => {
    const killed = await open();
    const conversationId = await createConversation();
    killed.signal("SIGKILL");
    await killed.ended;
    await expect.poll(() => commandsIn(folder), { timeout: 10_000 }).not.toContain("node");

    const next = await open();
    expect(await statusOf(conversationId)).toBe(200);
    next.signal("SIGTERM");
    expect(await next.ended).toBe(0);
  });

  test("removes a half-written end of Redis' file, and keeps the rest", async () => {
    const first = await open();
    const conversationId = await createConversation();
    first.signal("SIGTERM");
    await first.ended;
    const files = join(folder, ".data/redis/appendonlydir");
    const written = (await readdir(files)).find((name) => name.endsWith(".incr.aof"));
    await appendFile(
      join(files, String(written)),
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nha",
    );

    const second = await open();
    expect(second.said()).toContain("removing the half-written end");
    expect(await statusOf(conversationId)).toBe(200);
    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
  });

  test("ends, and ends Redis, when the server dies", async () => {
    const started = await open();
    const server = (await processesIn(folder)).find(
      ({ pid, command }) => command === "node" && pid !== started.pid,
    );
    process.kill(Number(server?.pid), "SIGKILL");
    expect(await started.ended).toBe(1);
    expect(started.said()).toContain("The server ended by itself (SIGKILL).");
  });

  test("ends when its Redis dies", async () => {
    const started = await open();
    const redis = (await processesIn(folder)).find(({ command }) => command !== "node");
    process.kill(Number(redis?.pid), "SIGKILL");
    expect(await started.ended).toBe(1);
    expect(started.said()).toContain("Redis has ended.");
  });

  test("says that the port is taken, and which one is free", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    onTestFinished(() => void other.close());
    const refused = start(folder, { env, command: START });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toMatch(
      /^\nPort \d+ is taken by another program\. .*PORT=\d+ npm start\n$/,
    );
  });

  test("says that the admin port it was given is taken", async () => {
    const started = start(folder, { env: { ...env, ADMIN_PORT: env.PORT ?? "" }, command: START });
    expect(await started.ended).toBe(1);
    expect(started.said()).toMatch(/^\nADMIN_PORT \d+ is taken\. .*ADMIN_PORT=\d+ npm start\n$/);
  });

  test("takes another admin port where nobody chose one", async () => {
    const other = createServer().listen(9090, "127.0.0.1");
    // Whoever has it already takes it just as well.
    other.on("error", () => {});
    onTestFinished(() => void other.close());
    const started = await open({ ADMIN_PORT: "" });
    expect(started.said()).toMatch(/^Port 9090 is taken: metrics and probes are on \d+\.$/m);
    started.signal("SIGTERM");
    expect(await started.ended).toBe(0);
  });

  test("says that Redis refuses the password", async () => {
    const redis = await startRedisServer({ password: "right" });
    onTestFinished(() => redis.stop());
    for (const credentials of ["", ":wrong@"]) {
      const url = `redis://${credentials}127.0.0.1:${redis.port}`;
      const refused = start(folder, { env: { ...env, REDIS_OM_URL: url }, command: START });
      expect(await refused.ended).toBe(1);
      expect(refused.said()).toMatch(/^\nRedis at 127\.0\.0\.1:\d+ refuses the password .*\n$/);
      expect(refused.said()).not.toContain("wrong@");
    }
  });

  test("uses the Redis that it is given, and leaves it running", async () => {
    const redis = await startRedisServer({ password: "p@ss word" });
    onTestFinished(() => redis.stop());
    const started = await open({ REDIS_OM_URL: redis.url });
    expect(await commandsIn(folder)).toEqual(["node", "node"]);
    started.signal("SIGTERM");
    expect(await started.ended).toBe(0);
    process.kill(redis.pid, 0);
  });

  test("says that nothing answers at REDIS_OM_URL", async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const refused = start(folder, { env: { ...env, REDIS_OM_URL: url }, command: START });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toMatch(/^\nRedis at 127\.0\.0\.1:\d+ does not answer .*\n$/);
  });

  test("says what is no Redis", async () => {
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    web.listen(0, "127.0.0.1");
    onTestFinished(() => void web.close());
    await expect.poll(() => web.address()).not.toBeNull();
    const address = web.address();
    const url = `redis://127.0.0.1:${typeof address === "object" && address?.port}`;
    const refused = start(folder, { env: { ...env, REDIS_OM_URL: url }, command: START });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toContain("is of no use: it is no Redis");
  });

  test("ends what it has started so far when it is stopped half-way", async () => {
    const fresh = await copyProject();
    onTestFinished(() => removeCopy(fresh));
    const stopped = start(fresh, { env, command: START });
    await stopped.says("Building the page");
    stopped.signal("SIGINT", "group");
    expect(await stopped.ended).toBe(130);
    expect(await processesIn(fresh)).toEqual([]);
  });

  test("says that the page cannot be built, and leaves nothing behind", async () => {
    const broken = await copyProject();
    onTestFinished(() => removeCopy(broken));
    await writeFile(
      join(broken, "web/index.html"),
      '<script type="module" src="/none.ts"></script>',
    );
    const refused = start(broken, { env, command: START });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toMatch(/\nThe page could not be built: see above\.\n$/);
    expect(await processesIn(broken)).toEqual([]);
  });
});

describe("npm start, as a user who may do little", () => {
  let folder: string;
  let command: string[];

  beforeAll(async () => {
    const copy = await copyScripts();
    folder = copy.folder;
    command = [copy.node, ...START.slice(1)];
  });
  afterAll(() => removeCopy(folder));

  test("says what to type where Redis is missing", async () => {
    const env = { PATH: join(folder, "bin"), PORT: String(await freePort()) };
    const refused = start(folder, { env, command, asNobody: true });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toMatch(/^\nRedis is missing: install it, then start again\.\n$/);
  });

  test("says that the folder is not writable", async () => {
    const env = { PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) };
    const refused = start(folder, { env, command, asNobody: true });
    expect(await refused.ended).toBe(1);
    expect(refused.said()).toMatch(/^\n\S+ is not writable for this user .*chown.*\n$/);
  });
});

/** The programs that run in a folder, in order of their names. */
async function commandsIn(folder: string): Promise<string[]> {
  return (await processesIn(folder)).map(({ command }) => command).sort();
}
