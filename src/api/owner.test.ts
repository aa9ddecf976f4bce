import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { Submitted } from "../protocol/requests.ts";

const routes: readonly (readonly [method: string, path: string, json?: object])[] = [
  ["GET", ""],
  ["PATCH", "", { title: "x" }],
  ["PATCH", "", {}],
  ["DELETE", ""],
  ["GET", "/messages"],
  ["GET", "/messages?before=MESSAGE"],
  ["GET", "/messages?before=nonsense"],
  ["POST", "/messages", { content: "x" }],
  ["POST", "/messages", { content: "x", parentId: "MESSAGE" }],
  ["POST", "/messages", { content: "x", id: "MESSAGE" }],
  ["POST", "/generations", { parentId: "MESSAGE" }],
  ["POST", "/generations", { parentId: "MESSAGE", continue: "GENERATION" }],
  ["POST", "/generations/GENERATION/stop"],
  ["POST", "/generations/nonsense/stop"],
  ["GET", "/events"],
  ["HEAD", "/events"],
  ["GET", "/events?after=0-0"],
];

describe("someone else's conversation", () => {
  it.each(routes.map(([method, path, json]) => ({ method, path, json })))(
    "is an unknown one to $method $path $json",
    async ({ method, path, json }) => {
      const { request, newConversation, chat } = createTestApp();
      const { id } = await newConversation("alice");
      const sent = await request(`/api/conversations/${id}/messages`, { json: { content: "Hi" } });
      const { message, generationId } = Submitted.parse(await sent.json());
      const before = JSON.stringify(await chat.history.all(id));

      const answers = await Promise.all(
        [id, randomUUID()].map(async (conversation) => {
          const fill = (text: string) =>
            text.replaceAll("MESSAGE", message.id).replaceAll("GENERATION", generationId);
          const response = await request(`/api/conversations/${conversation}${fill(path)}`, {
            method,
            user: "bob",
            headers: { "X-Request-Id": "same" },
            ...(json !== undefined && { json: JSON.parse(fill(JSON.stringify(json))) }),
          });
          const headers = [...response.headers].sort();
          return { status: response.status, headers, body: await response.text() };
        }),
      );
      expect(answers[0]?.status).toBe(404);
      expect(answers[0]).toEqual(answers[1]);
      expect(JSON.stringify(await chat.history.all(id))).toBe(before);
    },
  );

  it("is an unknown one to an id that is none, too", async () => {
    const { request } = createTestApp();
    for (const id of ["nonsense", "%00", "..%2f", "%ff", randomUUID().slice(1)]) {
      const response = await request(`/api/conversations/${id}`, {
        headers: { "X-Request-Id": "same" },
      });
      expect(response.status, id).toBe(404);
      expect(await response.json()).toEqual({
        type: "/api/docs#problem-not_found",
        title: "There is no such thing",
        status: 404,
        detail: "There is no such conversation.",
        code: "not_found",
        requestId: "same",
      });
    }
  });
});
