import { RedisChatMessageHistory } from "@langchain/redis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { exportJson } from "../src/domain/export-conversation.ts";
import { createImportConversation } from "../src/domain/import-conversation.ts";
import { createShareConversation } from "../src/domain/share-conversation.ts";
import { hashSlot } from "../src/persistence/keys.ts";
import { connectRedis } from "../src/persistence/redis.ts";
import { ExportedConversation } from "../src/protocol/export.ts";
import { type ConversationId, GenerationId, LOG_START, MessageId } from "../src/protocol/ids.ts";
import type { Outcome } from "../src/protocol/outcome.ts";
import { startApp } from "./app-process.ts";
import { ask, call, connect, createConversation, storedMessages } from "./chat-client.ts";
import { endedTurn } from "./ended-turn.ts";
import { follow } from "./follow.ts";
import { createMemoryChat } from "./memory-ports.ts";
import { createModelServer } from "./model-server.ts";
import { type ClusterServers, ask as command, startCluster } from "./redis-topologies.ts";
import { someone, storeOn } from "./store.ts";

const ANSWER = Array.from({ length: 60 }, (_, line) => `Line ${line}: 青い 😀.\n`).join("");
const done: Outcome = {
  status: "done",
  engine: "tgi",
  model: "m",
  finishReason: "stop",
  usage: { completionTokens: 2 },
  timing: {},
  continued: 0,
};

let cluster: ClusterServers;
beforeAll(async () => {
  cluster = await startCluster();
}, 120_000);
afterAll(() => cluster.stop());

async function openClusterStore(partitions: number) {
  const redis = connectRedis({ url: cluster.url });
  onTestFinished(() => redis.close());
  await expect.poll(() => redis.ping().then(() => "up", String), { timeout: 30_000 }).toBe("up");
  return storeOn(redis, { partitions, leaseMs: 60_000 });
}

const newId = () => crypto.randomUUID();

test("every operation works on a cluster of several partitions, each script in one slot", {
  timeout: 60_000,
}, async () => {
  const store = await openClusterStore(16);
  const owner = someone();
  const told: string[] = [];
  const unwatch = await store.live.watchUser(owner, {
    frame: (frame) => told.push(JSON.parse(frame).event.type),
    reconnected: () => undefined,
  });
  const stopped: string[] = [];
  const unlisten = await store.queue.listen({
    queued: () => undefined,
    stop: (one) => stopped.push(one),
  });
  const ids: ConversationId[] = [];
  // Enough of them that every third of the slots has some.
  for (let at = 0; at < 24; at += 1) {
    ids.push((await store.conversations.create(owner, { title: `t${at}` })).id);
  }
  const slots = new Set(ids.map((id) => Math.floor(hashSlot(store.keys.of(id).events) / 5_462)));
  expect(slots.size).toBe(3);

  for (const id of ids) {
    const frames: string[] = [];
    const leave = await store.live.watch(id, {
      frame: (frame) => frames.push(JSON.parse(frame).type),
      reconnected: () => undefined,
    });
    const messageId = MessageId.parse(newId());
    const question = { owner, conversationId: id, content: "Why?" };
    const generationId = GenerationId.parse(newId());
    await store.turns.submit({ ...question, messageId, generationId });
    await store.turns.submit({
      ...question,
      messageId: MessageId.parse(newId()),
      generationId: GenerationId.parse(newId()),
    });
    const running = await store.running.list(id);
    expect(running.map(({ status }) => status)).toEqual(["queued", "queued"]);
    await store.running.positions(id, [generationId]);

    const claim = await store.queue.claim("w");
    if (claim === undefined) throw new Error("nothing was queued");
    expect(claim.conversationId).toBe(id);
    expect(await store.queue.start(claim, "m", "tgi")).toBe(true);
    const refenced = await store.queue.refence(claim);
    if (refenced === undefined) throw new Error("lost");
    const text = "Hello 世界";
    await store.queue.append(refenced, { entry: 1, at: 0, text, tokens: 2 });
    expect((await store.queue.renew([refenced])).lost.size).toBe(0);
    expect((await store.queue.text(refenced)).text).toBe(text);
    await store.turns.stop(owner, id, generationId);
    expect(await store.queue.finish(refenced, { text, reasoning: "" }, done)).toBe(true);
    const next = await store.queue.claim("w");
    if (next === undefined) throw new Error("the follow-up was not queued");
    await store.queue.handOver(next);
    const handed = await store.queue.claim("w2");
    if (handed === undefined) throw new Error("what was handed over was not there");
    await store.queue.finish(handed, { text: "", reasoning: "" }, { ...done, status: "stopped" });
    const requestId = MessageId.parse(newId());
    const again = { owner, conversationId: id, requestId, parentId: messageId };
    const another = await store.turns.regenerate({
      ...again,
      generationId: GenerationId.parse(newId()),
    });
    await store.turns.stop(owner, id, another.generationId);

    await store.conversations.update(owner, id, { pinned: true, title: "" });
    await store.conversations.suggestTitle(id, "made");
    await store.conversations.announce(id);
    expect(await store.events.read(id, LOG_START, 100)).toHaveLength(11);
    expect((await store.messages.page(id, { limit: 2 })).next).toBeDefined();
    expect((await store.messages.all(id)).map(({ content }) => content)).toContain(text);
    expect(await Array.fromAsync(store.messages.ancestors(id, generationId))).toHaveLength(2);
    expect((await store.messages.get(id, generationId))?.content).toBe(text);
    await expect.poll(() => frames).toContain("delta");
    expect(await store.queue.tidy(Date.now())).toMatchObject({ putBack: 0, dropped: 0 });
    await leave();
  }
  await expect.poll(() => stopped.length).toBeGreaterThan(0);
  expect((await store.conversations.list(owner, { limit: 50 })).items).toHaveLength(24);
  const history = new RedisChatMessageHistory({
    sessionId: store.keys.of(ids[0] as ConversationId).messages,
    client: store.redis.client,
  });
  expect(await history.getMessages()).toHaveLength(5);
  for (const id of ids) {
    expect((await store.conversations.remove(owner, id)).messages).toBe(5);
  }
  await expect.poll(() => told.filter((type) => type === "conversation.deleted")).toHaveLength(24);
  await unlisten();
  await unwatch();
});

