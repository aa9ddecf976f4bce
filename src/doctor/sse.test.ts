import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readEvents } from "./sse.ts";

test("events and comments are told apart, however they are cut", async () => {
  const body = new PassThrough();
  const heard: [string, unknown][] = [];
  const reading = (async () => {
    for await (const { event, data } of readEvents(body)) heard.push([event, data]);
  })();
  for (const part of [
    "id: 1-0\nevent: subsc",
    'ribed\ndata: {"a":1}\n',
    "\n: \n\nevent: delta\n",
    "data: {}\n\n",
  ])
    body.write(part);
  body.end();
  await reading;
  expect(heard).toEqual([
    ["subscribed", { a: 1 }],
    ["comment", undefined],
    ["delta", {}],
  ]);
});

test("an event without an end is not kept for ever", async () => {
  const body = new PassThrough();
  const reading = (async () => {
    for await (const _heard of readEvents(body));
  })();
  body.end("x".repeat(2 * 1024 * 1024));
  await expect(reading).rejects.toThrow("no end");
});
