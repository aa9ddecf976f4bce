import { expect, test } from "vitest";
import { ask, call, connect, createConversation, storedMessages } from "./chat-client.ts";
import { ANSWER, startPath, watching } from "./path.ts";

test("a question asked in one tab is answered in every tab, and stored as the model said it", async () => {
  const { start } = await startPath();
  const app = await start();
  const { id } = await createConversation(app.url);
  const [tab, other] = [await watching(app, id), await watching(app, id)];
  const { messageId, generationId } = await ask(tab, id, "Why is the sky blue?");
  for (const client of [tab, other]) {
    expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  }
  const messages = await storedMessages(app.url, id);
  expect(messages).toMatchObject([
    { id: messageId, parentId: null, role: "user", content: "Why is the sky blue?" },
    { id: generationId, parentId: messageId, role: "assistant", content: ANSWER, status: "done" },
  ]);
  expect(messages[1]?.metadata).toMatchObject({ engine: "tgi", finishReason: "stop" });
});

test("a question asked of one process is answered by another and watched on a third", async () => {
  const { start } = await startPath();
  const [asked, watched] = await Promise.all([
    start({ ROLE: "web" }),
    start({ ROLE: "web" }),
    start({ ROLE: "worker" }),
  ]);
  const { id } = await createConversation(asked.url);
  const viewer = await watching(watched, id);
  const { generationId } = await ask(await connect(asked.url), id, "Why?");
  expect(await viewer.ended(generationId)).toMatchObject({ text: ANSWER });
});

test("a tab that reloads in mid-answer sees it go on, with a cursor and without", async () => {
  const { start } = await startPath({ tokensPerSecond: 20 });
  const app = await start();
  const { id } = await createConversation(app.url);
  const first = await watching(app, id);
  const { generationId } = await ask(first, id, "Why?");
  await first.frame((frame) => frame.type === "delta");
  const cursor = first.cursors.get(id) ?? "";
  first.close();
  const [resumed, fresh] = [await watching(app, id, cursor), await watching(app, id)];
  for (const [client, mode] of [
    [resumed, "replay"],
    [fresh, "snapshot"],
  ] as const) {
    const frame = await client.frame(({ type }) => type === "subscribed");
    expect(frame).toMatchObject({ mode, generations: [{ generationId, status: "running" }] });
    expect(await client.ended(generationId)).toMatchObject({ text: ANSWER });
  }
});

test("the same question sent again gets the same answer, over any connection", async () => {
  const { start, model } = await startPath();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { messageId, generationId } = await ask(client, id, "Why?");
  await client.ended(generationId);
  const again = await connect(app.url);
  again.send({ type: "send", conversationId: id, messageId, content: "something else" });
  expect(await again.frame(({ type }) => type === "ack")).toMatchObject({
    messageId,
    generationId,
  });
  const http = await call(app.url, "POST", `/api/conversations/${id}/messages`, {
    id: messageId,
    content: "and over HTTP",
  });
  expect(http.status).toBe(202);
  expect(await http.json()).toMatchObject({ message: { content: "Why?" }, generationId });
  const questions = model.generations.filter(({ body }) => JSON.stringify(body).includes("Why?"));
  expect(questions.filter(({ body }) => !JSON.stringify(body).includes("title"))).toHaveLength(1);
});

test("stop ends a running answer from another process, and closes the upstream request", async () => {
  const { start, model } = await startPath({ tokensPerSecond: 20, answer: "word ".repeat(500) });
  const [one, two] = await Promise.all([start(), start({ ROLE: "web" })]);
  const { id } = await createConversation(one.url);
  const client = await watching(one, id);
  const { generationId } = await ask(client, id, "Tell me a lot");
  await client.frame((frame) => frame.type === "delta");
  const stopped = await call(
    two.url,
    "POST",
    `/api/conversations/${id}/generations/${generationId}/stop`,
    {},
  );
  expect(stopped.status).toBe(202);
  expect((await client.ended(generationId)).status).toBe("stopped");
  expect(await (await model.arrived(1)).closed).toBe("client");
  const [, answer] = await storedMessages(one.url, id);
  expect(answer?.status).toBe("stopped");
  expect(answer?.content).toBe(client.generations.get(generationId)?.text);
});

test("stop before the first character leaves nothing under way", async () => {
  const { start, model } = await startPath();
  const app = await start();
  model.fault({ type: "hang", after: 0 });
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { generationId } = await ask(client, id, "Why?");
  const upstream = await model.arrived(1);
  client.send({ type: "stop", conversationId: id, generationId, requestId: crypto.randomUUID() });
  expect(await client.ended(generationId)).toMatchObject({ status: "stopped", text: "" });
  expect(await upstream.closed).toBe("client");
  const conversation = await call(app.url, "GET", `/api/conversations/${id}`);
  expect(await conversation.json()).toMatchObject({ generating: false });
});

test("a follow-up sent while an answer streams is answered after it", async () => {
  const { start, model } = await startPath({ tokensPerSecond: 50 });
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const first = await ask(client, id, "first");
  const second = await ask(client, id, "second");
  await client.ended(second.generationId);
  const prompts = model.generations.map(({ body }) => JSON.stringify(body));
  expect(prompts.find((prompt) => prompt.includes("second"))).toContain("that is **why**");
  expect((await client.ended(first.generationId)).text).toBe(ANSWER);
});

test("an edited question and another answer stand beside the first ones", async () => {
  const { start } = await startPath();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const first = await ask(client, id, "Why?", { parentId: null });
  await client.ended(first.generationId);
  const edited = await ask(client, id, "Why, really?", { parentId: null });
  await client.ended(edited.generationId);
  const requestId = crypto.randomUUID();
  client.send({
    type: "regenerate",
    conversationId: id,
    requestId,
    parentId: first.messageId,
  });
  const ack = await client.frame((frame) => frame.type === "ack" && frame.requestId === requestId);
  if (ack.type !== "ack") throw new Error("no ack");
  await client.ended(ack.generationId);
  const messages = await storedMessages(app.url, id);
  expect(messages.map(({ parentId }) => parentId)).toEqual([
    null,
    first.messageId,
    null,
    edited.messageId,
    first.messageId,
  ]);
});

test("waits for the answer where asked to, and resumes events after a cursor", async () => {
  const { start } = await startPath();
  const app = await start();
  const { id } = await createConversation(app.url);
  const waited = await call(
    app.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Why?" },
    { headers: { Prefer: "wait=30" } },
  );
  expect(waited.status).toBe(200);
  expect(await waited.json()).toMatchObject({ answer: { content: ANSWER, status: "done" } });
  const stream = await call(app.url, "GET", `/api/conversations/${id}/events`, undefined, {
    headers: { "Last-Event-ID": "0-0" },
  });
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes("generation.finished")) break;
  }
  const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
  expect(types).toEqual([
    "subscribed",
    "message.created",
    "generation.queued",
    "generation.started",
    "generation.finished",
  ]);
});
