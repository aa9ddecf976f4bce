import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { type BacklogFigures, createStoreMetrics } from "./store-metrics.ts";

const BACKLOG: BacklogFigures = { queued: 3, leased: 2, oldestMs: 1_500 };

function setUp(readBacklog: () => Promise<BacklogFigures>) {
  const registry = new Registry();
  const metrics = createStoreMetrics(registry);
  metrics.watch({ connected: () => true, readBacklog });
  return { registry, metrics };
}

test("a scrape reads the queue once for all of its figures, and not again right after", async () => {
  let reads = 0;
  const { registry } = setUp(async () => {
    reads += 1;
    return BACKLOG;
  });
  const [first] = [await registry.metrics(), await registry.metrics()];
  expect(reads).toBe(1);
  expect(first).toMatch(/^chatbot_queue_length 3$/m);
  expect(first).toMatch(/^chatbot_leases 2$/m);
  expect(first).toMatch(/^chatbot_queue_oldest_seconds 1.5$/m);
});

test("a store that fails, or does not answer, leaves the queue's figures out and all others in", async () => {
  for (const readBacklog of [
    () => Promise.reject(new Error("away")),
    () => new Promise<never>(() => {}),
  ]) {
    const { registry } = setUp(readBacklog);
    const metrics = await registry.metrics();
    expect(metrics).not.toMatch(/^chatbot_queue_length /m);
    expect(metrics).toMatch(/^chatbot_redis_connected 1$/m);
  }
});

test("a reply that failed is in the time and among the errors", async () => {
  const { registry, metrics } = setUp(async () => BACKLOG);
  metrics.replied("append", 2, false);
  metrics.replied("append", 2_000, true);
  const text = await registry.metrics();
  expect(text).toMatch(/^chatbot_redis_command_seconds_count\{command="append"\} 2$/m);
  expect(text).toMatch(/^chatbot_redis_errors_total\{command="append"\} 1$/m);
});
