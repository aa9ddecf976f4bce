import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Meter } from "../domain/ports/meter.ts";
import { createBoundedLabel } from "./bounded-label.ts";

/** Of a generation as a whole, and of a time in the queue, in seconds. */
const LONG = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600];
/** To the first token, in seconds. */
const FIRST_TOKEN = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120];
/** Between two tokens, in seconds. */
const PER_TOKEN = [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2.5];

export interface WorkerFigures {
  /** Generations under way in this process, and how many may be. */
  readonly running: () => number;
  readonly slots: () => number;
}

/** Counts answers in `registry`. */
export function createTurnMetrics(registry: Registry): Meter & {
  /** Once there is a worker. */
  watch(worker: WorkerFigures): void;
} {
  const registers = [registry];
  const ofModel = ["model", "engine"] as const;
  const model = createBoundedLabel();
  const claims = new Counter({
    name: "chatbot_claims_total",
    help: "Generations that a worker took: from the queue, from a worker that fell silent (expired), or from one that drained (handed_over)",
    labelNames: ["from"],
    registers,
  });
  const waited = new Histogram({
    name: "chatbot_queue_time_seconds",
    help: "From the question to its claim by a worker",
    buckets: LONG,
    registers,
  });
  const generations = new Counter({
    name: "chatbot_generations_total",
    help: "Generations that ended, by model, engine, outcome and, of those that failed, the code",
    labelNames: [...ofModel, "outcome", "code"],
    registers,
  });
  const interruptions = new Counter({
    name: "chatbot_interruptions_total",
    help: "Runs that ended before their generation: lost to another worker or a delete, or handed_over by a drain",
    labelNames: ["by"],
    registers,
  });
  const firstToken = new Histogram({
    name: "chatbot_time_to_first_token_seconds",
    help: "From the claim to the first token",
    labelNames: ofModel,
    buckets: FIRST_TOKEN,
    registers,
  });
  const perToken = new Histogram({
    name: "chatbot_time_per_output_token_seconds",
    help: "Time per token after the first, one observation a run",
    labelNames: ofModel,
    buckets: PER_TOKEN,
    registers,
  });
  const duration = new Histogram({
    name: "chatbot_generation_duration_seconds",
    help: "From the claim to the end, of runs that ended their generation",
    labelNames: ofModel,
    buckets: LONG,
    registers,
  });
  const promptTokens = new Counter({
    name: "chatbot_prompt_tokens_total",
    help: "Tokens of prompts, where the model server counts them",
    labelNames: ofModel,
    registers,
  });
  const generationTokens = new Counter({
    name: "chatbot_generation_tokens_total",
    help: "Tokens written by models",
    labelNames: ofModel,
    registers,
  });
  const tidied = new Counter({
    name: "chatbot_tidied_total",
    help: "What a janitor completed: put_back into the queue, dropped for want of a record, told to its owner",
    labelNames: ["what"],
    registers,
  });
  // Once a flush of text: plain numbers, which a scrape makes a metric of.
  const appended = { ok: 0, mismatch: 0, lost: 0 };
  new Counter({
    name: "chatbot_appends_total",
    help: "Flushes of text: ok, lost (fenced: another worker holds it, or it is gone), mismatch (the store had lost writes, which were sent again)",
    labelNames: ["result"],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(appended)) this.inc({ result }, count);
    },
  });

  for (const from of ["queue", "expired", "handed_over"]) claims.inc({ from }, 0);
  for (const by of ["lost", "handed_over"]) interruptions.inc({ by }, 0);
  for (const what of ["put_back", "dropped", "told"]) tidied.inc({ what }, 0);

  return {
    claimed(from, waitedMs) {
      claims.inc({ from });
      if (from === "queue") waited.observe(waitedMs / 1_000);
    },
    appended(result) {
      appended[result] += 1;
    },
    ran({ outcome, failure, firstTokenMs, totalMs, ...run }) {
      const labels = { model: model(run.model), engine: run.engine };
      if (run.promptTokens > 0) promptTokens.inc(labels, run.promptTokens);
      if (run.tokens > 0) generationTokens.inc(labels, run.tokens);
      if (firstTokenMs !== undefined) {
        firstToken.observe(labels, firstTokenMs / 1_000);
        const rest = run.tokens - 1;
        if (rest > 0) perToken.observe(labels, (totalMs - firstTokenMs) / 1_000 / rest);
      }
      if (outcome === "lost" || outcome === "handed_over") {
        interruptions.inc({ by: outcome });
        return;
      }
      generations.inc({ ...labels, outcome, code: failure ?? "" });
      duration.observe(labels, totalMs / 1_000);
    },
    tidied(what, count) {
      tidied.inc({ what }, count);
    },
    watch({ running, slots }) {
      new Gauge({
        name: "chatbot_generations_running",
        help: "Generations under way in this worker",
        registers,
        collect() {
          this.set(running());
        },
      });
      new Gauge({
        name: "chatbot_generation_slots",
        help: "Generations that this worker runs at once at most",
        registers,
        collect() {
          this.set(slots());
        },
      });
    },
  };
}
