import { setTimeout as sleep } from "node:timers/promises";
import type { PipeReader } from "./base-pipe.ts";
import { cpuSeconds, type Started, startApp, startBench, startStore } from "./processes.ts";
import type { ViewersCommand, ViewersReport, ViewersTarget } from "./viewers.ts";

const MAX_SETTLE_SECONDS = 12;
/** The largest usual delay of a system that keeps up, in ms. */
const SETTLED_MS = 150;

export interface StreamsOptions {
  readonly target: ViewersTarget;
  readonly reader?: PipeReader;
  readonly streams: number;
  /** Length of each answer; more than the run lasts: only streaming is measured. */
  readonly tokens: number;
  readonly seconds: number;
  readonly batch: number;
  readonly tokensPerSecond?: number;
  readonly nodeArgs?: readonly string[];
}

export interface StreamsResult extends ViewersReport {
  /** CPU per delivered token of all that stands between model server and viewer, in µs. */
  readonly cpuUs: number;
  /** The same by process. */
  readonly parts: Readonly<Record<string, number>>;
  /** Tokens that arrived of those that were written, at 30 a second. */
  readonly kept: number;
}

interface System {
  readonly url: string;
  readonly pids: Readonly<Record<string, number>>;
  end(): Promise<void>;
}

async function startSystem(options: StreamsOptions, model: Started): Promise<System> {
  const { target, reader = "fetch", nodeArgs = [] } = options;
  if (target === "direct") return { url: model.url, pids: {}, end: async () => undefined };
  if (target === "pipe") {
    const pipe = await startBench("base-pipe.ts", [model.url, reader]);
    return { url: pipe.url, pids: { pipe: pipe.pid }, end: () => pipe.end() };
  }
  const redis = await startStore();
  const env = {
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    WORKER_CONCURRENCY: "2000",
  };
  const worker = await startApp({ ...env, ROLE: "worker" }, nodeArgs);
  const web = await startApp({ ...env, ROLE: "web" }, nodeArgs);
  return {
    url: web.url,
    pids: { web: web.pid, worker: worker.pid, redis: redis.pid },
    async end() {
      const signal = nodeArgs.length > 0 ? "SIGTERM" : "SIGKILL";
      await Promise.all([web.end(signal), worker.end(signal)]);
      await redis.stop();
    },
  };
}

/**
 * Waits until what the start held up is worked off: who catches up has many tokens in one read, and
 * each costs less. Not for ever: some cannot keep up at all.
 */
async function settle(viewers: Started, tokensPerSecond: number): Promise<void> {
  for (let tries = 0; tries < MAX_SETTLE_SECONDS; tries += 1) {
    await viewers.ask("reset");
    await sleep(1_000);
    const { tokens, p50 } = await viewers.ask<ViewersReport>("report");
    const onTime = Math.abs(tokens / tokensPerSecond - 1) < 0.05;
    if (tries > 0 && onTime && p50 < SETTLED_MS) return;
  }
}

/** Runs so many streams at once through one target, and measures them while all are under way. */
export async function measureStreams(options: StreamsOptions): Promise<StreamsResult> {
  const { target, streams, tokens, seconds, batch, tokensPerSecond = 30 } = options;
  const model = await startBench("fast-model.ts", [tokensPerSecond, batch]);
  const system = await startSystem(options, model);
  const viewers = await startBench("viewers.ts", [], false);
  try {
    const answerMs = (tokens / tokensPerSecond) * 1_000;
    const again = answerMs < 60_000;
    const spreadMs = again ? answerMs : 1_000;
    const command: ViewersCommand = {
      target,
      url: system.url,
      count: streams,
      tokens,
      spreadMs,
      again,
    };
    await viewers.ask(command);
    await sleep(spreadMs + 2_000);
    await settle(viewers, streams * tokensPerSecond);
    await viewers.ask("reset");
    const pids = Object.entries(system.pids);
    const before = pids.map(([, pid]) => cpuSeconds(pid));
    const began = performance.now();
    await sleep(seconds * 1_000);
    const after = pids.map(([, pid]) => cpuSeconds(pid));
    const took = (performance.now() - began) / 1_000;
    const report = await viewers.ask<ViewersReport>("report");
    const used = pids.map(([name], at) => {
      const cpu = (after[at] ?? 0) - (before[at] ?? 0);
      return [name, (cpu * 1e6) / report.tokens] as const;
    });
    return {
      ...report,
      cpuUs: used.reduce((sum, [, us]) => sum + us, 0),
      parts: Object.fromEntries(used),
      kept: report.tokens / (streams * tokensPerSecond * took),
    };
  } finally {
    await viewers.end();
    await system.end();
    await model.end();
  }
}
