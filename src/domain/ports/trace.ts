/** What a span says of itself: never a text that somebody wrote, never a user's id. */
export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** One stretch of work in a trace. */
export interface Span {
  /** W3C `traceparent` of this span, for whatever it leads to; undefined while nothing is traced. */
  readonly traceparent: string | undefined;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  event(name: string): void;
  /** `error`: the code of what went wrong. `atMs`: since the epoch, default now. Only once. */
  end(error?: string, atMs?: number): void;
}

export interface SpanOptions {
  /** `server` answers somebody, `client` asks somebody, `consumer` does what was queued. */
  readonly kind: "server" | "client" | "consumer" | "internal";
  /** The `traceparent` that it follows from; a trace of its own where there is none, or it is none. */
  readonly parent?: string | undefined;
  /** The `traceparent` of another span that matters, and is no parent. */
  readonly link?: string | undefined;
  readonly attributes?: SpanAttributes;
  /** When it began, in ms since the epoch; default now. */
  readonly atMs?: number;
}

/** The trace that a `traceparent` belongs to, as logs name it. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.split("-")[1];
}

/** Where spans go. Cheap, never throws, and never waits. */
export interface Tracer {
  start(name: string, options: SpanOptions): Span;
}

const NO_SPAN: Span = {
  traceparent: undefined,
  rename: () => undefined,
  set: () => undefined,
  event: () => undefined,
  end: () => undefined,
};

/** Traces nothing. */
export const NO_TRACER: Tracer = { start: () => NO_SPAN };
