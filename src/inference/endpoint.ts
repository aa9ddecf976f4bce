import { postForStream, type StreamedResponse } from "./http-stream.ts";
import { readSse, type SseEvent } from "./sse.ts";
import { failure, readRefusal, readRetryAfter, UpstreamError } from "./upstream-error.ts";

/** The longest wait for a side question (`/info`, `/tokenize`, …), in milliseconds. */
const SIDE_QUESTION_MS = 3_000;
/** The largest JSON answer taken, in bytes: `/tokenize` of a long prompt is the largest there is. */
const MAX_JSON_BYTES = 32 * 1_048_576;
/** How much of an error's body is read, in bytes. */
const MAX_ERROR_BYTES = 65_536;

/** One model server: its address and how to prove oneself to it. Refusals are `UpstreamError`s. */
export interface Endpoint {
  /** The address without credentials, a trailing slash or `/v1`. */
  readonly url: string;
  /** Posts JSON text to any URL of this server, with the credentials; resolves with the head of a 2xx. */
  open(
    url: string,
    json: string,
    signal: AbortSignal,
    traceparent?: string,
  ): Promise<StreamedResponse>;
  /** Asks for JSON, with POST where there is a body; waits at most `SIDE_QUESTION_MS`. */
  ask(path: string, signal: AbortSignal, body?: unknown): Promise<unknown>;
  /** Posts `body` and gives the events of the answer. What breaks it off comes as it is. */
  stream(
    path: string,
    body: unknown,
    signal: AbortSignal,
    traceparent?: string,
  ): Promise<AsyncIterable<SseEvent>>;
}

export interface EndpointOptions {
  /** http or https; a user and password in it become a header. */
  readonly url: string;
  /** Asked before each request, so that a rotated key is taken up. */
  readonly apiKey?: () => Promise<string | undefined>;
}

async function readText(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (bytes > maxBytes) break;
  }
  return text + decoder.decode();
}

/** A JSON value, or the text itself where it is none. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function refusalOf(
  status: number,
  retryAfter: string | null,
  body: AsyncIterable<Uint8Array> | null,
): Promise<UpstreamError> {
  const retryAfterMs = readRetryAfter(retryAfter);
  const text = await readText(body, MAX_ERROR_BYTES).catch(() => "");
  return readRefusal(parseLeniently(text), status, retryAfterMs ? { retryAfterMs } : {});
}

/**
 * Translates what broke while a body was read: our own errors stay, all else is `incomplete`.
 * @throws the signal's reason once it aborted.
 */
export function brokenOff(cause: unknown, signal: AbortSignal): UpstreamError {
  signal.throwIfAborted();
  if (cause instanceof UpstreamError) return cause;
  // A SyntaxError quotes what it could not read: a piece of somebody's answer, not for the logs.
  const garbled = cause instanceof SyntaxError ? new Error("What it sent is no JSON.") : cause;
  return failure("incomplete", { cause: garbled });
}

/** The server at `options.url`. @throws TypeError for what is no http(s) URL; it does not quote it. */
export function createEndpoint(options: EndpointOptions): Endpoint {
  const parsed = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError("A model server's address must be an http or https URL.");
  }
  const login = [parsed.username, parsed.password].map(decodeURIComponent).join(":");
  parsed.username = "";
  parsed.password = "";
  parsed.search = "";
  parsed.hash = "";
  const url = parsed.href.replace(/\/+$/, "").replace(/\/v1$/, "");

  async function authorization(): Promise<string | undefined> {
    const key = await options.apiKey?.();
    if (key) return `Bearer ${key}`;
    return login === ":" ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;
  }

  async function send(target: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const proof = await authorization();
    if (proof !== undefined) headers.set("authorization", proof);
    let response: Response;
    try {
      // Whoever answers for the server is not to say where else in the cluster we go.
      response = await fetch(target, { ...init, headers, redirect: "manual" });
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw failure("unavailable", { cause });
    }
    if (response.ok) return response;
    const { status, headers: head, body } = response;
    const refusal = await refusalOf(status, head.get("retry-after"), body);
    init.signal?.throwIfAborted();
    throw refusal;
  }

  function post(path: string, body: unknown, signal: AbortSignal): Promise<Response> {
    return send(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  }

  async function open(
    target: string,
    json: string,
    signal: AbortSignal,
    traceparent?: string,
  ): Promise<StreamedResponse> {
    const proof = await authorization();
    const headers = {
      "content-type": "application/json",
      ...(proof === undefined ? {} : { authorization: proof }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    let response: StreamedResponse;
    try {
      response = await postForStream(target, headers, json, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw failure("unavailable", { cause });
    }
    const { status, body } = response;
    if (status >= 200 && status < 300) return response;
    const refusal = await refusalOf(status, response.header("retry-after"), body);
    signal.throwIfAborted();
    throw refusal;
  }

  return {
    url,
    open,
    async ask(path, signal, body) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(SIDE_QUESTION_MS)]);
      try {
        const response = await (body === undefined
          ? send(url + path, { signal: limited })
          : post(path, body, limited));
        return JSON.parse(await readText(response.body, MAX_JSON_BYTES));
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof UpstreamError) throw cause;
        if (limited.aborted) throw failure("timeout", { cause });
        // No JSON where JSON was asked for: another kind of server.
        throw failure("unavailable", { cause, permanent: cause instanceof SyntaxError });
      }
    },
    async stream(path, body, signal, traceparent) {
      const response = await open(url + path, JSON.stringify(body), signal, traceparent);
      if (/^(application\/json|text\/html)/.test(response.header("content-type") ?? "")) {
        throw failure("unavailable", { permanent: true });
      }
      return readSse(response.body);
    },
  };
}
