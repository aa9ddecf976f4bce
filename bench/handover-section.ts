import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createModelServer } from "../test/model-server.ts";
import { callApi } from "./call-api.ts";
import { startApp, startStore } from "./processes.ts";
import { openRawSocket } from "./raw-socket.ts";
import { figure, quantile, type Row } from "./table.ts";

const LEASE_MS = 5_000;
const ANSWER = Array.from({ length: 2_500 }, (_, at) => `word${at}`).join(" ");
const USER = "bench";

/** Watches one conversation, and remembers how long it stood still. */
async function watch(url: string) {
  const fields = { title: "bench", parameters: { maxTokens: 131_072 } };
  const { id } = (await callApi(url, USER, "POST", "/api/conversations", fields)) as { id: string };
  const waiting = new Set<() => void>();
  let length = 0;
  let lastAt = performance.now();
  let longest = 0;
  const socket = await openRawSocket(
    `${url.replace("http", "ws")}/api/ws`,
    { "X-Forwarded-User": USER },
    (raw) => {
      if (!raw.startsWith('{"type":"delta"')) return;
      const { at, text } = JSON.parse(raw);
      if (at + text.length <= length) return;
      length = at + text.length;
      const now = performance.now();
      longest = Math.max(longest, now - lastAt);
      lastAt = now;
      for (const wake of waiting) wake();
      waiting.clear();
    },
  );
  socket.send(JSON.stringify({ type: "subscribe", conversationId: id }));
  const asked = (await callApi(url, USER, "POST", `/api/conversations/${id}/messages`, {
    content: "Tell me a lot.",
  })) as { generationId: string };
  const nextText = () => new Promise<void>((resolve) => waiting.add(resolve));
  await nextText();
  return {
    nextText,
    /** The longest time without new text since the last call, in ms. */
    takeLongest() {
      const taken = longest;
      longest = 0;
      return taken;
    },
    stopPath: `/api/conversations/${id}/generations/${asked.generationId}/stop`,
    close: () => socket.close(),
  };
}

async function measurePauses(signal: NodeJS.Signals, times: number): Promise<number[]> {
  const redis = await startStore();
  const model = await createModelServer({
    answer: ANSWER,
    tokensPerSecond: 30,
    maxTotalTokens: 500_000,
  });
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: model.url, LEASE_MS: `${LEASE_MS}` };
  const web = await startApp({ ...env, ROLE: "web" });
  let worker = await startApp({ ...env, ROLE: "worker" });
  const pauses: number[] = [];
  try {
    const viewer = await watch(web.url);
    for (let time = 0; time < times; time += 1) {
      const next = await startApp({ ...env, ROLE: "worker" });
      // Not always at the same place of a lease.
      await sleep(1_000 + 700 * time);
      viewer.takeLongest();
      worker.child.kill(signal);
      await once(worker.child, "exit");
      await viewer.nextText();
      await sleep(500);
      pauses.push(viewer.takeLongest());
      worker = next;
    }
    viewer.close();
    return pauses;
  } finally {
    await Promise.all([worker.end(), web.end(), redis.stop(), model.close()]);
  }
}

/** How long a screen stands still when a worker dies, and when it is told to go. */
export async function measureHandOver(): Promise<Row[]> {
  const killed = await measurePauses("SIGKILL", 3);
  const drained = await measurePauses("SIGTERM", 5);
  const row = (how: string, pauses: readonly number[], limitMs: number): Row => ({
    budget: `Take-over after ${how}, longest time without a new character`,
    measured: `${pauses.length} times, p50 ${figure(quantile(pauses, 0.5))} ms, longest ${figure(Math.max(...pauses))} ms`,
    base: how === "kill -9" ? `lease ${LEASE_MS} ms` : "",
    ratio: "",
    limit: `≤ ${limitMs} ms`,
    kept: Math.max(...pauses) <= limitMs,
  });
  return [row("kill -9", killed, LEASE_MS + 1_000), row("SIGTERM", drained, 300)];
}

/** From the request to stop, asked of another process, to the model server seeing its client leave. */
export async function measureStop(times = 30): Promise<Row[]> {
  const redis = await startStore();
  const model = await createModelServer({
    answer: ANSWER,
    tokensPerSecond: 30,
    maxTotalTokens: 500_000,
  });
  const env = { REDIS_OM_URL: redis.url, INFERENCE_SERVER_URL: model.url };
  const worker = await startApp({ ...env, ROLE: "worker" });
  const web = await startApp({ ...env, ROLE: "web" });
  const other = await startApp({ ...env, ROLE: "web" });
  const took: number[] = [];
  try {
    for (let time = 0; time < times; time += 1) {
      const viewer = await watch(web.url);
      const upstream = model.generations.at(-1);
      const began = performance.now();
      const stopped = callApi(other.url, USER, "POST", viewer.stopPath, {});
      await upstream?.closed;
      took.push(performance.now() - began);
      await stopped;
      viewer.close();
    }
  } finally {
    await Promise.all([worker.end(), web.end(), other.end(), redis.stop(), model.close()]);
  }
  return [
    {
      budget: "Stop → upstream closed, from another pod",
      measured: `${times} times, p50 ${figure(quantile(took, 0.5))} ms, p99 ${figure(quantile(took, 0.99))} ms`,
      base: "",
      ratio: "",
      limit: "p99 ≤ 200 ms",
      kept: quantile(took, 0.99) <= 200,
    },
  ];
}
