import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, startApp, startBench, startStore } from "./processes.ts";
import { connectStore, seedConversation } from "./seed.ts";
import { STAMP_LENGTH } from "./stamp.ts";
import { figure, type Row } from "./table.ts";
import type { ViewersReport } from "./viewers.ts";

const STREAMS = 6;
/** Of each stream, so that an answer is long before the bench is. */
const TOKENS_PER_SECOND = 1_200;
/** 100,000 characters. */
const LONG_TOKENS = Math.ceil(100_000 / STAMP_LENGTH);

/** CPU per token in each of `windows` equal parts of the answers. */
async function measureAnswers(
  messages: number,
  windows: number,
  windowMs: number,
): Promise<number[]> {
  const redis = await startStore();
  const model = await startBench("fast-model.ts", [TOKENS_PER_SECOND, 100]);
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: model.url };
  const worker = await startApp({ ...env, ROLE: "worker" });
  const web = await startApp({ ...env, ROLE: "web" });
  const viewers = await startBench("viewers.ts", [], false);
  const store = await connectStore(redis.url);
  try {
    const conversations: { user: string; id: string }[] = [];
    for (let at = 0; at < STREAMS; at += 1) {
      const user = `flat-${at}`;
      conversations.push({ user, id: await seedConversation(store, web.url, user, messages) });
    }
    await viewers.ask({
      ...{ target: "app", url: web.url, count: STREAMS, tokens: LONG_TOKENS * 2 },
      ...{ spreadMs: 0, again: false, conversations },
    });
    const all = [worker.pid, web.pid, redis.pid];
    const cpu = () => all.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    while ((await viewers.ask<ViewersReport>("report")).started < STREAMS) await sleep(50);
    await sleep(1_000);
    const costs: number[] = [];
    for (let window = 0; window < windows; window += 1) {
      await viewers.ask("reset");
      const before = cpu();
      await sleep(windowMs);
      const { tokens } = await viewers.ask<ViewersReport>("report");
      costs.push(((cpu() - before) * 1e6) / tokens);
    }
    return costs;
  } finally {
    await store.disconnect().catch(() => undefined);
    await Promise.all([viewers.end(), web.end(), worker.end()]);
    await Promise.all([model.end(), redis.stop()]);
  }
}

/** Whether a token costs the same late in an answer and in a conversation as early in them. */
export async function measureFlat(): Promise<Row[]> {
  const windows = 4;
  const windowMs = ((LONG_TOKENS / TOKENS_PER_SECOND) * 1_000) / windows;
  const short = await measureAnswers(0, windows, windowMs);
  const long = await measureAnswers(10_000, 2, windowMs);
  const mean = (costs: readonly number[]) => costs.reduce((a, b) => a + b, 0) / costs.length;
  const [first = 0] = short;
  const last = short.at(-1) ?? 0;
  const row = (budget: string, measured: number, base: number, what: string): Row => ({
    budget,
    measured: `${figure(measured)} µs`,
    base: `${figure(base)} µs ${what}`,
    ratio: figure(measured / base),
    limit: "flat (≤ 1.3 ×)",
    kept: measured / base <= 1.3,
  });
  return [
    row(
      "CPU per token, characters 75,000 to 100,000 of an answer",
      last,
      first,
      "the first 25,000",
    ),
    row(
      "CPU per token in a 10,000-message conversation",
      mean(long),
      mean(short.slice(0, 2)),
      "in a new one",
    ),
  ];
}
