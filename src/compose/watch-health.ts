import { watchLoop } from "../telemetry/loop-watch.ts";
import type { Worker } from "../worker/worker.ts";

/** After how long without a look into the queue a worker is taken for stuck, in ms. */
const MAX_SILENCE_MS = 30_000;

/** What probes are told of this process itself; Redis and model servers are no part of it. */
export function watchHealth(role: "all" | "web" | "worker") {
  const loop = watchLoop();
  let worker: Worker | undefined;
  const silent = () => worker !== undefined && worker.silentMs() > MAX_SILENCE_MS;
  return {
    /** From now on its claim loop counts. */
    watch(started: Worker): void {
      worker = started;
    },
    /** Why it should be restarted. */
    stuck(): string | undefined {
      if (loop.lagging()) return "the event loop lags";
      return silent() ? "the claim loop stands still" : undefined;
    },
    /** False for a worker that does not claim. A process that serves too is ready to serve. */
    working: () => role !== "worker" || (worker !== undefined && !silent()),
    stop: loop.stop,
  };
}
