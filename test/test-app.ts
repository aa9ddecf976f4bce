import { createAdaptorServer } from "@hono/node-server";
import { Registry } from "prom-client";
import type { WebSocketServer } from "ws";
import { type AppDeps, createApp } from "../src/api/app.ts";
import { PLAIN_BRANDING } from "../src/api/branding.ts";
import { createHttpMetrics } from "../src/api/http-metrics.ts";
import { NO_TRACER } from "../src/domain/ports/trace.ts";
import { createLogger } from "../src/logger.ts";
import { Conversation } from "../src/protocol/conversation.ts";
import { createMemoryEdge } from "./memory-edge.ts";
import { createMemoryChat } from "./memory-ports.ts";

/** What a test sends; `user` becomes the identity header. */
export interface TestRequest {
  readonly method?: string;
  readonly user?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The app on a chat in memory, with what it logged. */
export function createTestApp(overrides: Partial<AppDeps> = {}) {
  const chat = createMemoryChat();
  const edge = createMemoryEdge();
  const lines: string[] = [];
  const registry = new Registry();
  const drain = new AbortController();
  const app = createApp({
    ...chat,
    log: createLogger("trace", { write: (line) => void lines.push(line) }),
    metrics: createHttpMetrics(registry),
    ...edge,
    tracer: NO_TRACER,
    userHash: (id) => `hash of ${id.length}`,
    publicOrigin: undefined,
    maxBodyBytes: 262_144,
    maxImportBytes: 1_048_576,
    branding: PLAIN_BRANDING,
    features: { demo: true },
    socket: async (c) => c.json({ upgraded: c.get("identity").userId }),
    draining: drain.signal,
    webRoot: "/nowhere",
    ...overrides,
  });

  async function request(path: string, sent: TestRequest = {}): Promise<Response> {
    const { user = "alice", json, headers } = sent;
    return app.request(path, {
      method: sent.method ?? (json === undefined ? "GET" : "POST"),
      headers: {
        ...(user !== "" && { "X-Forwarded-User": user }),
        ...(json !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(sent.body !== undefined && { body: sent.body, duplex: "half" }),
      ...(sent.signal !== undefined && { signal: sent.signal }),
    });
  }

  return {
    app,
    chat,
    edge,
    lines,
    registry,
    drain,
    request,
    async newConversation(user = "alice"): Promise<Conversation> {
      const response = await request("/api/conversations", { json: {}, user });
      return Conversation.parse(await response.json());
    },
  };
}

/** Serves an app on a free port until the test's end. */
export async function listen(app: { fetch: AppFetch }, sockets?: WebSocketServer) {
  const server = createAdaptorServer({
    fetch: app.fetch,
    ...(sockets !== undefined && { websocket: { server: sockets } }),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    origin: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type AppFetch = ReturnType<typeof createApp>["fetch"];
