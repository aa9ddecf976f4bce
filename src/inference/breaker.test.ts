import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBreaker } from "./breaker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function fail(breaker: ReturnType<typeof createBreaker>): void {
  breaker.enter()?.failed();
}

test("opens after failures in a row, and not before", () => {
  const breaker = createBreaker({ maxFailures: 3, openMs: 1_000 });
  fail(breaker);
  fail(breaker);
  breaker.enter()?.succeeded();
  fail(breaker);
  fail(breaker);
  expect(breaker.enter()).toBeDefined();
  fail(breaker);
  expect(breaker.enter()).toBeUndefined();
});

test("lets one try when its time is over, and closes by its success", () => {
  const breaker = createBreaker({ maxFailures: 1, openMs: 1_000 });
  fail(breaker);
  vi.advanceTimersByTime(1_001);
  const trial = breaker.enter();
  expect(trial).toBeDefined();
  expect(breaker.enter()).toBeUndefined();
  trial?.succeeded();
  expect(breaker.enter()).toBeDefined();
});

test("opens again by the failure of that one", () => {
  const breaker = createBreaker({ maxFailures: 1, openMs: 1_000 });
  fail(breaker);
  vi.advanceTimersByTime(1_001);
  fail(breaker);
  expect(breaker.enter()).toBeUndefined();
  vi.advanceTimersByTime(1_001);
  expect(breaker.enter()).toBeDefined();
});

test("lets the next try where that one left without a word", () => {
  const breaker = createBreaker({ maxFailures: 1, openMs: 1_000 });
  fail(breaker);
  vi.advanceTimersByTime(1_001);
  breaker.enter()?.left();
  expect(breaker.enter()).toBeDefined();
});

test("counts each use once", () => {
  const breaker = createBreaker({ maxFailures: 2 });
  const permit = breaker.enter();
  permit?.failed();
  permit?.failed();
  permit?.left();
  expect(breaker.enter()).toBeDefined();
});

test("tells its state, and each change of it once", () => {
  const changes: string[] = [];
  const breaker = createBreaker({
    maxFailures: 2,
    openMs: 1_000,
    onChange: (to) => changes.push(to),
  });
  expect(breaker.state()).toBe("closed");
  const late = breaker.enter();
  fail(breaker);
  fail(breaker);
  // One that was under way when it opened changes nothing.
  late?.failed();
  expect(breaker.state()).toBe("open");
  vi.advanceTimersByTime(1_001);
  expect(breaker.state()).toBe("half_open");
  fail(breaker);
  vi.advanceTimersByTime(1_001);
  breaker.enter()?.succeeded();
  expect(breaker.state()).toBe("closed");
  expect(changes).toEqual(["open", "half_open", "open", "half_open", "closed"]);
});
