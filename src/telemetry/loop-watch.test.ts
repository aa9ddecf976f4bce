import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { watchLoop } from "./loop-watch.ts";

const still = new Int32Array(new SharedArrayBuffer(4));
/** Holds up the event loop, as a long computation does. */
const hold = (ms: number) => Atomics.wait(still, 0, 0, ms);

function watch() {
  const loop = watchLoop({ everyMs: 10, lateMs: 100, turns: 3 });
  onTestFinished(loop.stop);
  return loop;
}

test("a loop that stood still once does not lag", async () => {
  const loop = watch();
  hold(500);
  await pause(20);
  expect(loop.lagging()).toBe(false);
});

test("a loop that is late again and again lags, until it keeps up", async () => {
  const loop = watch();
  for (let round = 0; round < 20 && !loop.lagging(); round += 1) {
    hold(200);
    // Comes round between two stalls, as a probe would see it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(loop.lagging()).toBe(true);
  await expect.poll(loop.lagging).toBe(false);
});