test("answers outlive the master of a shard: every screen ends with what the model said", {
  timeout: 120_000,
}, async () => {
  const model = await createModelServer({ answer: ANSWER, tokensPerSecond: 60 });
  onTestFinished(() => model.close());
  const env = {
    REDIS_OM_URL: cluster.url,
    INFERENCE_SERVER_URL: model.url,
    REDIS_PARTITIONS: "16",
    LEASE_MS: "2000",
  };
  const [one, two] = await Promise.all([startApp(env), startApp({ ...env, ROLE: "web" })]);
  await expect
    .poll(async () => (await fetch(`${one.adminUrl}/readyz`)).status, { timeout: 30_000 })
    .toBe(200);
  const turns: { id: string; generationId: string }[] = [];
  for (let at = 0; at < 12; at += 1) {
    const { id } = await createConversation(one.url);
    const client = await connect(one.url);
    const { generationId } = await ask(client, id, "Why?");
    client.close();
    turns.push({ id, generationId });
  }
  const screens = turns.flatMap(({ id, generationId }) =>
    [one, two].map(({ url }) => follow(url, id, generationId)),
  );
  await model.arrived(turns.length);
  await cluster.failOver(0);
  expect(model.open).toBeGreaterThan(0);
  for (const seen of await Promise.all(screens)) {
    expect(seen).toMatchObject({ status: "finished", text: ANSWER });
  }
  for (const { id } of turns) {
    expect((await storedMessages(two.url, id))[1]?.content).toBe(ANSWER);
  }
  // New turns find the new master, and are seen live there.
  const { id } = await createConversation(two.url);
  const waited = await call(
    two.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Again?" },
    { headers: { Prefer: "wait=60" } },
  );
  expect(await waited.json()).toMatchObject({ answer: { content: ANSWER } });
});

