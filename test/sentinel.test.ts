import { expect, onTestFinished, test } from "vitest";
import { connectRedis } from "../src/persistence/redis.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import { ask, call, connect, createConversation, storedMessages } from "./chat-client.ts";
import { follow } from "./follow.ts";
import { createModelServer } from "./model-server.ts";
import { ask as command, startSentinels } from "./redis-topologies.ts";

const TIMEOUT = { timeout: 120_000 };
const ANSWER = Array.from({ length: 40 }, (_, line) => `Line ${line}: 青い 😀.\n`).join("");

async function setUp(password?: string) {
  const [sentinels, model] = await Promise.all([
    startSentinels(password),
    createModelServer({ answer: ANSWER, tokensPerSecond: 40 }),
  ]);
  onTestFinished(() => sentinels.stop());
  onTestFinished(() => model.close());
  const env = {
    REDIS_OM_URL: sentinels.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: "2000",
  };
  const start = async (more: Readonly<Record<string, string>> = {}) => {
    const app = await startApp({ ...env, ...more });
    await expect
      .poll(async () => (await fetch(`${app.adminUrl}/readyz`)).status, { timeout: 30_000 })
      .toBe(200);
    return app;
  };
  return { sentinels, model, start };
}

/** Resolves once that much of an answer is on some screen. */
async function written(app: AppProcess, id: string, generationId: string, length: number) {
  const client = await connect(app.url);
  client.send({ type: "subscribe", conversationId: id });
  await client.frame(() => (client.generations.get(generationId)?.text.length ?? 0) >= length);
  client.close();
}

/** Every screen and the stored history have the model's own text. */
async function agree(
  apps: AppProcess[],
  id: string,
  generationId: string,
  screens: Promise<unknown>[],
) {
  for (const seen of await Promise.all(screens)) {
    expect(seen).toMatchObject({ status: "finished", text: ANSWER });
  }
  for (const { url } of apps) {
    expect((await storedMessages(url, id)).find((one) => one.id === generationId)?.content).toBe(
      ANSWER,
    );
    expect(await follow(url, id, generationId)).toMatchObject({ text: ANSWER });
  }
}

test("an answer outlives the master, and the last writes that went with it", TIMEOUT, async () => {
  const { sentinels, start } = await setUp("se cret");
  const apps = await Promise.all([start(), start({ ROLE: "web" })]);
  const [one, two] = apps;
  const { id } = await createConversation(one.url);
  const { generationId } = await ask(await connect(one.url), id, "Why?");
  await written(one, id, generationId, 20);
  const screens = [one, two, two].map(({ url }) => follow(url, id, generationId));
  await sentinels.cutReplication();
  // This much the next master has never heard of.
  await written(two, id, generationId, 150);
  await sentinels.failOver();
  await agree(apps, id, generationId, screens);
});

test(
  "where its worker dies with the master, another goes on from what is left",
  TIMEOUT,
  async () => {
    const { sentinels, start } = await setUp();
    const web = await start({ ROLE: "web" });
    const worker = await start({ ROLE: "worker" });
    const { id } = await createConversation(web.url);
    const { generationId } = await ask(await connect(web.url), id, "Why?");
    await written(web, id, generationId, 20);
    const screens = [web, web].map(({ url }) => follow(url, id, generationId));
    await sentinels.cutReplication();
    await written(web, id, generationId, 150);
    await worker.end("SIGKILL");
    await Promise.all([sentinels.failOver(), start({ ROLE: "worker" })]);
    await agree([web], id, generationId, screens);
  },
);

test(
  "a question that went with the master is gone from every screen, and can be sent again",
  TIMEOUT,
  async () => {
    const { sentinels, start } = await setUp();
    const [one, two] = await Promise.all([start(), start({ ROLE: "web" })]);
    const { id } = await createConversation(one.url);
    const before = await ask(await connect(one.url), id, "First?");
    await follow(one.url, id, before.generationId);
    const viewer = await connect(two.url);
    viewer.send({ type: "subscribe", conversationId: id });
    await viewer.frame(({ type }) => type === "subscribed");
    // Not before the replicas have all of the first.
    const [master, ...replicas] = sentinels.servers;
    await expect
      .poll(async () => {
        const lengths = [master, ...replicas].map((server) =>
          command<number>(server?.url ?? "", "XLEN", `chatbot:events:{0}:${id}`),
        );
        return new Set(await Promise.all(lengths)).size;
      })
      .toBe(1);
    await sentinels.cutReplication();
    const asker = await connect(one.url);
    const lost = await ask(asker, id, "Second?");
    await viewer.frame(
      (frame) => frame.type === "delta" && frame.generationId === lost.generationId,
    );
    await sentinels.failOver();
    // The log was rolled back: the screen must come for a snapshot.
    expect(await viewer.closed).toBe(1012);
    await expect
      .poll(async () => (await call(two.url, "GET", `/api/conversations/${id}/messages`)).status, {
        timeout: 30_000,
      })
      .toBe(200);
    expect((await storedMessages(two.url, id)).map(({ content }) => content)).toEqual([
      "First?",
      ANSWER,
    ]);

    // The client that was acknowledged sends the same again, as it may, until its process, too, has
    // found the new master.
    let generationId = "";
    const again = { id: lost.messageId, content: "Second?" };
    await expect
      .poll(
        async () => {
          const answer = await call(one.url, "POST", `/api/conversations/${id}/messages`, again);
          ({ generationId = "" } = (await answer.json()) as { generationId?: string });
          return answer.status;
        },
        { timeout: 30_000 },
      )
      .toBe(202);
    expect(await follow(two.url, id, generationId)).toMatchObject({
      status: "finished",
      text: ANSWER,
    });
    expect((await storedMessages(one.url, id)).map(({ content }) => content)).toEqual([
      "First?",
      ANSWER,
      "Second?",
      ANSWER,
    ]);
  },
);

test("a master that was made a replica behind our back is left", TIMEOUT, async () => {
  const sentinels = await startSentinels();
  onTestFinished(() => sentinels.stop());
  const redis = connectRedis({ url: sentinels.url });
  onTestFinished(() => redis.close());
  await expect.poll(() => redis.ping().then(() => "up", String), { timeout: 30_000 }).toBe("up");
  const told: string[] = [];
  await redis.subscribe(["chatbot:{a}", "chatbot:{b}"], {
    message: (message) => told.push(message),
    reconnected: () => told.push("reconnected"),
  });
  const [master] = sentinels.servers;
  await master?.kill("SIGSTOP");
  const port = async () => {
    const [, text = ""] = await redis.run((client) =>
      "slots" in client
        ? Promise.resolve([])
        : client.sendCommand<string[]>(["CONFIG", "GET", "port"]),
    );
    return Number(text);
  };
  // The frozen one keeps its connections open: only the sentinels say that it is no master.
  await expect
    .poll(() => port().catch(() => master?.port), { timeout: 60_000 })
    .not.toBe(master?.port);
  await expect
    .poll(() => told.filter((one) => one === "reconnected").length, { timeout: 60_000 })
    .toBe(2);
  await redis.run((client) => client.sPublish("chatbot:{b}", "here"));
  await expect.poll(() => told).toContain("here");
});
