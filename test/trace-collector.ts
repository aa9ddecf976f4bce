import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";

const Attributes = z._default(
  z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
  [],
);
const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.optional(z.string()),
  name: z.string(),
  kind: z.int(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: Attributes,
  events: z._default(z.array(z.object({ name: z.string() })), []),
  links: z._default(z.array(z.object({ traceId: z.string(), spanId: z.string() })), []),
  status: z.optional(z.object({ code: z.optional(z.int()) })),
});
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});

/** A span as a collector gets it, its attributes as plain values. */
export interface CollectedSpan extends Omit<z.infer<typeof Span>, "attributes"> {
  readonly service: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function plain(attributes: z.infer<typeof Attributes>): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** A collector that takes OTLP as JSON over HTTP, on a port of its own. */
export async function createTraceCollector() {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    text(request).then((body) => {
      bodies.push(body);
      for (const { resource, scopeSpans } of Request.parse(JSON.parse(body)).resourceSpans) {
        const service = plain(resource.attributes)["service.name"];
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({ ...span, service, attributes: plain(span.attributes) });
        }
      }
      response.setHeader("content-type", "application/json").end("{}");
    }, response.destroy);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** All that came, in its order. */
    spans,
    /** What came, byte for byte. */
    bodies,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