test("channels of a shard that fails over are subscribed to again where it went, the others stay", {
  timeout: 60_000,
}, async () => {
  const redis = connectRedis({ url: cluster.url });
  onTestFinished(() => redis.close());
  await expect.poll(() => redis.ping().then(() => "up", String), { timeout: 30_000 }).toBe("up");
  const channels = Array.from({ length: 60 }, (_, at) => `chatbot:test:{${at}}`);
  const ofShard = (channel: string) => Math.min(2, Math.floor(hashSlot(channel) / 5_461));
  const moved = channels.filter((channel) => ofShard(channel) === 1);
  const told = new Map<string, string[]>();
  for (const channel of channels) {
    const mine: string[] = [];
    told.set(channel, mine);
    await redis.subscribe([channel], {
      message: (message) => mine.push(message),
      reconnected: () => mine.push("reconnected"),
    });
  }
  await cluster.failOver(1);
  await expect
    .poll(() => moved.filter((channel) => told.get(channel)?.includes("reconnected")), {
      timeout: 30_000,
    })
    .toEqual(moved);
  for (const channel of channels) await redis.run((client) => client.sPublish(channel, channel));
  await expect
    .poll(() => channels.filter((channel) => told.get(channel)?.at(-1) === channel))
    .toEqual(channels);
  // Those of a shard that stood missed nothing, and need not read again.
  const stayed = channels.filter((channel) => ofShard(channel) === 2);
  expect(stayed.filter((channel) => told.get(channel)?.includes("reconnected"))).toEqual([]);

  // A planned one, as in a rolling upgrade: nothing breaks, the slots just move.
  await command(cluster.servers[5]?.url ?? "", "CLUSTER", "FAILOVER");
  await expect
    .poll(() => stayed.filter((channel) => told.get(channel)?.includes("reconnected")), {
      timeout: 30_000,
    })
    .toEqual(stayed);
  for (const channel of stayed) await redis.run((client) => client.sPublish(channel, "moved"));
  await expect
    .poll(() => stayed.filter((channel) => told.get(channel)?.at(-1) === "moved"))
    .toEqual(stayed);
});

test("searches, shares, ratings and files work on a cluster of several partitions, and leave nothing", {
  timeout: 60_000,
}, async () => {
  const store = await openClusterStore(16);
  const owner = someone();
  const { catalogue } = createMemoryChat();
  const share = createShareConversation({ ...store, history: store.messages });
  const importFile = createImportConversation({ ...store, catalogue });
  const ids: ConversationId[] = [];
  for (let at = 0; at < 12; at += 1) {
    const { id } = await store.conversations.create(owner, { title: `Zebra ${at}` });
    ids.push(id);
    const turn = await endedTurn(store, owner, id, { question: "Why?", answer: `quagga${at}` });
    await store.feedback.rate(owner, id, turn.generationId, { rating: "up" });
    if (at % 2 === 0) await store.searchIndex.index(id);
    const made = await share({ owner, conversationId: id });
    expect(hashSlot(store.keys.shareOf(made.id))).toBe(hashSlot(store.keys.of(id).conversation));
    expect((await store.shares.read(made.id))?.messages).toHaveLength(2);
  }
  expect(await store.search.find(owner, "zebra", 50)).toHaveLength(12);
  for (const at of [0, 1, 10, 11]) {
    const items = await store.search.find(owner, `quagga${at}`, 50);
    expect(items.map(({ conversation }) => conversation.id)).toContain(ids[at]);
  }
  let file = "";
  const conversation = await store.conversations.get(owner, ids[0] ?? ("" as never));
  for await (const piece of exportJson(store.messages, conversation)) file += piece;
  const imported = await importFile(owner, ExportedConversation.parse(JSON.parse(file)));
  expect(await store.messages.count(imported.id)).toBe(2);

  for (const id of [...ids, imported.id]) await store.conversations.remove(owner, id);
  for (const server of cluster.servers) {
    const keys = await command<string[]>(server.url, "KEYS", "*").catch(() => []);
    expect(keys.filter((key) => [...ids, imported.id].some((id) => key.includes(id)))).toEqual([]);
    expect(keys.filter((key) => key.startsWith("chatbot:share:"))).toEqual([]);
  }
});
