import { describe, expect, test } from "vitest";
import { readSse, type SseEvent } from "./sse.ts";

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 1_000_000, max?: number): Promise<SseEvent[]> {
  return Array.fromAsync(readSse(inChunks(Buffer.from(text), size), max));
}

async function dataOf(text: string, size?: number): Promise<string[]> {
  return (await read(text, size)).map(({ data }) => data);
}

describe("readSse", () => {
  test.each([
    ["LF", "data: a\n\ndata: b\n\n"],
    ["CR", "data: a\r\rdata: b\r\r"],
    ["CRLF", "data: a\r\n\r\ndata: b\r\n\r\n"],
    ["a mixture", "data: a\n\r\ndata: b\r\r\n"],
    ["no space behind the colon", "data:a\n\ndata:b\n\n"],
    ["comments", ":\n\ndata: a\n: ping\n\n:\n\ndata: b\n\n"],
    ["unknown fields", "id: 1\nretry: 5\nfoo: bar\nnothing\ndata: a\n\ndata: b\n\n"],
    ["no blank line at the end", "data: a\n\ndata: b"],
    ["a line end but no blank line at the end", "data: a\n\ndata: b\n"],
    ["a byte order mark", "\uFEFFdata: a\n\ndata: b\n\n"],
    ["many blank lines", "\n\n\ndata: a\n\n\n\ndata: b\n\n\n"],
  ])("takes %s, in one chunk and byte by byte", async (_, stream) => {
    expect(await dataOf(stream)).toEqual(["a", "b"]);
    expect(await dataOf(stream, 1)).toEqual(["a", "b"]);
    expect(await dataOf(stream, 2)).toEqual(["a", "b"]);
  });

  test("takes exactly one space off a value", async () => {
    expect(await dataOf("data:  a \n\n")).toEqual([" a "]);
  });

  test("joins the lines of one event", async () => {
    expect(await dataOf("data: {\ndata: }\ndata\n\n")).toEqual(["{\n}\n"]);
  });

  test.each([1, 2, 3, 5])("puts characters together that chunks of %i bytes cut", async (size) => {
    expect(await dataOf("data: grüß 你好 👩‍👩‍👧 🎉\n\n", size)).toEqual(["grüß 你好 👩‍👩‍👧 🎉"]);
  });

  test("names an event by its field", async () => {
    expect(await read("event: ping\ndata: 1\n\ndata: 2\n\n")).toEqual([
      { event: "ping", data: "1" },
      { event: "message", data: "2" },
    ]);
  });

  test("reads the error field of old llama.cpp builds as an error event", async () => {
    expect(await read('error: {"code":500}\n\n')).toEqual([
      { event: "error", data: '{"code":500}' },
    ]);
  });

  test("gives an event as soon as its line end is there, CR without LF included", async () => {
    async function* slowly() {
      yield Buffer.from("data: a\r\r");
      throw new Error("read on although an event was complete");
    }
    const { value } = await readSse(slowly()).next();
    expect(value).toEqual({ event: "message", data: "a" });
  });

  test.each([
    ["one endless line", `data: ${"x".repeat(200)}`],
    ["endless lines", `data: x\n${"data: xxxxxxxxx\n".repeat(20)}`],
  ])("refuses %s", async (_, stream) => {
    await expect(read(stream, 10, 100)).rejects.toMatchObject({ code: "incomplete" });
  });
});
