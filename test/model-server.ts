import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { sideRoutes } from "./model-routes.ts";
import {
  type Ask,
  answerFrames,
  DIALECTS,
  type Dialect,
  errorFrame,
  readAsk,
  type WholeAnswer,
} from "./model-wire.ts";

/** What goes wrong with one generation request; `after` counts its tokens. */
export type Fault =
  | { readonly type: "none" }
  /** An HTTP answer instead of a stream: JSON, or plain text for a string. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 200, then an error event, as the dialect words it. */
  | { readonly type: "error"; readonly after?: number; readonly message?: string }
  /** A clean end without a finish reason. */
  | { readonly type: "end"; readonly after: number }
  /** The connection is reset. */
  | { readonly type: "reset"; readonly after: number }
  /** Something that is no JSON, or `text` as it is. */
  | { readonly type: "garbage"; readonly after: number; readonly text?: string }
  /** Silence, with comments every `commentMs` where that is given. */
  | { readonly type: "hang"; readonly after: number; readonly commentMs?: number }
  /** All is well, but each write has `bytes` bytes: 1 cuts every character in half. */
  | { readonly type: "crumbs"; readonly bytes: number };

/** A request as it came, and what became of it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  /** True for what writes an answer, as against `/info`, `/tokenize` and the like. */
  readonly generation: boolean;
  /** Tokens written. */
  tokens: number;
  /** Resolves once the response is over: `client` where the client closed it before its end. */
  readonly closed: Promise<"server" | "client">;
}

export interface ModelServerOptions {
  /** Default: `tgi`. */
  readonly dialect?: Dialect;
  /** Default: loopback. */
  readonly host?: string;
  /** Default: 0, a free port. */
  readonly port?: number;
  /** The whole answer to a prompt; default: `Echo: ` and the last user message. */
  readonly answer?: string | ((ask: Ask) => string);
  /** What it thinks aloud before that answer; default: nothing. */
  readonly reasoning?: (ask: Ask) => string;
  /** 0: as fast as it goes. */
  readonly tokensPerSecond?: number;
  readonly modelId?: string;
  readonly maxTotalTokens?: number;
  readonly maxInputTokens?: number;
  /** More generations than this at once are refused as overload. */
  readonly maxConcurrent?: number;
  /** Requests without this key get 401. */
  readonly apiKey?: string;
  /** What the template puts behind the assistant's header, such as `<think>\n`. */
  readonly promptEnd?: string;
  /** Paths that are 404. */
  readonly without?: readonly string[];
}

