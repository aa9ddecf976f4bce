import { describe, expect, it } from "vitest";
import { createTestApp } from "../../test/test-app.ts";
import { ChatError } from "../domain/errors.ts";
import { Problem } from "../protocol/problem.ts";
import { problemOf } from "./problem.ts";

function appThatThrows(error: unknown) {
  return createTestApp({ sendMessage: () => Promise.reject(error) });
}

async function failWith(error: unknown) {
  const test = appThatThrows(error);
  const { id } = await test.newConversation();
  const path = `/api/conversations/${id}/messages`;
  const response = await test.request(path, { json: { content: "secret words" } });
  return { response, problem: Problem.parse(await response.json()), lines: test.lines };
}

describe("a problem", () => {
  it.each([
    ["invalid", 400],
    ["unauthenticated", 401],
    ["cross_origin", 403],
    ["not_found", 404],
    ["too_large", 413],
    ["unsupported_media_type", 415],
    ["limited", 429],
    ["unavailable", 503],
  ] as const)("of code %s has status %i", async (code, status) => {
    const { response, problem } = await failWith(new ChatError(code, "In words."));
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(problem).toMatchObject({ code, status, detail: "In words." });
    expect(problem.requestId).toBe(response.headers.get("X-Request-Id"));
    const retry = response.headers.get("Retry-After");
    expect(retry).toBe(status === 429 || status === 503 ? "1" : null);
  });

  it("says in whole seconds when to try again", async () => {
    const limited = new ChatError("limited", "Slow down.", { retryAfterMs: 4001 });
    const { response } = await failWith(limited);
    expect(response.headers.get("Retry-After")).toBe("5");
  });

  it("hides what a bug says, and logs it with its stack", async () => {
    const bug = new TypeError("x is undefined in redis://u:pw@db", { cause: new Error("deep") });
    const { response, problem, lines } = await failWith(bug);
    expect(response.status).toBe(500);
    expect(problem.code).toBe("internal");
    expect(problem).not.toHaveProperty("detail");
    const line = lines.find((one) => one.includes("request failed")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      level: "error",
      requestId: problem.requestId,
      err: { type: "TypeError", stack: expect.stringContaining("problem.test.ts") },
    });
    expect(line).not.toContain("pw");
    expect(line).toContain("deep");
  });

  it("tells the log why a request was refused, and nothing of what it said", async () => {
    const { request, lines } = createTestApp();
    await request("/api/session", { user: "mallory,alice" });
    await request("/api/conversations", { json: {}, headers: { Origin: "https://evil.test" } });
    const refusals = lines.filter((line) => line.includes("request refused"));
    expect(refusals.map((line) => JSON.parse(line).reason)).toEqual(["doubled", "cross_origin"]);
    expect(JSON.parse(refusals[0] ?? "")).toHaveProperty("requestId");
    expect(lines.join("")).not.toMatch(/mallory|alice|evil/);
  });

  it("is internal for what is thrown and no error", () => {
    expect(problemOf("text", "id")).toMatchObject({ code: "internal", status: 500 });
    expect(problemOf(undefined, "id")).not.toHaveProperty("detail");
  });

  it("is unavailable where a model's overload answers a request", () => {
    expect(problemOf(new ChatError("overloaded", "Busy."), "id").status).toBe(503);
    expect(problemOf(new ChatError("poison", "Bad."), "id").status).toBe(500);
  });
});

describe("a request id", () => {
  it("is kept where it is sane", async () => {
    const { request } = createTestApp();
    const id = "0af7651916cd43dd8448eb211c80319c";
    const response = await request("/api/session", { headers: { "X-Request-Id": id } });
    expect(response.headers.get("X-Request-Id")).toBe(id);
  });

  it.each(["", "a b", "x".repeat(129), "<script>", 'a"b', "é"])(
    "is made anew instead of %j",
    async (id) => {
      const { request } = createTestApp();
      const response = await request("/api/session", { headers: { "X-Request-Id": id } });
      expect(response.headers.get("X-Request-Id")).toMatch(/^[\da-f-]{36}$/);
    },
  );
});
