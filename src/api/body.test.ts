import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createTestApp, listen } from "../../test/test-app.ts";
import { NewMessage } from "../protocol/requests.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const PATH = "/api/conversations";
const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
) => ({
  method: "POST",
  body,
  headers,
});

async function problemOf(response: Response) {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const problem: { code: string; detail: string } = JSON.parse(await response.text());
  return problem;
}

describe("a body", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    'Application/JSON;charset="UTF-8"',
  ])("may be of type %s", async (type) => {
    const { request } = createTestApp();
    expect((await request(PATH, post("{}", { "Content-Type": type }))).status).toBe(201);
  });

  it.each<Record<string, string>>([
    { "Content-Type": "text/plain" },
    { "Content-Type": "application/x-www-form-urlencoded" },
    { "Content-Type": "application/jsonp" },
    { "Content-Type": "application/json; charset=utf-16" },
    { "Content-Type": "application/json", "Content-Encoding": "gzip" },
  ])("is 415 with %j", async (headers) => {
    const { request } = createTestApp();
    const response = await request(PATH, post("{}", headers));
    expect(response.status).toBe(415);
    expect((await problemOf(response)).code).toBe("unsupported_media_type");
  });

  it("is 415 without a type", async () => {
    const { request } = createTestApp();
    const response = await request(PATH, post(new TextEncoder().encode("{}"), {}));
    expect(response.status).toBe(415);
  });

  const deep = "[".repeat(100_000);
  it.each([
    ["empty", ""],
    ["no JSON", "{"],
    ["two values", "{}{}"],
    ["a byte that is no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["an array", "[]"],
    ["null", "null"],
    ["a string", '"{}"'],
    ["endless depth", deep],
    ["great depth", deep + "]".repeat(100_000)],
    ["great depth in a field", `{"title":${deep}${"]".repeat(100_000)}}`],
    ["an unknown field", '{"titel":"x"}'],
    ["a prototype", '{"__proto__":{"title":"x"},"constructor":1}'],
    ["a wrong type", '{"title":1}'],
    ["null where nothing is to be cleared", '{"title":null}'],
    ["a lone surrogate", '{"title":"\\ud800"}'],
    ["a null character", '{"title":"a\\u0000b"}'],
    ["too long a title", JSON.stringify({ title: "x".repeat(201) })],
    ["a number out of range", '{"parameters":{"temperature":3}}'],
    ["an endless number", '{"parameters":{"temperature":1e999}}'],
    ["an unknown model", '{"model":"gpt-9"}'],
  ])("is invalid with %s", async (_, body) => {
    const { request } = createTestApp();
    const response = await request(PATH, post(body));
    expect(response.status).toBe(400);
    const { code, detail } = await problemOf(response);
    expect(code).toBe("invalid");
    expect(detail.length).toBeGreaterThan(5);
    expect(detail.length).toBeLessThanOrEqual(300);
  });

  it("is told what is wrong with it, by field and in words", async () => {
    const { request } = createTestApp();
    const json = { titel: "x", parameters: { temperature: 3 } };
    const { detail } = await problemOf(await request(PATH, { json }));
    expect(detail).toContain("parameters.temperature: Too big");
    expect(detail).toContain('Unrecognized key: "titel"');
  });

  it("does not quote an endless name", async () => {
    const { request } = createTestApp();
    const { detail } = await problemOf(await request(PATH, { json: { ["😀".repeat(9000)]: 1 } }));
    expect(detail.isWellFormed()).toBe(true);
    expect(detail.length).toBeLessThanOrEqual(300);
  });

  it("is too large over the bound, and good at the bound", async () => {
    const { request } = createTestApp({ maxBodyBytes: 2048 });
    const padded = (bytes: number) => `{"title":""${" ".repeat(bytes - 12)}}`;
    expect((await request(PATH, post(padded(2048)))).status).toBe(201);
    expect((await request(PATH, post(padded(2049)))).status).toBe(413);
    const declared = { ...JSON_TYPE, "Content-Length": "2049" };
    const response = await request(PATH, post(padded(2049), declared));
    expect((await problemOf(response)).code).toBe("too_large");
  });

  it("holds the longest message that a user may write", async () => {
    const content = "\u0001".repeat(32_000);
    expect(NewMessage.safeParse({ content }).success).toBe(true);
    const { request, newConversation } = createTestApp();
    const { id } = await newConversation();
    const path = `/api/conversations/${id}/messages`;
    expect((await request(path, { json: { content } })).status).toBe(202);
    expect((await request(path, { json: { content: `${content}x` } })).status).toBe(400);
    expect((await request(path, { json: { content: "" } })).status).toBe(400);
  });
});

describe("a body on the wire", () => {
  const head = (more: string) =>
    `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-Forwarded-User: alice\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
  const chunk = (data: string) => `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`;
  const last = "0\r\n\r\n";

  it("may come in chunks", async () => {
    const { app } = createTestApp();
    await using server = await listen(app);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head("Transfer-Encoding: chunked\r\nConnection: close"));
    for (const part of ['{"tit', 'le":"Grü', 'ße"}']) socket.write(chunk(part));
    socket.write(last);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    expect(answer).toContain("Grüße");
  });

  it("is too large in chunks as well, and the next request on the connection is answered", async () => {
    const { app } = createTestApp({ maxBodyBytes: 2048 });
    await using server = await listen(app);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head("Transfer-Encoding: chunked"));
    for (let sent = 0; sent < 64; sent++) socket.write(chunk(" ".repeat(1024)));
    socket.write(last);
    socket.write(head("Content-Length: 2\r\nConnection: close"));
    socket.write("{}");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/HTTP\/1.1 201 /);
  });

  it("is refused by its declared length alone, before it is sent", async () => {
    const { app } = createTestApp();
    await using server = await listen(app);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(head("Content-Length: 99999999"));
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 /);
  });

  it("reaches a client that sends far too much with its answer", async () => {
    const { app } = createTestApp();
    await using server = await listen(app);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    });
    const response = await fetch(`${server.origin}${PATH}`, {
      method: "POST",
      headers: { ...JSON_TYPE, "X-Forwarded-User": "alice" },
      body: endless,
      duplex: "half",
    });
    expect(response.status).toBe(413);
  });
});