/** A model server that speaks the wire byte for byte, and misbehaves on demand. */
export interface ModelServer {
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** Those of them that write an answer. */
  readonly generations: readonly RecordedRequest[];
  /** Answers under way. */
  readonly open: number;
  /** Each generation request takes one fault from the queue; without any, all is well. */
  fault(...faults: readonly Fault[]): void;
  /** Resolves with the `n`th generation request, from 1, once it came. */
  arrived(n: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** How long a client has for reading what was written before a reset. */
const RESET_DELAY_MS = 50;

/** A server that listens. */
export async function createModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { dialect = "tgi", tokensPerSecond = 0, maxConcurrent = 128 } = options;
  const requests: RecordedRequest[] = [];
  const faults: Fault[] = [];
  const waiting = new Set<() => void>();
  const closing = new AbortController();
  let open = 0;

  const generations = () => requests.filter(({ generation }) => generation);

  function answerTo(ask: Ask): WholeAnswer {
    const { answer = `Echo: ${ask.question}`, reasoning } = options;
    return {
      text: typeof answer === "string" ? answer : answer(ask),
      reasoning: reasoning?.(ask) ?? "",
    };
  }

  async function stream(ask: Ask, fault: Fault, record: RecordedRequest, response: ServerResponse) {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([closing.signal, gone.signal]);
    const write = async (text: string) => {
      const bytes = Buffer.from(text);
      const size = fault.type === "crumbs" ? fault.bytes : bytes.length;
      for (let at = 0; at < bytes.length; at += size) {
        if (!response.write(bytes.subarray(at, at + size))) {
          await once(response, "drain", { signal });
        }
        // A turn of the event loop each, so that the crumbs are chunks of their own.
        if (size < bytes.length) await nextTurn();
      }
    };
    const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
    response.writeHead(200, headers);
    response.flushHeaders();
    if (ask.refusal !== undefined) {
      await write(errorFrame(dialect, ask, ask.refusal));
      return response.end();
    }
    const frames = answerFrames(dialect, ask, answerTo(ask));
    for (const [index, frame] of frames.entries()) {
      const after = "after" in fault ? (fault.after ?? 0) : 0;
      const due = after === record.tokens;
      if (due && fault.type === "reset") {
        // A reset voids what the client did not read yet, and nothing tells when it has.
        if (record.tokens > 0) await sleep(RESET_DELAY_MS, undefined, { signal });
        return response.socket?.resetAndDestroy();
      }
      if (due && fault.type === "end") return response.end();
      if (due && fault.type === "error") {
        await write(errorFrame(dialect, ask, fault.message ?? "Model is overloaded"));
        return response.end();
      }
      if (due && fault.type === "garbage") {
        await write(fault.text ?? 'data: {"choices":[{"del\n\n');
        return response.end();
      }
      if (due && fault.type === "hang") {
        for (;;) {
          await sleep(fault.commentMs ?? 3_600_000, undefined, { signal });
          await write(":\n\n");
        }
      }
      signal.throwIfAborted();
      if (index > 0 && tokensPerSecond > 0 && frame.token) {
        await sleep(1_000 / tokensPerSecond, undefined, { signal });
      }
      await write(frame.text);
      if (frame.token) record.tokens += 1;
    }
    return response.end();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const ask = readAsk(dialect, path, body, options);
    let finished = false;
    const closed = new Promise<"server" | "client">((resolve) => {
      response.once("finish", () => {
        finished = true;
      });
      response.once("close", () => resolve(finished ? "server" : "client"));
    });
    const record: RecordedRequest = {
      method: request.method ?? "GET",
      path,
      headers: request.headers,
      body,
      generation: ask !== undefined,
      tokens: 0,
      closed,
    };
    requests.push(record);
    for (const wake of waiting) wake();

    const json = (
      status: number,
      value: unknown,
      headers: Readonly<Record<string, string>> = {},
    ) => {
      const plain = typeof value === "string";
      const type = plain ? "text/plain; charset=utf-8" : "application/json";
      response.writeHead(status, { "content-type": type, ...headers });
      response.end(plain ? value : JSON.stringify(value));
    };
    if (options.apiKey && request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return json(401, {
        error: { message: "Incorrect API key provided", code: "invalid_api_key" },
      });
    }
    if (options.without?.includes(path)) return json(404, "");
    if (!ask) {
      const answer = sideRoutes(dialect, path, body, options);
      return answer === undefined ? json(404, { detail: "Not Found" }) : json(200, answer);
    }
    const fault = faults.shift() ?? { type: "none" };
    if (fault.type === "status") return json(fault.status, fault.body ?? "", fault.headers);
    open += 1;
    try {
      const refusal = open > maxConcurrent ? "Model is overloaded" : ask.refusal;
      await stream({ ...ask, refusal }, fault, record, response);
    } finally {
      open -= 1;
    }
  }

  const server = createServer((request, response) => {
    // A client that leaves in mid-answer, or the server's own end: nothing to be told.
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    requests,
    get generations() {
      return generations();
    },
    get open() {
      return open;
    },
    fault: (...more) => void faults.push(...more),
    async arrived(n) {
      for (;;) {
        const request = generations()[n - 1];
        if (request) return request;
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    async close() {
      closing.abort();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8080" },
      dialect: { type: "string", default: "tgi" },
      answer: { type: "string" },
      "tokens-per-second": { type: "string", default: "30" },
    },
  });
  const server = await createModelServer({
    port: Number(values.port),
    dialect: DIALECTS.find((it) => it === values.dialect) ?? "tgi",
    tokensPerSecond: Number(values["tokens-per-second"]),
    ...(values.answer !== undefined && { answer: values.answer }),
  });
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
}
