import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createMemoryChat } from "../../test/memory-ports.ts";
import { MessageId, UserId } from "../protocol/ids.ts";
import { createAwaitAnswer } from "./await-answer.ts";
import { ChatError } from "./errors.ts";
import type { SubscriptionHub } from "./ports/live.ts";

const owner = UserId.parse("alice");
const messageId = MessageId.parse("0199d3a4-7a53-7c3e-9d1c-2f6f0a4f2b11");
const nobody = new AbortController().signal;

async function asked() {
  const chat = createMemoryChat();
  const { id: conversationId } = await chat.conversations.create(owner, {});
  const send = { owner, conversationId, messageId, content: "Hello" };
  const { generationId } = await chat.sendMessage(send);
  const request = { owner, conversationId, generationId, timeoutMs: 2000 };
  return { chat, conversationId, generationId, request };
}

describe("awaiting an answer", () => {
  it("sees an end between the look at the history and the next frame", async () => {
    const { chat, conversationId, generationId, request } = await asked();
    const awaitAnswer = createAwaitAnswer({
      hub: chat.hub,
      history: {
        async get(id, message) {
          const seen = await chat.history.get(id, message);
          if (seen?.status === "streaming") chat.hands.end(conversationId, generationId, "done");
          return seen;
        },
      },
    });
    expect(await awaitAnswer(request, nobody)).toMatchObject({ id: generationId, status: "done" });
  });

  it("is not misled by the end of another answer", async () => {
    const { chat, conversationId, generationId, request } = await asked();
    const awaitAnswer = createAwaitAnswer(chat);
    const waiting = awaitAnswer({ ...request, timeoutMs: 60 }, nobody);
    await delay(10);
    chat.hands.log(conversationId, {
      type: "generation.started",
      generationId,
      model: "generation.finished",
      engine: "echo",
    });
    chat.hands.log(conversationId, {
      type: "generation.stopped",
      generationId: messageId,
      length: 0,
    });
    expect(await waiting).toBeUndefined();
    expect(chat.hands.viewers(conversationId)).toBe(0);
  });

  it("subscribes again when its subscription is lost", async () => {
    const { chat, conversationId, generationId, request } = await asked();
    const waiting = createAwaitAnswer(chat)(request, nobody);
    await delay(10);
    chat.hands.reset(conversationId);
    await delay(10);
    chat.hands.end(conversationId, generationId, "stopped");
    expect(await waiting).toMatchObject({ status: "stopped" });
    expect(chat.hands.viewers(conversationId)).toBe(0);
  });

  it("gives up where the store is away, for the question is stored", async () => {
    const { chat, request } = await asked();
    const hub: SubscriptionHub = {
      subscribe: () => Promise.reject(new ChatError("unavailable", "Away.")),
    };
    expect(await createAwaitAnswer({ ...chat, hub })(request, nobody)).toBeUndefined();
  });

  it("does not begin for a caller that has left", async () => {
    const { chat, request } = await asked();
    expect(await createAwaitAnswer(chat)(request, AbortSignal.abort())).toBeUndefined();
  });

  it("throws what it cannot handle", async () => {
    const { chat, request } = await asked();
    const history = { get: () => Promise.reject(new TypeError("bug")) };
    await expect(createAwaitAnswer({ ...chat, history })(request, nobody)).rejects.toThrow("bug");
  });
});
