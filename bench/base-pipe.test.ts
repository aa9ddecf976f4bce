import { expect, onTestFinished, test } from "vitest";
import { createBasePipe } from "./base-pipe.ts";
import { createFastModel } from "./fast-model.ts";
import { openRawSocket } from "./raw-socket.ts";

const WORDS = ["The", " quick", " brown", " 狐", " 🦊", ' "jumps"', "\nover"];
const word = (index: number) => WORDS[index % WORDS.length] ?? "";
const TEXT = Array.from({ length: 50 }, (_, index) => word(index)).join("");

async function model() {
  const server = await createFastModel({ tokensPerSecond: 500, batch: 2, word });
  onTestFinished(() => server.close());
  return server;
}

test.each(["fetch", "http"] as const)(
  "the bare pipe with %s delivers exactly what the fast model server says",
  async (reader) => {
    const server = await model();
    const pipe = await createBasePipe(server.url, reader);
    onTestFinished(() => pipe.close());
    const texts = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { promise, resolve } = Promise.withResolvers<string>();
        let text = "";
        const socket = await openRawSocket(`${pipe.url}/`, {}, (raw) => {
          const frame = JSON.parse(raw);
          if (frame.type === "end") resolve(text);
          else text += frame.text;
        });
        socket.send("tokens=50");
        return await promise.finally(() => socket.close());
      }),
    );
    expect(new Set(texts)).toEqual(new Set([TEXT]));
    await expect.poll(() => server.open).toBe(0);
  },
);

test("the fast model server ends at the length it was given, and says so", async () => {
  const { url } = await model();
  const messages = [{ role: "user", content: "tokens=50" }];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ messages, max_tokens: 3 }),
  });
  const events = (await response.text()).trim().split("\n\n");
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)));
  expect(events.at(-1)).toBe("data: [DONE]");
  expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([
    null,
    null,
    "length",
    undefined,
  ]);
  expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 3 });
});
