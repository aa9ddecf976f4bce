import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Identity } from "../domain/ports/identity.ts";
import { traceIdOf } from "../domain/ports/trace.ts";
import type { Authenticated, Log } from "./context.ts";
import type { HttpMetrics } from "./http-metrics.ts";

/** What a proxy may have given a request as its id; anything else is replaced. */
const SANE_ID = /^[\w.:=+/-]{1,128}$/;

/**
 * Gives every request its id, in and out, a log that carries it, and one line when it is answered,
 * with the ids that it is about: never a body, a header, a query, a share's id, or who sends it but
 * by `userHash`.
 */
export function requestLog(
  log: Log,
  metrics: HttpMetrics,
  userHash: (userId: string) => string,
): MiddlewareHandler<Authenticated> {
  return async function requestLog(c, next) {
    const startedAt = performance.now();
    const given = c.req.header("x-request-id");
    const requestId = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    c.set("log", log.child({ requestId }));
    c.set("route", "none");
    await next();
    c.header("X-Request-Id", requestId);
    const ms = Math.round((performance.now() - startedAt) * 10) / 10;
    const { method } = c.req;
    const route = c.get("route");
    // A granted upgrade is answered by the socket's handshake, not by this response.
    const upgraded = c.req.header("upgrade") !== undefined && c.res.status === 200;
    const status = upgraded ? 101 : c.res.status;
    metrics.answered({ method, route, status, ms });
    // Refused requests have none.
    const identity: Identity | undefined = c.get("identity");
    const ids = {
      ...(identity !== undefined && { userHash: userHash(identity.userId) }),
      conversationId: c.get("conversationId"),
      generationId: c.get("generationId"),
      traceId: traceIdOf(c.get("traceparent")),
    };
    c.get("log").info({ method, route, status, ms, ...ids }, "request");
  };
}
