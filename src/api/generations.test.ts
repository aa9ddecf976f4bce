import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import type { RegenerateRequest } from "../domain/regenerate.ts";
import { MessageId } from "../protocol/ids.ts";
import { Submitted } from "../protocol/requests.ts";
import { GenerationReceipt } from "./generations.ts";

describe("generations", () => {
  it("are asked for once more, and stopped as often as one likes", async () => {
    const { request, newConversation, chat } = createTestApp();
    const { id } = await newConversation();
    const path = `/api/conversations/${id}`;
    const sent = await request(`${path}/messages`, { json: { content: "Hello" } });
    const { message } = Submitted.parse(await sent.json());

    const json = { parentId: message.id, requestId: randomUUID() };
    const again = await request(`${path}/generations`, { json });
    expect(again.status).toBe(202);
    const { generationId } = GenerationReceipt.parse(await again.json());

    for (const body of [{}, { json: {} }, {}]) {
      const stop = `${path}/generations/${generationId}/stop`;
      const stopped = await request(stop, { method: "POST", ...body });
      expect(stopped.status).toBe(202);
      expect(await stopped.json()).toEqual({ generationId });
    }
    expect(await chat.history.get(id, generationId)).toMatchObject({ status: "stopped" });
  });

  it("go on from another answer, and have a request id where the client gives none", async () => {
    const asked: RegenerateRequest[] = [];
    const generationId = MessageId.parse(randomUUID());
    const { request, newConversation } = createTestApp({
      async regenerate(one) {
        asked.push(one);
        return { generationId };
      },
    });
    const { id } = await newConversation();
    const json = { parentId: randomUUID(), continue: randomUUID(), model: "echo" };
    await request(`/api/conversations/${id}/generations`, { json });
    expect(asked).toEqual([
      {
        owner: "alice",
        conversationId: id,
        requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        parentId: json.parentId,
        model: "echo",
        continueFrom: json.continue,
      },
    ]);
  });

  it.each([
    [400, {}],
    [400, { parentId: "x" }],
    [400, { parentId: null }],
    [404, { parentId: randomUUID() }],
  ])("answer %i to %j", async (status, json) => {
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation();
    const response = await request(`/api/conversations/${id}/generations`, { json });
    expect(response.status).toBe(status);
  });

  it("answer 415 to a stop that is a form", async () => {
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation();
    const response = await request(`/api/conversations/${id}/generations/${randomUUID()}/stop`, {
      method: "POST",
      body: "a=b",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(response.status).toBe(415);
  });
});
