import { Counter, Histogram, type Registry } from "prom-client";
import type { RefusalReason } from "../domain/identity.ts";

/** A request that was answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of its route. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** What is counted of requests. */
export interface HttpMetrics {
  answered(request: AnsweredRequest): void;
  identityRefused(reason: RefusalReason): void;
}

/** Clients may send any method, and a label must not grow with them. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);

/** Counts requests in `registry`. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: "chatbot_http_requests_total",
    help: "Requests answered, by method, route pattern and status",
    labelNames: ["method", "route", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "chatbot_http_request_seconds",
    help: "Time to the head of the answer, by method, route pattern and status",
    labelNames: ["method", "route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60],
    registers: [registry],
  });
  const refused = new Counter({
    name: "chatbot_auth_rejected_total",
    help: "Requests without a usable identity, by reason",
    labelNames: ["reason"],
    registers: [registry],
  });
  return {
    answered({ method, route, status, ms }) {
      const labels = { method: METHODS.has(method) ? method : "other", route, status };
      requests.inc(labels);
      seconds.observe(labels, ms / 1000);
    },
    identityRefused(reason) {
      refused.inc({ reason });
    },
  };
}
