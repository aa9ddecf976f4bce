import type { Hono } from "hono";
import type * as z from "zod/mini";
import type { ErrorCode } from "../protocol/problem.ts";
import { readJson, requireJson } from "./body.ts";
import type { ApiContext, Authenticated } from "./context.ts";
import { NO_BODY, parse, parseParams, type Schema } from "./validate.ts";

/** A good answer of an operation. */
export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Absent for what is no JSON. */
  readonly schema?: Schema;
  /** `application/json` where absent. */
  readonly contentType?: string;
  /** Names and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One route: what it validates is what the OpenAPI document says, for both are this.
 */
export interface Operation<P extends Schema, Q extends Schema, B extends Schema> {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** True where no identity is asked for. */
  readonly open?: boolean;
  /** Where it differs from that of the app. */
  readonly maxBodyBytes?: number;
  /** With `:name` for what `params` holds. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Makes of a body what `body` does, where that takes long. @throws ChatError `invalid`. */
  readonly readBody?: (value: unknown) => Promise<z.output<B>>;
  /** A body that is valid. */
  readonly example?: z.input<B>;
  /** Request headers that change the answer, and how. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: readonly Answer[];
  /** Problems besides those that follow from the method, the ids and the body. */
  readonly problems?: readonly ErrorCode[];
}

/** What an operation got, parsed. */
export interface Input<P extends Schema, Q extends Schema, B extends Schema> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}

/** An operation with what it does. */
export interface Route {
  readonly operation: Operation<Schema, Schema, Schema>;
  handle(c: ApiContext, maxBodyBytes: number): Promise<Response>;
}

/** Binds an operation to its handler: validate, call, answer. */
export function defineRoute<P extends Schema, Q extends Schema, B extends Schema>(
  operation: Operation<P, Q, B>,
  handle: (c: ApiContext, input: Input<P, Q, B>) => Response | Promise<Response>,
): Route {
  return {
    operation,
    async handle(c, maxBodyBytes) {
      c.set("route", operation.path);
      const params = parseParams(operation.params, c.req.param());
      noteIds(c, params);
      const query = parse(operation.query, c.req.query());
      const value = await bodyOf(c, operation.body, operation.maxBodyBytes ?? maxBodyBytes);
      const body = await (operation.readBody?.(value) ?? parse(operation.body, value));
      return handle(c, { params, query, body });
    },
  };
}

/** What of a path logs and traces may tell: a share's id opens the share, and is not among it. */
function noteIds(c: ApiContext, params: unknown): void {
  if (typeof params !== "object" || params === null) return;
  if ("id" in params && typeof params.id === "string") c.set("conversationId", params.id);
  if ("gid" in params && typeof params.gid === "string") c.set("generationId", params.gid);
}

/** Registers routes with the app. */
export function mount(
  app: Hono<Authenticated>,
  routes: readonly Route[],
  maxBodyBytes: number,
): void {
  for (const { operation, handle } of routes) {
    app.on(operation.method, operation.path, (c) => handle(c, maxBodyBytes));
  }
}

async function bodyOf(c: ApiContext, body: Schema, maxBytes: number): Promise<unknown> {
  if (body !== NO_BODY) return readJson(c, maxBytes);
  if (c.req.method === "POST") requireJson(c);
  return undefined;
}
