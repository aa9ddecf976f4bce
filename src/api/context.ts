import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Identity } from "../domain/ports/identity.ts";

/** Where lines of the log go: constant message, data in fields. Any pino logger is one. */
export interface Log {
  child(bindings: object): Log;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every handler under `/api` finds in its context. */
export interface Authenticated {
  Variables: {
    identity: Identity;
    /** Where the request comes from, as far as anyone who is trusted says. */
    address: string | undefined;
    requestId: string;
    /** Carries `requestId`. */
    log: Log;
    /** The pattern of the route that answers, for logs and metrics; never a path with ids in it. */
    route: string;
    /** What the request is about, for logs and traces; set once it is known to be an id. */
    conversationId?: string | undefined;
    generationId?: string | undefined;
    /** For what the request leads to. */
    traceparent?: string | undefined;
  };
  /** Absent where a test calls the app without a server; `outgoing` is absent in an upgrade. */
  Bindings: Partial<HttpBindings> | undefined;
}

/** The context of a request under `/api`. */
export type ApiContext = Context<Authenticated>;

/**
 * The headers as they came, name and value in turn, nothing joined or dropped. Without a server,
 * those of the request: there, doubled ones arrive joined by a comma.
 */
export function rawHeadersOf(c: ApiContext): readonly string[] {
  return c.env?.incoming?.rawHeaders ?? [...c.req.raw.headers].flat();
}
