import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readEvents } from "../../test/read-events.ts";
import { createTestApp, listen } from "../../test/test-app.ts";
import { ChatError } from "../domain/errors.ts";
import type { Subscriber } from "../domain/ports/live.ts";
import { MessageId } from "../protocol/ids.ts";
import { COMMENT_MS, createEventStream } from "./event-stream.ts";

async function chatWithOne() {
  const test = createTestApp();
  const { id } = await test.newConversation();
  return { ...test, id, path: `/api/conversations/${id}/events` };
}

const typing = (text: string) =>
  JSON.stringify({ type: "event", event: { type: "typing", userId: "bob", text } });

afterEach(() => vi.useRealTimers());

describe("an event stream", () => {
  it("begins with `subscribed` and goes on with what happens", async () => {
    const { request, id, path, chat } = await chatWithOne();
    const response = await request(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("X-Accel-Buffering")).toBe("no");
    expect(response.headers.get("Cache-Control")).toBe("no-store");

    const generationId = MessageId.parse(randomUUID());
    chat.hands.log(id, { type: "generation.started", generationId, model: "m", engine: "echo" });
    const delta = { generationId, fence: 1, at: 0, text: "one\ntwo\u2028" };
    chat.hands.delta(id, delta);
    chat.hands.send(id, typing("…"));

    const events = await readEvents(response, 4);
    expect(events).toEqual([
      {
        event: "subscribed",
        id: "0-0",
        data: {
          type: "subscribed",
          conversationId: id,
          mode: "snapshot",
          cursor: "0-0",
          messages: [],
          generations: [],
        },
      },
      {
        event: "generation.started",
        id: "1-7",
        data: expect.objectContaining({ type: "event", conversationId: id, id: "1-7" }),
      },
      { event: "delta", id: undefined, data: { type: "delta", conversationId: id, ...delta } },
      { event: "typing", id: undefined, data: JSON.parse(typing("…")) },
    ]);
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it.each([
    ["replay", "1-7", undefined],
    ["replay", undefined, "1-7"],
    ["replay", "1-7", "3-7"],
    ["replay", "", "1-7"],
    ["replay", "0-0", undefined],
    ["snapshot", "1-8", undefined],
    ["snapshot", undefined, "9-9"],
    ["snapshot", "nonsense", "1-7"],
  ])("is a %s after Last-Event-ID %j and ?after=%s", async (mode, last, after) => {
    const { request, id, path, chat } = await chatWithOne();
    const generationId = MessageId.parse(randomUUID());
    for (let logged = 0; logged < 3; logged++) {
      chat.hands.log(id, { type: "generation.stopped", generationId, length: logged });
    }
    const response = await request(`${path}${after === undefined ? "" : `?after=${after}`}`, {
      headers: { ...(last !== undefined && { "Last-Event-ID": last }) },
    });
    const [first] = await readEvents(response, 1);
    expect(first?.data).toMatchObject({ type: "subscribed", mode });
  });

  it("replays everything after its cursor, in order", async () => {
    const { request, id, path, chat } = await chatWithOne();
    const generationId = MessageId.parse(randomUUID());
    for (let logged = 0; logged < 4; logged++) {
      chat.hands.log(id, { type: "generation.stopped", generationId, length: logged });
    }
    const response = await request(path, { headers: { "Last-Event-ID": "2-7" } });
    expect((await readEvents(response, 3)).map((event) => event.id)).toEqual(["2-7", "3-7", "4-7"]);
  });

  it("answers invalid to an `after` that is no cursor", async () => {
    const { request, path } = await chatWithOne();
    expect((await request(`${path}?after=nonsense`)).status).toBe(400);
  });

  it("answers a problem while the store is away", async () => {
    const { request } = createTestApp({
      hub: {
        subscribe: () =>
          Promise.reject(new ChatError("unavailable", "Away.", { retryAfterMs: 2500 })),
      },
    });
    const response = await request(`/api/conversations/${randomUUID()}/events`);
    expect(response.status).toBe(503);
    expect(response.headers.get("Retry-After")).toBe("3");
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it.each(["reset", "drain", "delete"])("ends on %s, and nobody watches", async (why) => {
    const { request, id, path, chat, drain } = await chatWithOne();
    const response = await request(path);
    if (why === "reset") chat.hands.reset(id);
    else if (why === "drain") drain.abort();
    else await request(`/api/conversations/${id}`, { method: "DELETE" });
    const events = await readEvents(response);
    expect(events.map(({ event }) => event)).toEqual(
      why === "delete" ? ["subscribed", "conversation.deleted"] : ["subscribed"],
    );
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("ends at once in a process that drains already", async () => {
    const { request, id, path, chat, drain } = await chatWithOne();
    drain.abort();
    expect(await readEvents(await request(path))).toHaveLength(1);
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("is not opened by HEAD, which nobody would end", async () => {
    const { request, id, path, chat } = await chatWithOne();
    const response = await request(path, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("text/event-stream; charset=utf-8");
    expect(chat.hands.viewers(id)).toBe(0);
  });

  it("sends a comment every 15 s, and no more once it is over", async () => {
    vi.useFakeTimers();
    const stream = createEventStream({ hasRoom() {}, ended() {} });
    vi.advanceTimersByTime(COMMENT_MS * 2);
    stream.end();
    vi.advanceTimersByTime(COMMENT_MS * 2);
    expect(await new Response(stream.body).text()).toBe(": \n\n: \n\n");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a slow client", () => {
  function slowStream() {
    const ended: string[] = [];
    let room = 0;
    const stream = createEventStream({
      hasRoom: () => void room++,
      ended: (reason) => void ended.push(reason),
    });
    stream.live();
    return { stream, ended, room: () => room };
  }
  const delta = (text: string) => JSON.stringify({ type: "delta", text });

  it("gets no more deltas over 64 KiB, and is told of again once it has read", async () => {
    const { stream, room } = slowStream();
    let taken = 0;
    while (stream.sendDelta(delta("x".repeat(1000)))) taken++;
    expect(taken).toBe(Math.floor((64 * 1024) / 1048) + 1);
    expect(stream.sendDelta(delta("x"))).toBe(false);
    const reader = stream.body.getReader();
    await reader.read();
    await delay(1);
    for (let read = 1; read < taken; read++) await reader.read();
    await delay(1);
    expect(room()).toBe(1);
    expect(stream.sendDelta(delta("y"))).toBe(true);
    await reader.cancel();
  });

  it("is ended over 1 MiB, after it read what was queued", async () => {
    const { stream, ended } = slowStream();
    const subscriber: Subscriber = stream;
    for (let sent = 0; sent < 5000; sent++) subscriber.send(typing("x".repeat(1000)));
    expect(ended).toEqual(["slow"]);
    const { length } = await new Response(stream.body).text();
    expect(length).toBeGreaterThan(1024 * 1024);
    expect(length).toBeLessThan(1024 * 1024 + 4096);
  });

  it("may read a snapshot of any size", async () => {
    const ended: string[] = [];
    const stream = createEventStream({ hasRoom() {}, ended: (reason) => void ended.push(reason) });
    stream.send(typing("x".repeat(5_000_000)));
    stream.live();
    stream.send(typing("y"));
    expect(ended).toEqual([]);
    stream.end();
    const text = await new Response(stream.body).text();
    expect(text).toMatch(/^event: typing\ndata: .*\n\nevent: typing\ndata: .*"y"}}\n\n$/);
  });
});

describe("an event stream on the wire", () => {
  it("begins at once, and lets go of a client that leaves", async () => {
    const { app, id, path, chat } = await chatWithOne();
    await using server = await listen(app);
    const client = new AbortController();
    const response = await fetch(`${server.origin}${path}`, {
      headers: { "X-Forwarded-User": "alice" },
      signal: client.signal,
    });
    const reader = response.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    expect(first).toMatch(/^id: 0-0\nevent: subscribed\ndata: \{/);
    expect(chat.hands.viewers(id)).toBe(1);
    client.abort();
    await expect.poll(() => chat.hands.viewers(id)).toBe(0);
  });

  it("holds no more than its bound for a client that does not read", async () => {
    const { app, id, path, chat, lines } = await chatWithOne();
    await using server = await listen(app);
    const response = await fetch(`${server.origin}${path}`, {
      headers: { "X-Forwarded-User": "alice" },
    });
    await expect.poll(() => chat.hands.viewers(id)).toBe(1);
    for (let sent = 0; sent < 200 && chat.hands.viewers(id) > 0; sent++) {
      chat.hands.send(id, typing("x".repeat(100_000)));
      await delay(1);
    }
    expect(chat.hands.viewers(id)).toBe(0);
    expect(lines.join("")).toContain("event stream too slow");
    await response.body?.cancel();
  });
});
