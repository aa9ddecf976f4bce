import { Counter, Gauge, type Registry } from "prom-client";
import { createBoundedLabel } from "./bounded-label.ts";

const BREAKER = { closed: 0, half_open: 1, open: 2 } as const;

/** One engine of a model. */
export interface EngineFigures {
  readonly model: string;
  readonly engine: string;
  readonly server: string;
  readonly status: string;
  readonly breaker: keyof typeof BREAKER;
}

/** Counts what asking model servers takes, and shows how they are, in `registry`. */
export function createModelMetrics(registry: Registry) {
  const registers = [registry];
  const bounded = { model: createBoundedLabel(), server: createBoundedLabel() };
  const requests = new Counter({
    name: "chatbot_upstream_requests_total",
    help: "Requests for an answer to model servers, tries and continuations apart, by result (ok, or the failure's code)",
    labelNames: ["model", "engine", "result"],
    registers,
  });
  const continuations = new Counter({
    name: "chatbot_upstream_continuations_total",
    help: "Answers that were cut off in mid-stream, and asked to go on from their text",
    labelNames: ["model"],
    registers,
  });
  const transitions = new Counter({
    name: "chatbot_breaker_transitions_total",
    help: "Changes of a model server's circuit breaker, by the state that it came to",
    labelNames: ["server", "to"],
    registers,
  });

  return {
    attempted(model: string, engine: string, result: string): void {
      requests.inc({ model: bounded.model(model), engine, result });
    },
    continued: (model: string) => continuations.inc({ model: bounded.model(model) }),
    breaker(server: string, to: string): void {
      transitions.inc({ server: bounded.server(server), to });
    },
    /** Once there is a catalogue. */
    watch(health: () => readonly EngineFigures[]): void {
      new Gauge({
        name: "chatbot_model_ready",
        help: "1 while the engine's server said, when last asked, that it is ready",
        labelNames: ["model", "engine", "server"],
        registers,
        collect() {
          this.reset();
          for (const { model, engine, server, status } of health()) {
            const labels = { model: bounded.model(model), engine, server: bounded.server(server) };
            this.set(labels, status === "ready" ? 1 : 0);
          }
        },
      });
      new Gauge({
        name: "chatbot_breaker_state",
        help: "Circuit breaker of a model server: 0 closed, 1 half open, 2 open",
        labelNames: ["server"],
        registers,
        collect() {
          this.reset();
          for (const { server, breaker } of health()) {
            this.set({ server: bounded.server(server) }, BREAKER[breaker]);
          }
        },
      });
    },
  };
}
