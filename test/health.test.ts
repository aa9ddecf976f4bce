import { setTimeout as pause } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { setUpObserved } from "./observed.ts";

/** Each starts several processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

const statusOf = async (url: string) =>
  (await fetch(url, { signal: AbortSignal.timeout(5_000) })).status;

test("a frozen process answers no probe, and needs no restart once it is woken", async () => {
  const { start } = await setUpObserved();
  const app = await start({ ROLE: "worker" });
  await expect.poll(() => statusOf(`${app.adminUrl}/readyz`)).toBe(200);
  app.child.kill("SIGSTOP");
  await expect(
    fetch(`${app.adminUrl}/livez`, { signal: AbortSignal.timeout(500) }),
  ).rejects.toThrow();
  // Longer than one turn that counts as late.
  await pause(2_500);
  app.child.kill("SIGCONT");
  expect(await statusOf(`${app.adminUrl}/livez`)).toBe(200);
  await expect.poll(() => statusOf(`${app.adminUrl}/readyz`)).toBe(200);
});

test("a worker without Redis is alive and not ready, and ready again with it", async () => {
  const { start, redis } = await setUpObserved();
  const app = await start({ ROLE: "worker" });
  await expect.poll(() => statusOf(`${app.adminUrl}/readyz`)).toBe(200);
  await redis.kill("SIGSTOP");
  await expect.poll(() => statusOf(`${app.adminUrl}/readyz`)).toBe(503);
  expect(await statusOf(`${app.adminUrl}/livez`)).toBe(200);
  await redis.kill("SIGCONT");
  await expect.poll(() => statusOf(`${app.adminUrl}/readyz`)).toBe(200);
});
