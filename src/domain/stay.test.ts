import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UserId } from "../protocol/ids.ts";
import type { Identity } from "./ports/identity.ts";
import type { LiveListener } from "./ports/live.ts";
import { createBeginStay } from "./stay.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Somebody whose proof ends in so many seconds; without: whom the proxy's word names. */
function someone(endsIn?: number): Identity {
  const now = Date.now();
  return {
    userId: UserId.parse("alice"),
    groups: [],
    ...(endsIn !== undefined && {
      signIn: {
        id: "s1",
        issuedAt: now / 1_000,
        endsAt: now + endsIn * 1_000,
        refusedAt: now + (endsIn + 30) * 1_000,
      },
    }),
  };
}

function setUp(options: { has?: () => Promise<boolean>; watch?: () => Promise<never> } = {}) {
  const told: string[] = [];
  const watching = new Set<LiveListener>();
  const beginStay = createBeginStay({
    maxAgeMs: 1_000_000,
    random: () => 0.5,
    signOuts: { has: options.has ?? (async () => false) },
    live: {
      async watchUser(_id, listener) {
        await options.watch?.();
        watching.add(listener);
        return async () => void watching.delete(listener);
      },
    },
  });
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1_000);
  const begin = (identity: Identity) =>
    beginStay(identity, {
      reauthenticate: () => told.push(`reauthenticate at ${seconds()}`),
      ended: (reason) => told.push(`${reason} at ${seconds()}`),
    });
  return { told, watching, begin };
}

test("ends with its proof, and says so 30 s before", async () => {
  const { told, watching, begin } = setUp();
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(2_000_000);
  expect(told).toEqual(["reauthenticate at 270", "identity at 300"]);
  expect(watching.size).toBe(0);
});

test("ends after its longest age, less a part that is left to chance", async () => {
  const { told, begin } = setUp();
  begin(someone());
  begin(someone(5_000));
  await vi.advanceTimersByTimeAsync(2_000_000);
  expect(told).toEqual([
    ...["reauthenticate at 870", "reauthenticate at 870"],
    ...["identity at 900", "identity at 900"],
  ]);
});

test("says it by half of what is left, so that an old proof has nobody come back for ever", async () => {
  const { told, begin } = setUp();
  begin(someone(20));
  await vi.advanceTimersByTimeAsync(100_000);
  begin(someone(4.9));
  await vi.advanceTimersByTimeAsync(100_000);
  expect(told).toEqual([
    "reauthenticate at 10",
    "identity at 20",
    // A proof that is about to end, or has: as long as it is accepted.
    "reauthenticate at 117",
    "identity at 135",
  ]);
});

test("ends at once when its user signs out", async () => {
  const { told, watching, begin } = setUp();
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(7_000);
  for (const { signedOut } of watching) signedOut?.();
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(told).toEqual(["identity at 7"]);
});

test("ends where the sign-out came before anyone listened, or while nobody could", async () => {
  let ended = true;
  const { told, watching, begin } = setUp({ has: async () => ended });
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(["identity at 0"]);
  ended = false;
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(5_000);
  for (const { reconnected } of watching) reconnected();
  await vi.advanceTimersByTimeAsync(5_000);
  ended = true;
  for (const { reconnected } of watching) reconnected();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual(["identity at 0", "identity at 10"]);
});

test("ends where nobody can tell for long whether it may go on", async () => {
  const away = async () => Promise.reject(new Error("away"));
  const { told, begin } = setUp({ has: away });
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(100_000);
  const other = setUp({ watch: away });
  other.begin(someone(300));
  await vi.advanceTimersByTimeAsync(1);
  expect([told, other.told]).toEqual([["unavailable at 20"], ["unavailable at 0"]]);
  expect(vi.getTimerCount()).toBe(0);
});

test("outlives a store that is away for a while, and hears of a sign-out once it is back", async () => {
  let answer: "no" | "yes" | "away" = "no";
  const { told, watching, begin } = setUp({
    async has() {
      if (answer === "away") throw new Error("away");
      return answer === "yes";
    },
  });
  begin(someone(300));
  await vi.advanceTimersByTimeAsync(5_000);
  answer = "away";
  for (const { reconnected } of watching) reconnected();
  await vi.advanceTimersByTimeAsync(10_000);
  for (const { reconnected } of watching) reconnected();
  await vi.advanceTimersByTimeAsync(15_000);
  answer = "no";
  await vi.advanceTimersByTimeAsync(15_000);
  expect(told).toEqual([]);
  answer = "away";
  for (const { reconnected } of watching) reconnected();
  await vi.advanceTimersByTimeAsync(2_000);
  answer = "yes";
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(["identity at 47"]);
});

test("tells nothing once it was left, and leaves nothing behind", async () => {
  const { told, watching, begin } = setUp();
  const leave = begin(someone(300));
  leave();
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(told).toEqual([]);
  expect(watching.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
