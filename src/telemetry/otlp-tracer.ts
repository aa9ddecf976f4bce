import {
  type Attributes,
  type Context,
  diag,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Span, SpanAttributes, Tracer } from "../domain/ports/trace.ts";

/** Spans that may wait to be sent; more are dropped. */
const MAX_WAITING = 2_048;
/** How often they are sent, in ms. */
const SEND_MS = 2_000;
/** How long one attribute may be, in UTF-16 units. */
const MAX_VALUE_LENGTH = 256;
/** How much of a complaint is told, in UTF-16 units. */
const MAX_COMPLAINT_LENGTH = 300;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

export interface OtlpOptions {
  readonly serviceName: string;
  /** Tells this process from others of the service. */
  readonly instance: string;
  /** By the name that `OTEL_TRACES_SAMPLER` has for it. */
  readonly sampler: SamplerName;
  /** From 0 to 1, for the samplers that take one. */
  readonly ratio: number;
  /** Told that spans could not be sent; what waits is bounded, and the rest dropped. */
  readonly onError: (error: Error) => void;
}

type RootSampler = "always_on" | "always_off" | "traceidratio";
type SamplerName = RootSampler | `parentbased_${RootSampler}`;

/**
 * Sends spans to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` names, as JSON over HTTP. Loaded
 * only where that is set: the libraries behind it cost a process time and memory.
 */
export function createOtlpTracer(options: OtlpOptions): Tracer & { close(): Promise<void> } {
  const tell = (message: string) =>
    options.onError(new Error(message.slice(0, MAX_COMPLAINT_LENGTH)));
  const nothing = () => undefined;
  diag.setLogger({ error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing });

  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(detectResources({ detectors: [envDetector] }))
      .merge(
        resourceFromAttributes({
          "service.name": options.serviceName,
          "service.instance.id": options.instance,
        }),
      ),
    sampler: samplerOf(options),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        maxQueueSize: MAX_WAITING,
        scheduledDelayMillis: SEND_MS,
      }),
    ],
  });
  const tracer = provider.getTracer("chatbot");

  return {
    start(name, { kind, parent, link, attributes = {}, atMs }) {
      const linked = parse(link);
      const links: Link[] = linked === undefined ? [] : [{ context: linked }];
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          attributes: attributesOf(attributes),
          links,
          ...(atMs === undefined ? {} : { startTime: atMs }),
        },
        contextOf(parent),
      );
      return spanOf(span);
    },
    close: () => provider.shutdown(),
  };
}

function spanOf(span: SdkSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const flags = traceFlags.toString(16).padStart(2, "0");
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributesOf(attributes)),
    event: (name) => void span.addEvent(name),
    end(error, atMs) {
      if (error !== undefined) {
        span.setAttribute("error.type", error);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end(atMs);
    },
  };
}

function attributesOf(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "object" ? [...value] : value,
    ]),
  );
}

function contextOf(parent: string | undefined): Context {
  const spanContext = parse(parent);
  return spanContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);
}

/** W3C's version 00, and what later ones promise to keep; undefined for anything else. */
function parse(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId = "", spanId = "", flags = ""] =
    /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/.exec(traceparent ?? "") ??
    [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

function samplerOf({ sampler, ratio }: OtlpOptions): Sampler {
  const roots: Readonly<Record<RootSampler, Sampler>> = {
    always_on: new AlwaysOnSampler(),
    always_off: new AlwaysOffSampler(),
    traceidratio: new TraceIdRatioBasedSampler(ratio),
  };
  switch (sampler) {
    case "parentbased_always_on":
      return new ParentBasedSampler({ root: roots.always_on });
    case "parentbased_always_off":
      return new ParentBasedSampler({ root: roots.always_off });
    case "parentbased_traceidratio":
      return new ParentBasedSampler({ root: roots.traceidratio });
    default:
      return roots[sampler];
  }
}
