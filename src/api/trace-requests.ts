import type { MiddlewareHandler } from "hono";
import type { Tracer } from "../domain/ports/trace.ts";
import type { Authenticated } from "./context.ts";

/** One span for each request, following from the caller's where it names one. */
export function traceRequests(tracer: Tracer): MiddlewareHandler<Authenticated> {
  return async function traceRequests(c, next) {
    const { method } = c.req;
    const span = tracer.start(method, {
      kind: "server",
      parent: c.req.header("traceparent"),
      attributes: { "http.request.method": method },
    });
    c.set("traceparent", span.traceparent);
    await next();
    const route = c.get("route");
    const { status } = c.res;
    const conversationId = c.get("conversationId");
    const generationId = c.get("generationId");
    span.rename(`${method} ${route}`);
    span.set({
      "http.route": route,
      "http.response.status_code": status,
      ...(conversationId !== undefined && { "gen_ai.conversation.id": conversationId }),
      ...(generationId !== undefined && { "chatbot.generation.id": generationId }),
    });
    span.end(status >= 500 ? String(status) : undefined);
  };
}
