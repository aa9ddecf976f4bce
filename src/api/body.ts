import { ChatError } from "../domain/errors.ts";
import type { ApiContext } from "./context.ts";

/**
 * Refuses what says to be something else than JSON in UTF-8. A missing type is let through here:
 * there may be no body. @throws ChatError `unsupported_media_type`.
 */
export function requireJson(c: ApiContext): void {
  const type = c.req.header("content-type");
  const encoding = c.req.header("content-encoding") ?? "identity";
  if (encoding !== "identity" || (type !== undefined && !isJson(type))) throw unsupported();
}

/**
 * The body as JSON. @throws ChatError `too_large`, `unsupported_media_type` for a body without type,
 * `invalid` for what is empty, no UTF-8 or no JSON.
 */
export async function readJson(c: ApiContext, maxBytes: number): Promise<unknown> {
  requireJson(c);
  const bytes = await readBytes(c, maxBytes);
  if (bytes.byteLength === 0) throw new ChatError("invalid", "The body is empty.");
  if (c.req.header("content-type") === undefined) throw unsupported();
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ChatError("invalid", "The body is no JSON in UTF-8.", { cause });
  }
}

async function readBytes(c: ApiContext, maxBytes: number): Promise<Uint8Array> {
  const length = c.req.header("content-length");
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  try {
    // The parser holds a client to the length it declared, so the body may be read in one go.
    if (length !== undefined && c.req.header("transfer-encoding") === undefined) {
      return new Uint8Array(await c.req.arrayBuffer());
    }
    return await readChunks(c.req.raw.body, maxBytes);
  } catch (cause) {
    if (cause instanceof ChatError) throw cause;
    throw new ChatError("invalid", "The body ended early.", { cause });
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not `for await`: leaving it would cancel the stream, which cuts the connection before the answer.
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, size);
    size += value.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(value);
  }
}

function isJson(type: string): boolean {
  return /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(type.trim());
}

function unsupported(): ChatError {
  return new ChatError("unsupported_media_type", "Send the body as application/json, in UTF-8.");
}

function tooLarge(maxBytes: number): ChatError {
  return new ChatError("too_large", `A body has at most ${maxBytes} bytes.`);
}
