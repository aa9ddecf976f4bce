import type { Readable } from "node:stream";
import * as z from "zod/mini";
import { json } from "./session.ts";

/** One event, or a comment, and when it came. */
export interface Heard {
  readonly event: "comment" | (string & {});
  readonly data: unknown;
  /** On `performance.now()`; what came at once has the same. */
  readonly atMs: number;
}

const MAX_WAITING = 1024 * 1024;

/** Reads server-sent events until the stream ends; an end is none of its errors. */
export async function* readEvents(body: Readable): AsyncGenerator<Heard> {
  let rest = "";
  for await (const chunk of body.setEncoding("utf8")) {
    const atMs = performance.now();
    rest += z.string().parse(chunk);
    if (rest.length > MAX_WAITING) throw new Error("an event has no end");
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map(field));
      const event = fields.get("event");
      if (event === undefined) yield { event: "comment", data: undefined, atMs };
      else yield { event, data: json(fields.get("data") ?? ""), atMs };
    }
  }
}

function field(line: string): [string, string] {
  const at = line.indexOf(":");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).trimStart()];
}
