import { expect, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { ask, call, createConversation, storedMessages } from "./chat-client.ts";
import { createModelServer } from "./model-server.ts";
import { ANSWER, startPath, watching } from "./path.ts";
import { startRedisServer } from "./redis-server.ts";

test("a broken stream goes on from its text; a cut one is never shown as finished", async () => {
  const { start, model } = await startPath();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  model.fault({ type: "reset", after: 7 });
  const healed = await ask(client, id, "Why?");
  expect(await client.ended(healed.generationId)).toMatchObject({
    status: "finished",
    text: ANSWER,
  });
  model.fault(...Array.from({ length: 40 }, () => ({ type: "end", after: 2 }) as const));
  const cut = await ask(client, id, "Why again?");
  const seen = await client.ended(cut.generationId);
  expect(seen.status).toBe("failed");
  expect(ANSWER.startsWith(seen.text)).toBe(true);
  const stored = (await storedMessages(app.url, id)).find(
    ({ id: one }) => one === cut.generationId,
  );
  expect(stored).toMatchObject({ status: "failed", content: seen.text });
});

test("an answer outlives its worker: another goes on from the very character", async () => {
  const { start } = await startPath({ tokensPerSecond: 20 });
  const web = await start({ ROLE: "web" });
  const [first] = await Promise.all([start({ ROLE: "worker" })]);
  const { id } = await createConversation(web.url);
  const client = await watching(web, id);
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  await first.end("SIGKILL");
  await start({ ROLE: "worker" });
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  const [, answer] = await storedMessages(web.url, id);
  expect(answer).toMatchObject({ content: ANSWER, metadata: { continued: 1 } });
});

test("SIGTERM hands over in mid-sentence, tells sockets to move and exits with 0", async () => {
  const { start, model } = await startPath();
  const first = await start();
  const { id } = await createConversation(first.url);
  const client = await watching(first, id);
  // However long it takes until another process has started, the answer has not ended by then.
  model.fault({ type: "hang", after: 12, commentMs: 500 });
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  const second = await start();
  const exited = first.end("SIGTERM");
  expect(await client.closed).toBe(1012);
  expect(client.frames.at(-1)).toMatchObject({ type: "draining" });
  expect(await exited).toBe(0);
  const moved = await watching(second, id, client.cursors.get(id) ?? "");
  expect(await moved.ended(generationId)).toMatchObject({ text: ANSWER });
});

test("a store that goes away is said, and all heals when it is back", async () => {
  const { start, redis } = await startPath({ tokensPerSecond: 10 }, { persistent: true });
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  await redis.kill("SIGKILL");
  await expect.poll(async () => (await fetch(`${app.adminUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${app.adminUrl}/livez`)).status).toBe(200);
  const refused = await call(app.url, "GET", "/api/conversations");
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: "unavailable" });
  client.send({ type: "send", conversationId: id, messageId: crypto.randomUUID(), content: "?" });
  expect(await client.frame((frame) => frame.type === "error")).toMatchObject({
    code: "unavailable",
  });
  await redis.restart();
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  expect((await storedMessages(app.url, id))[1]?.content).toBe(ANSWER);
});

test("without a model server the app starts, says so, fails a question, and a retry continues", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const gone = await createModelServer();
  const port = Number(new URL(gone.url).port);
  await gone.close();
  const app = await startApp({
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: gone.url,
    RETRY_SECONDS: "0",
  });
  const models = async () =>
    (await (await call(app.url, "GET", "/api/models")).json()) as { items: { status: string }[] };
  await expect.poll(async () => (await models()).items[0]?.status).toBe("unavailable");
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const failed = await ask(client, id, "Why?");
  expect((await client.ended(failed.generationId)).status).toBe("failed");
  expect(
    client.frames.find(
      (frame) => frame.type === "event" && frame.event.type === "generation.failed",
    ),
  ).toMatchObject({ event: { code: "unavailable", retryable: true } });
  const back = await createModelServer({ port, answer: ANSWER });
  onTestFinished(() => back.close());
  const retried = await call(app.url, "POST", `/api/conversations/${id}/generations`, {
    parentId: failed.messageId,
  });
  const { generationId } = (await retried.json()) as { generationId: string };
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
});
