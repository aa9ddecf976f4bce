import { describe, expect, test } from "vitest";
import { ANSWER, ask, bodyOf, engineAt, never, useModelServers } from "../../test/engines.ts";
import type { ModelServer, ModelServerOptions } from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { Engine } from "./engine.ts";

/** Letters that put an emoji across the 256th unit of the prompt, behind its header. */
const PROMPT_HEAD_BEFORE = 255 - "<s><|user|>\n".length;
const startServer = useModelServers();

async function start(options: ModelServerOptions = {}): Promise<[ModelServer, Engine]> {
  const server = await startServer(options);
  return [server, engineAt(server)];
}

describe("continuing", () => {
  const tokens = ANSWER.match(/\s*\S+/g) ?? [];
  const partials = tokens.map((_, n) => tokens.slice(0, n + 1).join("")).slice(0, -1);

  test.each(partials)("goes on from %j without a seam", async (text) => {
    const [server, engine] = await start();
    const answer = await collect(
      engine.generate(ask({}, { text, reasoning: "", tokens: 3 }), never),
    );
    expect(text + answer.text).toBe(ANSWER);
    expect(answer.marks).toEqual(["usage", "end"]);
    expect(server.generations[0]?.path).toBe("/generate_stream");
  });

  test("sends the template's prompt with one beginning and the text as it is", async () => {
    const [server, engine] = await start();
    const text = "The quick  ";
    await collect(engine.generate(ask({}, { text, reasoning: "", tokens: 2 }), never));
    expect(bodyOf(server).inputs).toBe("<|user|>\nTell me.</s>\n<|assistant|>\nThe quick  ");
  });

  test("spends what is left of the budget, and samples as the chat route does", async () => {
    const [server, engine] = await start();
    const given = { maxTokens: 10, topP: 1, presencePenalty: 0.5, temperature: 0, stop: ["X"] };
    const partial = { text: "The quick", reasoning: "", tokens: 8 };
    const answer = await collect(engine.generate(ask(given, partial), never));
    expect(answer).toMatchObject({ text: " brown fox", finishReason: "length" });
    expect(bodyOf(server).parameters).toEqual({
      max_new_tokens: 2,
      details: true,
      do_sample: false,
      repetition_penalty: 2.5,
      stop: ["X"],
    });
  });

  test("hides special tokens", async () => {
    const [, engine] = await start();
    const answer = await collect(
      engine.generate(ask({}, { text: "The", reasoning: "", tokens: 1 }), never),
    );
    expect(answer.text).not.toContain("</s>");
  });

  test.each([
    ["an error event", { type: "error" }, "overloaded"],
    [
      "an error in the middle",
      { type: "error", after: 2, message: "Request failed during generation: x" },
      "unavailable",
    ],
    ["an early end", { type: "end", after: 2 }, "incomplete"],
    ["a reset", { type: "reset", after: 2 }, "incomplete"],
    ["garbage", { type: "garbage", after: 2 }, "incomplete"],
    ["an answer that is no stream", { type: "status", status: 200, body: {} }, "unavailable"],
  ] as const)("fails on %s", async (_, fault, code) => {
    const [server, engine] = await start();
    server.fault(fault);
    const answer = await collect(
      engine.generate(ask({}, { text: "The", reasoning: "", tokens: 1 }), never),
    );
    expect(answer.error).toMatchObject({ code });
    expect(answer.marks).not.toContain("end");
  });

  test("uses the chat route where the prompt's beginning cannot be seen", async () => {
    const [server, engine] = await start({ without: ["/tokenize"] });
    const text = "The quick brown fox ";
    const answer = await collect(
      engine.generate(ask({}, { text, reasoning: "", tokens: 4 }), never),
    );
    expect(text + answer.text).toBe(ANSWER);
    expect(bodyOf(server).messages).toEqual([
      { role: "user", content: "Tell me." },
      { role: "assistant", content: "The quick brown fox" },
    ]);
  });

  test("halves no emoji where it looks at the prompt's beginning", async () => {
    const [server, engine] = await start();
    const messages = [
      { role: "user", content: `${"x".repeat(PROMPT_HEAD_BEFORE)}🎉 and more` },
    ] as const;
    const continueFrom = { text: "The quick", reasoning: "", tokens: 2 };
    await collect(engine.generate({ messages, parameters: {}, continueFrom }, never));
    const asked = server.requests.find(({ path }) => path === "/tokenize");
    expect(asked?.body).toMatchObject({ inputs: expect.stringMatching(/x\uFFFD$/) });
    expect(bodyOf(server).inputs).toContain("x🎉 and more");
  });

  test("begins anew where the chat route would spoil a short text", async () => {
    const [, engine] = await start({ without: ["/tokenize"] });
    const answer = await collect(
      engine.generate(ask({}, { text: "The", reasoning: "", tokens: 1 }), never),
    );
    expect(answer).toMatchObject({ text: ANSWER, marks: ["restart", "usage", "end"] });
  });

  test("begins anew on a server that does not show its prompt", async () => {
    const [, engine] = await start({ without: ["/chat_tokenize"] });
    const answer = await collect(
      engine.generate(ask({}, { text: "The", reasoning: "", tokens: 1 }), never),
    );
    expect(answer).toMatchObject({ text: ANSWER, marks: ["restart", "usage", "end"] });
  });
});
