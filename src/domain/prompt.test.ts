import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { buildPrompt } from "./prompt.ts";

type Turn = readonly [Message["role"], string];
const { signal } = new AbortController();

/** From the newest back, as a store gives them; tells how many were read. */
function ancestorsOf(turns: readonly Turn[]) {
  const read = { count: 0 };
  async function* generate(): AsyncIterable<Message> {
    for (const [role, content] of turns.toReversed()) {
      read.count += 1;
      yield {
        id: MessageId.parse(crypto.randomUUID()),
        parentId: null,
        role,
        content,
        createdAt: "2026-01-01T00:00:00.000Z",
        status: "done",
        metadata: {},
      };
    }
  }
  return { ancestors: generate(), read };
}

/** One token a character. */
function model(contextTokens: number, inputTokens?: number) {
  return {
    limits: async () => ({ contextTokens, ...(inputTokens ? { inputTokens } : {}) }),
    countTokens: async (text: string) => text.length,
  };
}

async function prompt(
  turns: readonly Turn[],
  contextTokens: number,
  more: { systemPrompt?: string; parameters?: { maxTokens?: number } } = {},
) {
  return await buildPrompt(
    { ...more, ancestors: ancestorsOf(turns).ancestors },
    model(contextTokens),
    signal,
  );
}

const long: Turn[] = [
  ["user", "a".repeat(100)],
  ["assistant", "b".repeat(100)],
  ["user", "c".repeat(100)],
  ["assistant", "d".repeat(100)],
  ["user", "why?"],
];

describe("the prompt", () => {
  test("is the whole path where it fits", async () => {
    const { messages } = await prompt(long, 10_000, { systemPrompt: "be kind" });
    expect(messages.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
    ]);
  });

  test("loses its oldest turns first and the system prompt never", async () => {
    const { messages } = await prompt(long, 500, { systemPrompt: "be kind" });
    expect(messages.map(({ content }) => content[0])).toEqual(["b", "c", "d", "w"]);
    expect(messages[0]).toEqual({ role: "system", content: "be kind" });
  });

  test("begins with a question, never with half an exchange", async () => {
    const { messages } = await prompt(long, 2 * 230);
    expect(messages[0]?.role).toBe("user");
  });

  test("refuses a question that is longer than the model can read", async () => {
    await expect(prompt([["user", "x".repeat(300)]], 500)).rejects.toMatchObject({
      code: "invalid_prompt",
    });
  });

  test("leaves out answers that say nothing, and joins the questions around them", async () => {
    const { messages } = await prompt(
      [
        ["user", "one"],
        ["assistant", ""],
        ["user", "two"],
      ],
      1_000,
    );
    expect(messages).toEqual([{ role: "user", content: "one\ntwo" }]);
  });

  test("reads no further back than the budget reaches", async () => {
    const turns = Array.from(
      { length: 500 },
      (_, i): Turn => [i % 2 === 0 ? "user" : "assistant", "x".repeat(50)],
    );
    const { ancestors, read } = ancestorsOf([...turns, ["user", "why?"]]);
    await buildPrompt({ ancestors }, model(1_000), signal);
    expect(read.count).toBeLessThan(12);
  });

  test("keeps to the server's own bound of a prompt", async () => {
    const { ancestors } = ancestorsOf(long);
    const { messages } = await buildPrompt({ ancestors }, model(10_000, 150), signal);
    expect(messages).toEqual([{ role: "user", content: "why?" }]);
  });
});

test("prompt and answer together never exceed the context", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1, maxLength: 80 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 300, max: 2_000 }),
      fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
      async (texts, contextTokens, maxTokens) => {
        const turns = texts.map((text, i): Turn => [i % 2 === 0 ? "user" : "assistant", text]);
        if (turns.length % 2 === 0) turns.push(["user", "and?"]);
        const request = await prompt(turns, contextTokens, {
          parameters: maxTokens === undefined ? {} : { maxTokens },
        });
        const length = request.messages.reduce((sum, { content }) => sum + content.length, 0);
        expect(length + (request.parameters.maxTokens ?? 0)).toBeLessThanOrEqual(contextTokens);
        expect(request.messages.at(-1)?.role).toBe("user");
      },
    ),
  );
});
