import { hostname } from "node:os";
import { startWorker, type Worker } from "../worker/worker.ts";
import type { Parts } from "./parts.ts";

/** Generations at once where neither configuration nor model server says. */
const DEFAULT_CONCURRENCY = 32;
/** How long a model server may take to say its limits before the default stands, in ms. */
const LIMITS_TIMEOUT_MS = 3_000;

/** Claims from the queue and generates. `onStarted` is told before it claims anything. */
export async function startWork(
  { config, log, store, catalogue, telemetry: { turns, tracer, userHash }, draining }: Parts,
  onStarted: (worker: Worker) => void,
): Promise<Worker> {
  const asked = AbortSignal.any([AbortSignal.timeout(LIMITS_TIMEOUT_MS), draining]);
  const concurrency =
    config.workerConcurrency ??
    (await catalogue.concurrency(asked).catch(() => undefined)) ??
    DEFAULT_CONCURRENCY;
  log.info({ concurrency }, "worker started");
  const worker = startWorker(
    { ...store, catalogue, meter: turns, tracer },
    { concurrency, leaseMs: config.leaseMs, name: `${hostname()}:${process.pid}`, log, userHash },
  );
  turns.watch({ running: worker.running, slots: () => concurrency });
  onStarted(worker);
  return worker;
}
