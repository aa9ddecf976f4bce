import { describe, expect, test } from "vitest";
import { collect } from "../../test/pieces.ts";
import type { GenerateRequest } from "../domain/ports/model.ts";
import { createEchoEngine } from "./echo.ts";

const never = new AbortController().signal;
const QUESTION =
  "  Hello 👩‍👩‍👧 world!\n\n你好你好你好你好你好你好你好你好你好 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n";

function ask(request: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    messages: [
      { role: "user", content: "before" },
      { role: "assistant", content: "between" },
      { role: "user", content: QUESTION },
    ],
    parameters: {},
    ...request,
  };
}

describe("createEchoEngine", () => {
  const engine = createEchoEngine(0);

  test("gives the last question back, in well-formed pieces", async () => {
    const answer = await collect(engine.generate(ask(), never));
    expect(answer).toMatchObject({ text: QUESTION, finishReason: "stop" });
    for (const piece of answer.pieces) {
      if (piece.type === "text") expect(piece.text.isWellFormed()).toBe(true);
    }
    expect(answer.pieces.length).toBeGreaterThan(6);
  });

  test("goes on from any position", async () => {
    for (let at = 1; at <= QUESTION.length; at += 1) {
      const text = QUESTION.slice(0, at);
      if (!text.isWellFormed()) continue;
      const continueFrom = { text, reasoning: "", tokens: 1 };
      const answer = await collect(engine.generate(ask({ continueFrom }), never));
      expect(text + answer.text).toBe(QUESTION);
      expect(answer.marks).toEqual(["end"]);
    }
  });

  test("begins anew where another engine began", async () => {
    const continueFrom = { text: "Something else", reasoning: "", tokens: 2 };
    const answer = await collect(engine.generate(ask({ continueFrom }), never));
    expect(answer).toMatchObject({ text: QUESTION, marks: ["restart", "end"] });
  });

  test("keeps to the token budget", async () => {
    const answer = await collect(engine.generate(ask({ parameters: { maxTokens: 1 } }), never));
    expect(answer).toMatchObject({ text: "  Hello", finishReason: "length" });
  });

  test("stops in its pause with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("stopped");
    const answer = collect(createEchoEngine(60_000).generate(ask(), controller.signal));
    controller.abort(reason);
    expect((await answer).error).toBe(reason);
  });

  test("echoes nothing where nothing was asked", async () => {
    const answer = await collect(engine.generate(ask({ messages: [] }), never));
    expect(answer).toMatchObject({ text: "", finishReason: "stop" });
  });
});
